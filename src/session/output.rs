//! What the session orders and tells. The shell polls until nothing is left.

use super::Millis;
use super::cause::Cause;
use super::news::Generation;
use super::outbox::{DropReason, Progress, Ticket};
use super::state::State;

/// An order to the shell, or an event for the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask the provider; its answer comes back as news of this generation.
    Ask(Question, Generation),
    /// Ask the user's retry function, and answer with [`Session::advise`](super::Session::advise) at once.
    AskRetry {
        /// What happened.
        cause: Cause,
        /// The retry that would follow, from 1.
        attempt: u32,
    },
    /// Dial. Whatever socket was there before has been abandoned.
    Dial(Generation),
    /// Hand the message of this ticket to the native socket.
    Transmit(Ticket),
    /// Send a ping with this id.
    Ping(u32),
    /// Answer the ping that has just been received.
    Pong,
    /// Start the closing handshake, with [`Session::farewell_reason`](super::Session::farewell_reason), and go on
    /// listening for its end.
    Close {
        /// The code, if any.
        code: Option<u16>,
    },
    /// Take the handlers off the native socket, close it, and never wait for it.
    Abandon {
        /// The code, if any.
        code: Option<u16>,
    },
    /// Tell the application.
    Notify(Event),
}

/// What a provider is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// URL and subprotocols of an attempt.
    Url {
        /// Retries in a row so far; 0 is the first dial.
        attempt: u32,
    },
    /// The message with the credentials.
    Credentials,
    /// To restore subscriptions on the new connection.
    Restore(Opening),
}

/// What a new connection follows on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Whether there was a connection before.
    pub reconnected: bool,
    /// How long there was none, in milliseconds.
    pub downtime_ms: Millis,
    /// Messages handed to the previous connection that no pong has confirmed.
    pub unconfirmed: u32,
}

/// An event for the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The state changed.
    State {
        /// The new state.
        state: State,
        /// The break that led here, if one did.
        cause: Option<Cause>,
    },
    /// The connection is open. Follows the state's own event.
    Opened(Opening),
    /// A message is given up; with how far it had come.
    Dropped(Ticket, DropReason, Progress),
    /// A pong shows that the server has received the message.
    Confirmed(Ticket),
    /// The server said yes to new credentials for the open connection.
    Renewed,
    /// New credentials for the open connection could not be had, or were not answered in time. It goes on.
    RenewalFailed,
    /// A round trip was measured, in milliseconds.
    Latency(u32),
    /// The server did not select any of the subprotocols it was offered.
    ProtocolNotSelected,
}
