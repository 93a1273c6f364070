//! A client of [JSON-RPC 2.0](https://www.jsonrpc.org/specification) servers, on a socket that comes back.
//!
//! ```text
//!   JsonRpc ──── Caller: call, notify, batch, subscribe, register      cheap clones, for any task
//!      │            │
//!      │           Hub: handlers, subscriptions, calls of the restore step     one for each socket
//!      ▼            ▼
//!   Socket<Outgoing, Incoming>: requests, heartbeat, authentication, restore, queue
//! ```
//!
//! ```
//! use tautline::jsonrpc::{CallError, Heartbeat, JsonRpc};
//!
//! # async fn tour() -> Result<(), Box<dyn std::error::Error>> {
//! let rpc = JsonRpc::builder("wss://example.com/rpc")
//!     .heartbeat(Heartbeat::method("ping")) // any answer is the pong, an error too
//!     .connect()?;
//! let sum: i64 = rpc.call("add", (1, 2)).await?;
//! match rpc.call::<i64>("divide", (1, 0)).await {
//!     Ok(quotient) => println!("{quotient}"),
//!     Err(CallError::Refused(error)) => println!("{} ({})", error.message(), error.code()),
//!     Err(error) => println!("{error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * A call waits in the queue where there is no connection, and has a [timeout](Calls::timeout). On a break it fails with
//!   [`RequestError::Unanswered`](super::RequestError::Unanswered) or, if it is [idempotent](Call::idempotent), is sent again
//!   with the same id. Dropped, it is taken back.
//! * Ids count up for the life of the socket, also over reconnections: a late reply never meets a newer call.
//! * Subscriptions are made again after a break, before anything that was queued, and their streams go on.
//! * What the server calls is carried out by [handlers](Caller::register). When the connection ends, their futures are
//!   dropped: over another one nobody would know what an answer belongs to.
//! * [`Caller::socket`] is the socket underneath, with its states, events and figures.
//!
//! Where there is no browser all of it compiles and is inert, as [`client`](super) says.

mod batch;
mod builder;
mod call;
mod caller;
mod error;
mod feed;
mod feeds;
mod hub;
mod restoring;
mod served;
mod settings;
mod subscription;

#[cfg(test)]
mod tests;

pub use batch::{Answer, Batch, SendBatch, SendingBatch};
pub use builder::Builder;
pub use call::{Call, Calling};
pub use caller::{Caller, JsonRpc};
pub use error::{CallError, NotifyError, SubscriptionError};
pub use restoring::Restoring;
pub use settings::{Auth, CallId, Calls, Heartbeat};
pub use subscription::{Subscribe, Subscribing, Subscription};

pub use crate::subprotocol::jsonrpc::{Incoming, JsonRpcError, Outgoing, Params, ParamsError};
