//! A client as an application has it: the machine, the payloads, and what has come of them.

use std::collections::BTreeMap;

use tautline::session::{
    self, Address, Awaits, Close, Config, Fate, Generation, Heard, Message, Millis, News, Question,
    Ticket,
};
use tautline::subprotocol::mqtt::packet::{Properties, QoS, ReasonCode, SubscriptionOptions};
use tautline::subprotocol::mqtt::{Credentials, Event, Mqtt, Options, Outgoing};
use tautline::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

/// Topics by quality of service.
pub const TOPICS: [&str; 3] = ["zero", "one", "two"];

/// What has come of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Acknowledged(ReasonCode),
    SessionLost,
}

pub struct Client {
    pub machine: Mqtt,
    pub now: Millis,
    /// The native socket: its generation and whether it is open.
    pub socket: Option<(Generation, bool)>,
    /// Frames for the network.
    pub frames: Vec<Vec<u8>>,
    kept: BTreeMap<Ticket, (QoS, String)>,
    pub ends: BTreeMap<Ticket, Vec<End>>,
    /// Payloads that have arrived, by quality of service.
    pub arrived: [Vec<u32>; 3],
    pub connected: usize,
    pub resumed: usize,
    pub subscribed: usize,
}

impl Client {
    pub fn new(options: Options, seed: u64) -> Self {
        let mut client = Client {
            machine: Mqtt::new(options, Config::default(), seed),
            now: 0,
            socket: None,
            frames: Vec::new(),
            kept: BTreeMap::new(),
            ends: BTreeMap::new(),
            arrived: Default::default(),
            connected: 0,
            resumed: 0,
            subscribed: 0,
        };
        client.machine.session_mut().open(0);
        client.drain();
        client
    }

    pub fn subscribes(&mut self) {
        let options = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            ..SubscriptionOptions::default()
        };
        self.machine
            .subscribe(self.now, "#", options, Properties::NONE)
            .expect("a filter");
        self.drain();
    }

    pub fn publishes(&mut self, ticket: Ticket, qos: QoS) {
        let payload = ticket.to_string();
        let message = Outgoing {
            topic: TOPICS[qos as usize],
            payload: payload.as_bytes(),
            qos,
            ..Outgoing::default()
        };
        let bytes = self
            .machine
            .check(&message, payload.len())
            .expect("it can be sent");
        let is_acknowledged = qos > QoS::AtMostOnce;
        let awaits = if is_acknowledged {
            Awaits::Acknowledgement
        } else {
            Awaits::Nothing
        };
        let message = Message {
            awaits,
            repeats: is_acknowledged,
            ..Message::plain(ticket, bytes)
        };
        self.kept.insert(ticket, (qos, payload));
        let fate = self.machine.session_mut().enqueue(self.now, message);
        assert_eq!(fate, Fate::Queued(ticket));
        self.drain();
    }

    pub fn opened(&mut self) {
        let Some((generation, is_open)) = &mut self.socket else {
            return;
        };
        *is_open = true;
        let (generation, news) = (
            *generation,
            News::Opened {
                protocol_selected: true,
            },
        );
        self.machine
            .session_mut()
            .handle_news(self.now, generation, news);
        self.drain();
    }

    pub fn hears(&mut self, bytes: &[u8]) {
        let Some((generation, true)) = self.socket else {
            return;
        };
        if self
            .machine
            .session_mut()
            .heard(generation, bytes.len() as u64)
            == Heard::Deliver
        {
            self.machine
                .handle_frame(self.now, generation, FrameRef::Bytes(bytes));
        }
        self.drain();
    }

    pub fn loses(&mut self) {
        let Some((generation, _)) = self.socket.take() else {
            return;
        };
        let news = News::Closed(Close {
            code: 1006,
            ..Close::default()
        });
        self.machine
            .session_mut()
            .handle_news(self.now, generation, news);
        self.drain();
    }

    pub fn due(&self) -> Option<Millis> {
        self.machine.session().poll_timeout().map(|(at, _)| at)
    }

    pub fn is_at(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while self.due().is_some_and(|at| at <= self.now) {
            self.machine.session_mut().handle_timeout(self.now);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Frame(OutFrame::Bytes(bytes)) => {
                    if matches!(self.socket, Some((_, true))) {
                        self.frames.push(bytes);
                    }
                }
                Output::Frame(OutFrame::Text(_)) => panic!("MQTT is binary"),
                Output::Event(event) => self.notes(event),
                Output::Session(order) => self.obeys(order),
            }
        }
    }

    fn notes(&mut self, event: Event) {
        match event {
            Event::Connected {
                session_present, ..
            } => {
                self.connected += 1;
                self.resumed += usize::from(session_present);
            }
            Event::Message(message) => {
                let payload =
                    std::str::from_utf8(self.machine.bytes(message.payload)).expect("digits");
                let number = payload.parse().expect("a number");
                assert_eq!(self.machine.topic(&message), TOPICS[message.qos as usize]);
                assert_eq!(self.machine.routes().len(), 1, "one subscription takes it");
                self.arrived[message.qos as usize].push(number);
            }
            Event::Acknowledged { ticket, reason, .. } => {
                self.ends(ticket, End::Acknowledged(reason))
            }
            Event::SessionLost { ticket } => self.ends(ticket, End::SessionLost),
            Event::Subscribed { reason, .. } => {
                assert_eq!(reason, ReasonCode::GrantedQoS2);
                self.subscribed += 1;
            }
            other => panic!("{other:?}"),
        }
    }

    fn ends(&mut self, ticket: Ticket, end: End) {
        self.ends.entry(ticket).or_default().push(end);
    }

    fn obeys(&mut self, order: session::Output) {
        use session::Output as O;
        let now = self.now;
        match order {
            O::Ask(Question::Url { .. }, generation) => {
                let news = News::UrlReady(Address::default());
                self.machine
                    .session_mut()
                    .handle_news(now, generation, news);
            }
            O::Ask(Question::Credentials, generation) => {
                self.machine
                    .authenticate(now, generation, Credentials::default())
                    .expect("CONNECT is written");
            }
            O::Dial(generation) => {
                assert_eq!(self.socket, None, "a second socket");
                self.socket = Some((generation, false));
            }
            O::Transmit(ticket) => {
                let (qos, payload) = &self.kept[&ticket];
                let message = Outgoing {
                    topic: TOPICS[*qos as usize],
                    payload: payload.as_bytes(),
                    qos: *qos,
                    ..Outgoing::default()
                };
                self.machine.transmit(now, ticket, &message);
            }
            O::Abandon { .. } => self.socket = None,
            O::Notify(session::Event::Dropped(..)) => panic!("{order:?}"),
            O::Notify(_) => {}
            other => panic!("{other:?}"),
        }
    }
}
