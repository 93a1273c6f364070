//! Protocols on top of a WebSocket, each a pure machine without I/O.

#[cfg(feature = "mqtt")]
pub mod mqtt;
