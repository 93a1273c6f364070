//! At most one live socket: each dial comes after the end of the one before, and orders go to a socket that is there.

use tautline::session::{Generation, News, Output};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::Call;

#[derive(Default)]
pub struct Sockets {
    live: Option<Generation>,
    last: Generation,
}

impl Sockets {
    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        let fail = |what: String| ensure(false, Invariant::Sockets, || what);
        match *seen {
            Seen::Output(&Output::Dial(generation)) => {
                if let Some(live) = self.live {
                    return fail(format!("dialled {generation} while {live} is live"));
                }
                if generation <= self.last {
                    return fail(format!("dialled {generation} after {}", self.last));
                }
                self.live = Some(generation);
                self.last = generation;
            }
            Seen::Output(Output::Abandon { .. }) if self.live.take().is_none() => {
                return fail("abandoned a socket that is not there".into());
            }
            Seen::Output(
                output @ (Output::Transmit(_)
                | Output::Ping(_)
                | Output::Pong
                | Output::Close { .. }),
            ) if self.live.is_none() => {
                return fail(format!("{output:?} without a socket"));
            }
            Seen::Call(Call::Pass { .. }) if self.live.is_none() => {
                return fail("a message passed without a socket".into());
            }
            Seen::Call(&Call::News(generation, News::Closed(_)))
                if self.live == Some(generation) =>
            {
                self.live = None;
            }
            Seen::Settled { state, .. } if state.has_socket() != self.live.is_some() => {
                let there = if self.live.is_some() { "one" } else { "no" };
                return fail(format!(
                    "{state:?} with {there} live socket at {}",
                    context.now
                ));
            }
            _ => {}
        }
        Ok(())
    }
}
