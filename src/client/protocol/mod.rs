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
    /// The message of this ticket is to be given to the machine.
    fn transmit(link: &Link<Self>, ticket: Ticket);
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

/// What has a client that lives.
pub(super) type Live<P> = Rc<Engine<P>>;
