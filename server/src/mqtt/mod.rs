//! An MQTT broker in memory: 3.1.1 and 5.0, QoS 0 to 2, retained messages, wills, persistent and shared subscriptions.
//!
//! Bytes, packet identifiers and acknowledgements are the business of `mqtt-protocol-core`; here is what a broker adds to
//! that. It has no I/O and one lock, which [`crate::endpoints`] takes for each frame. Everything is bounded, see
//! [`crate::limits`], and gone with the process.

mod broker;
mod connect;
mod filter;
mod link;
mod message;
mod session;
mod subscriptions;

pub use broker::{Broker, LinkId, Output};
