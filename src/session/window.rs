//! The send window: how many messages that await an acknowledgement may be under way at a time. Subprotocols agree
//! on it with their peer, as MQTT does by its receive maximum. What stands behind a message that has to wait waits too: the
//! order of sending is kept.

use super::Session;
use super::outbox::Outbox;

/// The window; without one there is no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window(Option<u32>);

impl Window {
    pub(super) const fn new() -> Self {
        Window(None)
    }

    /// Whether there is one.
    pub(super) fn is_set(&self) -> bool {
        self.0.is_some()
    }
}

impl Outbox {
    /// Whether the next message has to wait for an acknowledgement of an earlier one.
    pub(super) fn is_held_up(&self) -> bool {
        let is_full = |limit| self.sent.under_way() >= limit as usize;
        let counts = || {
            let next = self.queued.get(0);
            next.is_some_and(|entry| entry.course.is_acknowledged())
        };
        self.window.0.is_some_and(is_full) && counts()
    }
}

impl Session {
    /// Sets how many messages with [`Awaits::Acknowledgement`](super::Awaits::Acknowledgement) may be under way at a time
    /// from now on; `None`, the default, is no limit. What is under way already stays so.
    pub fn set_send_window(&mut self, limit: Option<u32>) {
        self.outbox.window = Window(limit);
    }
}
