#![doc = include_str!("../README.md")]
//!
//! # What is where
//!
//! ```text
//!   Builder ──use_socket──► UseSocket ──┬── state, latency, last, invalid, error    signals
//!                                       ├── on_message, on_invalid, on_event        called for each, in order
//!                                       └── send, sender, open, close, reconnect    from any event handler
//! ```
//!
//! * [`use_socket`] ties a socket to the component that calls it: it starts after the component is mounted, and is dropped
//!   with it, which closes the connection and frees everything.
//! * [`UseSocket`] is [`Copy`]. Its methods may be called at any time, also when the component is gone.
//! * Signals tell what is now: they skip what came between two renderings. [`UseSocket::on_message`] skips nothing.
//! * On a server nothing is built, dialled or kept: signals show [`State::Idle`] and nothing received, so that the HTML
//!   agrees with the first rendering in the browser.
//!
//! [`State::Idle`]: tautline::client::State::Idle

mod core;
mod latest;
mod socket;
#[cfg(test)]
mod tests;

pub use latest::{Latest, LatestGuard};
pub use socket::{UseSocket, use_socket};

/// The first steps of the documentation compile, too.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/getting-started/rust-leptos.md")]
pub struct FirstSteps;
