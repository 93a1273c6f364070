//! In place of the signals of page and network, and of the look for a sleep, where they are left out.

use super::news::{Address, Signal};
use super::{Millis, Session};

#[derive(Clone, Debug)]
pub(super) struct Page {}

impl Page {
    pub(super) const fn new() -> Self {
        Page {}
    }

    pub(super) fn note_dial(&mut self) {}

    pub(super) fn note_address(&mut self, _: &Address) {}

    pub(super) fn is_hidden(&self) -> bool {
        false
    }

    pub(super) fn earliest_dial(&self, _: Millis) -> Millis {
        0
    }
}

impl Session {
    /// Whether signals of page and network are acted on: they are not, without the feature `lifecycle`.
    pub fn listens(&self) -> bool {
        false
    }

    /// Takes a signal of the page or the network, and does nothing.
    pub fn handle_signal(&mut self, _: Millis, _: Signal) {}

    pub(super) fn on_plain_break(&mut self) {}

    pub(super) fn notice_sleep(&mut self) {}

    pub(super) fn arm_wake_look(&mut self) {}

    pub(super) fn patience_ms(&self) -> Millis {
        0
    }
}
