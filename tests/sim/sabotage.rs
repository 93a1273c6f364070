//! The planted bugs about promises and credentials, and what they have to know of the messages.

use tautline::session::{
    Awaits, Delivery, DropReason, Event, Fate, KeepAlive, Millis, News, Output, Progress, Question,
    State, Ticket, Verdict,
};

use crate::bugs::Bug;
use crate::call::{Call, Reply};
use crate::view::View;

/// What has passed of messages and pings.
#[derive(Default)]
pub struct Memory {
    /// What each message awaits, by ticket.
    awaits: Vec<Awaits>,
    sent: Vec<Ticket>,
    last_passed: Option<Ticket>,
    last_ping: u32,
    /// The last ping was sent before.
    repeats: bool,
    /// Given up by a break.
    broken: Option<Ticket>,
    promised: bool,
    /// Something had to leave at least so often, on some connection.
    agreed: bool,
}

impl Memory {
    pub fn note_call(&mut self, call: &Call, delivery: Delivery) {
        match *call {
            Call::Enqueue(message) => {
                let awaits = match (delivery, message.awaits) {
                    (Delivery::AtLeastOnce, Awaits::Nothing) => Awaits::Confirmation,
                    (_, awaits) => awaits,
                };
                self.awaits
                    .resize(message.ticket as usize + 1, Awaits::Nothing);
                self.awaits[message.ticket as usize] = awaits;
                self.promised |= awaits != Awaits::Nothing;
            }
            Call::Agree(heartbeat) => self.agreed |= heartbeat.keep_alive != KeepAlive::None,
            Call::Pass { ticket, .. } => self.last_passed = Some(ticket),
            _ => {}
        }
    }

    pub fn note_output(&mut self, output: &Output) {
        match *output {
            Output::Transmit(ticket) => self.sent.push(ticket),
            Output::Ping(id @ 1..) => {
                self.repeats = id == self.last_ping;
                self.last_ping = id;
            }
            Output::Notify(Event::Dropped(
                ticket,
                DropReason::Unconfirmed | DropReason::Unanswered,
                Progress::Sent,
            )) => self.broken = Some(ticket),
            _ => {}
        }
    }

    fn awaits(&self, ticket: Ticket) -> Awaits {
        let awaits = self.awaits.get(ticket as usize);
        awaits.copied().unwrap_or_default()
    }

    pub fn is_plain(&self, ticket: Ticket) -> bool {
        self.awaits(ticket) == Awaits::Nothing
    }

    /// Whether nothing so far awaits anything.
    pub fn is_unpromised(&self) -> bool {
        !self.promised
    }

    /// Whether it has left more than once, or has before this time.
    fn goes_again(&self, ticket: Ticket) -> bool {
        self.sent.iter().filter(|&&sent| sent == ticket).count() > 1
    }

    pub fn is_first(&self, ticket: Ticket) -> bool {
        !self.goes_again(ticket)
    }
}

impl View {
    /// Makes the call as the bug has it.
    pub fn call_wrongly(&mut self, bug: Bug, now: Millis, call: &Call) -> Reply {
        match (bug, call) {
            (
                Bug::ConfirmsUnasked,
                &Call::News(generation, News::Classified(Verdict::Pong(Some(_)))),
            ) if self.is_at_least_once() => {
                let pong = News::Classified(Verdict::Pong(Some(self.memory.last_ping)));
                self.apply_honestly(now, &Call::News(generation, pong))
            }
            (Bug::DoubledReply, Call::News(_, News::Classified(Verdict::Reply(_)))) => {
                self.apply_honestly(now, call);
                Reply::Taken(true)
            }
            (Bug::RenewedEarly, Call::News(generation, News::CredentialsReady))
                if matches!(self.state(), State::Open { .. }) =>
            {
                let reply = self.apply_honestly(now, call);
                let yes = News::Classified(Verdict::Accepted);
                self.session.handle_news(now, *generation, yes);
                reply
            }
            (Bug::DeafToRefusal, Call::News(generation, News::Classified(Verdict::Refused)))
                if *generation == self.generation()
                    && matches!(self.state(), State::Open { .. }) =>
            {
                Reply::Taken(true)
            }
            (Bug::JudgesUnread, Call::HoldReading) => Reply::Done,
            (Bug::RashGoodbye, Call::Close { .. }) => {
                self.apply_honestly(now, &Call::Close { drain_ms: 0 })
            }
            (Bug::PromisedRoom, Call::Enqueue(message)) if self.is_at_least_once() => {
                match self.apply_honestly(now, call) {
                    Reply::Fate(Fate::Dropped(DropReason::QueueFull)) => {
                        Reply::Fate(Fate::Queued(message.ticket))
                    }
                    reply => reply,
                }
            }
            _ => self.apply_honestly(now, call),
        }
    }

    /// What comes out instead of an output.
    pub fn put_out_wrongly(&mut self, bug: Bug, now: Millis, output: Output) -> Option<Output> {
        let memory = &self.memory;
        match (bug, output) {
            (Bug::ConfirmsAtOnce, Output::Transmit(ticket))
                if memory.awaits(ticket) == Awaits::Confirmation =>
            {
                self.extra = Some(Output::Notify(Event::Confirmed(ticket)));
            }
            (Bug::LostResend, Output::Transmit(ticket)) if memory.goes_again(ticket) => {
                return self.poll_output(now);
            }
            (Bug::LateResend, Output::Transmit(ticket)) if memory.goes_again(ticket) => {
                if let Some(next) = self.session.poll_output() {
                    let newer = matches!(next, Output::Transmit(_));
                    self.extra = Some(if newer { output } else { next });
                    return Some(if newer { next } else { output });
                }
            }
            (Bug::ResendsDropped, Output::Notify(Event::Opened(_))) => {
                self.extra = self.memory.broken.take().map(Output::Transmit);
            }
            (Bug::ReplaysLast, Output::Notify(Event::Opened(_))) => {
                self.extra = self.memory.last_passed.take().map(Output::Transmit);
            }
            (
                Bug::ForgottenUnconfirmed,
                Output::Notify(Event::Dropped(
                    _,
                    DropReason::Unconfirmed | DropReason::Unanswered,
                    Progress::Sent,
                )),
            ) => return self.poll_output(now),
            (Bug::SettledTwice, Output::Notify(event @ Event::Confirmed(_))) => {
                self.extra = Some(Output::Notify(event));
            }
            (
                Bug::FalseProgress,
                Output::Notify(Event::Dropped(ticket, reason, Progress::Sent)),
            ) => {
                let event = Event::Dropped(ticket, reason, Progress::Queued);
                return Some(Output::Notify(event));
            }
            (Bug::MuteBeat, Output::Ping(0)) => return self.poll_output(now),
            (Bug::MuteHold, Output::Ping(_)) if memory.repeats && !self.keeps_alive() => {
                return self.poll_output(now);
            }
            (Bug::AsksTwice, Output::Ask(Question::Credentials, _))
                if matches!(self.state(), State::Open { .. }) =>
            {
                self.extra = Some(output);
            }
            _ => {}
        }
        Some(output)
    }

    fn keeps_alive(&self) -> bool {
        self.memory.agreed || self.session.config().heartbeat.keep_alive != KeepAlive::None
    }

    fn is_at_least_once(&self) -> bool {
        self.session.config().delivery == Delivery::AtLeastOnce
    }
}
