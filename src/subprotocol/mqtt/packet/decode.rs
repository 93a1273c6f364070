//! From bytes to packets.

use std::num::NonZeroU16;

use super::place;
use super::property::{self, Properties, PropertyId};
use super::wire::{self, Reader};
use super::{
    Ack, AckKind, Auth, ConnAck, Disconnect, Packet, PacketError, PacketId, Publish, QoS,
    ReasonCode, SubAck, Version,
};
use crate::subprotocol::mqtt::topic;

/// What stands at the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// Not yet a whole packet: at least so many bytes are missing, and never 0.
    Missing(usize),
    /// A packet.
    Packet {
        /// What it says, borrowed from the buffer.
        packet: Packet<'a>,
        /// How many bytes of the buffer it took.
        length: usize,
    },
}

/// Decodes the packet at the front of `input`, as a client: only what a server sends is taken.
///
/// `maximum` is the maximum packet size that was told to the server, in bytes; larger packets are refused as soon as their fixed
/// header is there. `u32::MAX` is no limit.
///
/// ```
/// use tautline::subprotocol::mqtt::packet::{Decoded, Packet, Version, decode};
///
/// let bytes = [0x30, 0x05, 0x00, 0x01, b'a', 0x00, b'!'];
/// assert_eq!(decode(Version::V5, &bytes[..3], u32::MAX), Ok(Decoded::Missing(4)));
/// let Ok(Decoded::Packet { packet: Packet::Publish(message), length: 7 }) = decode(Version::V5, &bytes, u32::MAX) else {
///     panic!("a PUBLISH of seven bytes")
/// };
/// assert_eq!((message.topic, message.payload), ("a", b"!".as_slice()));
/// ```
///
/// # Errors
/// Any [`PacketError`] that is not marked "only written": the server violated the protocol. End the connection, with the
/// error's [`reason_code`](PacketError::reason_code) in the DISCONNECT of MQTT 5.0.
pub fn decode(version: Version, input: &[u8], maximum: u32) -> Result<Decoded<'_>, PacketError> {
    let Some((&first, rest)) = input.split_first() else {
        return Ok(Decoded::Missing(2));
    };
    check_fixed_header(version, first)?;
    let Some((remaining, bytes)) = wire::variable(rest)? else {
        return Ok(Decoded::Missing(1));
    };
    // MQTT 3.1.1 does not forbid a remaining length with bytes too many.
    if version == Version::V5 && bytes != wire::variable_length(remaining) {
        return Err(PacketError::VariableByteInteger);
    }
    let header = 1 + bytes;
    let length = header + remaining as usize;
    if length as u64 > u64::from(maximum) {
        return Err(PacketError::TooLarge);
    }
    let Some(body) = input.get(header..length) else {
        return Ok(Decoded::Missing(length - input.len()));
    };
    let packet = decode_body(version, first, Reader::new(body))?;
    Ok(Decoded::Packet { packet, length })
}

/// What the first byte says of type and flags (MQTT 5.0, sections 2.1.2 and 2.1.3).
fn check_fixed_header(version: Version, first: u8) -> Result<(), PacketError> {
    let flags = match first >> 4 {
        0 => return Err(PacketError::PacketType),
        15 if version == Version::V311 => return Err(PacketError::PacketType),
        14 if version == Version::V311 => return Err(PacketError::NotFromServer),
        // CONNECT, SUBSCRIBE, UNSUBSCRIBE and PINGREQ.
        1 | 8 | 10 | 12 => return Err(PacketError::NotFromServer),
        3 => {
            let qos = first >> 1 & 3;
            let is_duplicate = first & 8 != 0;
            return if qos == 3 || qos == 0 && is_duplicate {
                Err(PacketError::QoS)
            } else {
                Ok(())
            };
        }
        6 => 2,
        _ => 0,
    };
    if first & 15 == flags {
        Ok(())
    } else {
        Err(PacketError::ReservedBits)
    }
}

fn decode_body(version: Version, first: u8, body: Reader<'_>) -> Result<Packet<'_>, PacketError> {
    Ok(match first >> 4 {
        2 => Packet::ConnAck(conn_ack(version, body)?),
        3 => Packet::Publish(publish(version, first, body)?),
        4 => Packet::Ack(ack(version, AckKind::PubAck, body)?),
        5 => Packet::Ack(ack(version, AckKind::PubRec, body)?),
        6 => Packet::Ack(ack(version, AckKind::PubRel, body)?),
        7 => Packet::Ack(ack(version, AckKind::PubComp, body)?),
        9 => Packet::SubAck(sub_ack(version, place::SUBACK, body)?),
        11 => Packet::UnsubAck(sub_ack(version, place::UNSUBACK, body)?),
        13 => {
            end(body)?;
            Packet::PingResp
        }
        14 => {
            let (reason, properties) = reason_and_properties(body, place::DISCONNECT_IN)?;
            Packet::Disconnect(Disconnect { reason, properties })
        }
        _ => Packet::Auth(auth(body)?),
    })
}

fn conn_ack(version: Version, mut body: Reader<'_>) -> Result<ConnAck<'_>, PacketError> {
    let flags = body.u8()?;
    if flags > 1 {
        return Err(PacketError::ReservedBits);
    }
    let session_present = flags == 1;
    let code = body.u8()?;
    let reason = match version {
        Version::V311 => ReasonCode::from_return_code(code).ok_or(PacketError::ReasonCode)?,
        Version::V5 => reason(code, place::CONNACK)?,
    };
    if session_present && reason != ReasonCode::Success {
        return Err(PacketError::SessionPresent);
    }
    let (properties, _) = properties(version, &mut body, place::CONNACK)?;
    end(body)?;
    Ok(ConnAck {
        session_present,
        reason,
        properties,
    })
}

fn publish(version: Version, first: u8, mut body: Reader<'_>) -> Result<Publish<'_>, PacketError> {
    let qos = QoS::from_u8(first >> 1 & 3).ok_or(PacketError::QoS)?;
    let topic = body.text()?;
    let packet_id = if qos == QoS::AtMostOnce {
        None
    } else {
        Some(packet_id(&mut body)?)
    };
    let (properties, facts) = properties(version, &mut body, place::PUBLISH_IN)?;
    let topic_alias = NonZeroU16::new(facts.topic_alias);
    if !topic.is_empty() || topic_alias.is_none() {
        topic::check_name(topic)?;
    }
    Ok(Publish {
        dup: first & 8 != 0,
        qos,
        retain: first & 1 != 0,
        topic,
        packet_id,
        topic_alias,
        properties,
        payload: body.rest(),
    })
}

fn ack(version: Version, kind: AckKind, mut body: Reader<'_>) -> Result<Ack<'_>, PacketError> {
    let packet_id = packet_id(&mut body)?;
    let place = match kind {
        AckKind::PubAck | AckKind::PubRec => place::PUBACK,
        AckKind::PubRel | AckKind::PubComp => place::PUBREL,
    };
    let (reason, properties) = match version {
        Version::V311 => {
            end(body)?;
            (ReasonCode::Success, Properties::NONE)
        }
        Version::V5 => reason_and_properties(body, place)?,
    };
    Ok(Ack {
        kind,
        packet_id,
        reason,
        properties,
    })
}

fn sub_ack(
    version: Version,
    place: place::Place,
    mut body: Reader<'_>,
) -> Result<SubAck<'_>, PacketError> {
    let packet_id = packet_id(&mut body)?;
    let (properties, _) = properties(version, &mut body, place)?;
    let codes = body.rest();
    if version == Version::V311 && place == place::UNSUBACK {
        end(body)?;
        return Ok(SubAck {
            packet_id,
            properties,
            codes,
        });
    }
    if codes.is_empty() {
        return Err(PacketError::Empty);
    }
    for &code in codes {
        reason(code, place)?;
        // MQTT 3.1.1 has one failure, 0x80 (section 3.9.3).
        if version == Version::V311 && code > ReasonCode::UnspecifiedError as u8 {
            return Err(PacketError::ReasonCode);
        }
    }
    Ok(SubAck {
        packet_id,
        properties,
        codes,
    })
}

fn auth(body: Reader<'_>) -> Result<Auth<'_>, PacketError> {
    let is_empty = body.is_empty();
    let (reason, properties) = reason_and_properties(body, place::AUTH_IN)?;
    // Without anything it is a success (section 3.15.2.1); otherwise it has a method (section 3.15.2.2.2).
    if !is_empty && properties.get(PropertyId::AuthenticationMethod).is_none() {
        return Err(PacketError::AuthenticationMethod);
    }
    Ok(Auth { reason, properties })
}

/// The end of most packets of MQTT 5.0: no reason code means success, no properties mean none.
fn reason_and_properties(
    mut body: Reader<'_>,
    place: place::Place,
) -> Result<(ReasonCode, Properties<'_>), PacketError> {
    if body.is_empty() {
        return Ok((ReasonCode::Success, Properties::NONE));
    }
    let reason = reason(body.u8()?, place)?;
    if body.is_empty() {
        return Ok((reason, Properties::NONE));
    }
    let (properties, _) = properties(Version::V5, &mut body, place)?;
    end(body)?;
    Ok((reason, properties))
}

fn properties<'a>(
    version: Version,
    body: &mut Reader<'a>,
    place: place::Place,
) -> Result<(Properties<'a>, property::Facts), PacketError> {
    if version == Version::V311 {
        return Ok((Properties::NONE, property::Facts::default()));
    }
    let length = body.variable()? as usize;
    let properties = Properties::from_bytes(body.take(length)?);
    let facts = property::check(properties, place)?;
    Ok((properties, facts))
}

fn packet_id(body: &mut Reader<'_>) -> Result<PacketId, PacketError> {
    PacketId::new(body.u16()?).ok_or(PacketError::PacketIdentifier)
}

fn reason(code: u8, place: place::Place) -> Result<ReasonCode, PacketError> {
    ReasonCode::from_u8(code)
        .filter(|reason| reason.fits(place))
        .ok_or(PacketError::ReasonCode)
}

fn end(body: Reader<'_>) -> Result<(), PacketError> {
    if body.is_empty() {
        Ok(())
    } else {
        Err(PacketError::Excess)
    }
}
