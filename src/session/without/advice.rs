//! In place of the user's own retry function where it is left out.

use super::cause::Cause;
use super::retry::Action;
use super::{Millis, Session};

/// What the user's retry function says. It needs the feature `retry`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the table decides.
    #[default]
    Default,
}

impl Advice {
    pub(super) fn action(self) -> Option<(Action, Millis)> {
        None
    }
}

impl Session {
    pub(super) fn asks_for_advice(&mut self, _: Cause) -> bool {
        false
    }

    /// Takes the answer to [`Output::AskRetry`](super::Output::AskRetry), which is never asked.
    pub fn advise(&mut self, _: Millis, _: Advice) {}
}
