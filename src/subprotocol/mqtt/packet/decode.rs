//! From bytes to packets.

use std::num::NonZeroU16;

use super::place::{self, Place};
use super::property::{Facts, Properties, PropertyId};
use super::wire::Reader;
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
    let (header, length) = match head(version, input, maximum)? {
        Head::Missing(bytes) => return Ok(Decoded::Missing(bytes)),
        Head::Packet { header, length } => (header, length),
    };
    let Some(body) = input.get(header..length) else {
        return Ok(Decoded::Missing(length - input.len()));
    };
    let first = input.first().copied().unwrap_or_default();
    let mut body = Reader::new(body);
    let packet = if first >> 4 == PUBLISH {
        Packet::Publish(publish(version, first, &mut body))
    } else {
        let kind = first >> 4;
        answer(version, kind, &mut body).into_packet(kind)
    };
    match body.error() {
        None => Ok(Decoded::Packet { packet, length }),
        Some(error) => Err(error),
    }
}

/// What the fixed header says.
pub(crate) enum Head {
    /// It is not whole: at least so many bytes are missing.
    Missing(usize),
    /// Its length, and with it that of the packet.
    Packet { header: usize, length: usize },
}

/// Reads the fixed header; of the packet may be less than it says.
pub(crate) fn head(version: Version, input: &[u8], maximum: u32) -> Result<Head, PacketError> {
    let mut reader = Reader::new(input);
    if reader.is_empty() {
        return Ok(Head::Missing(2));
    }
    check_fixed_header(version, reader.u8())?;
    // MQTT 3.1.1 does not forbid a remaining length with bytes too many.
    let remaining = reader.variable(version == Version::V5);
    match reader.error() {
        Some(PacketError::Truncated) => return Ok(Head::Missing(1)),
        Some(error) => return Err(error),
        None => {}
    }
    let header = input.len() - reader.rest().len();
    let length = header + remaining as usize;
    if length as u64 > u64::from(maximum) {
        return Err(PacketError::TooLarge);
    }
    Ok(Head::Packet { header, length })
}

/// What the first byte says of type and flags (MQTT 5.0, sections 2.1.2 and 2.1.3).
fn check_fixed_header(version: Version, first: u8) -> Result<(), PacketError> {
    let flags = match first >> 4 {
        0 => return Err(PacketError::PacketType),
        15 if version == Version::V311 => return Err(PacketError::PacketType),
        14 if version == Version::V311 => return Err(PacketError::NotFromServer),
        // CONNECT, SUBSCRIBE, UNSUBSCRIBE and PINGREQ.
        1 | 8 | 10 | 12 => return Err(PacketError::NotFromServer),
        // QoS 3, and a duplicate at QoS 0.
        PUBLISH if matches!(first & 15, 6 | 7 | 14 | 15 | 8 | 9) => return Err(PacketError::QoS),
        PUBLISH => return Ok(()),
        PUBREL => 2,
        _ => 0,
    };
    if first & 15 == flags {
        Ok(())
    } else {
        Err(PacketError::ReservedBits)
    }
}

// Types of packets (MQTT 5.0, section 2.1.2).
pub(crate) const CONNACK: u8 = 2;
pub(crate) const PUBLISH: u8 = 3;
pub(crate) const PUBACK: u8 = 4;
pub(crate) const PUBREC: u8 = 5;
pub(crate) const PUBREL: u8 = 6;
pub(crate) const PUBCOMP: u8 = 7;
pub(crate) const SUBACK: u8 = 9;
pub(crate) const UNSUBACK: u8 = 11;
pub(crate) const PINGRESP: u8 = 13;
pub(crate) const DISCONNECT: u8 = 14;
pub(crate) const AUTH: u8 = 15;

/// What any packet says but PUBLISH; what one does not have is empty.
pub(crate) struct Answer<'a> {
    pub(crate) session_present: bool,
    /// 1 where the packet has none.
    pub(crate) packet_id: PacketId,
    pub(crate) reason: ReasonCode,
    pub(crate) properties: Properties<'a>,
    /// A reason code for each filter of SUBSCRIBE or UNSUBSCRIBE, all checked.
    pub(crate) codes: &'a [u8],
}

/// Where their properties and reason codes stand, by type.
static ANSWERS: [Place; 16] = {
    let mut places = [0; 16];
    places[CONNACK as usize] = place::CONNACK;
    places[PUBACK as usize] = place::PUBACK;
    places[PUBREC as usize] = place::PUBACK;
    places[PUBREL as usize] = place::PUBREL;
    places[PUBCOMP as usize] = place::PUBREL;
    places[SUBACK as usize] = place::SUBACK;
    places[UNSUBACK as usize] = place::UNSUBACK;
    places[DISCONNECT as usize] = place::DISCONNECT_IN;
    places[AUTH as usize] = place::AUTH_IN;
    places
};

/// Reads such a packet, of a type that [`head`] lets pass. It is right if `body` has no error afterwards.
pub(crate) fn answer<'a>(version: Version, kind: u8, body: &mut Reader<'a>) -> Answer<'a> {
    let place = ANSWERS.get(usize::from(kind)).copied().unwrap_or_default();
    let mut it = Answer {
        session_present: false,
        packet_id: PacketId::MIN,
        reason: ReasonCode::Success,
        properties: Properties::NONE,
        codes: &[],
    };
    let is_v5 = version == Version::V5;
    let is_empty = body.is_empty();
    let mut facts = Facts::default();
    match kind {
        CONNACK => {
            let flags = body.u8();
            body.require(flags < 2, PacketError::ReservedBits);
            it.session_present = flags != 0;
            let code = body.u8();
            it.reason = if is_v5 {
                reason(body, code, place)
            } else {
                let known = ReasonCode::from_return_code(code);
                body.require(known.is_some(), PacketError::ReasonCode);
                known.unwrap_or(ReasonCode::UnspecifiedError)
            };
            body.require(
                !it.session_present || it.reason == ReasonCode::Success,
                PacketError::SessionPresent,
            );
        }
        PUBACK..=UNSUBACK => it.packet_id = packet_id(body),
        _ => {}
    }
    let has_codes = matches!(kind, SUBACK | UNSUBACK);
    if kind < PINGRESP && kind != CONNACK && !has_codes || kind > PINGRESP {
        if is_v5 && !body.is_empty() {
            let code = body.u8();
            it.reason = reason(body, code, place);
            if !body.is_empty() {
                (it.properties, facts) = body.properties(place);
            }
        }
    } else if is_v5 && kind != PINGRESP {
        (it.properties, _) = body.properties(place);
    }
    // UNSUBACK of MQTT 3.1.1 has none.
    if has_codes && (is_v5 || kind == SUBACK) {
        it.codes = body.take(body.rest().len());
        body.require(!it.codes.is_empty(), PacketError::Empty);
        for &code in it.codes {
            reason(body, code, place);
            // MQTT 3.1.1 has one failure, 0x80 (section 3.9.3).
            body.require(is_v5 || code <= 0x80, PacketError::ReasonCode);
        }
    }
    // Without anything it is a success (section 3.15.2.1); otherwise it has a method (section 3.15.2.2.2).
    body.require(
        kind != AUTH || is_empty || facts.has(PropertyId::AuthenticationMethod),
        PacketError::AuthenticationMethod,
    );
    body.end();
    it
}

impl<'a> Answer<'a> {
    fn into_packet(self, kind: u8) -> Packet<'a> {
        let Answer {
            session_present,
            packet_id,
            reason,
            properties,
            codes,
        } = self;
        let ack = |kind| {
            Packet::Ack(Ack {
                kind,
                packet_id,
                reason,
                properties,
            })
        };
        let sub_ack = SubAck {
            packet_id,
            properties,
            codes,
        };
        match kind {
            CONNACK => Packet::ConnAck(ConnAck {
                session_present,
                reason,
                properties,
            }),
            PUBACK => ack(AckKind::PubAck),
            PUBREC => ack(AckKind::PubRec),
            PUBREL => ack(AckKind::PubRel),
            PUBCOMP => ack(AckKind::PubComp),
            SUBACK => Packet::SubAck(sub_ack),
            UNSUBACK => Packet::UnsubAck(sub_ack),
            PINGRESP => Packet::PingResp,
            DISCONNECT => Packet::Disconnect(Disconnect { reason, properties }),
            _ => Packet::Auth(Auth { reason, properties }),
        }
    }
}

/// Reads PUBLISH. It is right if `body` has no error afterwards.
pub(crate) fn publish<'a>(version: Version, first: u8, body: &mut Reader<'a>) -> Publish<'a> {
    // The fixed header has been checked.
    let qos = QoS::from_u8(first >> 1 & 3).unwrap_or_default();
    let topic = body.text();
    let packet_id = (qos != QoS::AtMostOnce).then(|| packet_id(body));
    let (properties, facts) = if version == Version::V5 {
        body.properties(place::PUBLISH_IN)
    } else {
        Default::default()
    };
    let topic_alias = NonZeroU16::new(facts.topic_alias);
    if (!topic.is_empty() || topic_alias.is_none())
        && let Err(error) = topic::check_name(topic)
    {
        body.fail(error);
    }
    Publish {
        dup: first & 8 != 0,
        qos,
        retain: first & 1 != 0,
        topic,
        packet_id,
        topic_alias,
        properties,
        payload: body.rest(),
    }
}

#[inline(never)]
fn packet_id(body: &mut Reader<'_>) -> PacketId {
    let id = PacketId::new(body.u16());
    body.require(id.is_some(), PacketError::PacketIdentifier);
    id.unwrap_or(PacketId::MIN)
}

#[inline(never)]
fn reason(body: &mut Reader<'_>, code: u8, place: Place) -> ReasonCode {
    let known = ReasonCode::from_u8(code).filter(|reason| reason.fits(place));
    body.require(known.is_some(), PacketError::ReasonCode);
    known.unwrap_or(ReasonCode::UnspecifiedError)
}
