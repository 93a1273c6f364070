//! The errors, one type for each operation. Where a message was not taken, its error gives it back. None shows a message,
//! a token or a query string, whatever it is formatted with.

use std::error::Error;
use std::fmt;
use std::rc::Rc;

use crate::codec::{CodecError, Payload};
use crate::session::{ClosedWhy, DropReason, Progress};

use super::cause::Cause;

/// An error of the application's own code.
pub type BoxError = Box<dyn Error>;

/// Why a socket could not be made: a mistake in what the builder was told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address is none of a WebSocket: give a `ws:`, `wss:`, `http:` or `https:` URL, or a path in a page.
    #[error(
        "the address is none of a WebSocket: give a ws: or wss: URL; a relative one needs a page"
    )]
    Url,
    /// Subprotocols are distinct tokens (RFC 6455, section 4.1): letters, digits and some signs, no spaces.
    #[error("subprotocols must be distinct tokens without spaces or separators")]
    Protocols,
    /// A duration is zero where that means nothing: give one of at least a millisecond.
    #[error("{0} must be at least a millisecond")]
    ZeroDuration(&'static str),
    /// At-least-once is confirmed by pongs: configure a heartbeat with a ping and a pong, and leave room in the queue.
    #[error("at-least-once needs a heartbeat with ping and pong, and room in the queue")]
    DeliveryNeedsHeartbeat,
    /// A pong without a ping, or an interval without either: give the heartbeat a ping, or what the server pings with.
    #[error("the heartbeat has neither a ping nor an answer to the server's")]
    HeartbeatWithoutPing,
}

/// What was received and is no message. The connection goes on, and so does the stream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The frame is of the wrong kind, or holds no message: see the source. The peer's mistake, or the types differ.
    #[error("a frame that is no message")]
    Frame {
        /// What the frame held.
        payload: Payload,
        /// Why it is no message.
        source: CodecError,
    },
    /// A reply that no request waits for: it is late, doubled, or to nobody.
    #[error("a reply that no request waits for")]
    Unmatched {
        /// What the frame held.
        payload: Payload,
    },
    /// The stream was read too slowly, and the oldest messages were dropped here: read faster, raise
    /// [`high_water_mark`](super::Builder::high_water_mark), or take messages with [`on_message`](super::Builder::on_message).
    #[error("{missed} messages were dropped here: the stream is read too slowly")]
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// The connection is closed for good: [`Sender::reconnect`](super::Sender::reconnect) opens it, as long as the socket lives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the socket is closed ({})", why.name())]
pub struct ClosedError {
    /// Why.
    pub why: ClosedWhy,
    /// What ended the last connection or attempt, if one was under way.
    pub cause: Option<Cause>,
}

/// Why a goodbye was refused. Nothing was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// Browsers close with 1000 or 3000 to 4999 only.
    #[error("the close code must be 1000 or 3000 to 4999")]
    Code,
    /// A close reason takes at most 123 bytes.
    #[error("the close reason must be at most 123 bytes of UTF-8")]
    Reason,
}

/// Why new credentials did not come to be.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReauthenticateError {
    /// No authentication step was configured: see [`Builder::auth`](super::Builder::auth).
    #[error("there is no authentication step")]
    NotConfigured,
    /// The provider of credentials failed. The connection goes on.
    #[error("the provider of credentials failed")]
    Provider(#[source] Rc<dyn Error>),
    /// The server did not answer in time. The connection goes on.
    #[error("the server did not answer the credentials in time")]
    Timeout,
    /// The socket was closed for good.
    #[error(transparent)]
    Closed(#[from] ClosedError),
}

/// Why the restore step could not send a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The message could not be encoded.
    #[error("the message could not be encoded")]
    Encode(#[source] CodecError),
    /// The step is over: it took too long, or the connection ended. The next one brings a step of its own.
    #[error("the restore step is over")]
    Over,
}

/// What went wrong with an attempt or a connection, for who wants to know: the socket goes on by itself.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The handshake failed. Browsers hide why.
    #[error("not connected: server down, HTTP 401, 403 or 503, a proxy, or no common subprotocol")]
    Refused,
    /// Not open in time, see [`Builder::connect_timeout`](super::Builder::connect_timeout).
    #[error("not open in time")]
    ConnectTimeout,
    /// The server refused the credentials: check the token.
    #[error("credentials refused: check the token")]
    Unauthorized,
    /// A frame was above [`Builder::max_message_size`](super::Builder::max_message_size).
    #[error("a received frame was above the limit")]
    TooLarge,
    /// `ws:` is not allowed here: use `wss:`.
    #[error("ws: is refused by require_secure, auth or as mixed content: use wss:")]
    Insecure,
    /// The server selected none of the subprotocols that it was offered.
    #[error("no subprotocol selected: check protocols")]
    ProtocolNotSelected,
    /// A provider gave an address that is none of a WebSocket, or subprotocols that are none.
    #[error("the provider's address or subprotocols are not valid")]
    Endpoint(#[source] ConfigError),
    /// A provider of the application failed.
    #[error("a provider failed")]
    Provider(#[source] Rc<dyn Error>),
    /// The restore step failed.
    #[error("the restore step failed")]
    Restore(#[source] Rc<dyn Error>),
    /// New credentials for the open connection were not answered in time.
    #[error("the server did not answer new credentials in time")]
    RenewalTimeout,
    /// A ping, its answer or the credentials could not be encoded.
    #[error("a message of the protocol could not be encoded")]
    Encode(#[source] Rc<CodecError>),
}

/// Declares an error about a message: each variant that has the message gives it back.
macro_rules! message_error {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident { $($field:ident: $type:ty $(as $fmeta:meta)?),* },)+ }
    ) => {
        $(#[$meta])*
        #[derive(thiserror::Error)]
        #[non_exhaustive]
        pub enum $name<Out> {
            $($(#[$vmeta])* $variant {
                /// The message.
                message: Out,
                $(#[doc = "More about it."] $(#[$fmeta])? $field: $type,)*
            },)+
        }

        impl<Out> $name<Out> {
            /// Gives the message back.
            pub fn into_message(self) -> Out {
                match self { $($name::$variant { message, .. } => message,)+ }
            }

            /// The same about what a message was made of.
            #[cfg(feature = "jsonrpc")]
            #[allow(dead_code, reason = "not every operation has such a message")]
            pub(super) fn map<T>(self, of: impl FnOnce(Out) -> T) -> $name<T> {
                match self {
                    $($name::$variant { message, $($field),* } => {
                        $name::$variant { message: of(message), $($field),* }
                    })+
                }
            }
        }

        /// Names the variant. The message is not shown: it may hold anything.
        impl<Out> fmt::Debug for $name<Out> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant { .. } => stringify!($variant),)+ })
            }
        }
    };
}

message_error! {
    /// Why a message was not taken at once.
    pub enum TrySendError {
        /// The queue is full: wait for room with [`Sender::send`](super::Sender::send), or see
        /// [`Queue`](super::Queue).
        #[error("the queue is full")]
        Full {},
        /// It is larger than the whole queue.
        #[error("the message is larger than the whole queue")]
        TooLarge {},
        /// The socket is closed for good, or closing.
        #[error("the socket is closed")]
        Closed {},
        /// It could not be encoded.
        #[error("the message could not be encoded")]
        Encode { source: CodecError },
    }
}

message_error! {
    /// Why a message was not taken, though it was waited for.
    pub enum SendError {
        /// It is larger than the whole queue.
        #[error("the message is larger than the whole queue")]
        TooLarge {},
        /// The socket is closed for good, or closing.
        #[error("the socket is closed")]
        Closed {},
        /// It could not be encoded.
        #[error("the message could not be encoded")]
        Encode { source: CodecError },
    }
}

message_error! {
    /// Why a message was given up.
    pub enum DeliverError {
        /// The queue is full, or gave it up for a newer one.
        #[error("the queue is full")]
        QueueFull {},
        /// It is larger than the whole queue.
        #[error("the message is larger than the whole queue")]
        TooLarge {},
        /// The socket was closed before it left.
        #[error("the socket is closed")]
        Closed {},
        /// It could not be encoded.
        #[error("the message could not be encoded")]
        Encode { source: CodecError },
        /// It waited longer than its time to live, and never left.
        #[error("the message outlived its time before it could leave")]
        Expired {},
        /// A newer message with the same key took its place.
        #[error("a newer message has the same key")]
        Replaced {},
        /// The time is over. If it was sent, it may have arrived.
        #[error("not done in time")]
        Timeout { is_sent: bool },
        /// It was sent, and the connection ended before a pong confirmed it: it may have arrived.
        #[error("sent, and not confirmed: it may have arrived")]
        Unconfirmed {},
        /// Nothing confirms: configure a heartbeat with ping and pong.
        #[error("nothing can confirm it: configure a heartbeat with ping and pong")]
        NoHeartbeat {},
    }
}

message_error! {
    /// Why there is no reply.
    pub enum RequestError {
        /// The queue is full, or gave it up for a newer message.
        #[error("the queue is full")]
        QueueFull {},
        /// It is larger than the whole queue.
        #[error("the request is larger than the whole queue")]
        TooLarge {},
        /// Too many requests wait for their replies, see [`Requests::max`](super::Requests::max).
        #[error("too many requests wait for their replies")]
        TooManyRequests {},
        /// The socket was closed before it left.
        #[error("the socket is closed")]
        Closed {},
        /// It could not be encoded.
        #[error("the request could not be encoded")]
        Encode { source: CodecError },
        /// It waited longer than the queue lets messages wait, and never left.
        #[error("the request outlived its time before it could leave")]
        Expired {},
        /// The time is over. If it was sent, it may be done.
        #[error("no reply in time")]
        Timeout { is_sent: bool },
        /// It was sent, and the connection ended before the reply: it may be done. See
        /// [`Request::idempotent`](super::Request::idempotent).
        #[error("sent, and not answered: it may be done")]
        Unanswered {},
        /// No way to match replies was configured: see [`Builder::requests`](super::Builder::requests).
        #[error("requests are not configured")]
        NotConfigured {},
    }
}

impl<Out> DeliverError<Out> {
    pub(super) fn of(reason: DropReason, progress: Progress, message: Out) -> Self {
        let is_sent = progress != Progress::Queued;
        match reason {
            DropReason::QueueFull | DropReason::TooManyRequests => {
                DeliverError::QueueFull { message }
            }
            DropReason::TooLarge => DeliverError::TooLarge { message },
            DropReason::Expired => DeliverError::Expired { message },
            DropReason::Replaced => DeliverError::Replaced { message },
            DropReason::Timeout => DeliverError::Timeout { message, is_sent },
            DropReason::Unconfirmed | DropReason::Unanswered => {
                DeliverError::Unconfirmed { message }
            }
            DropReason::Closed | DropReason::Encode => DeliverError::Closed { message },
        }
    }
}

impl<Out> RequestError<Out> {
    pub(super) fn of(reason: DropReason, progress: Progress, message: Out) -> Self {
        let is_sent = progress != Progress::Queued;
        match reason {
            DropReason::QueueFull | DropReason::Replaced => RequestError::QueueFull { message },
            DropReason::TooManyRequests => RequestError::TooManyRequests { message },
            DropReason::TooLarge => RequestError::TooLarge { message },
            DropReason::Expired => RequestError::Expired { message },
            DropReason::Timeout => RequestError::Timeout { message, is_sent },
            DropReason::Unconfirmed | DropReason::Unanswered => {
                RequestError::Unanswered { message }
            }
            DropReason::Closed | DropReason::Encode => RequestError::Closed { message },
        }
    }
}

impl<Out> From<TrySendError<Out>> for SendError<Out> {
    /// What waits for room never meets a full queue.
    fn from(error: TrySendError<Out>) -> Self {
        match error {
            TrySendError::Full { message } | TrySendError::TooLarge { message } => {
                SendError::TooLarge { message }
            }
            TrySendError::Closed { message } => SendError::Closed { message },
            TrySendError::Encode { message, source } => SendError::Encode { message, source },
        }
    }
}
