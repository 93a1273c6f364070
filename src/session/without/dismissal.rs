//! In place of a peer that ends the conversation by its subprotocol where there is none.

use super::cause::Cause;
use super::retry::Action;
use super::{Millis, Session};

#[derive(Clone, Copy, Debug)]
pub(super) struct Dismissal {}

impl Dismissal {
    pub(super) const fn new() -> Self {
        Dismissal {}
    }
}

impl Session {
    pub(super) fn dismissed(&self, _: &Cause) -> Option<(Action, Millis)> {
        None
    }
}
