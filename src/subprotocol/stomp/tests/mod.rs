//! Dialogues with a clock between an application, a machine and a broker, in the manner of those of the session. Line ends
//! are written as `|`, NUL as `^`.

mod acknowledging;
mod connecting;
mod goodbyes;
mod heartbeats;
mod hostile;
mod parsing;
mod receipts;
mod subscribing;

use std::collections::{HashMap, VecDeque};

use super::*;
use crate::session::{
    Address, Awaits, Cause, Close, Config, Event, Fate, Generation, Message, Millis, News,
    Output as Order, Question, State, Ticket,
};
use crate::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

/// A frame that the application has handed in.
struct Kept {
    verb: Verb,
    headers: String,
    body: &'static str,
    bound: Option<Generation>,
    subscription: SubscriptionId,
    has_receipt: bool,
}

struct Dialogue {
    stomp: Stomp,
    now: Millis,
    said: VecDeque<String>,
    kept: HashMap<Ticket, Kept>,
    subscribed: HashMap<SubscriptionId, Headers>,
    tickets: Ticket,
    generation: Generation,
    /// Whether the credentials are answered at once.
    signs_in: bool,
}

fn quiet() -> StompConfig {
    StompConfig {
        outgoing_ms: 0,
        incoming_ms: 0,
        ..StompConfig::default()
    }
}

fn headers(text: &str) -> Headers {
    let mut headers = Headers::new();
    for line in text.split('|').filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap();
        headers.push(name, value).unwrap();
    }
    headers
}

fn shown(text: &str) -> String {
    text.replace('\n', "|").replace('\0', "^")
}

fn meant(text: &str) -> String {
    text.replace('|', "\n").replace('^', "\0")
}

impl Dialogue {
    fn new(config: Config, stomp: StompConfig) -> Self {
        let config = Config {
            connect_timeout_ms: 10_000,
            ..config
        };
        Dialogue {
            stomp: Stomp::new(config, stomp, 1),
            now: 0,
            said: VecDeque::new(),
            kept: HashMap::new(),
            subscribed: HashMap::new(),
            tickets: 0,
            generation: 0,
            signs_in: true,
        }
    }

    /// One whose handshake is done at 0 and that has sent CONNECT.
    fn connecting(stomp: StompConfig) -> Self {
        let mut d = Self::new(Config::default(), stomp);
        d.stomp.session_mut().open(0);
        d.drain();
        d.said.clear();
        d
    }

    /// One that is open at 0, in that version.
    fn open(version: &str) -> Self {
        let mut d = Self::connecting(quiet());
        d.hears(&format!("CONNECTED|version:{version}||^"));
        d.said.clear();
        d
    }

    #[track_caller]
    fn at(&mut self, time: Millis) -> &mut Self {
        self.expects("");
        while let Some((at, _)) = self.stomp.session().poll_timeout()
            && at <= time
        {
            self.now = self.now.max(at);
            self.stomp.session_mut().handle_timeout(self.now);
            self.drain();
            if self.now < time && !self.said.is_empty() {
                panic!("at {}: {:?}", self.now, self.said);
            }
        }
        self.now = time;
        self
    }

    /// What was said since the last time.
    fn all(&mut self) -> String {
        self.said.drain(..).collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn expects(&mut self, expected: &str) -> &mut Self {
        assert_eq!(self.all(), expected, "at {}", self.now);
        self
    }

    /// A WebSocket message of the broker.
    fn hears(&mut self, text: &str) -> &mut Self {
        self.hears_bytes(meant(text).as_bytes())
    }

    fn hears_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let generation = self.generation;
        if self
            .stomp
            .session_mut()
            .heard(generation, bytes.len() as u64)
            == crate::session::Heard::Deliver
        {
            self.stomp
                .handle_frame(self.now, generation, FrameRef::Bytes(bytes));
        }
        self.drain();
        self
    }

    fn breaks(&mut self) -> &mut Self {
        let close = Close {
            code: 1006,
            ..Close::default()
        };
        let generation = self.generation;
        self.stomp
            .session_mut()
            .handle_news(self.now, generation, News::Closed(close));
        self.drain();
        self
    }

    /// The wait is over, the handshake is done, and the broker accepts.
    fn comes_back(&mut self, version: &str) -> &mut Self {
        self.said.clear();
        self.stomp.session_mut().reconnect(self.now);
        self.drain();
        self.said.clear();
        self.hears(&format!("CONNECTED|version:{version}||^"))
    }

    fn subscribes(&mut self, ack: AckMode, text: &str) -> SubscriptionId {
        let headers = headers(text);
        let name = headers.get("id").unwrap_or_default();
        let id = self.stomp.subscribe(ack, name).unwrap();
        self.subscribed.insert(id, headers);
        self.drain();
        id
    }

    fn unsubscribes(&mut self, id: SubscriptionId, text: &str) -> &mut Self {
        let gone = self.subscribed.remove(&id).unwrap_or_default();
        if self.stomp.unsubscribe(id) {
            let name = gone.get("id").unwrap_or_default();
            let frame = self.stomp.write_unsubscribe(id, name, &headers(text));
            self.said.push_back(format!("> {}", shown(&frame.unwrap())));
        }
        self.drain();
        self
    }

    fn sends(&mut self, kept: Kept, repeats: bool) -> Ticket {
        self.tickets += 1;
        let ticket = self.tickets;
        let message = Message {
            awaits: if kept.has_receipt {
                Awaits::Acknowledgement
            } else {
                Awaits::Nothing
            },
            repeats,
            ..Message::plain(ticket, 10)
        };
        self.kept.insert(ticket, kept);
        let fate = self.stomp.session_mut().enqueue(self.now, message);
        if let Fate::Dropped(reason) = fate {
            self.said
                .push_back(format!("refused {ticket} {}", reason.name()));
        }
        self.drain();
        ticket
    }

    /// SEND to `/q`.
    fn sends_text(&mut self, body: &'static str, has_receipt: bool, repeats: bool) -> Ticket {
        let kept = Kept {
            verb: Verb::Send,
            headers: "destination\0/q\0".into(),
            body,
            bound: None,
            subscription: 0,
            has_receipt,
        };
        self.sends(kept, repeats)
    }

    fn acknowledges(&mut self, verb: Verb, subscription: u32, number: u32, id: &str) -> &mut Self {
        let generation = self.generation;
        match self.stomp.settle(verb, generation, subscription, number) {
            Err(error) => self.said.push_back(error.name().into()),
            Ok(()) => {
                let kept = Kept {
                    verb,
                    headers: format!("id\0{id}\0"),
                    body: "",
                    bound: Some(generation),
                    subscription,
                    has_receipt: false,
                };
                self.sends(kept, false);
            }
        }
        self
    }

    fn drain(&mut self) {
        while let Some(output) = self.stomp.poll_output() {
            let said = match output {
                Output::Frame(OutFrame::Text(text)) => format!("> {}", shown(&text)),
                Output::Frame(OutFrame::Bytes(bytes)) => format!("> {bytes:?}"),
                Output::Event(event) => self.tells(event),
                Output::Session(order) => match self.carries_out(order) {
                    Some(said) => said,
                    None => continue,
                },
            };
            self.said.push_back(said);
        }
    }

    fn tells(&mut self, event: StompEvent) -> String {
        match event {
            StompEvent::Subscribe(id) => {
                let frame = self.stomp.write_subscribe(id, &self.subscribed[&id]);
                frame.map_or("unwritable".into(), |frame| format!("> {}", shown(&frame)))
            }
            StompEvent::Connected { version, .. } => format!("connected {}", version.name()),
            StompEvent::Message {
                subscription,
                number,
                headers,
                body,
            } => format!(
                "message {}#{number} {} {}",
                subscription.unwrap_or_default(),
                shown(self.stomp.ack_id(headers)),
                shown(self.stomp.text(body))
            ),
            StompEvent::Receipt(ticket) => format!("receipt {ticket}"),
            StompEvent::Subscribed(id) => format!("subscribed {id}"),
            StompEvent::Failed {
                answers, headers, ..
            } => format!(
                "failed {answers:?} {}",
                value_of(self.stomp.text(headers), "message").unwrap_or_default()
            ),
            StompEvent::Violated(violation) => format!("violated {}", violation.name()),
        }
    }

    fn carries_out(&mut self, order: Order) -> Option<String> {
        let session = self.stomp.session_mut();
        Some(match order {
            Order::Ask(Question::Url { .. }, generation) => {
                let address = Address {
                    secure: true,
                    ..Address::default()
                };
                session.handle_news(self.now, generation, News::UrlReady(address));
                return None;
            }
            Order::Dial(generation) => {
                self.generation = generation;
                let news = News::Opened {
                    protocol_selected: true,
                };
                session.handle_news(self.now, generation, news);
                return None;
            }
            Order::Ask(Question::Credentials, generation) => {
                if self.signs_in {
                    let frame = self.stomp.write_connect(&headers("host:/")).unwrap();
                    self.stomp.session_mut().handle_news(
                        self.now,
                        generation,
                        News::CredentialsReady,
                    );
                    return Some(format!("> {}", shown(&frame)));
                }
                "ask credentials".into()
            }
            Order::Ask(Question::Restore(_), _) => "ask restore".into(),
            Order::Transmit(ticket) => return Some(self.transmits(ticket)),
            Order::Ping(id) => format!("ping {id}"),
            Order::Close { code } => format!("close {}", code.unwrap_or(0)),
            Order::Abandon { code } => format!("abandon {}", code.unwrap_or(0)),
            Order::Notify(Event::State { state, cause }) => described(&state, cause),
            Order::Notify(Event::Opened(opening)) => format!("opened {}", opening.reconnected),
            Order::Notify(Event::Dropped(ticket, reason, progress)) => {
                format!("dropped {ticket} {} {}", reason.name(), progress.name())
            }
            Order::Notify(Event::Latency(ms)) => format!("latency {ms}"),
            other => format!("{other:?}"),
        })
    }

    fn transmits(&mut self, ticket: Ticket) -> String {
        let kept = self.kept.get(&ticket).unwrap();
        let draft = Draft {
            subscription: kept.subscription,
            bound: kept.bound,
            receipt: kept.has_receipt.then_some(ticket),
            ..Draft::new(kept.verb, &kept.headers)
        };
        match self.stomp.write(&draft) {
            Ok(head) => format!("> {}{}^", shown(&head), kept.body),
            Err(error) => {
                self.stomp.session_mut().withdraw(self.now, ticket);
                format!("{} {ticket}", error.name())
            }
        }
    }
}

fn described(state: &State, cause: Option<Cause>) -> String {
    let name = state.name().name();
    let why = match state {
        State::Waiting(wait) => format!(" {}", wait.attempt),
        State::Closed(why) => format!(" {}", why.name()),
        _ => String::new(),
    };
    let cause = cause.map_or(String::new(), |cause| format!(" ({})", cause.kind.name()));
    format!("{name}{why}{cause}")
}
