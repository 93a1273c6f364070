//! A WebSocket that stays taut: it notices dead connections, comes back in the way that fits the cause, and keeps what is
//! sent meanwhile.
//!
//! ```text
//! native WebSocket ⇄ transport (shell) ⇄ session (pure core) ⇄ face ⇄ application
//! ```
//!
//! * [`session`] is the engine: a state machine without I/O, clock, random source or payload. It compiles for every
//!   target. Begin with [`session::Session`], whose module shows all states in one picture.
//! * `transport` (feature `transport`, on by default, on `wasm32` only) is the shell for browsers: a native socket, one
//!   timer, the signals of page and network, and `Driver`, which joins them with a session and a `Face` of yours.
//!
//! The npm package `tautline` has the same session behind a shell of its own, in TypeScript.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "codec")]
pub mod codec;
pub mod session;
#[cfg(feature = "transport")]
pub mod transport;
#[cfg(feature = "typescript")]
pub mod typescript;

#[cfg(feature = "client")]
pub use client::{Auth, Heartbeat, Receiver, Requests, Sender, Socket};
#[cfg(feature = "typescript")]
pub use typescript::typescript_client;

#[cfg(all(target_arch = "wasm32", feature = "js"))]
mod js;
