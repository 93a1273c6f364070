//! The errors, and what the broker tells. None shows a body, a passcode or a query string, whatever it is formatted with.

use std::fmt;
use std::rc::Rc;

use super::message::Message;
use super::publish::Publish;
use crate::client::error::{ClosedError, ConfigError};
use crate::session::{DropReason, Progress};
use crate::subprotocol::stomp::{FrameError, HeaderError, Version, Violation};

/// Why a client could not be made: a mistake in what the builder was told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The connection cannot be as it was asked for.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A header of CONNECT cannot be written.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

/// ERROR as the broker has sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct ErrorFrame {
    /// Its header `message`; empty for none.
    pub message: String,
    /// Its body, which says more.
    pub body: String,
}

/// The body is not shown: it may repeat what was sent.
impl fmt::Debug for ErrorFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorFrame")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ErrorFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a message was not published, or another frame not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// A header has no name, or holds what the version of the connection cannot write. Correct it.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The broker has answered with ERROR, and ended the connection.
    #[error("the broker refused the message: {0}")]
    Refused(ErrorFrame),
    /// It belongs to a transaction whose connection is over: begin another one.
    #[error("the transaction's connection is over")]
    Stale,
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
    #[error("no receipt in time")]
    Timeout {
        /// Whether it had left.
        is_sent: bool,
    },
    /// The connection ended before the receipt, and the frame does not go again: it may have arrived.
    #[error("sent, and not confirmed: it may have arrived")]
    Unconfirmed,
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
            DropReason::Unconfirmed | DropReason::Unanswered => PublishError::Unconfirmed,
            DropReason::Closed | DropReason::Encode => PublishError::Closed { is_sent },
        }
    }
}

impl From<FrameError> for PublishError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Header => PublishError::Header(HeaderError),
            _ => PublishError::Stale,
        }
    }
}

/// Why a message was not acknowledged, or not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// Its connection or its subscription is over: the broker delivers it again.
    #[error("the connection or the subscription of the message is over: it comes again")]
    Stale,
    /// The subscription acknowledges by itself: subscribe with another [`AckMode`](super::AckMode).
    #[error("the subscription acknowledges by itself")]
    Auto,
    /// It has been acknowledged already, by itself or with a later one.
    #[error("the message has been acknowledged already")]
    Settled,
    /// STOMP 1.0 has no NACK.
    #[error("STOMP 1.0 has no NACK")]
    Unsupported,
    /// The queue has no room for it.
    #[error("the queue is full")]
    QueueFull,
}

impl From<FrameError> for AckError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Auto => AckError::Auto,
            FrameError::Settled => AckError::Settled,
            FrameError::Unsupported => AckError::Unsupported,
            FrameError::Stale | FrameError::Header => AckError::Stale,
        }
    }
}

/// Why there is no subscription.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// A header has no name, or holds what the version of the connection cannot write.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Another subscription has this `id`.
    #[error("another subscription has this id")]
    Taken,
    /// The broker has answered with ERROR, and ended the connection.
    #[error("the broker refused the subscription: {0}")]
    Refused(ErrorFrame),
    /// The client was closed before the broker answered.
    #[error(transparent)]
    Closed(#[from] ClosedError),
    /// The client is gone.
    #[error("the client is gone")]
    Gone,
}

/// What STOMP tells beside states and failures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum News {
    /// The broker has accepted the connection.
    Connected {
        /// The version that both speak.
        version: Version,
        /// What the broker calls itself; empty if it does not say.
        server: String,
    },
    /// The broker has sent ERROR, and ends the connection.
    Failed(ErrorFrame),
    /// The broker has broken the protocol, and the connection was closed with 4002; or a limit, and it was closed with 4009.
    Violated(Violation),
    /// A message has come that belongs to no subscription of ours, as the replies that RabbitMQ sends to `reply-to`.
    Unrouted(Rc<Message>),
    /// A message that nobody waits for was given up.
    Dropped {
        /// The message.
        message: Rc<Publish>,
        /// Why.
        error: PublishError,
    },
}
