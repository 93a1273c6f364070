//! The broker's side: what it writes, and what it reads, in words.

use super::*;

/// A packet of the broker's: first byte and body.
pub(super) fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    variable(&mut bytes, body.len());
    bytes.extend_from_slice(body);
    bytes
}

fn variable(bytes: &mut Vec<u8>, mut length: usize) {
    while length > 127 {
        bytes.push(length as u8 | 128);
        length >>= 7;
    }
    bytes.push(length as u8);
}

/// Properties with the length before them.
pub(super) fn block(properties: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    variable(&mut bytes, properties.len());
    bytes.extend_from_slice(properties);
    bytes
}

pub(super) fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat()
}

pub(super) fn connack(session_present: bool, code: u8, properties: &[u8]) -> Vec<u8> {
    let head = [u8::from(session_present), code];
    packet(0x20, &[&head[..], &block(properties)].concat())
}

/// PUBACK, PUBREC, PUBREL, PUBCOMP by their first byte.
pub(super) fn ack(first: u8, id: u16, code: u8) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    if code > 0 {
        body.push(code);
    }
    packet(first, &body)
}

pub(super) const PUBACK: u8 = 0x40;
pub(super) const PUBREC: u8 = 0x50;
pub(super) const PUBREL: u8 = 0x62;
pub(super) const PUBCOMP: u8 = 0x70;

pub(super) fn suback(id: u16, code: u8) -> Vec<u8> {
    let id = id.to_be_bytes();
    packet(0x90, &[&id[..], &[0, code]].concat())
}

pub(super) fn unsuback(id: u16, code: u8) -> Vec<u8> {
    let id = id.to_be_bytes();
    packet(0xb0, &[&id[..], &[0, code]].concat())
}

pub(super) fn publish(qos: u8, id: u16, topic: &str, properties: &[u8], payload: &str) -> Vec<u8> {
    let mut body = text(topic);
    if qos > 0 {
        body.extend_from_slice(&id.to_be_bytes());
    }
    body.extend(block(properties));
    body.extend_from_slice(payload.as_bytes());
    packet(0x30 | qos << 1, &body)
}

pub(super) fn disconnect(code: u8, properties: &[u8]) -> Vec<u8> {
    packet(0xe0, &[&[code][..], &block(properties)].concat())
}

pub(super) fn auth(code: u8, properties: &[u8]) -> Vec<u8> {
    packet(0xf0, &[&[code][..], &block(properties)].concat())
}

pub(super) const PINGRESP: [u8; 2] = [0xd0, 0];

/// What the client has written, packet by packet.
pub(super) fn read(version: Version, mut bytes: &[u8]) -> Vec<String> {
    let mut packets = Vec::new();
    while let [first, rest @ ..] = bytes {
        let (mut length, mut used) = (0, 0);
        for byte in rest {
            length |= usize::from(byte & 127) << (7 * used);
            used += 1;
            if byte & 128 == 0 {
                break;
            }
        }
        let (body, after) = rest[used..].split_at(length);
        packets.push(in_words(version, *first, Body(body)));
        bytes = after;
    }
    packets
}

struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take(2).try_into().unwrap())
    }

    fn text(&mut self) -> &'a str {
        let length = self.u16().into();
        std::str::from_utf8(self.take(length)).unwrap()
    }

    /// Properties as hexadecimal digits behind a space; nothing if there are none.
    fn properties(&mut self, version: Version) -> String {
        if version == Version::V311 || self.0.is_empty() {
            return String::new();
        }
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.u8();
            length |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte & 128 == 0 {
                break;
            }
        }
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        match self.take(length) {
            [] => String::new(),
            bytes => format!(" [{}]", hex(bytes)),
        }
    }
}

fn in_words(version: Version, first: u8, mut body: Body<'_>) -> String {
    let answered = |name: &str, mut body: Body<'_>| {
        let id = body.u16();
        match body.0.first() {
            Some(code) => format!("{name} {id} {code:02x}"),
            None => format!("{name} {id}"),
        }
    };
    match first >> 4 {
        1 => {
            assert_eq!((body.text(), body.u8()), ("MQTT", version as u8));
            let flags = body.u8();
            let keep_alive = body.u16();
            let properties = body.properties(version);
            let clean = if flags & 2 != 0 { " clean" } else { "" };
            let mut words = format!("CONNECT{clean} {keep_alive}{properties} {:?}", body.text());
            if flags & 4 != 0 {
                let properties = body.properties(version);
                words += &format!(" will {}{properties} {}", body.text(), body.text());
            }
            if flags & 0x80 != 0 {
                words += &format!(" user {}", body.text());
            }
            if flags & 0x40 != 0 {
                words += &format!(" password {}", body.text());
            }
            words
        }
        3 => {
            let (qos, dup) = (first >> 1 & 3, first & 8 != 0);
            let topic = body.text();
            let id = if qos > 0 {
                format!(" {}", body.u16())
            } else {
                String::new()
            };
            let properties = body.properties(version);
            let payload = std::str::from_utf8(body.0).unwrap();
            let dup = if dup { " dup" } else { "" };
            let retain = if first & 1 != 0 { " retain" } else { "" };
            format!("PUBLISH{id} q{qos}{dup}{retain} {topic}{properties} {payload}")
        }
        4 => answered("PUBACK", body),
        5 => answered("PUBREC", body),
        6 => answered("PUBREL", body),
        7 => answered("PUBCOMP", body),
        8 => {
            let id = body.u16();
            let properties = body.properties(version);
            format!(
                "SUBSCRIBE {id}{properties} {} {:02x}",
                body.text(),
                body.u8()
            )
        }
        10 => {
            let id = body.u16();
            let properties = body.properties(version);
            format!("UNSUBSCRIBE {id}{properties} {}", body.text())
        }
        12 => "PINGREQ".into(),
        14 | 15 => {
            let name = if first >> 4 == 14 {
                "DISCONNECT"
            } else {
                "AUTH"
            };
            let code = if body.0.is_empty() { 0 } else { body.u8() };
            format!("{name} {code:02x}{}", body.properties(version))
        }
        _ => panic!("a client does not write {first:02x}"),
    }
}
