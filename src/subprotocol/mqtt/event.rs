//! What the machine tells the application, besides the session's own events.

use super::packet::{PacketError, PacketId, QoS, ReasonCode};
use crate::session::Ticket;

/// Bytes in the machine's input, for [`Mqtt::bytes`](super::Mqtt::bytes). They hold until the next frame comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where they begin.
    pub at: u32,
    /// How many there are.
    pub length: u32,
}

/// A message that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The topic name as it was sent; empty with an alias. [`Mqtt::topic`](super::Mqtt::topic) knows the whole.
    pub topic: Span,
    /// The topic alias, or 0.
    pub alias: u16,
    /// The payload.
    pub payload: Span,
    /// The properties, for [`Mqtt::properties`](super::Mqtt::properties).
    pub properties: Span,
    /// The quality of service it came with.
    pub qos: QoS,
    /// Whether it was retained.
    pub retain: bool,
    /// Whether it may have come before; never so at QoS 2.
    pub dup: bool,
    /// Its packet identifier at QoS 1 and 2, for [`Mqtt::acknowledge`](super::Mqtt::acknowledge).
    pub packet_id: Option<PacketId>,
}

/// An event for the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The broker has accepted the connection; [`Mqtt::grants`](super::Mqtt::grants) says what it grants.
    Connected {
        /// Whether it has kept the session.
        session_present: bool,
        /// The properties of CONNACK.
        properties: Span,
    },
    /// The broker has refused the connection. What follows is in the session's events.
    Refused {
        /// Why.
        reason: ReasonCode,
        /// The properties of CONNACK.
        properties: Span,
    },
    /// The broker wants the next step of an enhanced authentication: [`Mqtt::answer`](super::Mqtt::answer).
    Challenged {
        /// The properties of AUTH, the authentication data among them.
        properties: Span,
    },
    /// A message has arrived. [`Mqtt::routes`](super::Mqtt::routes) says for which subscriptions.
    Message(Message),
    /// A message of QoS 1 or 2 is settled: the broker has answered.
    Acknowledged {
        /// Which message.
        ticket: Ticket,
        /// What came of it.
        reason: ReasonCode,
        /// The properties of the acknowledgement.
        properties: Span,
    },
    /// A message of QoS 2 is settled, and what came of it is not known: the broker had it, and lost the session before it
    /// said that it passed it on. Sent again it might be doubled.
    SessionLost {
        /// Which message.
        ticket: Ticket,
    },
    /// A message was not sent, and is settled.
    Unsendable {
        /// Which message.
        ticket: Ticket,
        /// Why.
        refusal: Refusal,
    },
    /// The broker has answered a SUBSCRIBE. A failure ends the subscription.
    Subscribed {
        /// Which subscription.
        subscription: u32,
        /// What came of it: the granted quality of service, or a failure.
        reason: ReasonCode,
        /// The properties of SUBACK.
        properties: Span,
    },
    /// A subscription has ended as the application wished.
    Unsubscribed {
        /// Which subscription.
        subscription: u32,
        /// What the broker said.
        reason: ReasonCode,
        /// The properties of UNSUBACK.
        properties: Span,
    },
    /// The broker has ended the connection. What follows is in the session's events.
    Disconnected {
        /// Why.
        reason: ReasonCode,
        /// The properties of DISCONNECT: the reason in words, or another server.
        properties: Span,
    },
    /// The broker has broken the protocol: the connection is closed with 4002.
    Violated {
        /// What was told to it (MQTT 5.0).
        reason: ReasonCode,
        /// What was wrong with the packet; `None` if the packet was well formed and came at the wrong time.
        error: Option<PacketError>,
    },
}

/// Why something is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be written: the caller's to correct.
    Packet(PacketError),
    /// The broker would not take it, as it said when it accepted the connection; or a limit of our own, [`ReasonCode::QuotaExceeded`].
    Reason(ReasonCode),
}

impl From<PacketError> for Refusal {
    fn from(error: PacketError) -> Self {
        Refusal::Packet(error)
    }
}

impl From<ReasonCode> for Refusal {
    fn from(reason: ReasonCode) -> Self {
        Refusal::Reason(reason)
    }
}
