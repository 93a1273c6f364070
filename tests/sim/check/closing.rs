//! `close()` is over within its drain and a second, even over a dead link.

use tautline::session::{Event, Millis, Output, State, StateName};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind};

/// What a closing handshake may take beyond the drain.
const HANDSHAKE_MS: Millis = 1_000;

#[derive(Default)]
pub struct Closing {
    due: Option<Millis>,
}

impl Closing {
    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        if let (Seen::Call(_), Some(_)) = (seen, context.due) {
            // The page was late: what it does now may take its second from now.
            self.due = self.due.map(|due| due.max(context.now + HANDSHAKE_MS));
        }
        match *seen {
            Seen::Call(&Call::Close { drain_ms }) => {
                self.due
                    .get_or_insert(context.now + drain_ms + HANDSHAKE_MS);
            }
            Seen::Output(Output::Notify(Event::State {
                state: State::Closed(_),
                ..
            })) => self.due = None,
            // Judged when the page gets to run its timer: nobody acts while the machine sleeps.
            Seen::Settled { deadline, .. } => {
                let Some(due) = self.due else { return Ok(()) };
                if context.shown == StateName::Closed {
                    self.due = None;
                    return Ok(());
                }
                let overdue = context.call == Kind::Timeout && context.now >= due;
                ensure(!overdue, Invariant::Closing, || {
                    format!("{} {} ms too late", context.shown.name(), context.now - due)
                })?;
                let woken = deadline.is_some_and(|(at, _)| at <= due);
                ensure(woken, Invariant::Closing, || {
                    format!("due at {due}, woken at {deadline:?}")
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}
