//! The typed client for Rust applications.
//!
//! ```text
//!   Socket<Out, In> ──┬── Receiver: Stream<Item = Result<In, Invalid>>     keeps the connection alive
//!                     └── Sender:   Sink<Out>, deliver, request, events …  cheap clones, for any task
//! ```
//!
//! * [`Socket::builder`] takes what the connection is to be: [`Heartbeat`], [`Auth`], [`Builder::restore`], [`Requests`],
//!   [`Queue`], retries. [`Builder::connect`] makes it, and it dials and comes back by itself.
//! * Messages come out of the stream, or inside the browser's event with [`Builder::on_message`]. A frame that is none is
//!   an [`Invalid`] with the reason, and the stream goes on.
//! * Messages go in by [`Sender::try_send`], which never waits, [`Sender::send`], which waits for room,
//!   [`Sender::deliver`], which tells what became of it, and [`Sender::request`], which brings the reply.
//! * [`Sender::events`] tells the rest: states, latency, messages that were given up, failures.
//! * Dropping the `Socket`, or the `Receiver` it was split into, closes the connection and frees all it took.
//!
//! Where there is no browser all of this compiles and is inert: a socket stays [`State::Idle`], and what is sent is
//! queued. So an application that is rendered on a server needs no conditions.

#![cfg_attr(
    not(all(
        feature = "delivery",
        feature = "events",
        feature = "heartbeat",
        feature = "queue",
        feature = "steps"
    )),
    allow(dead_code, reason = "parts that are left out call nothing")
)]

#[cfg(feature = "steps")]
mod auth;
#[cfg(feature = "events")]
mod broadcast;
mod builder;
mod cause;
mod close;
#[cfg(feature = "delivery")]
mod deliver;
mod dial;
mod error;
#[cfg_attr(not(feature = "events"), path = "without/events.rs")]
mod events;
#[cfg_attr(not(feature = "delivery"), path = "without/fates.rs")]
mod fates;
mod fifo;
#[cfg_attr(not(feature = "heartbeat"), path = "without/heartbeat.rs")]
mod heartbeat;
mod inbox;
#[cfg(feature = "jsonrpc")]
pub mod jsonrpc;
#[cfg_attr(not(feature = "queue"), path = "without/keys.rs")]
mod keys;
#[cfg(feature = "lifecycle")]
mod lifecycle;
mod link;
mod listeners;
mod messages;
#[cfg(feature = "mqtt")]
pub mod mqtt;
mod opening;
mod outbox;
#[cfg(any(feature = "mqtt", feature = "stomp"))]
pub mod protocol;
mod queue;
#[cfg(feature = "delivery")]
mod request;
#[cfg(feature = "delivery")]
mod requests;
#[cfg(feature = "steps")]
mod restore;
#[cfg_attr(not(feature = "retry"), path = "without/retry.rs")]
mod retry;
mod sender;
mod sink;
mod socket;
mod state;
mod status;
#[cfg_attr(not(feature = "steps"), path = "without/steps.rs")]
mod steps;
#[cfg(feature = "stomp")]
pub mod stomp;
mod wakers;

#[cfg(test)]
mod tests;

#[cfg(feature = "steps")]
pub use auth::{Auth, Credentials};
pub use builder::{Builder, NoCodec};
pub use cause::Cause;
pub use close::{CloseOptions, Closing};
#[cfg(feature = "delivery")]
pub use deliver::{Deliver, Delivering, Until};
pub use dial::Endpoint;
pub use error::{
    BoxError, CloseError, ClosedError, ConfigError, DeliverError, Failure, Invalid,
    ReauthenticateError, RequestError, RestoreError, SendError, TrySendError,
};
#[cfg(feature = "events")]
pub use events::{Dropped, Event, Events};
#[cfg(feature = "heartbeat")]
pub use heartbeat::{Heartbeat, Pong};
#[cfg(feature = "queue")]
pub use keys::{Key, SendOptions};
pub use listeners::Listeners;
pub use opening::Opening;
pub use queue::Queue;
#[cfg(feature = "delivery")]
pub use request::{Request, Requesting};
#[cfg(feature = "delivery")]
pub use requests::Requests;
#[cfg(feature = "steps")]
pub use restore::Restoring;
pub use sender::{SendStatus, Sender};
pub use sink::SinkError;
pub use socket::{Receiver, Socket};
pub use state::State;
#[cfg(feature = "steps")]
pub use steps::DialContext;

pub use crate::session::{
    Action, Advice, CauseKind, ClosedWhy, Delivery, DropReason, Overflow, Preset, StateName, Stats,
    Suspended,
};

/// Milliseconds as the session takes them: at least one.
fn millis(duration: std::time::Duration) -> u64 {
    (duration.as_millis().min(u64::MAX.into()) as u64).max(1)
}
