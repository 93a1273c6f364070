//! `close()` is over within its drain and a second, even over a dead link; and within the drain it waits for what is
//! queued or awaits something, and for nothing else.

use tautline::session::{Event, Millis, Output, State, StateName, Timer};

use super::fates::Fates;
use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind};

/// What a closing handshake may take beyond the drain.
const HANDSHAKE_MS: Millis = 1_000;

#[derive(Default)]
pub struct Closing {
    /// When the drain is over.
    drained_at: Millis,
    due: Option<Millis>,
}

impl Closing {
    pub fn see(&mut self, context: &Context, seen: &Seen, fates: &Fates) -> Verdict {
        let now = context.now;
        if let (Seen::Call(_), Some(_)) = (seen, context.due) {
            // The page was late: what it does now may take its second from now.
            self.due = self.due.map(|due| due.max(now + HANDSHAKE_MS));
        }
        match *seen {
            Seen::Call(&Call::Close { drain_ms }) if self.due.is_none() => {
                self.drained_at = now + drain_ms;
                self.due = Some(now + drain_ms + HANDSHAKE_MS);
            }
            Seen::Output(Output::Close { .. }) => {
                let left = fates.waiting();
                return ensure(
                    left == 0 || now >= self.drained_at,
                    Invariant::Closing,
                    || format!("said while {left} messages wait until {}", self.drained_at),
                );
            }
            Seen::Output(Output::Notify(Event::State {
                state: State::Closed(_),
                ..
            })) => self.due = None,
            // Judged when the page gets to run its timer: nobody acts while the machine sleeps.
            Seen::Settled { deadline, .. } => return self.on_settled(context, deadline, fates),
            _ => {}
        }
        Ok(())
    }

    fn on_settled(
        &mut self,
        context: &Context,
        deadline: Option<(Millis, Timer)>,
        fates: &Fates,
    ) -> Verdict {
        let closing =
            |holds: bool, what: &dyn Fn() -> String| ensure(holds, Invariant::Closing, what);
        let Some(due) = self.due else { return Ok(()) };
        if context.shown == StateName::Closed {
            self.due = None;
            return Ok(());
        }
        let overdue = context.call == Kind::Timeout && context.now >= due;
        closing(!overdue, &|| {
            format!("{} {} ms too late", context.shown.name(), context.now - due)
        })?;
        closing(!context.farewell || fates.waiting() > 0, &|| {
            "goes on though there is nothing to wait for".into()
        })?;
        let by = if context.farewell {
            self.drained_at
        } else {
            due
        };
        let woken = deadline.is_some_and(|(at, _)| at <= by);
        closing(woken, &|| format!("due at {by}, woken at {deadline:?}"))
    }
}
