//! A client of STOMP 1.2, 1.1 and 1.0 brokers, on a connection that comes back.
//!
//! ```text
//!   Client ──── Handle: publish, subscribe, ack, nack, begin …       cheap clones, for any task
//!      │
//!      ├── Subscription: Stream<Item = Result<Message, Invalid>>      ended by drop
//!      ├── Publisher<T>: Sink<T>, one destination, one codec
//!      └── Transaction: publish, ack, nack, commit                    aborted by drop
//! ```
//!
//! ```
//! use tautline::stomp::{AckMode, Client, Publish, Subscribe};
//!
//! # async fn tour() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("wss://broker.example.com/ws").login("guest", "guest").connect()?;
//! let jobs = client.subscribe(Subscribe::to("/queue/jobs").ack(AckMode::ClientIndividual)).await?;
//! client.publish(Publish::new("/queue/jobs", "sweep")).await?; // the broker has it: RECEIPT
//! while let Some(Ok(job)) = jobs.next().await {
//!     println!("{:?}", job.text());
//!     client.ack(&job)?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * [`Handle::publish`] asks for a receipt and waits for it; over a break the message goes again, and may be doubled.
//!   [`Handle::try_publish`] asks for none. Both wait in the queue where there is no connection.
//! * Subscriptions are made again on each connection, before anything that was queued; their streams go on.
//! * ACK, NACK and transactions belong to a connection: over another one they fail with
//!   [`AckError::Stale`] and [`PublishError::Stale`], and the broker delivers the message again.
//! * Heart-beats are agreed on with the broker: see [`Builder::heart_beat`].
//! * ERROR of the broker is [`News::Failed`], and an error of what it answers. What follows is decided as for every socket.
//! * Dropping the [`Client`] says goodbye, closes the connection and frees all it took.
//!
//! Where there is no browser all of it compiles and is inert, as [`client`](super) says.

mod broker;
mod builder;
mod client;
mod error;
mod message;
mod publish;
mod publisher;
mod subscribe;
mod transaction;
mod typed;

#[cfg(test)]
mod tests;

pub use builder::{Builder, Credentials};
pub use client::{Client, Handle};
pub use error::{AckError, ConnectError, ErrorFrame, News, PublishError, SubscribeError};
pub use message::Message;
pub use publish::Publish;
pub use publisher::{Publisher, PublisherError};
pub use subscribe::{Subscribe, Subscription};
pub use transaction::Transaction;
pub use typed::{Decoded, Typed};

pub use super::protocol::{Event, Events};
pub use crate::subprotocol::stomp::{AckMode, HeaderError, Version, Violation};
