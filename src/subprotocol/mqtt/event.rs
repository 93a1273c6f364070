//! What the machine tells the application, besides the session's own events.

use super::machine::Mqtt;
use super::packet::{PacketError, PacketId, QoS, ReasonCode};
use crate::session::Ticket;

/// What is told, as it waits: flat, because so it costs least. [`Event`] is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    /// A reason code, a refusal by its number, or whether there is a session.
    pub(crate) reason: u32,
    /// A ticket or subscription; of a violation the packet error behind 1.
    pub(crate) number: u32,
    pub(crate) properties: Span,
}

/// The events by their numbers, which the shell of the npm package knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Message,
    Connected,
    Refused,
    Challenged,
    Acknowledged,
    SessionLost,
    Unsendable,
    Subscribed,
    Unsubscribed,
    Disconnected,
    Violated,
}

/// Bytes in the machine's input, for [`Mqtt::bytes`](super::Mqtt::bytes). They hold until the next frame comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where they begin.
    pub at: u32,
    /// How many there are.
    pub length: u32,
}

/// A message that has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// Reason codes come behind the packet errors.
const REASONS: u32 = 64;

impl Refusal {
    /// Its number: the place of the packet error, or 64 and the reason code.
    pub(crate) fn number(self) -> u32 {
        match self {
            Refusal::Packet(error) => error as u32,
            Refusal::Reason(reason) => REASONS + reason as u32,
        }
    }

    fn from_number(number: u32) -> Self {
        let error = PacketError::ALL.get(number as usize);
        error.map_or_else(
            || Refusal::Reason(reason(number.saturating_sub(REASONS))),
            |&error| Refusal::Packet(error),
        )
    }
}

/// A reason code that was one before.
fn reason(number: u32) -> ReasonCode {
    ReasonCode::from_u8(number as u8).unwrap_or(ReasonCode::UnspecifiedError)
}

impl Told {
    /// The same for applications in Rust.
    pub(super) fn event(self, client: &Mqtt) -> Event {
        let Told {
            number, properties, ..
        } = self;
        match self.kind {
            Kind::Message => Event::Message(client.message),
            Kind::Connected => Event::Connected {
                session_present: self.reason != 0,
                properties,
            },
            Kind::Refused => Event::Refused {
                reason: reason(self.reason),
                properties,
            },
            Kind::Challenged => Event::Challenged { properties },
            Kind::Acknowledged => Event::Acknowledged {
                ticket: number,
                reason: reason(self.reason),
                properties,
            },
            Kind::SessionLost => Event::SessionLost { ticket: number },
            Kind::Unsendable => Event::Unsendable {
                ticket: number,
                refusal: Refusal::from_number(self.reason),
            },
            Kind::Subscribed => Event::Subscribed {
                subscription: number,
                reason: reason(self.reason),
                properties,
            },
            Kind::Unsubscribed => Event::Unsubscribed {
                subscription: number,
                reason: reason(self.reason),
                properties,
            },
            Kind::Disconnected => Event::Disconnected {
                reason: reason(self.reason),
                properties,
            },
            Kind::Violated => Event::Violated {
                reason: reason(self.reason),
                error: number
                    .checked_sub(1)
                    .and_then(|place| PacketError::ALL.get(place as usize).copied()),
            },
        }
    }
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
