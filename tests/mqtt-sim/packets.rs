//! Packets as a broker reads and writes them: no more of them than the client says.

use tautline::subprotocol::mqtt::packet::Version;

/// A whole packet of the client's: first byte and body.
pub type Raw = (u8, Vec<u8>);

/// Takes the whole packets out of the front of a buffer.
pub fn split(buffer: &mut Vec<u8>) -> Vec<Raw> {
    let mut packets = Vec::new();
    loop {
        let (mut length, mut used) = (0, 1);
        loop {
            let Some(&byte) = buffer.get(used) else {
                return packets;
            };
            length |= usize::from(byte & 127) << (7 * (used - 1));
            used += 1;
            if byte & 128 == 0 {
                break;
            }
        }
        if buffer.len() < used + length {
            return packets;
        }
        let rest = buffer.split_off(used + length);
        let packet = std::mem::replace(buffer, rest);
        packets.push((packet[0], packet[used..].to_vec()));
    }
}

pub fn join((first, body): &Raw) -> Vec<u8> {
    let mut bytes = vec![*first];
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

pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    pub fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take(2).try_into().expect("two bytes"))
    }

    pub fn text(&mut self) -> &'a str {
        let length = self.u16().into();
        std::str::from_utf8(self.take(length)).expect("text")
    }

    pub fn variable(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.u8();
            value |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte & 128 == 0 {
                return value;
            }
        }
    }

    /// The properties that are numbers, as identifier and value.
    pub fn properties(&mut self, version: Version) -> Vec<(u8, u32)> {
        let mut found = Vec::new();
        if version == Version::V311 {
            return found;
        }
        let length = self.variable();
        let mut block = Reader(self.take(length));
        while !block.0.is_empty() {
            let id = block.u8();
            let value = match id {
                0x0b => block.variable() as u32,
                0x11 | 0x27 | 0x02 => u32::from_be_bytes(block.take(4).try_into().expect("four")),
                0x21..=0x23 => block.u16().into(),
                _ => panic!("the client of this test has no property {id:02x}"),
            };
            found.push((id, value));
        }
        found
    }
}

/// What the broker writes.
pub struct Writer {
    pub version: Version,
}

impl Writer {
    fn block(&self, properties: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.version == Version::V5 {
            variable(&mut bytes, properties.len());
            bytes.extend_from_slice(properties);
        }
        bytes
    }

    pub fn connack(&self, session_present: bool, properties: &[u8]) -> Vec<u8> {
        let mut body = vec![u8::from(session_present), 0];
        body.extend(self.block(properties));
        join(&(0x20, body))
    }

    pub fn ack(&self, first: u8, id: u16, code: u8) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        if self.version == Version::V5 && code > 0 {
            body.push(code);
        }
        join(&(first, body))
    }

    pub fn suback(&self, id: u16, code: u8) -> Vec<u8> {
        let mut body = id.to_be_bytes().to_vec();
        body.extend(self.block(&[]));
        body.push(code);
        join(&(0x90, body))
    }

    pub fn publish(
        &self,
        qos: u8,
        dup: bool,
        id: u16,
        topic: &str,
        properties: &[u8],
        payload: &str,
    ) -> Vec<u8> {
        let mut body = (topic.len() as u16).to_be_bytes().to_vec();
        body.extend_from_slice(topic.as_bytes());
        if qos > 0 {
            body.extend_from_slice(&id.to_be_bytes());
        }
        body.extend(self.block(properties));
        body.extend_from_slice(payload.as_bytes());
        join(&(0x30 | u8::from(dup) << 3 | qos << 1, body))
    }
}
