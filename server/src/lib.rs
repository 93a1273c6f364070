//! The server behind tautline's demo and its browser tests.
//!
//! It serves static files, speaks WebSocket below `/ws/`, and misbehaves when asked to: `README.md` beside
//! this crate is the protocol page. A tour, in the order a connection takes:
//!
//! 1. [`Server`] owns the listener; every accepted TCP stream becomes a `FaultStream` (`stream.rs`) whose
//!    `Switch` can stall or reset it at any moment, whatever HTTP or WebSocket code sits on top.
//! 2. `files.rs` and `api.rs` answer plain HTTP.
//! 3. `upgrade.rs` takes a WebSocket request through the control windows (`policy.rs`) and the faults of its
//!    query (`fault.rs`), enters it in the `Registry` and hands the open socket to `driver.rs`.
//! 4. The driver runs one loop per socket; what is said on it is decided by an endpoint (`endpoints/`).
//! 5. `control.rs` reaches into living connections from outside.
//! 6. `doubles.rs` knows which messages came before; `records.rs` keeps that and more over a restart.

mod api;
mod config;
mod connection;
mod control;
mod doubles;
mod driver;
mod endpoints;
mod fault;
mod files;
mod limits;
mod market;
mod mqtt;
mod params;
mod policy;
mod pongs;
mod records;
mod registry;
mod rooms;
mod rpc;
mod server;
mod stream;
mod switch;
mod upgrade;
mod wire;

pub use config::{Config, Mount, USAGE};
pub use server::Server;

/// The servers of the guides compile, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/authentication.md")]
pub struct Authentication;

/// The servers of the guides compile, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/heartbeats-and-proxies.md")]
pub struct Heartbeats;

/// The servers of the guides compile, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/reconnection.md")]
pub struct Reconnection;
