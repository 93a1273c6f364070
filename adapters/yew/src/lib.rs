#![doc = include_str!("../README.md")]
//!
//! # What is where
//!
//! ```text
//!   Builder ──use_socket──► UseSocketHandle ──┬── state, latency, error              as of this rendering
//!                                             ├── send, sender, open, close …        from any callback
//!                                             └── use_last_message                   renders with each new message
//!                                                 use_on_message, use_on_invalid,    called for each, in order
//!                                                 use_on_event
//! ```
//!
//! * [`use_socket`] ties a socket to the component that calls it: it starts after the first rendering, is replaced when the
//!   dependencies change, and is dropped with the component, which closes the connection and frees everything.
//! * The component is rendered again when the state or the latency changes, and not for messages: a component that shows
//!   the last one asks for that with [`use_last_message`].
//! * Renderings skip what comes between two of them. [`use_on_message`] skips nothing.
//! * On a server effects do not run, so nothing is dialled: a handle shows [`State::Idle`] and nothing received, so that the
//!   HTML agrees with the first rendering in the browser.
//!
//! [`State::Idle`]: tautline::client::State::Idle

mod core;
mod handle;
mod hooks;
#[cfg(test)]
mod tests;

pub use handle::UseSocketHandle;
pub use hooks::{use_last_message, use_on_event, use_on_invalid, use_on_message, use_socket};

/// The first steps of the documentation compile, too.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/getting-started/rust-yew.md")]
pub struct FirstSteps;
