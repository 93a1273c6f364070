//! The statistics agree with what passed, and what they call confirmed has really reached the server.

use tautline::session::{Event, Heard, Millis, News, Output, Question, State, Stats};

use super::fates::Fates;
use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Reply};

#[derive(Default)]
pub struct Counted {
    /// Bytes of each message, by ticket.
    bytes: Vec<u32>,
    sent: u64,
    bytes_sent: u64,
    received: u64,
    bytes_received: u64,
    attempts: u64,
    reconnects: u64,
    /// Openings that only a goodbye was for are not told.
    hidden_openings: bool,
    connected_ms: Millis,
    open_since: Option<Millis>,
    sent_on_link: u64,
    round_trips: u64,
}

impl Counted {
    pub fn see(&mut self, context: &Context, seen: &Seen, fates: &Fates) -> Verdict {
        match *seen {
            Seen::Call(&Call::Enqueue(message)) => self.note(message.ticket, message.bytes),
            Seen::Call(&Call::Pass { ticket, bytes }) => {
                self.note(ticket, bytes);
                self.on_sent(ticket);
            }
            Seen::Output(&Output::Transmit(ticket)) => self.on_sent(ticket),
            Seen::Reply(Call::Heard(_, bytes), Reply::Heard(Heard::Deliver)) => {
                self.received += 1;
                self.bytes_received += bytes;
            }
            Seen::Output(Output::Dial(_)) => self.sent_on_link = 0,
            Seen::Output(Output::Ask(Question::Url { .. }, _)) => self.attempts += 1,
            Seen::Output(Output::Notify(event)) => self.on_event(context, event),
            Seen::Output(Output::Close { .. }) => {
                self.hidden_openings |= context.farewell;
                self.on_link_end(context.now);
            }
            Seen::Output(Output::Abandon { .. })
            | Seen::Reply(Call::News(_, News::Closed(_)), Reply::Taken(true)) => {
                self.on_link_end(context.now);
            }
            // Under a goodbye an opening is not told, and the link may stay for what is to be confirmed or answered.
            Seen::Settled {
                state: State::Open { .. },
                ..
            } if self.open_since.is_none() => {
                self.hidden_openings = true;
                self.open_since = Some(context.now);
            }
            Seen::Audit { stats, received } => return self.audit(context, stats, received, fates),
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, ticket: u32, bytes: u32) {
        self.bytes.resize(ticket as usize + 1, 0);
        self.bytes[ticket as usize] = bytes;
    }

    fn on_sent(&mut self, ticket: u32) {
        self.sent += 1;
        self.sent_on_link += 1;
        self.bytes_sent += u64::from(self.bytes[ticket as usize]);
    }

    fn on_event(&mut self, context: &Context, event: &Event) {
        match event {
            Event::Opened(opening) => self.reconnects += u64::from(opening.reconnected),
            Event::Latency(_) => self.round_trips += 1,
            Event::State {
                state: State::Open { .. },
                ..
            } => self.open_since = Some(context.now),
            _ => {}
        }
    }

    /// A connection counts until it ends or its close is said.
    fn on_link_end(&mut self, now: Millis) {
        if let Some(since) = self.open_since.take() {
            self.connected_ms += now - since;
        }
    }

    fn audit(
        &self,
        context: &Context,
        stats: &Stats,
        received: Option<u64>,
        fates: &Fates,
    ) -> Verdict {
        let now = context.now;
        let current = self.open_since.map_or(0, |since| now - since);
        let same = |name: &str, told: u64, counted: u64| {
            ensure(told == counted, Invariant::Stats, || {
                format!("{name}: {told} told, {counted} counted")
            })
        };
        same("messages sent", stats.messages_sent, self.sent)?;
        same("bytes sent", stats.bytes_sent, self.bytes_sent)?;
        same("messages received", stats.messages_received, self.received)?;
        same("bytes received", stats.bytes_received, self.bytes_received)?;
        same("attempts", stats.attempts, self.attempts)?;
        same("connected", stats.connected_ms, self.connected_ms + current)?;
        same("queued", stats.queued_messages, fates.len() as u64)?;
        same("queued bytes", stats.queued_bytes, fates.bytes())?;
        let (held, held_bytes) = fates.held();
        same("held", stats.held_messages, held as u64)?;
        same("held bytes", stats.held_bytes, held_bytes)?;
        if !self.hidden_openings {
            same("reconnects", stats.reconnects, self.reconnects)?;
        }
        let measured = u64::from(stats.latency_ms.is_some());
        same("a round trip", measured, u64::from(self.round_trips > 0))?;
        ensure(
            stats.latency_p50_ms <= stats.latency_p95_ms,
            Invariant::Stats,
            || format!("percentiles out of order: {stats:?}"),
        )?;
        let Some(received) = received else {
            return Ok(());
        };
        let confirmed = self.sent_on_link.checked_sub(stats.unconfirmed);
        ensure(
            confirmed.is_some_and(|confirmed| confirmed <= received),
            Invariant::Stats,
            || {
                let (sent, unconfirmed) = (self.sent_on_link, stats.unconfirmed);
                format!("{sent} sent, {unconfirmed} unconfirmed, but {received} received")
            },
        )
    }
}
