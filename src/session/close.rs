//! The application says goodbye: at once, or after a drain in which queued messages may still leave.

use super::cause::{Cause, CauseKind};
use super::output::{Event, Output};
use super::state::{ClosedWhy, State, Suspended};
use super::timer::Timer;
use super::{IS_SUBPROTOCOL_MODULE, Millis, Session};

/// A closing handshake is waited for this long beyond the drain.
const CLOSE_TIMEOUT_MS: Millis = 1_000;

/// A goodbye that waits for the queue to leave, and for what has left to be confirmed or answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farewell {
    code: Option<u16>,
}

impl Session {
    /// Closes for good: the session is `closed` within `drain_ms` and one second, even over a dead link.
    /// What is still queued then is reported as dropped.
    ///
    /// `code` and `reason` are the shell's to validate (1000 or 3000–4999, at most 123 bytes).
    pub fn close(&mut self, now: Millis, code: Option<u16>, reason: &str, drain_ms: Millis) {
        self.advance(now);
        if self.farewell.is_some() || matches!(self.state, State::Closing | State::Closed(_)) {
            return;
        }
        let farewell = Farewell { code };
        if !IS_SUBPROTOCOL_MODULE {
            self.farewell_reason = reason.into();
        }
        let waits = if self.is_open() {
            self.flush();
            drain_ms > 0 && !self.outbox.is_settled()
        } else {
            let may_leave = drain_ms > 0 && !self.outbox.is_empty();
            may_leave && !matches!(self.state, State::Idle | State::Suspended(_))
        };
        if waits {
            self.farewell = Some(farewell);
            self.arm_in(Timer::Close, drain_ms);
            self.outputs.push(Output::Notify(Event::State {
                state: State::Closing,
                cause: None,
            }));
            return self.ask_for_confirmation();
        }
        if self.is_open() {
            return self.say_farewell(farewell, drain_ms);
        }
        self.let_go(&Cause::new(CauseKind::User));
        self.finish(ClosedWhy::User, None);
    }

    /// Ends everything at once and for good.
    pub fn abort(&mut self, now: Millis) {
        self.advance(now);
        if !matches!(self.state, State::Closed(ClosedWhy::Aborted)) {
            self.let_go(&Cause::new(CauseKind::User));
            self.finish(ClosedWhy::Aborted, None);
        }
    }

    /// Lets the whole queue leave.
    pub(super) fn flush(&mut self) {
        while let Some(ticket) = self.pop_outbox() {
            self.outputs.push(Output::Transmit(ticket));
        }
        self.await_confirmation();
    }

    /// What a message awaited has come, or does not matter any more: a goodbye may have waited for it.
    pub(super) fn on_settled(&mut self) {
        self.forget_confirmation();
        let Some(farewell) = self.farewell else {
            return;
        };
        if self.is_open() {
            if self.outbox.is_settled() {
                self.say_farewell(farewell, 0);
            }
        } else if self.outbox.is_empty() {
            self.on_close_overdue();
        }
    }

    /// Over an open connection the queue has left; the browser sends the close after all of it.
    fn say_farewell(&mut self, farewell: Farewell, drain_ms: Millis) {
        self.outputs.push(Output::Close {
            code: farewell.code,
        });
        // The link's uptime counts up to here.
        if let State::Open { since, .. } = self.state {
            self.counters.connected_ms += self.now.saturating_sub(since);
            self.unconfirmed = self.counters.messages_sent - self.heartbeat.confirmed;
        }
        self.stop_heartbeat();
        self.stop_renewal();
        self.transition(State::Closing, None);
        self.farewell = None;
        self.arm_in(Timer::Close, drain_ms.saturating_add(CLOSE_TIMEOUT_MS));
    }

    /// The drain or the closing handshake has taken too long.
    pub(super) fn on_close_overdue(&mut self) {
        if let Some(farewell) = self.farewell
            && self.is_open()
        {
            return self.say_farewell(farewell, 0);
        }
        self.cut_goodbye();
    }

    /// Over at once, whatever was still to be said.
    pub(super) fn cut_goodbye(&mut self) {
        self.let_go(&Cause::new(CauseKind::User));
        self.finish(ClosedWhy::User, None);
    }

    /// The one way into `closed`.
    pub(super) fn finish(&mut self, why: ClosedWhy, cause: Option<Cause>) {
        let why = if self.farewell.take().is_some() && why != ClosedWhy::Aborted {
            ClosedWhy::User
        } else {
            why
        };
        let outputs = &mut self.outputs;
        self.outbox.clear(|ticket, reason, progress| {
            outputs.push(Output::Notify(Event::Dropped(ticket, reason, progress)));
        });
        self.transition(State::Closed(why), cause);
    }

    /// Puts the connection on hold: closed cleanly, the queue kept, until [`resume`](Session::resume).
    pub fn pause(&mut self, now: Millis) {
        self.advance(now);
        if self.farewell.is_some()
            || matches!(self.state, State::Idle | State::Closing | State::Closed(_))
        {
            return;
        }
        if !matches!(self.state, State::Suspended(Suspended::Paused)) {
            self.suspend(Suspended::Paused, Cause::new(CauseKind::Paused));
        }
    }

    /// Ends a [`pause`](Session::pause) and dials at once.
    pub fn resume(&mut self, now: Millis) {
        self.advance(now);
        if matches!(self.state, State::Suspended(Suspended::Paused)) {
            self.dial(None);
        }
    }
}
