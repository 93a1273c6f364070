//! Events of MQTT as numbers: the first field is the event's own, the others are what it says. Bytes are where they lie in
//! memory and how many there are, properties as they stand on the wire.

use super::register::Register;
use crate::subprotocol::mqtt::{Kind, Mqtt, Told};

/// Topics that came lately: a shell that has made a string of one need not make it again. Each has a place by its hash, and a
/// number that no other one has had there.
#[derive(Default)]
pub(super) struct Topics {
    places: Vec<(Vec<u8>, u32)>,
    last: u32,
}

impl Topics {
    const PLACES: u32 = 64;
    /// Longer ones are not kept.
    const MAX_LENGTH: usize = 256;

    /// The place of a topic and its number; 0 if it has none.
    fn find(&mut self, topic: &[u8]) -> (u32, u32) {
        if topic.len() > Topics::MAX_LENGTH {
            return (0, 0);
        }
        // FNV-1a.
        let hash = topic.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        let index = (hash ^ hash >> 16) % Topics::PLACES;
        while self.places.len() < Topics::PLACES as usize {
            self.places.push((Vec::new(), 0));
        }
        let Some((kept, number)) = self.places.get_mut(index as usize) else {
            return (0, 0);
        };
        if *number == 0 || kept != topic {
            kept.clear();
            kept.extend_from_slice(topic);
            self.last = self.last.wrapping_add(1).max(1);
            *number = self.last;
        }
        (index, *number)
    }
}

fn at(bytes: &[u8]) -> f64 {
    bytes.as_ptr() as usize as f64
}

pub(super) fn write(fields: &mut Register, topics: &mut Topics, client: &Mqtt, told: Told) {
    if told.kind == Kind::Message {
        return write_message(fields, topics, client);
    }
    let properties = client.bytes(told.properties);
    let [kind, place, length, reason, number, ..] = fields;
    *kind = f64::from(told.kind as u8);
    *place = at(properties);
    *length = properties.len() as f64;
    *reason = told.reason.into();
    *number = told.number.into();
}

fn write_message(fields: &mut Register, topics: &mut Topics, client: &Mqtt) {
    let message = client.message();
    let topic = client.topic_bytes(message);
    let (place, number) = topics.find(topic);
    let properties = client.bytes(message.properties);
    let payload = client.bytes(message.payload);
    let routes = client.routes();
    let flags = message.qos as u32 | u32::from(message.retain) << 2 | u32::from(message.dup) << 3;
    *fields = [
        0.0,
        at(properties),
        properties.len() as f64,
        flags.into(),
        message.packet_id.map_or(0, |id| id.get()).into(),
        at(payload),
        payload.len() as f64,
        at(topic),
        topic.len() as f64,
        place.into(),
        number.into(),
        routes.len() as f64,
        routes.first().copied().unwrap_or(0).into(),
        routes.as_ptr() as usize as f64,
        0.0,
        0.0,
    ];
}
