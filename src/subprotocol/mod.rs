//! Protocols of their own on top of a WebSocket, each a machine without I/O around a [`Session`].
//!
//! ```text
//!  commands, facts ──► ┌──────────────── Subprotocol ───────────────┐ ──► Output::Frame    hand it to the native socket
//!                      │            ┌─────────┐                     │
//!  received frames ──► │ decoder ──►│ Session │──► encoder, tables  │ ──► Output::Session  do what the session orders
//!                      │            └─────────┘                     │ ──► Output::Event    tell the application
//!                      └────────────────────────────────────────────┘
//! ```
//!
//! # Rules
//!
//! * The session decides about connections, causes, queue and heartbeat, here as everywhere. The machine translates: a
//!   session's order that means something else in the protocol comes out as frames, everything else as it is.
//! * Commands and facts that the protocol has no part in go straight into [`session_mut`](Subprotocol::session_mut).
//! * After each call, drain [`poll_output`](Subprotocol::poll_output), never the session's own.
//! * The session hears of every frame first: only what [`Session::heard`] says to deliver goes to
//!   [`handle_frame`](Subprotocol::handle_frame).
//! * A payload on its way out is the face's. What arrives is in the machine's buffer until the next frame.

#[cfg(feature = "jsonrpc")]
pub mod jsonrpc;
#[cfg(feature = "mqtt-machine")]
pub mod mqtt;
#[cfg(feature = "stomp-machine")]
pub mod stomp;

use crate::session::{self, Generation, Millis, Progress, Session, Ticket};

/// A machine that speaks a protocol of its own over the connections of a [`Session`].
///
/// A plain session is one as well, which says nothing of its own:
///
/// ```
/// use tautline::session::{Config, Session};
/// use tautline::subprotocol::{Output, Subprotocol};
///
/// fn outputs<M: Subprotocol>(machine: &mut M) -> usize {
///     machine.session_mut().open(0);
///     core::iter::from_fn(|| machine.poll_output()).count()
/// }
///
/// // The state that changed, and the question for the address.
/// assert_eq!(outputs(&mut Session::new(Config::default(), 42)), 2);
/// ```
pub trait Subprotocol {
    /// What it tells the application besides the session's own events.
    type Event;

    /// The session inside.
    fn session(&self) -> &Session;

    /// The same, for commands and facts that the protocol has no part in.
    fn session_mut(&mut self) -> &mut Session;

    /// Takes a frame that has arrived, after the session has said [`Heard::Deliver`](session::Heard::Deliver).
    fn handle_frame(&mut self, now: Millis, generation: Generation, frame: FrameRef<'_>);

    /// The next order or event; `None` when there is nothing left to do until something comes in.
    fn poll_output(&mut self) -> Option<Output<Self::Event>>;

    /// Takes back a message, see [`Session::withdraw`]: by this, because the protocol may have begun with it.
    fn withdraw(&mut self, now: Millis, ticket: Ticket) -> Option<Progress> {
        self.session_mut().withdraw(now, ticket)
    }
}

/// An order to the shell, or an event for the application.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<E> {
    /// What the session orders or tells.
    Session(session::Output),
    /// Hand this frame to the native socket now. Nothing happens if there is none.
    Frame(OutFrame),
    /// What the protocol tells.
    Event(E),
}

/// A frame that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameRef<'a> {
    /// A text frame of RFC 6455, section 5.6.
    Text(&'a str),
    /// A binary frame.
    Bytes(&'a [u8]),
}

/// A frame to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutFrame {
    /// A text frame of RFC 6455, section 5.6.
    Text(String),
    /// A binary frame.
    Bytes(Vec<u8>),
}

impl<'a> FrameRef<'a> {
    /// The bytes, of text in UTF-8.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            FrameRef::Text(text) => text.as_bytes(),
            FrameRef::Bytes(bytes) => bytes,
        }
    }
}

/// The event of a machine that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvent {}

impl Subprotocol for Session {
    type Event = NoEvent;

    fn session(&self) -> &Session {
        self
    }

    fn session_mut(&mut self) -> &mut Session {
        self
    }

    fn handle_frame(&mut self, _: Millis, _: Generation, _: FrameRef<'_>) {}

    fn poll_output(&mut self) -> Option<Output<NoEvent>> {
        Session::poll_output(self).map(Output::Session)
    }
}
