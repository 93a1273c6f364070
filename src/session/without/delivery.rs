//! In place of confirmations and replies where they are left out: what is sent is forgotten.

use super::Session;
use super::outbox::{Message, Ticket};
use super::sent::Awaits;

/// What becomes of messages that a break leaves unconfirmed. More needs the feature `delivery`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// They are not sent again, and counted.
    #[default]
    AtMostOnce,
}

impl Session {
    pub(super) fn note_awaited(&self, message: &mut Message) -> Option<bool> {
        Some(message.awaits != Awaits::Nothing)
    }

    pub(super) fn await_confirmation(&mut self) {}

    pub(super) fn on_confirmation_due(&mut self) {}

    pub(super) fn ask_for_confirmation(&mut self) {}

    pub(super) fn confirm_further(&mut self) {}

    pub(super) fn forget_confirmation(&mut self) {}

    /// Everything up to that message of the session's life was received: counted, for what a break leaves unconfirmed.
    pub(super) fn confirm(&mut self, number: u64) {
        self.heartbeat.confirmed = self.heartbeat.confirmed.max(number);
    }

    pub(super) fn on_reply(&mut self, _: Ticket) -> bool {
        false
    }
}
