//! The codec against literal bytes, and every rule that it watches over. `tests/mqtt` compares it with another one.

mod properties;
mod reading;
mod violations;
mod writing;

use super::*;

/// Reads one packet that takes all of the bytes.
fn read(version: Version, bytes: &[u8]) -> Packet<'_> {
    match decode(version, bytes, u32::MAX) {
        Ok(Decoded::Packet { packet, length }) => {
            assert_eq!(length, bytes.len());
            packet
        }
        other => panic!("{bytes:02x?}: {other:?}"),
    }
}

fn id(value: u16) -> PacketId {
    PacketId::new(value).expect("a packet identifier is not 0")
}

/// Properties, written one by one.
fn block(properties: &[(PropertyId, Value<'_>)]) -> PropertyBuf {
    let mut buffer = PropertyBuf::new();
    for &(id, value) in properties {
        buffer.push(id, value).expect("the property can be written");
    }
    buffer
}
