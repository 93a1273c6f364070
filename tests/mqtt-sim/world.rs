//! One run: a client with its face, a network, a broker, and a clock.

use std::collections::BTreeMap;

use fastrand::Rng;
use tautline::session::{
    self, Address, Awaits, Close, Config, Fate, Generation, Heard, Millis, News, Question,
    StateName, Ticket,
};
use tautline::subprotocol::mqtt::packet::{Properties, QoS, SubscriptionOptions, Version};
use tautline::subprotocol::mqtt::{Credentials, Event, Mqtt, Options, Outgoing};
use tautline::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

use crate::broker::{Broker, Habits};
use crate::bugs::Bug;
use crate::ledger::{Kept, Messages, Outcome, Promise, Record, check};

/// What happens in a run before the faults end.
const STEPS: u32 = 120;
/// Then everything has to come to rest within so many steps.
const PATIENCE: u32 = 20_000;

#[derive(Clone)]
struct Payload {
    topic: String,
    text: String,
    qos: QoS,
}

impl Payload {
    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            topic: &self.topic,
            payload: self.text.as_bytes(),
            qos: self.qos,
            ..Outgoing::default()
        }
    }
}

/// The bytes on their way over a connection.
struct Link {
    generation: Generation,
    up: Vec<u8>,
    down: Vec<u8>,
}

pub struct World {
    rng: Rng,
    bug: Option<Bug>,
    spoilt: u32,
    client: Mqtt,
    options: Options,
    now: Millis,
    link: Option<Link>,
    broker: Broker,
    payloads: BTreeMap<Ticket, Payload>,
    sent: Messages,
    received: Messages,
    next: u32,
    subscribed: Vec<String>,
    /// Their numbers, as the client of this page gives them.
    numbers: BTreeMap<u32, String>,
    asked: Option<Vec<u8>>,
    /// Whether the broker has lost a session in this run.
    has_lost: bool,
    /// Whether a CONNECT was not answered.
    has_doubt: bool,
    /// How the run went, for its coverage.
    pub seen: Seen,
}

/// What has happened in a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub cuts: u32,
    pub resumed: u32,
    pub reloads: u32,
    pub session_lost: u32,
    pub refused: u32,
    pub taken: u32,
    pub received: u32,
}

/// Makes a run.
pub fn run(seed: u64, bug: Option<Bug>) -> (Kept, Seen) {
    let mut world = World::new(seed, bug);
    let kept = world.live();
    (kept, world.seen)
}

impl World {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let version = if rng.u32(..4) == 0 {
            Version::V311
        } else {
            Version::V5
        };
        let is_v5 = version == Version::V5;
        let receive_maximum = if rng.bool() { rng.u16(1..6) } else { 1_000 };
        let options = Options {
            version,
            client_id: "client".into(),
            // Only MQTT 5.0 goes on with a session that began clean.
            clean_start: is_v5 && rng.bool(),
            receive_maximum: if rng.bool() { rng.u16(1..6) } else { u16::MAX },
            send_maximum: (!is_v5).then_some(receive_maximum),
            topic_alias_maximum: rng.u16(..4),
            ..Options::default()
        };
        let habits = Habits {
            receive_maximum,
            topic_alias_maximum: rng.u16(..4),
            identifiers: rng.bool(),
            refuses: if rng.u32(..4) == 0 { 10 } else { 0 },
        };
        World {
            client: client(&options, &mut rng),
            bug,
            spoilt: 0,
            options,
            now: 0,
            link: None,
            broker: Broker::new(version, habits),
            payloads: BTreeMap::new(),
            sent: Messages::default(),
            received: Messages::default(),
            next: 0,
            subscribed: Vec::new(),
            numbers: BTreeMap::new(),
            asked: None,
            has_lost: false,
            has_doubt: false,
            seen: Seen::default(),
            rng,
        }
    }

    fn live(&mut self) -> Kept {
        self.client.session_mut().open(self.now);
        self.drain()?;
        for _ in 0..STEPS {
            match self.rng.u32(..100) {
                0..18 => self.publish()?,
                18..32 => self.broker_publishes(),
                32..38 => self.subscribe()?,
                38..42 => self.cut()?,
                42..43 => self.lose_session(),
                43..45 => self.reload()?,
                45..50 => self.wait()?,
                _ => self.carry()?,
            }
        }
        self.settle()?;
        self.sent.all_sent()?;
        self.received.all_received(self.broker.epoch)?;
        if !self.has_lost && !self.has_doubt {
            let lost = |it: &Record| it.outcome == Some(Outcome::SessionLost);
            let lost = self.sent.records.values().filter(|it| lost(it)).count();
            check(lost == 0, Promise::Settled, || {
                format!("{lost} are lost with a session that is there")
            })?;
        }
        Ok(())
    }

    /// The faults are over.
    fn settle(&mut self) -> Kept {
        for _ in 0..PATIENCE {
            let is_open = self.client.session().state().name() == StateName::Open;
            let is_told = self
                .sent
                .records
                .values()
                .all(|it| it.qos == 0 || it.outcome.is_some());
            let is_empty = self
                .link
                .as_ref()
                .is_some_and(|it| it.up.is_empty() && it.down.is_empty());
            let is_subscribed = self.subscribed.iter().all(|it| self.broker.has(it));
            if is_open && is_told && is_empty && is_subscribed && self.broker.is_idle() {
                return Ok(());
            }
            if self.link.is_none() {
                self.wait()?;
            }
            self.carry()?;
        }
        check(false, Promise::End, || {
            let state = self.client.session().state().name();
            let bytes = self.link.as_ref().map(|it| (it.up.len(), it.down.len()));
            let open: Vec<_> = self
                .sent
                .records
                .iter()
                .filter(|(_, it)| it.qos > 0 && it.outcome.is_none())
                .collect();
            format!(
                "{state:?}, {bytes:?} under way, the broker is idle: {}, {open:?}, saved {:?}",
                self.broker.is_idle(),
                self.client.save()
            )
        })
    }

    // --- what happens ----------------------------------------------------------------------------------------------

    fn publish(&mut self) -> Kept {
        let topic = self.rng.u8(..3);
        let qos = self.rng.u8(..3);
        for _ in 0..self.rng.u32(1..5) {
            self.next += 1;
            let payload = Payload {
                topic: format!("topic/{topic}"),
                text: self.next.to_string(),
                qos: QoS::from_u8(qos).unwrap_or_default(),
            };
            self.sent
                .records
                .insert(self.next, Record::new(topic, qos, 0));
            self.payloads.insert(self.next, payload);
            self.enqueue(self.next)?;
        }
        self.drain()
    }

    fn enqueue(&mut self, ticket: Ticket) -> Kept {
        let payload = self.payloads[&ticket].clone();
        let size = self.client.check(&payload.outgoing(), payload.text.len());
        let is_acknowledged = payload.qos > QoS::AtMostOnce;
        let message = session::Message {
            awaits: if is_acknowledged {
                Awaits::Acknowledgement
            } else {
                Awaits::Nothing
            },
            repeats: is_acknowledged,
            ..session::Message::plain(ticket, size.unwrap_or(0))
        };
        let fate = self.client.session_mut().enqueue(self.now, message);
        check(matches!(fate, Fate::Queued(_)), Promise::Settled, || {
            format!("{ticket}: {fate:?}")
        })
    }

    fn broker_publishes(&mut self) {
        self.next += 1;
        let (topic, qos) = (self.rng.u8(..3), self.rng.u8(..3));
        self.broker
            .publish(self.next, topic, qos, &mut self.received);
    }

    fn subscribe(&mut self) -> Kept {
        let filters = ["topic/0", "topic/1", "topic/2", "topic/+"];
        let filter = filters[self.rng.usize(..filters.len())];
        // A broker may send one message for each of several filters that match.
        let overlaps = self
            .subscribed
            .iter()
            .any(|it| it == "topic/+" || filter == "topic/+");
        if overlaps || self.subscribed.iter().any(|it| it == filter) {
            return Ok(());
        }
        self.subscribed.push(filter.into());
        self.ask(filter)?;
        self.drain()
    }

    fn ask(&mut self, filter: &str) -> Kept {
        let options = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            ..SubscriptionOptions::default()
        };
        let asked = self
            .client
            .subscribe(self.now, filter, options, Properties::NONE);
        check(asked.is_ok(), Promise::Subscribed, || format!("{asked:?}"))?;
        self.numbers.insert(asked.unwrap_or(0), filter.into());
        Ok(())
    }

    /// The network breaks, at any byte.
    fn cut(&mut self) -> Kept {
        for _ in 0..self.rng.u32(..6) {
            self.carry()?;
        }
        let Some(link) = self.link.take() else {
            return Ok(());
        };
        self.seen.cuts += 1;
        // Whether the broker has begun another session with that CONNECT cannot be known.
        let name = self.client.session().state().name();
        if name == StateName::Authenticating {
            self.has_doubt = true;
            self.broker.told.clear();
        }
        self.broker.cut();
        let close = Close {
            code: 1006,
            ..Close::default()
        };
        self.client
            .session_mut()
            .handle_news(self.now, link.generation, News::Closed(close));
        self.drain()
    }

    fn lose_session(&mut self) {
        if self.link.is_none() {
            self.has_lost = true;
            self.broker.forget();
        }
    }

    /// The page is loaded anew: the next one has the numbers, the payloads and the filters.
    fn reload(&mut self) -> Kept {
        self.seen.reloads += 1;
        let name = self.client.session().state().name();
        self.has_doubt |= name == StateName::Authenticating;
        self.link = None;
        self.broker.cut();
        let mut saved = self.client.save();
        if let Some(bug) = self.bug {
            bug.spoil_saved(&mut saved);
        }
        self.client = client(&self.options, &mut self.rng);
        let loaded = self.client.load(&saved);
        check(loaded, Promise::Protocol, || {
            "the numbers are not taken".into()
        })?;
        let settled = |number: &Ticket| {
            let record = &self.sent.records[number];
            record.outcome.is_some() || record.qos == 0
        };
        let waiting: Vec<_> = self
            .payloads
            .keys()
            .copied()
            .filter(|it| !settled(it))
            .collect();
        for ticket in waiting {
            self.enqueue(ticket)?;
        }
        for filter in self.subscribed.clone() {
            self.ask(&filter)?;
        }
        // The new page asks for its subscriptions once.
        self.broker.told.clear();
        self.client.session_mut().open(self.now);
        self.drain()
    }

    /// To the next deadline of the client's.
    fn wait(&mut self) -> Kept {
        if let Some((at, _)) = self.client.session().poll_timeout()
            && self.link.is_none()
        {
            self.now = self.now.max(at);
            self.client.session_mut().handle_timeout(self.now);
        }
        self.drain()
    }

    /// Some bytes go up, some go down, the broker says something.
    fn carry(&mut self) -> Kept {
        self.now += self.rng.u64(..3);
        let said = self.broker.send(&mut self.rng);
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let mut said = said;
        if let Some(bug) = self.bug {
            bug.spoil_connack(self.options.version, &mut said);
        }
        link.down.extend(said);
        let up = self.rng.usize(..=link.up.len().min(60));
        let down = self.rng.usize(..=link.down.len().min(60));
        let up: Vec<u8> = link.up.drain(..up).collect();
        let down: Vec<u8> = link.down.drain(..down).collect();
        let generation = link.generation;
        self.broker.receive(&up, &mut self.rng, &mut self.sent)?;
        if !down.is_empty()
            && self
                .client
                .session_mut()
                .heard(generation, down.len() as u64)
                == Heard::Deliver
        {
            self.client
                .handle_frame(self.now, generation, FrameRef::Bytes(&down));
        }
        self.drain()
    }

    // --- the face --------------------------------------------------------------------------------------------------

    fn drain(&mut self) -> Kept {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Frame(OutFrame::Bytes(bytes)) => self.transmit(bytes),
                Output::Frame(OutFrame::Text(_)) => panic!("MQTT is binary"),
                Output::Event(event) => self.on_event(&event)?,
                Output::Session(order) => self.obey(order)?,
            }
        }
        Ok(())
    }

    fn transmit(&mut self, mut bytes: Vec<u8>) {
        if self.bug == Some(Bug::EagerSubscriber) {
            let mut buffer = bytes.clone();
            let packets = crate::packets::split(&mut buffer);
            let asked = packets.iter().find(|packet| packet.0 >> 4 == 8);
            self.asked = asked
                .map(crate::packets::join)
                .or_else(|| self.asked.take());
        }
        if let Some(bug) = self.bug {
            bytes = bug.spoil(bytes, &mut self.spoilt);
        }
        if let Some(link) = &mut self.link {
            link.up.extend(bytes);
        }
    }

    fn obey(&mut self, order: session::Output) -> Kept {
        use session::Output as O;
        let now = self.now;
        match order {
            O::Ask(Question::Url { .. }, generation) => {
                let news = News::UrlReady(Address::default());
                self.client.session_mut().handle_news(now, generation, news);
            }
            O::Dial(generation) => {
                self.link = Some(Link {
                    generation,
                    up: Vec::new(),
                    down: Vec::new(),
                });
                self.broker.connect();
                let news = News::Opened {
                    protocol_selected: true,
                };
                self.client.session_mut().handle_news(now, generation, news);
            }
            O::Ask(Question::Credentials, generation) => {
                let asked = self
                    .client
                    .authenticate(now, generation, Credentials::default());
                check(asked == Ok(true), Promise::Protocol, || {
                    format!("{asked:?}")
                })?;
            }
            O::Transmit(ticket) => {
                let payload = self.payloads[&ticket].clone();
                self.client.transmit(now, ticket, &payload.outgoing());
            }
            O::Abandon { .. } => {
                self.link = None;
                self.broker.cut();
            }
            O::Notify(session::Event::Dropped(ticket, reason, _)) => {
                return check(false, Promise::Settled, || {
                    format!("{ticket} dropped: {reason:?}")
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn on_event(&mut self, event: &Event) -> Kept {
        match *event {
            Event::Message(message) => {
                let payload = String::from_utf8_lossy(self.client.bytes(message.payload));
                let number = payload.parse().expect("a number");
                let topic = self.client.topic(&message).to_owned();
                check(self.client.routes().len() == 1, Promise::Subscribed, || {
                    format!("{number} is for {:?}", self.client.routes())
                })?;
                self.seen.received += 1;
                self.spoilt += 1;
                if self.bug == Some(Bug::SwallowedMessage) && self.spoilt.is_multiple_of(7) {
                    return Ok(());
                }
                let epoch = self.received.records.get(&number).map_or(0, |it| it.epoch);
                self.received
                    .arrive(number, &topic, message.qos as u8, epoch)
            }
            Event::Acknowledged { ticket, reason, .. } => {
                let outcome = if reason.is_failure() {
                    Outcome::Refused
                } else {
                    Outcome::Taken
                };
                self.seen.refused += u32::from(reason.is_failure());
                self.seen.taken += 1;
                self.spoilt += 1;
                if self.bug == Some(Bug::SilentOutcome) && self.spoilt.is_multiple_of(7) {
                    return Ok(());
                }
                self.sent.settle(ticket, outcome)
            }
            Event::SessionLost { ticket } => {
                self.seen.session_lost += 1;
                self.sent.settle(ticket, Outcome::SessionLost)
            }
            Event::Connected {
                session_present, ..
            } => {
                self.seen.resumed += u32::from(session_present);
                if session_present && let (Some(asked), Some(link)) = (&self.asked, &mut self.link)
                {
                    link.up.extend(asked);
                }
                Ok(())
            }
            Event::Subscribed {
                subscription,
                reason,
                ..
            } => {
                let filter = self.numbers.get(&subscription).cloned();
                self.broker.told.extend(filter);
                check(!reason.is_failure(), Promise::Subscribed, || {
                    format!("{reason:?}")
                })
            }
            event => check(false, Promise::Protocol, || format!("{event:?}")),
        }
    }
}

fn client(options: &Options, rng: &mut Rng) -> Mqtt {
    let config = Config {
        queue: session::QueueConfig {
            max_messages: 100_000,
            max_bytes: 1 << 30,
            ..session::QueueConfig::default()
        },
        ..Config::default()
    };
    Mqtt::new(options.clone(), config, rng.u64(..))
}
