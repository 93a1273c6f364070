//! Frames of the broker: what each means for the session and the application.

use super::headers::value_in;
use super::machine::{Answers, DISCONNECT, SUBSCRIPTION, Stomp, StompEvent};
use super::parser::{Command, Escapes, Frame, number};
use super::refusal;
use super::subscription::AckMode;
use super::version::Version;
use super::violation::Violation;
use crate::session::{Action, News, State, Ticket, Verdict};

/// So much of an ERROR's body is looked at.
const LOOKED_AT: usize = 1_024;

/// What a receipt is for.
enum Receipt {
    Message(Ticket),
    Subscription(u32),
}

fn receipt(text: &[u8]) -> Option<Receipt> {
    match text.strip_prefix(SUBSCRIPTION.as_bytes()) {
        Some(id) => number(id).map(Receipt::Subscription),
        None => number(text).map(Receipt::Message),
    }
}

impl Stomp {
    /// Reads the next frame; false if none is there in whole, or nobody is to hear of it.
    pub(super) fn read(&mut self) -> bool {
        if self.session.generation() != self.reads || !self.session.state().is_linked() {
            return false;
        }
        let outcome = match self.parser.poll() {
            Ok(None) => return false,
            Ok(Some(frame)) => self.on_frame(frame),
            Err(violation) => Err(violation),
        };
        if let Err(violation) = outcome {
            self.tell(StompEvent::Violated(violation));
            let news = if violation.is_limit() {
                News::TooLarge
            } else {
                News::Violated
            };
            self.news(news);
        }
        true
    }

    fn news(&mut self, news: News) {
        self.session.handle_news(self.now, self.reads, news);
    }

    fn on_frame(&mut self, frame: Frame) -> Result<(), Violation> {
        match (frame.command, self.version) {
            (Command::Connected, None) => self.on_connected(frame),
            (Command::Message, Some(version)) => self.on_message(frame, version),
            (Command::Receipt, Some(_)) => self.on_receipt(frame),
            (Command::Error, _) => {
                self.on_error(frame);
                Ok(())
            }
            _ => Err(Violation::Order),
        }
    }

    fn on_connected(&mut self, frame: Frame) -> Result<(), Violation> {
        let headers = self.parser.bytes(frame.headers);
        // STOMP 1.0 does not say which version it is.
        let version = match value_in(headers, "version") {
            Some(name) => Version::parse(name).ok_or(Violation::Version)?,
            None => Version::V10,
        };
        if !self.config.versions.has(version) {
            return Err(Violation::Version);
        }
        let beats = match value_in(headers, "heart-beat") {
            Some(text) => heart_beat(text).ok_or(Violation::HeartBeat)?,
            None => (0, 0),
        };
        if !matches!(self.session.state(), State::Authenticating(_)) {
            return Err(Violation::Order);
        }
        self.version = Some(version);
        self.parser.set_escapes(if version == Version::V10 {
            Escapes::None
        } else {
            Escapes::Strict
        });
        self.tell(StompEvent::Connected {
            version,
            headers: frame.headers,
        });
        let agreed = self.config.agree(beats);
        self.session.set_heartbeat(self.now, agreed);
        self.news(News::Classified(Verdict::Accepted));
        Ok(())
    }

    fn on_message(&mut self, frame: Frame, version: Version) -> Result<(), Violation> {
        let headers = self.parser.bytes(frame.headers);
        value_in(headers, "message-id").ok_or(Violation::MissingHeader)?;
        value_in(headers, "destination").ok_or(Violation::MissingHeader)?;
        let name = match value_in(headers, "subscription") {
            Some(name) => name,
            None if version == Version::V10 => &[],
            None => return Err(Violation::MissingHeader),
        };
        let subscription = self.subscriptions.named(name);
        let mut subscribed = (None, 0);
        if let Some((id, subscription)) = subscription {
            if version == Version::V12 && subscription.ack != AckMode::Auto {
                value_in(headers, "ack").ok_or(Violation::MissingHeader)?;
            }
            subscription.is_unconfirmed = false;
            subscription.received = subscription.received.saturating_add(1);
            subscribed = (Some(id), subscription.received);
        } else if number(name).is_some() {
            // It has crossed our UNSUBSCRIBE.
            return Ok(());
        }
        let (subscription, number) = subscribed;
        self.tell(StompEvent::Message {
            subscription,
            number,
            headers: frame.headers,
            body: frame.body,
        });
        Ok(())
    }

    fn on_receipt(&mut self, frame: Frame) -> Result<(), Violation> {
        let headers = self.parser.bytes(frame.headers);
        let id = value_in(headers, "receipt-id").ok_or(Violation::MissingHeader)?;
        match receipt(id) {
            Some(Receipt::Message(ticket)) => {
                self.measured(ticket);
                let is_awaited = self.session.acknowledge(self.now, ticket);
                if is_awaited && ticket != DISCONNECT {
                    self.tell(StompEvent::Receipt(ticket));
                }
            }
            Some(Receipt::Subscription(id)) => {
                if let Some(subscription) = self.subscriptions.get_mut(id) {
                    subscription.is_unconfirmed = false;
                }
                if self.suspect == Answers::Subscription(id) {
                    self.suspect = Answers::Unknown;
                }
                self.tell(StompEvent::Subscribed(id));
            }
            // One that the application asked for by a header of its own.
            None => {}
        }
        Ok(())
    }

    /// What an ERROR means that names nothing, as those of RabbitMQ. Where one thing alone waits for its receipt it may be
    /// that, or the broker goes away; where that happens again with the same thing, it is that.
    fn culprit(&mut self) -> Answers {
        let messages = self.session.under_way().map(Answers::Message);
        let subscriptions = self.subscriptions.unconfirmed();
        let mut all = messages.chain(subscriptions.map(Answers::Subscription));
        let sole = match (all.next(), all.next()) {
            (Some(it), None) => it,
            _ => Answers::Unknown,
        };
        if core::mem::replace(&mut self.suspect, sole) == sole {
            sole
        } else {
            Answers::Unknown
        }
    }

    fn on_error(&mut self, frame: Frame) {
        let headers = self.parser.bytes(frame.headers);
        let answers = match value_in(headers, "receipt-id").and_then(receipt) {
            Some(Receipt::Message(ticket)) => Answers::Message(ticket),
            Some(Receipt::Subscription(id)) => Answers::Subscription(id),
            None => self.culprit(),
        };
        let headers = self.parser.bytes(frame.headers);
        let action = if self.version.is_some() {
            Action::Jitter
        } else {
            let message = value_in(headers, "message").unwrap_or_default();
            let body = self.parser.bytes(frame.body);
            let body = body.get(..LOOKED_AT).unwrap_or(body);
            let names_versions = value_in(headers, "version").is_some();
            refusal::of_connect(names_versions, message, body)
        };
        let answers = match answers {
            Answers::Message(ticket) if !self.session.acknowledge(self.now, ticket) => {
                Answers::Unknown
            }
            Answers::Subscription(id) if !self.subscriptions.remove(id) => Answers::Unknown,
            answers => answers,
        };
        self.tell(StompEvent::Failed {
            answers,
            headers: frame.headers,
            body: frame.body,
        });
        self.news(News::Dismissed {
            action,
            delay_ms: 0,
        });
    }
}

/// "Heart-beating": what the server can send how often, and what it wants.
fn heart_beat(text: &[u8]) -> Option<(u32, u32)> {
    let mut parts = text.split(|&octet| octet == b',');
    let pair = (number(parts.next()?)?, number(parts.next()?)?);
    parts.next().is_none().then_some(pair)
}
