//! A broker in memory that forgives nothing. It reads with the other codec and writes its bytes by hand, so that it shares no
//! line with the client.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fastrand::Rng;
use tautline::subprotocol::mqtt::packet::Version;

use crate::fields::{Fields, Item};
use crate::oracle::{self, Read};

/// Which client it is.
pub type Who = usize;

/// How far a message to a client has come.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Sent,
    Released,
}

#[derive(Clone)]
struct Outgoing {
    topic: String,
    payload: Vec<u8>,
    qos: u8,
    phase: Phase,
}

/// What outlives a connection.
#[derive(Default)]
struct Session {
    /// Filter, quality of service, subscription identifier.
    subscriptions: Vec<(String, u8, Option<u32>)>,
    queue: VecDeque<(String, Vec<u8>, u8)>,
    flights: BTreeMap<u64, (u16, Outgoing)>,
    next_flight: u64,
    next_id: u16,
    /// Messages of QoS 2 that were taken and are not released.
    taken: BTreeSet<u16>,
}

/// What ends with a connection.
#[derive(Default)]
struct Connection {
    input: Vec<u8>,
    is_up: bool,
    /// Messages that the client may have under way, and those it has: identifiers without their last answer.
    receive_maximum: usize,
    under_way: BTreeSet<u16>,
    /// The same the other way.
    client_maximum: usize,
    aliases_in: BTreeMap<u32, String>,
    aliases_out: Vec<String>,
    client_aliases: u32,
}

pub struct Broker {
    pub version: Version,
    sessions: [Option<Session>; 2],
    connections: [Option<Connection>; 2],
    /// Bytes for the clients.
    pub out: Vec<(Who, Vec<u8>)>,
    rng: Rng,
}

impl Broker {
    pub fn new(version: Version, seed: u64) -> Self {
        Broker {
            version,
            sessions: [None, None],
            connections: [None, None],
            out: Vec::new(),
            rng: Rng::with_seed(seed),
        }
    }

    pub fn opened(&mut self, who: Who) {
        self.connections[who] = Some(Connection::default());
    }

    pub fn lost(&mut self, who: Who) {
        self.connections[who] = None;
    }

    /// It restarts without having kept anything.
    pub fn forgets(&mut self) {
        self.sessions = [None, None];
        self.connections = [None, None];
    }

    /// How many messages wait for a client or are under way to it.
    pub fn pending(&self, who: Who) -> usize {
        self.sessions[who]
            .as_ref()
            .map_or(0, |it| it.queue.len() + it.flights.len())
    }

    /// Whether a client is there and has its subscriptions.
    pub fn serves(&self, who: Who) -> bool {
        let is_up = self.connections[who].as_ref().is_some_and(|it| it.is_up);
        is_up
            && self.sessions[who]
                .as_ref()
                .is_some_and(|it| !it.subscriptions.is_empty())
    }

    /// Bytes have arrived.
    pub fn hears(&mut self, who: Who, bytes: &[u8]) {
        let Some(connection) = &mut self.connections[who] else {
            return;
        };
        connection.input.extend_from_slice(bytes);
        while let Some(connection) = &mut self.connections[who] {
            match oracle::read(self.version, &connection.input, false) {
                Read::Incomplete => return,
                Read::Refused(error) => panic!(
                    "client {who} is malformed: {error:?} {:02x?}",
                    connection.input
                ),
                Read::Packet(fields, length) => {
                    connection.input.drain(..length);
                    self.takes(who, &fields);
                }
            }
        }
    }

    fn takes(&mut self, who: Who, packet: &Fields) {
        let (name, first) = &packet[0];
        let is_up = self.connection(who).is_up;
        assert_eq!(*name != "connect", is_up, "{name} at the wrong time");
        match *name {
            "connect" => self.on_connect(who, packet),
            "publish" => self.on_publish(who, packet),
            "puback" => self.on_acknowledged(who, id_of(first), 1),
            "pubrec" => self.on_received(who, id_of(first)),
            "pubcomp" => self.on_acknowledged(who, id_of(first), 2),
            "pubrel" => {
                let id = id_of(first);
                let was_taken = self.session(who).taken.remove(&id);
                self.connection(who).under_way.remove(&id);
                // "Packet Identifier not found" is the honest answer to a repeated one; many brokers say success.
                match (was_taken, self.version) {
                    (false, Version::V5) if self.rng.bool() => {
                        let [high, low] = id.to_be_bytes();
                        self.says(who, vec![0x70, 3, high, low, 0x92]);
                    }
                    _ => self.answers(who, 0x70, id),
                }
            }
            "subscribe" => self.on_subscribe(who, packet),
            "pingreq" => self.says(who, vec![0xd0, 0]),
            "disconnect" => self.connections[who] = None,
            _ => panic!("{name}"),
        }
    }

    fn on_connect(&mut self, who: Who, packet: &Fields) {
        assert_eq!(
            packet[0].1,
            Item::Text(who.to_string()),
            "the client identifier is kept"
        );
        let property = |id| property(packet, id);
        let client_maximum = property(0x21).unwrap_or(65_535) as usize;
        let client_aliases = property(0x22).unwrap_or(0);
        if number(packet, "clean start") == 1 {
            self.sessions[who] = None;
        }
        let is_kept = self.sessions[who].is_some();
        self.sessions[who].get_or_insert_default();
        let receive_maximum = self.rng.u8(1..6);
        let topic_aliases = self.rng.u8(0..3);
        let connection = self.connection(who);
        connection.is_up = true;
        connection.client_maximum = client_maximum;
        connection.client_aliases = client_aliases;
        match self.version {
            Version::V5 => {
                self.connection(who).receive_maximum = receive_maximum.into();
                let properties = [0x21, 0, receive_maximum, 0x22, 0, topic_aliases];
                let head = [0x20, 9, u8::from(is_kept), 0, 6];
                self.says(who, [head.as_slice(), &properties].concat());
            }
            Version::V311 => {
                self.connection(who).receive_maximum = usize::MAX;
                self.says(who, vec![0x20, 2, u8::from(is_kept), 0]);
            }
        }
        // What is under way goes again, in order (MQTT 5.0, section 4.4).
        let flights: Vec<(u16, Outgoing)> = self.session(who).flights.values().cloned().collect();
        for (id, flight) in flights {
            match flight.phase {
                Phase::Sent => self.publishes(who, Some(id), &flight, true),
                Phase::Released => self.answers(who, 0x62, id),
            }
        }
        self.send_on(who);
    }

    fn on_publish(&mut self, who: Who, packet: &Fields) {
        let Item::Text(topic) = packet[0].1.clone() else {
            panic!("a topic")
        };
        let topic = match property(packet, 0x23) {
            None => topic,
            Some(alias) if topic.is_empty() => self
                .connection(who)
                .aliases_in
                .get(&alias)
                .expect("an alias that was told")
                .clone(),
            Some(alias) => {
                self.connection(who).aliases_in.insert(alias, topic.clone());
                topic
            }
        };
        let Some(Item::Bytes(payload)) = get(packet, "payload").cloned() else {
            panic!("a payload")
        };
        let qos = number(packet, "qos") as u8;
        if qos == 0 {
            return self.routes(&topic, &payload, 0);
        }
        let id = number(packet, "packet id") as u16;
        let is_again = number(packet, "dup") == 1;
        let connection = self.connection(who);
        assert!(
            connection.under_way.insert(id),
            "{id} is under way on this connection already"
        );
        assert!(
            connection.under_way.len() <= connection.receive_maximum,
            "the receive maximum is exceeded"
        );
        if qos == 1 {
            self.connection(who).under_way.remove(&id);
            self.routes(&topic, &payload, 1);
            return self.answers(who, 0x40, id);
        }
        // A message of QoS 2 that has this identifier already is the same one, and says so.
        if self.session(who).taken.insert(id) {
            self.routes(&topic, &payload, 2);
        } else {
            assert!(is_again, "{id} is in use");
        }
        self.answers(who, 0x50, id);
    }

    fn on_received(&mut self, who: Who, id: u16) {
        let mut flights = self.session(who).flights.values_mut();
        if let Some((_, flight)) = flights.find(|(other, _)| *other == id) {
            assert_eq!(flight.qos, 2, "PUBREC for QoS 1");
            flight.phase = Phase::Released;
        }
        self.answers(who, 0x62, id);
    }

    fn on_acknowledged(&mut self, who: Who, id: u16, qos: u8) {
        let flights = &mut self.session(who).flights;
        let found = flights
            .iter()
            .find(|(_, (other, _))| *other == id)
            .map(|(&number, _)| number);
        if let Some(number) = found {
            let (_, flight) = &flights[&number];
            assert_eq!(flight.qos, qos, "the wrong acknowledgement");
            assert!(
                qos == 1 || flight.phase == Phase::Released,
                "PUBCOMP before PUBREL"
            );
            flights.remove(&number);
        }
        self.send_on(who);
    }

    fn on_subscribe(&mut self, who: Who, packet: &Fields) {
        let identifier = property(packet, 0x0b);
        let Some(Item::List(entries)) = get(packet, "entries") else {
            panic!("entries")
        };
        let mut codes = Vec::new();
        for entry in entries {
            let Item::List(entry) = entry else {
                panic!("an entry")
            };
            let (Item::Text(filter), Item::Number(qos)) = (&entry[0], &entry[1]) else {
                panic!("a filter")
            };
            let subscriptions = &mut self.session(who).subscriptions;
            subscriptions.retain(|(other, ..)| other != filter);
            subscriptions.push((filter.clone(), *qos as u8, identifier));
            codes.push(*qos as u8);
        }
        let id = id_of(&packet[0].1).to_be_bytes();
        let none: &[u8] = if self.version == Version::V5 {
            &[0]
        } else {
            &[]
        };
        let length = 2 + none.len() + codes.len();
        self.says(
            who,
            [&[0x90, length as u8], id.as_slice(), none, &codes].concat(),
        );
    }

    /// To everybody whose filters match: here a filter is `#` or a topic.
    fn routes(&mut self, topic: &str, payload: &[u8], qos: u8) {
        for who in 0..2 {
            let Some(session) = &mut self.sessions[who] else {
                continue;
            };
            let matching = session
                .subscriptions
                .iter()
                .filter(|(filter, ..)| filter == "#" || filter == topic);
            let Some(granted) = matching.map(|(_, granted, _)| *granted).max() else {
                continue;
            };
            let qos = qos.min(granted);
            let is_up = self.connections[who].as_ref().is_some_and(|it| it.is_up);
            if qos > 0 || is_up {
                session
                    .queue
                    .push_back((topic.to_owned(), payload.to_vec(), qos));
            }
            self.send_on(who);
        }
    }

    /// What waits leaves, as far as the client takes it.
    fn send_on(&mut self, who: Who) {
        while let Some(connection) = self.connections[who].as_ref().filter(|it| it.is_up) {
            let maximum = connection.client_maximum;
            let session = self.session(who);
            if session.flights.len() >= maximum {
                return;
            }
            let Some((topic, payload, qos)) = session.queue.pop_front() else {
                return;
            };
            let flight = Outgoing {
                topic,
                payload,
                qos,
                phase: Phase::Sent,
            };
            if qos == 0 {
                self.publishes(who, None, &flight, false);
                continue;
            }
            session.next_id = session.next_id % 40 + 1;
            while session
                .flights
                .values()
                .any(|(id, _)| *id == session.next_id)
            {
                session.next_id = session.next_id % 40 + 1;
            }
            let id = session.next_id;
            session.next_flight += 1;
            session
                .flights
                .insert(session.next_flight, (id, flight.clone()));
            self.publishes(who, Some(id), &flight, false);
        }
    }

    fn publishes(&mut self, who: Who, id: Option<u16>, flight: &Outgoing, is_again: bool) {
        let is_5 = self.version == Version::V5;
        let may_alias = is_5 && self.rng.bool();
        let subscriptions = self.session(who).subscriptions.clone();
        let connection = self.connection(who);
        let mut topic = flight.topic.as_str();
        let mut properties = Vec::new();
        if may_alias {
            let known = connection
                .aliases_out
                .iter()
                .position(|other| other == topic);
            if let Some(at) = known {
                topic = "";
                properties.extend([0x23, 0, at as u8 + 1]);
            } else if (connection.aliases_out.len() as u32) < connection.client_aliases {
                connection.aliases_out.push(topic.to_owned());
                properties.extend([0x23, 0, connection.aliases_out.len() as u8]);
            }
        }
        for (filter, _, identifier) in &subscriptions {
            if let Some(identifier) =
                identifier.filter(|_| filter == "#" || *filter == flight.topic)
            {
                assert!(identifier < 128, "few subscriptions");
                properties.extend([0x0b, identifier as u8]);
            }
        }
        let mut body = vec![0, topic.len() as u8];
        body.extend_from_slice(topic.as_bytes());
        body.extend(id.map(u16::to_be_bytes).into_iter().flatten());
        if is_5 {
            body.push(properties.len() as u8);
            body.extend(properties);
        }
        body.extend_from_slice(&flight.payload);
        let first = 0x30 | u8::from(is_again) << 3 | flight.qos << 1;
        self.says(who, [&[first, body.len() as u8], body.as_slice()].concat());
    }

    fn answers(&mut self, who: Who, first: u8, id: u16) {
        let [high, low] = id.to_be_bytes();
        // PUBACK and PUBCOMP are the last answer.
        if matches!(first, 0x40 | 0x70) {
            self.connection(who).under_way.remove(&id);
        }
        self.says(who, vec![first, 2, high, low]);
    }

    fn says(&mut self, who: Who, bytes: Vec<u8>) {
        self.out.push((who, bytes));
    }

    fn session(&mut self, who: Who) -> &mut Session {
        self.sessions[who].as_mut().expect("a session")
    }

    fn connection(&mut self, who: Who) -> &mut Connection {
        self.connections[who].as_mut().expect("a connection")
    }
}

fn get<'a>(packet: &'a Fields, name: &str) -> Option<&'a Item> {
    packet
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, item)| item)
}

fn number(packet: &Fields, name: &str) -> u32 {
    match get(packet, name) {
        Some(Item::Number(number)) => *number,
        other => panic!("{name} is {other:?}"),
    }
}

fn id_of(item: &Item) -> u16 {
    match item {
        Item::Number(id) => *id as u16,
        other => panic!("a packet identifier is {other:?}"),
    }
}

fn property(packet: &Fields, id: u8) -> Option<u32> {
    let Some(Item::List(properties)) = get(packet, "properties") else {
        return None;
    };
    properties.iter().find_map(|item| match item {
        Item::Property(other, value) if *other == id => match **value {
            Item::Number(number) => Some(number),
            _ => None,
        },
        _ => None,
    })
}
