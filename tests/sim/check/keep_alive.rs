//! While the connection is open something leaves as often as was agreed, whatever arrives; and a beat that expects no answer
//! is sent only where nothing else has left for half of the time.

use tautline::session::{HeartbeatConfig, KeepAlive as Agreed, Millis, News, Output, State};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind, Reply};

#[derive(Default)]
pub struct KeepAlive {
    sent_at: Millis,
    /// The least that the session can know of that: the last time that it was told anything.
    sent_after: Millis,
    /// The same before the timeout that is being answered: within it a listener may send, too.
    looked_after: Millis,
    told_at: Millis,
    /// How late timers were since.
    late_ms: Millis,
}

/// Within how long something must leave.
pub fn within_ms(heartbeat: &HeartbeatConfig) -> Option<Millis> {
    match heartbeat.keep_alive {
        Agreed::None => None,
        Agreed::Answered(ms) | Agreed::Unanswered(ms) => Some(ms),
    }
}

impl KeepAlive {
    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        let now = context.now;
        match *seen {
            Seen::Call(call) => {
                if !matches!(call, Call::Heard(..) | Call::Pass { .. } | Call::Hold(_)) {
                    self.told_at = now;
                }
                if matches!(call, Call::Timeout) {
                    self.late_ms += context.late_ms;
                    self.looked_after = self.sent_after;
                }
                if matches!(call, Call::Pass { .. }) {
                    self.sent(now);
                }
            }
            // Of messages of the restore step the session knows nothing.
            Seen::CredentialsSent => self.sent(now),
            Seen::Output(&Output::Ping(0)) => {
                let within_ms = within_ms(&context.rhythm).unwrap_or(0);
                let silent_ms = now - self.looked_after;
                ensure(silent_ms > within_ms / 2, Invariant::KeepAlive, || {
                    format!("a beat {silent_ms} ms after the last send, of {within_ms} ms")
                })?;
                self.sent(now);
            }
            Seen::Output(Output::Transmit(_) | Output::Ping(_) | Output::Pong) => self.sent(now),
            // The handshake is something, too.
            Seen::Reply(Call::News(_, News::Opened { .. }), Reply::Taken(true)) => self.sent(now),
            Seen::Settled {
                state: State::Open { .. },
                ..
            } if context.call == Kind::Timeout => {
                let Some(within_ms) = within_ms(&context.rhythm) else {
                    return Ok(());
                };
                let due = self.sent_at.max(context.agreed_at) + within_ms + self.late_ms;
                return ensure(now <= due, Invariant::KeepAlive, || {
                    format!("nothing has left since {}, {within_ms} ms", self.sent_at)
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn sent(&mut self, now: Millis) {
        self.sent_at = now;
        self.sent_after = self.told_at;
        self.late_ms = 0;
    }
}
