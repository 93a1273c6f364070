//! A broker with one client: exact, and without mercy for what the client does wrong.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fastrand::Rng;
use tautline::subprotocol::mqtt::packet::Version;

use crate::ledger::{Kept, Messages, Promise, check};
use crate::packets::{Raw, Reader, Writer, split};

/// How a broker of this run is.
#[derive(Clone, Debug)]
pub struct Habits {
    pub receive_maximum: u16,
    pub topic_alias_maximum: u16,
    pub identifiers: bool,
    /// Messages in a hundred that it refuses.
    pub refuses: u32,
}

/// A message on its way to the client.
#[derive(Clone, Debug)]
struct Out {
    number: u32,
    topic: u8,
    qos: u8,
    id: u16,
    is_released: bool,
}

/// What it keeps over connections.
#[derive(Clone, Debug, Default)]
struct Session {
    subscriptions: BTreeMap<String, u32>,
    received: BTreeSet<u16>,
    out: VecDeque<Out>,
    waiting: VecDeque<Out>,
    last_id: u16,
}

#[derive(Debug, Default)]
struct Connection {
    buffer: Vec<u8>,
    is_accepted: bool,
    aliases: BTreeMap<u16, String>,
    told: BTreeMap<u8, u16>,
    /// Messages of the client's that are not acknowledged for the last time.
    under_way: BTreeSet<u16>,
    client_maximum: u16,
    client_aliases: u16,
    /// Answers that have not left yet: the identifier they settle, if they do, and the bytes.
    due: VecDeque<(Option<u16>, Vec<u8>)>,
}

pub struct Broker {
    pub version: Version,
    pub habits: Habits,
    /// Counts the sessions.
    pub epoch: u32,
    session: Option<Session>,
    connection: Option<Connection>,
    /// Subscriptions whose answer has reached the client in this session.
    pub told: BTreeSet<String>,
}

impl Broker {
    pub fn new(version: Version, habits: Habits) -> Self {
        Broker {
            version,
            habits,
            epoch: 0,
            session: None,
            connection: None,
            told: BTreeSet::new(),
        }
    }

    fn writer(&self) -> Writer {
        Writer {
            version: self.version,
        }
    }

    pub fn connect(&mut self) {
        self.connection = Some(Connection::default());
    }

    pub fn cut(&mut self) {
        self.connection = None;
    }

    pub fn is_idle(&self) -> bool {
        let rests = |it: &Session| it.out.is_empty() && it.waiting.is_empty();
        self.session.as_ref().is_none_or(rests)
            && self
                .connection
                .as_ref()
                .is_some_and(|it| it.due.is_empty() && it.under_way.is_empty())
    }

    /// The session is gone, as after a restart without a disk.
    pub fn forget(&mut self) {
        if self.connection.is_none() {
            self.session = None;
            self.told.clear();
            self.epoch += 1;
        }
    }

    /// Somebody publishes. The message is due if the client is subscribed.
    pub fn publish(&mut self, number: u32, topic: u8, qos: u8, messages: &mut Messages) {
        let name = format!("topic/{topic}");
        let fits = |filter: &String| tautline::subprotocol::mqtt::topic::matches(filter, &name);
        let is_subscribed = self
            .session
            .as_ref()
            .is_some_and(|it| it.subscriptions.keys().any(fits));
        if !is_subscribed || qos == 0 && self.connection.is_none() {
            return;
        }
        let record = crate::ledger::Record::new(topic, qos, self.epoch);
        messages.records.insert(number, record);
        if let Some(session) = &mut self.session {
            session.waiting.push_back(Out {
                number,
                topic,
                qos,
                id: 0,
                is_released: false,
            });
        }
    }

    /// Bytes of the client's.
    pub fn receive(&mut self, bytes: &[u8], rng: &mut Rng, sent: &mut Messages) -> Kept {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        connection.buffer.extend_from_slice(bytes);
        for packet in split(&mut connection.buffer) {
            self.on_packet(&packet, rng, sent)?;
        }
        Ok(())
    }

    fn on_packet(&mut self, (first, body): &Raw, rng: &mut Rng, sent: &mut Messages) -> Kept {
        let mut body = Reader(body);
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let is_connect = first >> 4 == 1;
        check(
            connection.is_accepted != is_connect,
            Promise::Protocol,
            || format!("{first:02x} at the wrong time"),
        )?;
        match first >> 4 {
            1 => self.on_connect(body),
            3 => self.on_publish(*first, body, rng, sent),
            4 | 5 | 7 => self.on_ack(*first, body.u16()),
            6 => {
                let id = body.u16();
                let was_there = self
                    .session
                    .as_mut()
                    .is_some_and(|it| it.received.remove(&id));
                let code = if was_there { 0 } else { 0x92 };
                let bytes = self.writer().ack(0x70, id, code);
                self.answer(Some(id), bytes);
                Ok(())
            }
            8 => self.on_subscribe(body),
            12 => {
                self.answer(None, vec![0xd0, 0]);
                Ok(())
            }
            _ => check(false, Promise::Protocol, || {
                format!("the client says {first:02x}")
            }),
        }
    }

    fn answer(&mut self, settles: Option<u16>, bytes: Vec<u8>) {
        if let Some(connection) = &mut self.connection {
            connection.due.push_back((settles, bytes));
        }
    }

    fn on_connect(&mut self, mut body: Reader<'_>) -> Kept {
        body.take(7);
        let is_clean = body.u8() & 2 != 0;
        body.u16();
        let properties = body.properties(self.version);
        let number = |id| properties.iter().find(|it| it.0 == id).map(|it| it.1);
        if is_clean && self.session.take().is_some() {
            self.told.clear();
            self.epoch += 1;
        }
        let session_present = self.session.is_some();
        let session = self.session.get_or_insert_default();
        let mut connack = Vec::new();
        if self.version == Version::V5 {
            connack.extend(
                [0x21]
                    .into_iter()
                    .chain(self.habits.receive_maximum.to_be_bytes()),
            );
            connack.extend(
                [0x22]
                    .into_iter()
                    .chain(self.habits.topic_alias_maximum.to_be_bytes()),
            );
            connack.extend([0x29, u8::from(self.habits.identifiers)]);
        }
        let mut bytes = Writer {
            version: self.version,
        }
        .connack(session_present, &connack);
        // What is under way goes again, in order.
        let writer = Writer {
            version: self.version,
        };
        for out in &session.out {
            bytes.extend(if out.is_released {
                writer.ack(0x62, out.id, 0)
            } else {
                let topic = format!("topic/{}", out.topic);
                writer.publish(out.qos, true, out.id, &topic, &[], &out.number.to_string())
            });
        }
        if let Some(connection) = &mut self.connection {
            connection.is_accepted = true;
            connection.client_maximum = number(0x21).unwrap_or(65_535) as u16;
            connection.client_aliases = number(0x22).unwrap_or(0) as u16;
            connection.due.push_back((None, bytes));
        }
        Ok(())
    }

    fn on_publish(
        &mut self,
        first: u8,
        mut body: Reader<'_>,
        rng: &mut Rng,
        sent: &mut Messages,
    ) -> Kept {
        let (qos, dup) = (first >> 1 & 3, first & 8 != 0);
        let mut topic = body.text().to_owned();
        let id = if qos > 0 { body.u16() } else { 0 };
        let properties = body.properties(self.version);
        let number: u32 = std::str::from_utf8(body.0)
            .expect("text")
            .parse()
            .expect("a number");
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return Ok(());
        };
        if let Some(&(_, alias)) = properties.iter().find(|it| it.0 == 0x23) {
            let alias = alias as u16;
            check(
                alias <= self.habits.topic_alias_maximum,
                Promise::Protocol,
                || format!("alias {alias}"),
            )?;
            if topic.is_empty() {
                topic = connection.aliases.get(&alias).cloned().unwrap_or_default();
            } else {
                connection.aliases.insert(alias, topic.clone());
            }
        }
        if qos == 0 {
            return sent.arrive(number, &topic, 0, self.epoch);
        }
        check(connection.under_way.insert(id), Promise::Identifier, || {
            format!("{id} is in use, and {number} has it too")
        })?;
        check(
            connection.under_way.len() <= self.habits.receive_maximum.into(),
            Promise::Window,
            || format!("{} are under way", connection.under_way.len()),
        )?;
        let writer = Writer {
            version: self.version,
        };
        let refuses = !dup && self.version == Version::V5 && rng.u32(..100) < self.habits.refuses;
        if qos == 2 && session.received.contains(&id) {
            check(dup, Promise::Identifier, || {
                format!("{number} is new, and {id} is not released")
            })?;
            connection.due.push_back((None, writer.ack(0x50, id, 0)));
            return Ok(());
        }
        if refuses {
            if let Some(record) = sent.records.get_mut(&number) {
                record.refused = true;
            }
            let first = if qos == 1 { 0x40 } else { 0x50 };
            connection
                .due
                .push_back((Some(id), writer.ack(first, id, 0x97)));
            return Ok(());
        }
        if qos == 1 {
            connection
                .due
                .push_back((Some(id), writer.ack(0x40, id, 0)));
        } else {
            session.received.insert(id);
            connection.due.push_back((None, writer.ack(0x50, id, 0)));
        }
        sent.arrive(number, &topic, qos, self.epoch)
    }

    /// The client acknowledges a message of ours.
    fn on_ack(&mut self, first: u8, id: u16) -> Kept {
        let writer = self.writer();
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return Ok(());
        };
        let found = session.out.iter().position(|out| out.id == id);
        let fits = found.is_some_and(|index| {
            let out = &session.out[index];
            match first >> 4 {
                4 => out.qos == 1,
                5 => out.qos == 2,
                _ => out.qos == 2 && out.is_released,
            }
        });
        check(fits, Promise::Protocol, || format!("{first:02x} for {id}"))?;
        let index = found.unwrap_or(0);
        if first >> 4 == 5 {
            session.out[index].is_released = true;
            connection.due.push_back((None, writer.ack(0x62, id, 0)));
        } else {
            session.out.remove(index);
        }
        Ok(())
    }

    fn on_subscribe(&mut self, mut body: Reader<'_>) -> Kept {
        let id = body.u16();
        let properties = body.properties(self.version);
        let filter = body.text().to_owned();
        let code = body.u8() & 3;
        let number = properties
            .iter()
            .find(|it| it.0 == 0x0b)
            .map_or(0, |it| it.1);
        let expected = self.version == Version::V5 && self.habits.identifiers;
        check((number > 0) == expected, Promise::Protocol, || {
            format!("identifier {number}")
        })?;
        let is_known = self
            .session
            .as_ref()
            .is_some_and(|it| it.subscriptions.contains_key(&filter));
        check(
            !is_known || !self.told.contains(&filter),
            Promise::Subscribed,
            || format!("{filter} is asked again"),
        )?;
        if let Some(session) = &mut self.session {
            session.subscriptions.insert(filter, number);
        }
        let bytes = self.writer().suback(id, code);
        self.answer(None, bytes);
        Ok(())
    }

    /// Whether the session has this subscription.
    pub fn has(&self, filter: &str) -> bool {
        self.session
            .as_ref()
            .is_some_and(|it| it.subscriptions.contains_key(filter))
    }

    /// What leaves now: one answer, or one message.
    pub fn send(&mut self, rng: &mut Rng) -> Vec<u8> {
        let writer = self.writer();
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return Vec::new();
        };
        if let Some((settles, bytes)) = connection.due.pop_front() {
            if let Some(id) = settles {
                connection.under_way.remove(&id);
            }
            return bytes;
        }
        let has_room = session.out.len() < connection.client_maximum.into();
        if !connection.is_accepted || !has_room {
            return Vec::new();
        }
        let Some(mut out) = session.waiting.pop_front() else {
            return Vec::new();
        };
        let mut properties = Vec::new();
        let mut topic = format!("topic/{}", out.topic);
        for (filter, &number) in &session.subscriptions {
            if number > 0 && tautline::subprotocol::mqtt::topic::matches(filter, &topic) {
                properties.extend([0x0b, number as u8]);
            }
        }
        if u16::from(out.topic) < connection.client_aliases && rng.bool() {
            let alias = u16::from(out.topic) + 1;
            properties.extend([0x23].into_iter().chain(alias.to_be_bytes()));
            if connection.told.insert(out.topic, alias).is_some() {
                topic.clear();
            }
        }
        if out.qos > 0 {
            loop {
                session.last_id = session.last_id.wrapping_add(1).max(1);
                out.id = session.last_id;
                if session.out.iter().all(|it| it.id != out.id) {
                    break;
                }
            }
            session.out.push_back(out.clone());
        }
        writer.publish(
            out.qos,
            false,
            out.id,
            &topic,
            &properties,
            &out.number.to_string(),
        )
    }
}
