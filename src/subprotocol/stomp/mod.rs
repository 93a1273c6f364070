//! [STOMP](https://stomp.github.io/) 1.2, 1.1 and 1.0: the client's side, without I/O.
//!
//! ```text
//!               Question::Credentials         CONNECTED            SUBSCRIBE …, one each
//!  handshake ──► authenticating ── CONNECT ──► (yes) ──► restoring ──────────────────────► open ──► SEND, ACK, …
//!                       │                                                                    │
//!                       └── ERROR about credentials: refused      ERROR: broken off ◄────────┤
//!                           another ERROR: broken off      close(): DISCONNECT, RECEIPT ◄────┘
//! ```
//!
//! * CONNECT is the session's authentication step, and subscribing again its restore step: nothing but CONNECT leaves
//!   before CONNECTED, and the queue leaves after the subscriptions.
//! * Heart-beats are agreed in CONNECTED, and are the session's: a line end leaves in time, and silence is judged.
//! * A frame with a receipt is a message of the session's outbox that awaits an acknowledgement.
//! * ACK, NACK and what belongs to a transaction are bound to the connection: over another one they are refused.
//! * What a broker does against the specification is a [`Violation`], and ends the connection with 4002; what exceeds a
//!   [limit](Limits) with 4009.

mod config;
mod frames;
mod headers;
mod machine;
mod parser;
mod received;
mod refusal;
mod subscription;
mod version;
mod violation;
mod writer;

#[cfg(test)]
mod tests;

pub use config::StompConfig;
pub use frames::{Draft, FrameError, Verb};
pub use headers::{HeaderError, Headers, Pairs, value_of};
pub use machine::{Answers, Stomp, StompEvent};
pub use parser::{Command, Escapes, Frame, Limits, Parser, Span};
pub use subscription::{AckMode, SubscriptionId};
pub use version::{Version, Versions};
pub use violation::Violation;
#[cfg(feature = "js-stomp")]
pub(crate) use {config::prepare, machine::say_goodbye};
