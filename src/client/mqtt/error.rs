//! The errors. None shows a message, a password or a query string, whatever it is formatted with.

use crate::client::error::{ClosedError, ConfigError};
use crate::session::{DropReason, Progress};
use crate::subprotocol::mqtt::packet::PacketError;

use super::news::Refusal;

/// Why a client could not be made: a mistake in what the builder was told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The connection cannot be as it was asked for.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// CONNECT cannot be written: client identifier, will, user name or properties are too long or hold U+0000.
    #[error("CONNECT cannot be written: {0}")]
    Packet(#[from] PacketError),
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// It cannot be written: the topic, a property, or the size. Correct it.
    #[error("the message cannot be written: {0}")]
    Packet(#[from] PacketError),
    /// The broker does not take it: see the reason code.
    #[error("the broker refused the message: {0}")]
    Refused(Refusal),
    /// The queue is full: wait for room with a [`Publisher`](super::Publisher), or see [`Queue`](crate::client::Queue).
    #[error("the queue is full")]
    QueueFull,
    /// It is larger than the whole queue.
    #[error("the message is larger than the whole queue")]
    TooLarge,
    /// It expired before it could leave.
    #[error("the message expired before it could leave")]
    Expired,
    /// The time is over. If it was sent, it may have arrived.
    #[error("not acknowledged in time")]
    Timeout {
        /// Whether it had left.
        is_sent: bool,
    },
    /// The broker had the message at QoS 2, and lost the session before it said that it passed it on. Sent again it might be
    /// doubled.
    #[error("the broker lost the session: the message may have been passed on")]
    SessionLost,
    /// The client was closed for good. If the message was sent, it may have arrived.
    #[error("the client is closed")]
    Closed {
        /// Whether it had left.
        is_sent: bool,
    },
}

impl PublishError {
    pub(super) fn of(reason: DropReason, progress: Progress) -> Self {
        let is_sent = progress != Progress::Queued;
        match reason {
            DropReason::QueueFull | DropReason::TooManyRequests | DropReason::Replaced => {
                PublishError::QueueFull
            }
            DropReason::TooLarge => PublishError::TooLarge,
            DropReason::Expired => PublishError::Expired,
            DropReason::Timeout => PublishError::Timeout { is_sent },
            DropReason::Closed
            | DropReason::Encode
            | DropReason::Unconfirmed
            | DropReason::Unanswered => PublishError::Closed { is_sent },
        }
    }
}

/// Why there is no subscription.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The filter is none (MQTT 5.0, section 4.7), or an option or property is not for it.
    #[error("the subscription cannot be written: {0}")]
    Packet(#[from] PacketError),
    /// The broker does not take it: see the reason code.
    #[error("the broker refused the subscription: {0}")]
    Refused(Refusal),
    /// The client was closed before the broker answered.
    #[error(transparent)]
    Closed(#[from] ClosedError),
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The response topic could not be subscribed to.
    #[error("the response topic could not be subscribed to: {0}")]
    Subscribe(#[from] SubscribeError),
    /// The request was not published.
    #[error("the request was not published: {0}")]
    Publish(#[from] PublishError),
    /// No response came in time. The request may have been carried out.
    #[error("no response in time")]
    Timeout,
    /// MQTT 3.1.1 has neither response topics nor correlation data: use version 5.0.
    #[error("requests need MQTT 5.0")]
    Version,
    /// The client was closed for good.
    #[error(transparent)]
    Closed(#[from] ClosedError),
}
