//! MQTT 3.1.1 and 5.0, client side.
//!
//! * [`packet`] is the codec: bytes to packets and back, without copying and without state.
//! * [`topic`] says which topic filter matches which topic name.
//! * [`Mqtt`] is the client: a machine without I/O around a [`Session`](crate::session::Session), which keeps what is under
//!   way over breaks.
//!
//! ```text
//!                             commands                                     events
//!  connect   credentials ─► CONNECT, AUTH          CONNACK, AUTH, DISCONNECT ─► grants, what follows (dismissal)
//!  send      messages ────► PUBLISH, PUBREL        PUBACK, PUBREC, PUBCOMP ───► settled (flights)
//!  receive   PUBACK, PUBREC, PUBCOMP ◄────────────────────── PUBLISH, PUBREL ─► messages, each with its routes
//!  subscribe filters ─────► SUBSCRIBE, UNSUBSCRIBE       SUBACK, UNSUBACK ────► answered (subscriptions)
//!  session   heartbeat ───► PINGREQ                              PINGRESP ────► round trips
//! ```
//!
//! # Rules
//!
//! * Everything that [`Subprotocol`](crate::subprotocol::Subprotocol) says. One packet is read for each event that is polled, so
//!   that what comes out is in the order of the wire.
//! * The face answers [`Question::Credentials`](crate::session::Question::Credentials) with
//!   [`authenticate`](Mqtt::authenticate), and [`Output::Transmit`](crate::session::Output::Transmit) with
//!   [`transmit`](Mqtt::transmit). The restore step is the machine's.
//! * A message of QoS 1 or 2 is in the session's queue until the broker has answered it, and goes again after each break.
//!   Which packet identifier it has, and how far it has come, is here; what it says is the face's.
//! * What cannot be sent, the broker's answers and its violations are values with their reason codes.

pub mod packet;
pub mod topic;

mod aliases;
mod connect;
mod dismissal;
mod event;
mod flights;
mod grants;
mod ids;
mod machine;
mod options;
mod receive;
mod send;
mod state;
mod subscribe;
mod subscriptions;
#[cfg(test)]
mod tests;

pub use connect::Credentials;
pub use event::{Event, Message, Refusal, Span};
#[cfg(feature = "js-mqtt")]
pub(crate) use event::{Kind, Told};
pub use grants::Grants;
pub use machine::{Farewell, Mqtt};
pub use options::{LastWill, Options};
pub use send::Outgoing;
