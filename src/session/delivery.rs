//! Confirmation by pong. A WebSocket keeps the order, so a pong shows that the peer has received everything that was
//! sent before the ping it answers: received, not processed.
//!
//! ```text
//!  message ──► sent ──(confirm within)──► ping ──► pong ──► confirmed
//!                        or half of the room is taken         │ more was sent meanwhile
//!                                 ▲                           ▼
//!                                 └───────────────────────────┘
//! ```
//!
//! There is one ping at a time, shared with the heartbeat. A message sent after it waits for the next.

use super::Session;
use super::outbox::{Message, Ticket};
use super::output::{Event, Output};
use super::sent::Awaits;
use super::timer::Timer;

/// What becomes of messages that a break leaves unconfirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// They are not sent again, and counted.
    #[default]
    AtMostOnce,
    /// They are kept, within the bounds of the queue, until a pong confirms them, and sent again after a break, in order
    /// and before anything newer. The server may receive them twice. Needs a heartbeat that pings.
    AtLeastOnce,
}

impl Session {
    /// What a message that comes in awaits: whether it is kept until it is confirmed. `None` if it is one request too
    /// many.
    pub(super) fn note_awaited(&self, message: &mut Message) -> Option<bool> {
        if message.awaits == Awaits::Reply {
            let has_room = self.outbox.requests() < self.config.max_requests as usize;
            return has_room.then_some(false);
        }
        if self.config.delivery == Delivery::AtLeastOnce
            && message.awaits != Awaits::Acknowledgement
        {
            message.awaits = Awaits::Confirmation;
            message.repeats = true;
        }
        Some(message.awaits != Awaits::Nothing)
    }

    /// Something that was sent awaits a confirmation: a ping follows soon, whatever else arrives.
    pub(super) fn await_confirmation(&mut self) {
        if !self.can_ping() || !self.is_open() || !self.outbox.awaits_confirmation() {
            return;
        }
        if self.outbox.is_half_kept(&self.config.queue) && !self.pong_is_due() {
            self.ask_for_confirmation();
        } else if !self.heartbeat.wants_ping && self.timers.deadline(Timer::Confirm).is_none() {
            self.arm_in(Timer::Confirm, self.config.confirm_within_ms);
        }
    }

    /// The time is up. If a ping is outstanding, its pong or its deadline leads on.
    pub(super) fn on_confirmation_due(&mut self) {
        if self.pong_is_due() {
            self.heartbeat.wants_ping = true;
        } else {
            self.ask_for_confirmation();
        }
    }

    /// Pings if that can confirm anything.
    pub(super) fn ask_for_confirmation(&mut self) {
        if self.can_ping()
            && self.is_open()
            && self.outbox.awaits_confirmation()
            && !self.pong_is_due()
        {
            self.ping(self.latency.pong_deadline_ms());
        }
    }

    /// No ping is needed where nothing awaits a confirmation any more.
    pub(super) fn forget_confirmation(&mut self) {
        if !self.outbox.awaits_confirmation() {
            self.timers.cancel(Timer::Confirm);
            self.heartbeat.wants_ping = false;
        }
    }

    /// A pong has come, and more was sent meanwhile: where its time is up, it is asked for at once.
    pub(super) fn confirm_further(&mut self) {
        let waits = self.timers.deadline(Timer::Confirm).is_some();
        let is_urgent = self.farewell.is_some() || self.outbox.is_half_kept(&self.config.queue);
        if !waits || is_urgent {
            self.ask_for_confirmation();
        }
    }

    /// Everything up to that message of the session's life was received.
    pub(super) fn confirm(&mut self, number: u64) {
        self.heartbeat.confirmed = self.heartbeat.confirmed.max(number);
        while let Some(ticket) = self.outbox.confirm(number) {
            self.outputs.push(Output::Notify(Event::Confirmed(ticket)));
        }
        self.on_settled();
    }

    /// A reply has arrived; false if no request waits for it: it is late, doubled, or to nobody.
    pub(super) fn on_reply(&mut self, ticket: Ticket) -> bool {
        self.outbox.awaits_reply(ticket) && self.withdraw(self.now, ticket).is_some()
    }
}
