//! The packets of MQTT 3.1.1 and 5.0, as a client sends and receives them: a codec without state.
//!
//! ```text
//! bytes → decode → Packet<'_> (borrowed)      Connect, Publish, Ack, Subscribe, … → encode → Vec<u8>
//! ```
//!
//! [`decode`] takes whole packets from the front of a buffer and copies nothing: what a packet holds is borrowed from the buffer.
//! All of the packet is checked before it is handed out, its properties too, and a violation names the reason code that tells
//! the broker. Writing refuses what the specification forbids before a byte is written.

pub(super) mod decode;
mod encode;
mod error;
mod place;
mod property;
mod reason;
#[cfg(test)]
mod tests;
mod wire;

use std::num::NonZeroU16;

pub use decode::{Decoded, decode};
pub(super) use encode::{encode_auth, encode_request};
pub use error::PacketError;
pub use property::{Properties, Property, PropertyBuf, PropertyId, PropertyIter, Value};
pub use reason::ReasonCode;
pub(super) use wire::{Reader, Writer};

/// What tells which packets belong together, such as PUBLISH and PUBACK: 1 to 65,535 (MQTT 5.0, section 2.2.1).
pub type PacketId = NonZeroU16;

/// The version of the protocol. Its number is the protocol level in CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Version {
    /// MQTT 3.1.1, ISO/IEC 20922.
    V311 = 4,
    /// MQTT 5.0.
    V5 = 5,
}

/// Quality of service (MQTT 5.0, section 4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0: the message may be lost.
    #[default]
    AtMostOnce = 0,
    /// QoS 1: the message may be doubled.
    AtLeastOnce = 1,
    /// QoS 2: neither.
    ExactlyOnce = 2,
}

impl QoS {
    /// The quality of service with this number; `None` above 2.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::AtMostOnce,
            1 => Self::AtLeastOnce,
            2 => Self::ExactlyOnce,
            _ => return None,
        })
    }
}

/// A packet that a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// CONNACK.
    ConnAck(ConnAck<'a>),
    /// PUBLISH.
    Publish(Publish<'a>),
    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    Ack(Ack<'a>),
    /// SUBACK.
    SubAck(SubAck<'a>),
    /// UNSUBACK: like SUBACK, and in MQTT 3.1.1 without reason codes.
    UnsubAck(SubAck<'a>),
    /// PINGRESP.
    PingResp,
    /// DISCONNECT, MQTT 5.0 only.
    Disconnect(Disconnect<'a>),
    /// AUTH, MQTT 5.0 only.
    Auth(Auth<'a>),
}

/// CONNECT (MQTT 5.0, section 3.1; MQTT 3.1.1, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Whether an old session is thrown away ("Clean Session" in MQTT 3.1.1, where it is not kept afterwards either).
    pub clean_start: bool,
    /// How many seconds may pass between two packets of the client's; 0 switches that off.
    pub keep_alive: u16,
    /// The client identifier. Empty lets the server give one; in MQTT 3.1.1 only with a clean start.
    pub client_id: &'a str,
    /// Session expiry, receive maximum, maximum packet size, topic alias maximum, authentication, …
    pub properties: Properties<'a>,
    /// What the server publishes when the connection ends without DISCONNECT.
    pub will: Option<Will<'a>>,
    /// The user name.
    pub user_name: Option<&'a str>,
    /// The password, at most 65,535 bytes; in MQTT 3.1.1 only with a user name.
    pub password: Option<&'a [u8]>,
}

/// The will in CONNECT (MQTT 5.0, sections 3.1.2.5 and 3.1.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// The payload, at most 65,535 bytes.
    pub payload: &'a [u8],
    /// The quality of service.
    pub qos: QoS,
    /// Whether the message is retained.
    pub retain: bool,
    /// Delay, expiry, content type, response topic, …
    pub properties: Properties<'a>,
}

/// CONNACK (MQTT 5.0, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server has kept a session.
    pub session_present: bool,
    /// Success, or why the connection is refused. The return codes of MQTT 3.1.1 appear as the reason codes that mean the same.
    pub reason: ReasonCode,
    /// What the server grants and limits.
    pub properties: Properties<'a>,
}

/// PUBLISH, in both directions (MQTT 5.0, section 3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Whether it may have been sent before; never at QoS 0.
    pub dup: bool,
    /// The quality of service.
    pub qos: QoS,
    /// To the server: keep it for later subscribers. From the server: it was kept.
    pub retain: bool,
    /// The topic name. Empty only with a topic alias that stands for it.
    pub topic: &'a str,
    /// The packet identifier: at QoS 1 and 2, and only there.
    pub packet_id: Option<PacketId>,
    /// The topic alias. It is written from here, and not allowed in `properties`; read, it stands in both.
    pub topic_alias: Option<NonZeroU16>,
    /// Expiry, content type, response topic, correlation data, user properties, …
    pub properties: Properties<'a>,
    /// The payload.
    pub payload: &'a [u8],
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP, in both directions (MQTT 5.0, sections 3.4 to 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack<'a> {
    /// Which of the four.
    pub kind: AckKind,
    /// The packet identifier of the PUBLISH.
    pub packet_id: PacketId,
    /// What came of it; in MQTT 3.1.1 always success.
    pub reason: ReasonCode,
    /// Reason string and user properties.
    pub properties: Properties<'a>,
}

/// Which packet acknowledges. Its number is the packet type of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum AckKind {
    /// PUBACK: the end of QoS 1.
    PubAck = 4,
    /// PUBREC: the receiver has a message of QoS 2.
    PubRec = 5,
    /// PUBREL: the sender has let go of it.
    PubRel = 6,
    /// PUBCOMP: the end of QoS 2.
    PubComp = 7,
}

/// SUBSCRIBE (MQTT 5.0, section 3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// The packet identifier, which SUBACK repeats.
    pub packet_id: PacketId,
    /// Subscription identifier and user properties.
    pub properties: Properties<'a>,
    /// What to subscribe to: at least one.
    pub subscriptions: &'a [Subscription<'a>],
}

/// A topic filter and its options in SUBSCRIBE (MQTT 5.0, section 3.8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// The topic filter, with its `$share/…/` if it is shared.
    pub filter: &'a str,
    /// How messages come.
    pub options: SubscriptionOptions,
}

/// The options of a subscription. In MQTT 3.1.1 only the quality of service may differ from the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SubscriptionOptions {
    /// The highest quality of service that messages come with. Default: QoS 0.
    pub qos: QoS,
    /// Whether the client's own messages stay away; not on a shared subscription. Default: they come.
    pub no_local: bool,
    /// Whether messages keep the retain flag they were published with. Default: only retained ones, when the subscription begins.
    pub retain_as_published: bool,
    /// Whether retained messages come when the subscription begins. Default: yes.
    pub retain_handling: RetainHandling,
}

/// Whether retained messages come when a subscription begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RetainHandling {
    /// At every SUBSCRIBE.
    #[default]
    Send = 0,
    /// Only if the subscription did not exist.
    SendIfNew = 1,
    /// Never.
    DoNotSend = 2,
}

/// UNSUBSCRIBE (MQTT 5.0, section 3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// The packet identifier, which UNSUBACK repeats.
    pub packet_id: PacketId,
    /// User properties.
    pub properties: Properties<'a>,
    /// The topic filters, exactly as they were subscribed: at least one.
    pub filters: &'a [&'a str],
}

/// SUBACK or UNSUBACK (MQTT 5.0, sections 3.9 and 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// The packet identifier of the SUBSCRIBE or UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Reason string and user properties.
    pub properties: Properties<'a>,
    codes: &'a [u8],
}

impl<'a> SubAck<'a> {
    /// A reason code for each filter, in order. UNSUBACK of MQTT 3.1.1 has none: all went well.
    pub fn reasons(&self) -> impl ExactSizeIterator<Item = ReasonCode> + use<'a> {
        // Decoding has checked every byte.
        self.codes
            .iter()
            .map(|&code| ReasonCode::from_u8(code).unwrap_or(ReasonCode::UnspecifiedError))
    }
}

/// PINGREQ (MQTT 5.0, section 3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingReq;

/// DISCONNECT, in both directions (MQTT 5.0, section 3.14). To a server of MQTT 3.1.1 it has no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why the connection ends.
    pub reason: ReasonCode,
    /// Session expiry (to the server), server reference (from it), reason string, user properties.
    pub properties: Properties<'a>,
}

/// AUTH, in both directions, MQTT 5.0 only (section 3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success (from the server), continue, or re-authenticate (to the server).
    pub reason: ReasonCode,
    /// Authentication method and data, reason string, user properties.
    pub properties: Properties<'a>,
}
