//! What must hold of the packets of MQTT whatever the bytes are.

use tautline::subprotocol::mqtt::packet::{
    Ack, Decoded, Disconnect, Packet, PacketError, Properties, PropertyBuf, PropertyId, Publish,
    Value, Version, decode,
};

/// Reads the bytes as a stream of packets, in both versions.
pub fn mqtt(bytes: &[u8]) {
    for version in [Version::V311, Version::V5] {
        let mut rest = bytes;
        while let Some(length) = packet(version, rest) {
            rest = &rest[length..];
        }
    }
}

/// Checks what stands at the front, and says how long it is if it is a packet.
fn packet(version: Version, input: &[u8]) -> Option<usize> {
    match decode(version, input, u32::MAX) {
        Ok(Decoded::Missing(missing)) => {
            assert!(missing > 0);
            None
        }
        Err(error) => {
            told(error);
            None
        }
        Ok(Decoded::Packet { packet, length }) => {
            let whole = &input[..length];
            assert_eq!(
                decode(version, whole, length as u32),
                Ok(Decoded::Packet { packet, length })
            );
            assert_eq!(
                decode(version, whole, length as u32 - 1),
                Err(PacketError::TooLarge)
            );
            for shorter in [1, 2, length / 2, length - 1] {
                let missing = decode(version, &whole[..shorter.min(length - 1)], u32::MAX);
                assert!(
                    matches!(missing, Ok(Decoded::Missing(_))),
                    "{shorter}: {missing:?}"
                );
            }
            again(version, packet);
            Some(length)
        }
    }
}

/// A violation has a reason code that the client may send to the broker.
fn told(error: PacketError) {
    let answer = Disconnect {
        reason: error.reason_code(),
        properties: Properties::NONE,
    };
    answer
        .encode(Version::V5, u32::MAX, &mut Vec::new())
        .expect("the broker can be told");
    assert!(!error.to_string().is_empty());
}

/// What was read and can be written by a client is read as the same again.
fn again(version: Version, packet: Packet<'_>) {
    let mut out = Vec::new();
    match packet {
        Packet::Publish(message) => {
            properties(message.properties, |_| true);
            let may_be_sent =
                |id| id != PropertyId::TopicAlias && id != PropertyId::SubscriptionIdentifier;
            let own = properties(message.properties, may_be_sent);
            let sent = Publish {
                properties: own.as_properties(),
                ..message
            };
            sent.encode(version, u32::MAX, &mut out)
                .expect("a message can be sent on");
            let Ok(Decoded::Packet {
                packet: Packet::Publish(read),
                ..
            }) = decode(version, &out, u32::MAX)
            else {
                panic!("a message is read again")
            };
            let kept = properties(read.properties, may_be_sent);
            assert_eq!(kept, own);
            assert_eq!(
                Publish {
                    properties: message.properties,
                    ..read
                },
                message
            );
        }
        Packet::Ack(ack) => {
            let own = properties(ack.properties, |_| true);
            let sent = Ack {
                properties: own.as_properties(),
                ..ack
            };
            sent.encode(version, u32::MAX, &mut out)
                .expect("an acknowledgement can be sent");
            let length = out.len();
            assert_eq!(
                decode(version, &out, u32::MAX),
                Ok(Decoded::Packet { packet, length })
            );
        }
        Packet::ConnAck(ack) => drop(properties(ack.properties, |_| true)),
        Packet::SubAck(ack) | Packet::UnsubAck(ack) => {
            properties(ack.properties, |_| true);
            assert!(ack.reasons().len() > 0 || version == Version::V311);
        }
        Packet::PingResp => {}
        Packet::Disconnect(leave) => drop(properties(leave.properties, |_| true)),
        Packet::Auth(auth) => drop(properties(auth.properties, |_| true)),
    }
}

/// Writes properties again, one by one: all of them make the same bytes.
fn properties(properties: Properties<'_>, is_kept: impl Fn(PropertyId) -> bool) -> PropertyBuf {
    let mut written = PropertyBuf::new();
    let mut kept = PropertyBuf::new();
    for property in properties {
        if let Value::Text(text) | Value::Pair(text, _) = property.value {
            assert!(!text.contains('\0'));
        }
        written
            .push(property.id, property.value)
            .expect("what was read can be written");
        if is_kept(property.id) {
            kept.push(property.id, property.value)
                .expect("what was read can be written");
        }
    }
    assert_eq!(written.as_bytes(), properties.as_bytes());
    kept
}
