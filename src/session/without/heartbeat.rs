//! In place of the heartbeat where it is left out: nothing is pinged, and silence says nothing.

use super::Session;

/// Nothing to configure: the heartbeat needs the feature `heartbeat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatConfig {}

impl HeartbeatConfig {
    pub(super) const DEFAULT: Self = HeartbeatConfig {};
}

#[derive(Clone, Debug)]
pub(super) struct Heartbeat {
    /// Messages sent in the session's life before the current connection: no pong confirms any of those after.
    pub(super) confirmed: u64,
}

impl Heartbeat {
    pub(super) const fn new() -> Self {
        Heartbeat { confirmed: 0 }
    }

    pub(super) fn mark_heard(&mut self) {}
}

impl Session {
    pub(super) fn wants_send_time(&self) -> bool {
        false
    }

    pub(super) fn has_heartbeat(&self) -> bool {
        false
    }

    pub(super) fn can_ping(&self) -> bool {
        false
    }

    /// Tells that the application reads nothing for now: no silence is judged here.
    pub fn hold_reading(&mut self, _: super::Millis) {}

    /// Tells that it reads again.
    pub fn release_reading(&mut self, _: super::Millis) {}

    pub(super) fn is_held(&self) -> bool {
        false
    }

    pub(super) fn start_heartbeat(&mut self) {
        self.heartbeat.confirmed = self.counters.messages_sent;
    }

    pub(super) fn stop_heartbeat(&mut self) {
        self.timers.cancel(super::Timer::Wake);
    }

    pub(super) fn on_look(&mut self) {}

    pub(super) fn probe(&mut self) {}

    pub(super) fn give_grace(&mut self, _: super::Millis) {}

    pub(super) fn on_send_watched(&mut self) {}

    pub(super) fn watch_send(&mut self) {}

    pub(super) fn on_ping(&mut self) {}

    pub(super) fn on_pong(&mut self, _: Option<u32>) {}

    pub(super) fn on_pong_overdue(&mut self) {}

    /// Tells how many bytes the browser holds back, right before [`handle_timeout`](Session::handle_timeout). Nothing here
    /// is judged by it.
    pub fn note_buffered(&mut self, _: u64) {}
}
