//! Nothing leaves before authentication and restore are done, and credentials only where nobody listens in.

use tautline::session::{Address, Auth, Event, Generation, News, Output, State, Verdict as Heard};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Reply};

#[derive(Default)]
pub struct Gate {
    generation: Generation,
    address: Address,
    opened: bool,
    asked: bool,
    accepted: bool,
    restored: bool,
}

impl Gate {
    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        let auth = context.config.auth;
        let accepted = self.opened && (self.accepted || auth == Auth::None);
        let through = accepted && (self.restored || !context.config.restore);
        let gate = |open: bool, what: &dyn Fn() -> String| ensure(open, Invariant::Gate, what);
        match *seen {
            Seen::Output(&Output::Dial(generation)) => {
                *self = Gate {
                    generation,
                    address: self.address,
                    ..Gate::default()
                };
                let exposed = !self.address.secure && !self.address.loopback;
                let forbidden = context.config.require_secure || self.address.from_secure_page;
                gate(!(exposed && forbidden), &|| {
                    format!("dialled {:?}", self.address)
                })?;
            }
            Seen::Reply(Call::News(_, News::UrlReady(address)), Reply::Taken(true)) => {
                self.address = *address;
            }
            Seen::Reply(Call::News(generation, news), Reply::Taken(true))
                if *generation == self.generation =>
            {
                match news {
                    News::Opened { .. } => self.opened = true,
                    News::Classified(Heard::Accepted) => self.accepted |= self.asked,
                    News::Restored => self.restored = true,
                    _ => {}
                }
            }
            Seen::CredentialsSent => {
                self.asked = true;
                let exposed = !self.address.secure && !self.address.loopback;
                gate(!exposed || auth == Auth::AllowInsecure, &|| {
                    format!("credentials over {:?}", self.address)
                })?;
                gate(self.opened, &|| "credentials before the handshake".into())?;
            }
            Seen::RestoreSent => gate(accepted, &|| "restored before the yes".into())?,
            Seen::Output(output @ (Output::Transmit(_) | Output::Ping(_))) => {
                gate(through, &|| format!("{output:?} before its time"))?;
            }
            Seen::Output(Output::Pong) => gate(accepted, &|| "a pong before the yes".into())?,
            Seen::Call(Call::Pass { ticket, .. }) => {
                gate(through, &|| format!("{ticket} passed before its time"))?;
            }
            Seen::Output(Output::Notify(Event::State { state, .. })) => {
                let open = matches!(state, State::Open { .. });
                gate(through || !open, &|| "open before its time".into())?;
            }
            _ => {}
        }
        Ok(())
    }
}
