//! What awaits a confirmation is followed by a ping within the configured time, at once where it takes half of the room,
//! unless a ping is outstanding.

use tautline::session::{Event, Millis, News, Output, State, Ticket, Timer, Verdict as Frame};

use super::delivery::Delivery;
use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind, Reply};

/// A ping may be given up from this time on, if something else was heard: the next follows as after a message.
const SHORTEST_PONG_MS: Millis = 2_000;
/// A ping is outstanding for at most this long after it was last asked for.
const PONG_MS: Millis = 10_000;

#[derive(Default)]
pub struct Asking {
    last_ping: u32,
    pinged_at: Millis,
    /// Of this link. Without ids only so many pongs as pings show that none is outstanding.
    pings: u32,
    pongs: u32,
    /// Until when the last ping may be outstanding.
    outstanding_until: Option<Millis>,
    /// Since when something is unconfirmed that no outstanding ping covers.
    since: Option<Millis>,
    /// The same, as long as it is not told whether the pong that has come is in time.
    doubtful: Option<Millis>,
    /// The last ping may have been given up: then the next follows as after a message.
    given_up: bool,
}

impl Asking {
    pub fn see(&mut self, context: &Context, seen: &Seen, delivery: &Delivery) -> Verdict {
        let now = context.now;
        if delivery.kept().0 == 0 {
            // A listener may send the next one before anything is settled.
            self.since = None;
        }
        match *seen {
            Seen::Output(Output::Dial(_)) => *self = Asking::default(),
            Seen::Output(Output::Ping(0)) => {}
            // The same ping goes again, and its first pong confirms no more than before.
            Seen::Output(&Output::Ping(id)) if id == self.last_ping => {
                self.pings += 1;
            }
            Seen::Output(&Output::Ping(id)) => {
                self.last_ping = id;
                self.pinged_at = now;
                self.pings += 1;
                self.outstanding_until = Some(now + PONG_MS);
                self.since = None;
                self.given_up = false;
            }
            Seen::Reply(call, _) if context.agrees(call).is_some() => {
                // The ping under way confirms nothing any more: the next follows as after a message.
                self.outstanding_until = None;
                self.since = Some(now);
                self.given_up = true;
            }
            Seen::Output(&Output::Transmit(ticket)) => self.on_sent(now, ticket, delivery),
            Seen::Call(call) => {
                if context.woke() && self.outstanding_until.is_some() {
                    // A ping from before the sleep may be given up, and the next then follows as after a message.
                    self.since = self.since.map(|_| now);
                }
                let reads_on = matches!(call, Call::ReleaseReading) && context.held;
                if reads_on || self.asks_again(context, call) {
                    self.prolong(now);
                }
            }
            Seen::Reply(&Call::News(_, News::Classified(Frame::Pong(id))), Reply::Taken(true)) => {
                self.pongs += 1;
                if id.map_or(self.pongs >= self.pings, |id| id == self.last_ping) {
                    self.outstanding_until = None;
                    if now >= self.pinged_at + SHORTEST_PONG_MS {
                        // It may come too late, for a ping that was given up, unless a round trip is told.
                        self.doubtful = self.since;
                        self.given_up = true;
                        self.since = self.since.map(|_| now);
                    }
                }
            }
            Seen::Output(Output::Notify(Event::Latency(_))) => {
                self.since = self.doubtful.take().or(self.since);
                self.given_up = false;
            }
            Seen::Settled {
                state: State::Open { .. },
                deadline,
            } => {
                self.doubtful = None;
                return self.check(context, deadline, delivery);
            }
            _ => {}
        }
        Ok(())
    }

    fn on_sent(&mut self, now: Millis, ticket: Ticket, delivery: &Delivery) {
        self.prolong(now);
        if delivery.awaits_confirmation(ticket) {
            self.since.get_or_insert(now);
        }
    }

    /// Whether a call may ask for a sign of life while a ping is outstanding: its pong is then given its time anew.
    fn asks_again(&self, context: &Context, call: &Call) -> bool {
        match call {
            Call::Signal(_) | Call::Pass { .. } | Call::Sent => true,
            Call::Timeout => {
                let looks = matches!(
                    context.due,
                    Some((
                        _,
                        Timer::Send | Timer::Probe | Timer::Heartbeat | Timer::KeepAlive
                    ))
                );
                looks || context.late_ms > 0
            }
            Call::News(..) => context.woke(),
            _ => false,
        }
    }

    fn prolong(&mut self, now: Millis) {
        self.outstanding_until = self.outstanding_until.map(|until| until.max(now + PONG_MS));
    }

    fn check(
        &mut self,
        context: &Context,
        deadline: Option<(Millis, Timer)>,
        delivery: &Delivery,
    ) -> Verdict {
        let now = context.now;
        let (count, bytes) = delivery.kept();
        let asking =
            |holds: bool, what: &dyn Fn() -> String| ensure(holds, Invariant::Asking, what);
        let timer = deadline.map(|(_, timer)| timer);
        asking(count > 0 || timer != Some(Timer::Confirm), &|| {
            "nothing is unconfirmed, but a ping is due".into()
        })?;
        if count == 0 {
            self.since = None;
            return Ok(());
        }
        if let Some(until) = self.outstanding_until {
            if context.held || context.call != Kind::Timeout || now < until {
                return Ok(());
            }
            // It is given up because something else was heard: the next follows as after a message.
            self.outstanding_until = None;
            self.since = Some(now);
            self.given_up = true;
        }
        let queue = &context.config.queue;
        let half = 2 * count >= u64::from(queue.max_messages) || 2 * bytes >= queue.max_bytes;
        asking(!half, &|| {
            format!("{count} messages, {bytes} bytes are unconfirmed, and no ping is outstanding")
        })?;
        asking(!context.farewell || self.given_up, &|| {
            format!("a goodbye waits for {count} messages, and no ping is outstanding")
        })?;
        let Some(since) = self.since else {
            return Ok(());
        };
        let due = since + context.config.confirm_within_ms;
        let woken = deadline.is_some_and(|(at, _)| at <= due);
        asking(woken, &|| {
            format!("a ping is due at {due}, woken at {deadline:?}")
        })
    }
}
