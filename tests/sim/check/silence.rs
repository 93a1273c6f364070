//! Nothing happens after `closed` until `reconnect()`, nothing ever after an abort, and nothing is sent or dialled
//! before the start or on hold.

use tautline::session::{ClosedWhy, Event, Fate, Output, State, StateName};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind, Reply};

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Going,
    Closed,
    Aborted,
}

#[derive(Default)]
pub struct Silence {
    life: Life,
}

impl Silence {
    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        let fail = |what: String| ensure(false, Invariant::Silence, || what);
        match *seen {
            Seen::Call(Call::Reconnect) if self.life == Life::Closed => self.life = Life::Going,
            // To abort what is closed shows in nothing, but it is the last word.
            Seen::Call(Call::Abort) if self.life == Life::Closed => self.life = Life::Aborted,
            Seen::Output(output) if self.life != Life::Going => {
                return fail(format!("{output:?} after closed"));
            }
            Seen::Output(output) if !may_come(context.shown, output) => {
                return fail(format!("{output:?} while {}", context.shown.name()));
            }
            Seen::Reply(
                call,
                Reply::Taken(true) | Reply::Fate(Fate::Queued(_)) | Reply::Withdrawn(Some(_)),
            ) if self.life != Life::Going => {
                return fail(format!("{call:?} taken after closed"));
            }
            Seen::Settled {
                deadline: Some(deadline),
                ..
            } if self.life != Life::Going => {
                return fail(format!("wants to be woken after closed: {deadline:?}"));
            }
            _ => {}
        }
        if let Seen::Output(Output::Notify(Event::State {
            state: State::Closed(why),
            ..
        })) = seen
        {
            self.life = match why {
                ClosedWhy::Aborted => Life::Aborted,
                // The end of a goodbye that `reconnect()` cuts short.
                _ if context.call == Kind::Reconnect => Life::Going,
                _ => Life::Closed,
            };
        }
        Ok(())
    }
}

fn may_come(shown: StateName, output: &Output) -> bool {
    let resting = matches!(shown, StateName::Idle | StateName::Suspended);
    !resting || matches!(output, Output::Notify(_))
}
