//! What the clients of subprotocols have in common: the connection with its states, options and events. What they say over
//! it is in [`mqtt`](super::mqtt) and [`stomp`](super::stomp).
//!
//! ```text
//!   Client ──► Connection ──► Engine ──► Driver ──► Mqtt, Stomp ──► Session
//!                                 ▲         │
//!                                 └─ Link ◄─┘  face: endpoint, retry, status, events
//!                                     │
//!                                     └─► Protocol: credentials, messages on their way out, what the broker says
//! ```

mod connection;
mod events;
mod link;
mod settings;

use std::rc::Rc;

pub use events::{Event, Events};

pub(super) use connection::{Connection, connection_methods};
pub(super) use link::{Engine, Link};
pub(super) use settings::{Settings, settings_methods};

use super::steps::DialContext;
use crate::codec::{Codec, CodecError, Payload, PayloadRef};
use crate::session::{DropReason, Generation, Progress, StateName, Ticket};
use crate::subprotocol::Subprotocol;

/// What a protocol adds to the connection. No method is called while anything is borrowed.
pub(super) trait Protocol: Sized + 'static {
    /// Its machine.
    type Machine: Subprotocol;
    /// What it tells the application.
    type News: Clone + 'static;

    /// CONNECT is due, or new credentials are.
    fn connect(link: &Link<Self>, generation: Generation, context: DialContext);
    /// The message of this ticket is to leave: its frame, or none if the machine writes it.
    fn transmit(link: &Link<Self>, ticket: Ticket) -> Option<Rc<Payload>>;
    /// A message is given up.
    fn dropped(link: &Link<Self>, ticket: Ticket, reason: DropReason, progress: Progress);
    /// The machine tells something.
    fn tell(link: &Link<Self>, event: <Self::Machine as Subprotocol>::Event);
    /// Another state has been entered.
    fn entered(link: &Link<Self>, state: StateName);
    /// A time that was asked for may have come.
    fn look(link: &Link<Self>);
    /// The client is gone.
    fn end(&self);
}

/// Reads a body by a codec. Brokers need not know whether it is text: a codec that expects the other kind gets it as that,
/// where it can be.
pub(super) fn decode<Out, In>(
    body: &[u8],
    is_text: bool,
    codec: &dyn Codec<Out, In>,
) -> Result<In, CodecError> {
    let bytes = PayloadRef::Binary(body);
    let Some(text) = std::str::from_utf8(body).ok().map(PayloadRef::Text) else {
        return codec.decode(bytes);
    };
    if is_text {
        return match codec.decode(text) {
            Err(CodecError::UnexpectedText) => codec.decode(bytes),
            read => read,
        };
    }
    match codec.decode(bytes) {
        Err(CodecError::UnexpectedBinary) => codec.decode(text),
        read => read,
    }
}

/// What has a client that lives.
pub(super) type Live<P> = Rc<Engine<P>>;
