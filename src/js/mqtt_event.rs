//! Events of MQTT as numbers: the first field is the event's own, the others are what it says. Bytes are where they lie in
//! memory and how many there are; properties are their place in the machine's input, for `property`.

use super::mqtt::number;
use super::register::Register;
use crate::subprotocol::mqtt::packet::Value;
use crate::subprotocol::mqtt::{Event, Message, Mqtt, Span};

/// Topics that came lately: a shell that has made a string of one need not make it again. Each has a place by its hash, and a
/// number that no other one has had there.
#[derive(Default)]
pub(super) struct Topics {
    places: Vec<(String, u32)>,
    last: u32,
}

impl Topics {
    const PLACES: u32 = 64;
    /// Longer ones are not kept.
    const MAX_LENGTH: usize = 256;

    /// The place of a topic and its number; 0 if it has none.
    fn find(&mut self, topic: &str) -> (u32, u32) {
        if topic.len() > Topics::MAX_LENGTH {
            return (0, 0);
        }
        // FNV-1a.
        let hash = topic.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let index = (hash ^ hash >> 16) % Topics::PLACES;
        while self.places.len() < Topics::PLACES as usize {
            self.places.push((String::new(), 0));
        }
        let Some((kept, number)) = self.places.get_mut(index as usize) else {
            return (0, 0);
        };
        if *number == 0 || kept != topic {
            kept.clear();
            kept.push_str(topic);
            self.last = self.last.wrapping_add(1).max(1);
            *number = self.last;
        }
        (index, *number)
    }
}

fn put(fields: &mut Register, values: &[f64]) {
    for (field, value) in fields.iter_mut().zip(values) {
        *field = *value;
    }
}

fn at(bytes: &[u8]) -> f64 {
    bytes.as_ptr() as usize as f64
}

pub(super) fn write(fields: &mut Register, topics: &mut Topics, client: &Mqtt, event: Event) {
    let mut simple = |kind: u32, values: [u32; 2], properties: Span| {
        let [a, b] = values.map(f64::from);
        let (at, length) = (properties.at.into(), properties.length.into());
        put(fields, &[kind.into(), at, length, a, b]);
    };
    match event {
        Event::Message(message) => write_message(fields, topics, client, &message),
        Event::Connected {
            session_present,
            properties,
        } => simple(1, [session_present.into(), 0], properties),
        Event::Refused { reason, properties } => simple(2, [reason as u32, 0], properties),
        Event::Challenged { properties } => simple(3, [0, 0], properties),
        Event::Acknowledged {
            ticket,
            reason,
            properties,
        } => simple(4, [reason as u32, ticket], properties),
        Event::SessionLost { ticket } => simple(5, [0, ticket], Span::default()),
        Event::Unsendable { ticket, refusal } => {
            simple(6, [number(refusal), ticket], Span::default());
        }
        Event::Subscribed {
            subscription,
            reason,
            properties,
        } => simple(7, [reason as u32, subscription], properties),
        Event::Unsubscribed {
            subscription,
            reason,
            properties,
        } => simple(8, [reason as u32, subscription], properties),
        Event::Disconnected { reason, properties } => simple(9, [reason as u32, 0], properties),
        Event::Violated { reason, error } => {
            let error = error.map_or(0, |error| 1 + error as u32);
            simple(10, [reason as u32, error], Span::default());
        }
    }
}

fn write_message(fields: &mut Register, topics: &mut Topics, client: &Mqtt, message: &Message) {
    let topic = client.topic(message);
    let (place, number) = topics.find(topic);
    let payload = client.bytes(message.payload);
    let routes = client.routes();
    let flags = message.qos as u32 | u32::from(message.retain) << 2 | u32::from(message.dup) << 3;
    put(
        fields,
        &[
            0.0,
            message.properties.at.into(),
            message.properties.length.into(),
            flags.into(),
            message.packet_id.map_or(0, |id| id.get()).into(),
            at(payload),
            payload.len() as f64,
            at(topic.as_bytes()),
            topic.len() as f64,
            place.into(),
            number.into(),
            routes.len() as f64,
            routes.first().copied().unwrap_or(0).into(),
            routes.as_ptr() as usize as f64,
        ],
    );
}

/// Writes the value of a property, or a text.
pub(super) fn write_value(fields: &mut Register, value: Value<'_>) {
    let two = |fields: &mut Register, a: &[u8], b: &[u8]| {
        put(fields, &[at(a), a.len() as f64, at(b), b.len() as f64]);
    };
    match value {
        Value::Number(number) => put(fields, &[number.into()]),
        Value::Text(text) => two(fields, text.as_bytes(), &[]),
        Value::Binary(bytes) => two(fields, bytes, &[]),
        Value::Pair(name, value) => two(fields, name.as_bytes(), value.as_bytes()),
    }
}
