//! One deadline, in the future, for a reason that fits the state; where only a timer can help there is one;
//! and a timeout before its time does nothing.

use tautline::session::{Millis, Output, Question, State, StateName, Timer};

use super::keep_alive::within_ms;
use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind};
use crate::coverage::Coverage;

/// The patience that a browser's own delay of dials may need on top of the connect timeout.
const PATIENCE_MS: Millis = 60_000;
/// A wake is given this long before the attempt is judged.
const GRACE_MS: Millis = 1_000;
/// A machine that sleeps again and again is given as much again.
const MAX_TIMEOUTS_AT_ONCE: u32 = 4;

pub struct Timers {
    deadline: Option<(Millis, Timer)>,
    state: State,
    attempt_due: Millis,
    /// A timeout is being answered that nothing was due for.
    spurious: bool,
    called_back: bool,
    at_once: u32,
    last_timeout: Millis,
}

impl Timers {
    pub fn new() -> Self {
        Timers {
            deadline: None,
            state: State::Idle,
            attempt_due: 0,
            spurious: false,
            called_back: false,
            at_once: 0,
            last_timeout: 0,
        }
    }

    pub fn see(&mut self, context: &Context, seen: &Seen, coverage: &mut Coverage) -> Verdict {
        let now = context.now;
        let timers =
            |holds: bool, what: &dyn Fn() -> String| ensure(holds, Invariant::Timers, what);
        match *seen {
            Seen::Call(Call::Timeout) => {
                self.spurious = self.deadline.is_none_or(|(at, _)| at > now);
                if !self.spurious {
                    if let Some((_, timer)) = self.deadline {
                        coverage.timers[timer as usize] += 1;
                    }
                    let again = self.last_timeout == now;
                    self.at_once = if again { self.at_once + 1 } else { 1 };
                    self.last_timeout = now;
                    timers(self.at_once <= MAX_TIMEOUTS_AT_ONCE, &|| {
                        format!("{} timeouts at {now}", self.at_once)
                    })?;
                }
            }
            // A listener or the retry function may ask for something at once.
            Seen::Call(_) => self.called_back = true,
            Seen::Output(output) if self.spurious => {
                timers(false, &|| format!("{output:?} after a spurious timeout"))?;
            }
            Seen::Output(Output::Ask(Question::Url { .. }, _)) => {
                let patience = if context.config.patient_dials {
                    PATIENCE_MS
                } else {
                    0
                };
                self.attempt_due = now + context.config.connect_timeout_ms + patience;
            }
            Seen::Settled { state, deadline } => {
                self.on_settled(context, state, deadline)?;
                self.deadline = deadline;
                self.state = *state;
                self.spurious = false;
                self.called_back = false;
            }
            _ => {}
        }
        Ok(())
    }

    fn on_settled(
        &mut self,
        context: &Context,
        state: &State,
        deadline: Option<(Millis, Timer)>,
    ) -> Verdict {
        let now = context.now;
        let timers =
            |holds: bool, what: &dyn Fn() -> String| ensure(holds, Invariant::Timers, what);
        if self.spurious {
            let same = deadline == self.deadline && self.state == *state;
            timers(same, &|| {
                format!(
                    "a spurious timeout made {deadline:?} of {:?}",
                    self.deadline
                )
            })?;
        }
        if context.woke() {
            // A late timer: what stands in the page's task queue is read before the attempt is judged.
            self.attempt_due = self.attempt_due.max(now + GRACE_MS);
        }
        let Some((at, timer)) = deadline else {
            return timers(!needs_timer(context, state), &|| {
                format!("{state:?} without a deadline")
            });
        };
        if context.call == Kind::Timeout && !self.called_back {
            timers(at > now, &|| format!("{timer:?} at {at} is due again"))?;
        } else {
            let old = self.deadline.is_some_and(|(was, _)| was <= at);
            timers(at >= now || old, &|| format!("{timer:?} armed in the past"))?;
        }
        timers(fits(context, state, timer), &|| {
            format!("{timer:?} in {state:?}")
        })?;
        let due = match state {
            State::Waiting(wait) => wait.until,
            State::Connecting(_) | State::Authenticating(_) | State::Restoring { .. } => {
                self.attempt_due
            }
            _ => Millis::MAX,
        };
        timers(at <= due, &|| {
            format!("{state:?} is due at {due}, woken at {at} for {timer:?}")
        })
    }
}

fn needs_timer(context: &Context, state: &State) -> bool {
    let heartbeat = &context.rhythm;
    let beats = heartbeat.interval_ms.is_some()
        || heartbeat.expect_every_ms.is_some()
        || within_ms(heartbeat).is_some();
    match state.name() {
        StateName::Idle | StateName::Suspended | StateName::Closed => false,
        StateName::Open => beats || context.config.lifecycle,
        _ => true,
    }
}

fn fits(context: &Context, state: &State, timer: Timer) -> bool {
    let shown = state.name();
    match timer {
        Timer::Connect => matches!(
            shown,
            StateName::Connecting | StateName::Authenticating | StateName::Restoring
        ),
        Timer::Retry => shown == StateName::Waiting,
        Timer::Heartbeat
        | Timer::Pong
        | Timer::Probe
        | Timer::Send
        | Timer::Wake
        | Timer::Confirm
        | Timer::KeepAlive
        | Timer::Renewal => shown == StateName::Open,
        // Over an open connection too, where a message may await something for so long: the account of the messages
        // says whether there is one.
        Timer::Expiry => !matches!(shown, StateName::Closing | StateName::Closed),
        Timer::Close => shown == StateName::Closing || context.farewell,
    }
}
