//! Dialogues with a clock, as those of the session: what comes in, what must go out, and nothing else.
//!
//! ```text
//! let mut d = Dialogue::up();
//! d.publishes(7, 1, "a/b", "hello").expects("PUBLISH 1 q1 a/b hello");
//! d.hears(&ack(PUBACK, 1, 0)).expects("acknowledged 7 00");
//! ```

mod connecting;
mod ending;
mod incoming;
mod outgoing;
mod reloading;
mod subscribing;
mod wire;

use std::collections::{BTreeMap, VecDeque};

use super::packet::{
    Properties, PropertyBuf, PropertyId, QoS, SubscriptionOptions, Value, Version,
};
use super::*;
use crate::session::{
    self, Address, Awaits, Close, Config, Fate, Generation, Heard, Millis, News, Question, State,
    StateName, Ticket,
};
use crate::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};
use wire::*;

/// A payload that the face keeps.
#[derive(Clone)]
struct Kept {
    topic: String,
    payload: String,
    qos: QoS,
    retain: bool,
    expiry_s: Option<u32>,
    since: Millis,
    properties: PropertyBuf,
}

impl Kept {
    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            topic: &self.topic,
            payload: self.payload.as_bytes(),
            qos: self.qos,
            retain: self.retain,
            properties: self.properties.as_properties(),
            expiry_s: self.expiry_s,
            since: self.since,
        }
    }
}

/// A client, a clock, the payloads of a face, and what has come out without being expected yet.
struct Dialogue {
    client: Mqtt,
    now: Millis,
    said: VecDeque<String>,
    kept: BTreeMap<Ticket, Kept>,
    socket: Option<Generation>,
    /// Whether events of the session's are said.
    is_wordy: bool,
}

impl Dialogue {
    fn new(options: Options) -> Self {
        Self::configured(options, Config::default())
    }

    fn configured(options: Options, config: Config) -> Self {
        Dialogue {
            client: Mqtt::new(options, config, 1),
            now: 0,
            said: VecDeque::new(),
            kept: BTreeMap::new(),
            socket: None,
            is_wordy: false,
        }
    }

    /// A client that has sent CONNECT at 0.
    fn asked(options: Options) -> Self {
        let mut d = Self::new(options);
        d.opens();
        d.said.clear();
        d
    }

    /// A client of 5.0 that the broker has accepted at 0.
    fn up() -> Self {
        Self::up_with(Options::default())
    }

    fn up_with(options: Options) -> Self {
        let mut d = Self::asked(options);
        d.accepts(false);
        d.said.clear();
        d
    }

    fn v311() -> Options {
        Options {
            version: Version::V311,
            ..Options::default()
        }
    }

    fn version(&self) -> Version {
        self.client.options().version
    }

    // --- commands ------------------------------------------------------------------------------------------------

    fn opens(&mut self) -> &mut Self {
        self.client.session_mut().open(self.now);
        self.drain()
    }

    /// Dials now, whatever is there, up to CONNECT.
    fn reconnects(&mut self) -> &mut Self {
        self.client.session_mut().reconnect(self.now);
        self.drain()
    }

    fn closes(&mut self, drain_ms: Millis) -> &mut Self {
        let now = self.now;
        self.client
            .session_mut()
            .close(now, Some(1000), "", drain_ms);
        self.drain()
    }

    /// Hands in a message; the session takes it into its queue.
    #[track_caller]
    fn publishes(&mut self, ticket: Ticket, qos: u8, topic: &str, payload: &str) -> &mut Self {
        let kept = Kept {
            topic: topic.into(),
            payload: payload.into(),
            qos: QoS::from_u8(qos).unwrap(),
            retain: false,
            expiry_s: None,
            since: self.now,
            properties: PropertyBuf::new(),
        };
        self.hands_in(ticket, kept, None)
    }

    #[track_caller]
    fn hands_in(&mut self, ticket: Ticket, kept: Kept, ttl_ms: Option<Millis>) -> &mut Self {
        let length = kept.payload.len();
        let bytes = self.client.check(&kept.outgoing(), length).unwrap();
        let is_acknowledged = kept.qos > QoS::AtMostOnce;
        let message = session::Message {
            awaits: if is_acknowledged {
                Awaits::Acknowledgement
            } else {
                Awaits::Nothing
            },
            repeats: is_acknowledged,
            ttl_ms,
            ..session::Message::plain(ticket, bytes)
        };
        self.kept.insert(ticket, kept);
        let now = self.now;
        let fate = self.client.session_mut().enqueue(now, message);
        assert_eq!(fate, Fate::Queued(ticket));
        self.drain()
    }

    #[track_caller]
    fn subscribes(&mut self, filter: &str, qos: u8) -> u32 {
        let options = SubscriptionOptions {
            qos: QoS::from_u8(qos).unwrap(),
            ..SubscriptionOptions::default()
        };
        let number = self
            .client
            .subscribe(self.now, filter, options, Properties::NONE);
        self.drain();
        number.unwrap()
    }

    #[track_caller]
    fn unsubscribes(&mut self, number: u32) -> &mut Self {
        assert!(self.client.unsubscribe(self.now, number));
        self.drain()
    }

    fn withdraws(&mut self, ticket: Ticket) -> &mut Self {
        self.client.withdraw(self.now, ticket);
        self.drain()
    }

    // --- facts ---------------------------------------------------------------------------------------------------

    /// A frame of the broker's.
    fn hears(&mut self, bytes: &[u8]) -> &mut Self {
        let generation = self.socket.expect("a socket");
        let heard = self
            .client
            .session_mut()
            .heard(generation, bytes.len() as u64);
        match heard {
            Heard::Deliver => {
                self.client
                    .handle_frame(self.now, generation, FrameRef::Bytes(bytes))
            }
            Heard::TooLarge => {
                let now = self.now;
                self.client
                    .session_mut()
                    .handle_news(now, generation, News::TooLarge);
            }
            Heard::Discard => {}
        }
        self.drain()
    }

    fn accepts(&mut self, session_present: bool) -> &mut Self {
        let connack = match self.version() {
            Version::V5 => connack(session_present, 0, &[]),
            Version::V311 => vec![0x20, 2, u8::from(session_present), 0],
        };
        self.hears(&connack)
    }

    /// The network breaks, and the next connection is made at once, up to CONNECT.
    fn breaks(&mut self) -> &mut Self {
        self.loses();
        self.reconnects()
    }

    fn loses(&mut self) -> &mut Self {
        let generation = self.socket.take().expect("a socket");
        let close = Close {
            code: 1006,
            ..Close::default()
        };
        let now = self.now;
        self.client
            .session_mut()
            .handle_news(now, generation, News::Closed(close));
        self.drain()
    }

    // --- the clock -----------------------------------------------------------------------------------------------

    #[track_caller]
    fn at(&mut self, time: Millis) -> &mut Self {
        self.all_expected();
        while let Some((at, _)) = self
            .client
            .session()
            .poll_timeout()
            .filter(|(at, _)| *at <= time)
        {
            self.now = self.now.max(at);
            self.client.session_mut().handle_timeout(at);
            self.drain();
            if self.now < time && !self.said.is_empty() {
                panic!(
                    "before {time}, unexpected at {}: {}",
                    self.now,
                    self.pending()
                );
            }
        }
        self.now = time;
        self
    }

    // --- what came out -------------------------------------------------------------------------------------------

    #[track_caller]
    fn expects(&mut self, words: &str) -> &mut Self {
        assert_eq!(self.pending(), words, "at {}", self.now);
        self.said.clear();
        self
    }

    fn pending(&self) -> String {
        self.said.iter().cloned().collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn all_expected(&self) {
        assert!(
            self.said.is_empty(),
            "not expected at {}: {}",
            self.now,
            self.pending()
        );
    }

    fn name(&self) -> StateName {
        self.client.session().state().name()
    }

    fn drain(&mut self) -> &mut Self {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Frame(OutFrame::Bytes(bytes)) => {
                    if self.socket.is_some() {
                        self.said.extend(wire::read(self.version(), &bytes));
                    }
                }
                Output::Frame(OutFrame::Text(_)) => panic!("MQTT is binary"),
                Output::Event(event) => {
                    let words = self.event_in_words(&event);
                    self.said.push_back(words);
                }
                Output::Session(order) => self.obey(order),
            }
        }
        self
    }

    /// What every face does.
    fn obey(&mut self, order: session::Output) {
        use session::Output as O;
        let now = self.now;
        match order {
            O::Ask(Question::Url { .. }, generation) => {
                let news = News::UrlReady(Address::default());
                self.client.session_mut().handle_news(now, generation, news);
            }
            O::Dial(generation) => {
                assert_eq!(self.socket, None, "a second socket");
                self.socket = Some(generation);
                let news = News::Opened {
                    protocol_selected: true,
                };
                self.client.session_mut().handle_news(now, generation, news);
            }
            O::Ask(Question::Credentials, generation) => self.shows(generation),
            O::Ask(Question::Restore(_), _) => panic!("the machine restores"),
            O::Transmit(ticket) => {
                let kept = self.kept[&ticket].clone();
                self.client.transmit(now, ticket, &kept.outgoing());
            }
            O::Close { code } => self.said.push_back(format!("close {}", code.unwrap_or(0))),
            O::Abandon { code } => {
                assert!(self.socket.take().is_some(), "abandons what is not there");
                self.said
                    .push_back(format!("abandon {}", code.unwrap_or(0)));
            }
            O::Notify(session::Event::Dropped(ticket, reason, _)) => {
                self.said
                    .push_back(format!("drop {ticket} {}", reason.name()));
            }
            O::Notify(session::Event::State { state, .. }) => {
                let words = match state {
                    State::Closed(why) => format!("closed {}", why.name()),
                    State::Waiting(wait) => format!("waiting {}", wait.attempt),
                    _ if self.is_wordy => state.name().name().into(),
                    _ => return,
                };
                self.said.push_back(words);
            }
            O::Notify(session::Event::Renewed) => self.said.push_back("renewed".into()),
            O::Notify(session::Event::RenewalFailed) => {
                self.said.push_back("renewal failed".into())
            }
            O::Notify(session::Event::Latency(ms)) => self.said.push_back(format!("latency {ms}")),
            O::Notify(_) => {}
            O::AskRetry { .. } | O::Ping(_) | O::Pong => panic!("{order:?} is the machine's"),
        }
    }

    /// The credentials are those of the options' test: none.
    fn shows(&mut self, generation: Generation) {
        let credentials = Credentials {
            data: self
                .client
                .options()
                .authentication_method
                .as_ref()
                .map(|_| &b"first"[..]),
            ..Credentials::default()
        };
        self.client
            .authenticate(self.now, generation, credentials)
            .unwrap();
    }

    fn event_in_words(&self, event: &Event) -> String {
        let client = &self.client;
        match event {
            Event::Connected {
                session_present: true,
                ..
            } => "resumed".into(),
            Event::Connected { .. } => "connected".into(),
            Event::Refused { reason, .. } => format!("refused {:02x}", *reason as u8),
            Event::Challenged { properties } => {
                let properties = client.properties(*properties);
                let data = properties
                    .binary(PropertyId::AuthenticationData)
                    .unwrap_or_default();
                format!("challenged {}", String::from_utf8_lossy(data))
            }
            Event::Message(message) => {
                let payload = String::from_utf8_lossy(client.bytes(message.payload));
                let routes = client.routes();
                let retain = if message.retain { " retain" } else { "" };
                let dup = if message.dup { " dup" } else { "" };
                let topic = client.topic(message);
                format!(
                    "message q{}{dup}{retain} {topic} {payload} {routes:?}",
                    message.qos as u8
                )
            }
            Event::Acknowledged { ticket, reason, .. } => {
                format!("acknowledged {ticket} {:02x}", *reason as u8)
            }
            Event::SessionLost { ticket } => format!("session lost {ticket}"),
            Event::Unsendable { ticket, refusal } => format!("unsendable {ticket} {refusal:?}"),
            Event::Subscribed {
                subscription,
                reason,
                ..
            } => {
                format!("subscribed {subscription} {:02x}", *reason as u8)
            }
            Event::Unsubscribed {
                subscription,
                reason,
                ..
            } => {
                format!("unsubscribed {subscription} {:02x}", *reason as u8)
            }
            Event::Disconnected { reason, .. } => format!("disconnected {:02x}", *reason as u8),
            Event::Violated { reason, .. } => format!("violated {:02x}", *reason as u8),
        }
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.all_expected();
        }
    }
}
