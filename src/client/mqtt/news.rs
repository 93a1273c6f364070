//! What the broker tells about the connection.

use std::fmt;
use std::rc::Rc;

use super::error::PublishError;
use super::message::Message;
use super::publish::Publish;
use crate::subprotocol::mqtt::packet::{PacketError, Properties, PropertyId, ReasonCode};

/// A failure as the broker puts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason code (MQTT 5.0, section 2.4); of an MQTT 3.1.1 broker the one that says the same.
    pub reason: ReasonCode,
    /// The reason in words; empty for none.
    pub text: String,
}

impl Refusal {
    pub(super) fn new(reason: ReasonCode, properties: Properties<'_>) -> Self {
        let text = properties.text(PropertyId::ReasonString);
        Refusal {
            reason,
            text: text.unwrap_or_default().into(),
        }
    }
}

impl From<ReasonCode> for Refusal {
    fn from(reason: ReasonCode) -> Self {
        Refusal::new(reason, Properties::NONE)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.name())?;
        if !self.text.is_empty() {
            f.write_str(": ")?;
            f.write_str(&self.text)?;
        }
        Ok(())
    }
}

/// What MQTT tells beside states and failures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum News {
    /// The broker has accepted the connection; [`Handle::grants`](super::Handle::grants) says what it grants.
    Connected {
        /// Whether it has kept the session.
        session_present: bool,
    },
    /// The broker has refused the connection.
    Refused(Refusal),
    /// The broker has ended the connection.
    Disconnected(Refusal),
    /// The broker has broken the protocol: the connection was closed with 4002.
    Violated {
        /// What was told to it.
        reason: ReasonCode,
        /// What was wrong with the packet; `None` if it was well formed and came at the wrong time.
        error: Option<PacketError>,
    },
    /// The broker has not taken a subscription again, after a break: its streams have ended.
    SubscriptionLost {
        /// The topic filter.
        filter: String,
        /// Why.
        refusal: Refusal,
    },
    /// A message has come that belongs to no subscription of this client: to one of an earlier client with the same identifier,
    /// or to one that has just ended.
    Unrouted(Rc<Message>),
    /// A message that nobody waits for was given up.
    Dropped {
        /// The message.
        message: Rc<Publish>,
        /// Why.
        error: PublishError,
    },
}
