//! A client of MQTT 5.0 and 3.1.1 brokers, on a connection that comes back.
//!
//! ```text
//!   Client ──── Handle: publish, subscribe, request, publisher …     cheap clones, for any task
//!      │
//!      ├── Subscription: Stream<Item = Result<Message, Invalid>>      ended by drop
//!      └── Publisher<T>: Sink<T>, one topic, one codec
//! ```
//!
//! ```
//! use tautline::mqtt::{Client, Publish, QoS, Subscribe};
//!
//! # async fn tour() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("wss://broker.example.com/mqtt")
//!     .credentials("kitchen", "secret")
//!     .will(Publish::new("status/kitchen", "gone").qos(QoS::AtLeastOnce).retain())
//!     .connect()?;
//! let mut lights = client.subscribe(Subscribe::to("home/+/light").qos(QoS::AtLeastOnce)).await?;
//! client.publish(Publish::new("home/kitchen/light", "on").qos(QoS::ExactlyOnce)).await?; // the broker has it
//! while let Some(Ok(message)) = lights.next().await {
//!     println!("{}: {:?}", message.topic, message.text());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * What is published waits in the queue where there is no connection. At QoS 1 and 2 it stays until the broker has answered,
//!   over as many connections as that takes: at QoS 1 it may be doubled, at QoS 2 not.
//! * Subscriptions are made again exactly when the broker has lost the session, before anything that was queued; their streams
//!   go on.
//! * Typed payloads: [`Subscription::decode`] and [`Handle::publisher`] take any [`Codec`](crate::codec::Codec).
//! * Reason codes of failures are errors: [`PublishError::Refused`], [`SubscribeError::Refused`], and [`News`] for what the
//!   broker says about the connection. What follows from that is decided as for every socket, by cause.
//! * Dropping the [`Client`] says goodbye, closes the connection and frees all it took.
//!
//! Where there is no browser all of it compiles and is inert, as [`client`](super) says.

mod broker;
mod builder;
mod client;
mod error;
mod message;
mod news;
mod publish;
mod publisher;
mod request;
mod subscribe;
mod typed;

#[cfg(test)]
mod tests;

pub use builder::{Builder, Credentials};
pub use client::{Client, Handle};
pub use error::{ConnectError, PublishError, RequestError, SubscribeError};
pub use message::Message;
pub use news::{News, Refusal};
pub use publish::{Acknowledgement, Publish};
pub use publisher::{Publisher, PublisherError};
pub use subscribe::{Subscribe, Subscription};
pub use typed::{Decoded, Typed};

pub use super::protocol::{Event, Events};
pub use crate::subprotocol::mqtt::packet::{
    PacketError, PropertyId, QoS, ReasonCode, RetainHandling, Value, Version,
};
pub use crate::subprotocol::mqtt::{Farewell, Grants};
