//! The timers: why the session wants to be woken. One real timer exists, for the earliest.

use super::Millis;
use super::names::named;

named! {
    /// A reason to be woken.
    pub enum Timer {
        /// The attempt has not reached `open` in time.
        Connect = "connect",
        /// The wait between two attempts is over.
        Retry = "retry",
        /// A quarter of the heartbeat interval has passed: look whether anything was heard.
        Heartbeat = "heartbeat",
        /// The peer has not answered a ping in time.
        Pong = "pong",
        /// The grace after a sleep is over: ask the peer for a sign of life.
        Probe = "probe",
        /// A send has gone unanswered for a while: ask the peer for a sign of life.
        Send = "send",
        /// The first queued message has outlived its time.
        Expiry = "expiry",
        /// The closing handshake, or the drain before it, has taken too long.
        Close = "close",
        /// Without a heartbeat: look whether the machine slept.
        Wake = "wake",
    }
}

/// When each timer fires, if it is armed.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    deadlines: [Option<Millis>; Timer::ALL.len()],
}

impl Timers {
    pub(super) fn arm(&mut self, timer: Timer, at: Millis) {
        self.deadlines[timer as usize] = Some(at);
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    pub(super) fn deadline(&self, timer: Timer) -> Option<Millis> {
        self.deadlines[timer as usize]
    }

    /// The earliest deadline and its reason; ties go to the timer named first.
    pub(super) fn next(&self) -> Option<(Millis, Timer)> {
        let mut next = None;
        for &timer in Timer::ALL {
            if let Some(at) = self.deadlines[timer as usize]
                && next.is_none_or(|(earliest, _)| at < earliest)
            {
                next = Some((at, timer));
            }
        }
        next
    }
}
