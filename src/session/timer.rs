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
        /// The first message has outlived its time.
        Expiry = "expiry",
        /// The closing handshake, or the drain before it, has taken too long.
        Close = "close",
        /// Without a heartbeat: look whether the machine slept.
        Wake = "wake",
        /// Messages have waited for a confirmation: ask for a sign of life.
        Confirm = "confirm",
        /// New credentials are due, or the answer to them.
        Renewal = "renewal",
        /// A quarter of the time within which something must leave has passed. Subprotocols only.
        KeepAlive = "keep-alive",
    }
}

/// The deadline of a timer that is not armed.
const NEVER: Millis = Millis::MAX;

/// When each timer fires, if it is armed.
#[derive(Clone, Debug)]
pub(super) struct Timers {
    deadlines: [Millis; Timer::ALL.len()],
}

impl Timers {
    pub(super) const fn new() -> Self {
        Timers {
            deadlines: [NEVER; Timer::ALL.len()],
        }
    }

    pub(super) fn arm(&mut self, timer: Timer, at: Millis) {
        self.deadlines[timer as usize] = at;
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        self.arm(timer, NEVER);
    }

    pub(super) fn deadline(&self, timer: Timer) -> Option<Millis> {
        Some(self.deadlines[timer as usize]).filter(|&at| at != NEVER)
    }

    /// The earliest deadline and its reason; ties go to the timer named first.
    pub(super) fn next(&self) -> Option<(Millis, Timer)> {
        let earliest = Timer::ALL
            .iter()
            .copied()
            .min_by_key(|&timer| self.deadlines[timer as usize])?;
        Some((self.deadline(earliest)?, earliest))
    }
}
