//! Messages that have waited too long.

use super::output::{Event, Output};
use super::state::State;
use super::timer::Timer;
use super::{IS_STOMP_MODULE, Session};

impl Session {
    pub(super) fn expire(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        while let Some((ticket, reason, progress)) = self.outbox.expire(self.now) {
            let event = Event::Dropped(ticket, reason, progress);
            self.outputs.push(Output::Notify(event));
        }
        self.arm_expiry();
    }

    pub(super) fn on_expiry(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        self.expire();
        self.on_settled();
    }

    pub(super) fn arm_expiry(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        match self.outbox.next_expiry() {
            // The end of a goodbye is near, and tells of everything.
            Some(at) if !matches!(self.state, State::Closing) => {
                self.timers.arm(Timer::Expiry, at);
            }
            _ => self.timers.cancel(Timer::Expiry),
        }
    }
}
