//! The client: the owner of a connection, and the handles to it.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::Version;
use super::broker::Broker;
use super::builder::Builder;
use super::error::News;
use crate::client::close::{CloseOptions, Closing};
use crate::client::dial::Endpoint;
use crate::client::error::CloseError;
use crate::client::protocol::{Connection, Engine, Events, connection_methods};
use crate::client::status::Status;

/// A STOMP client that stays connected; by [`Deref`] it does all that a [`Handle`] can. Dropped, it says goodbye (DISCONNECT),
/// closes the connection and frees everything.
pub struct Client {
    handle: Handle,
    _engine: Rc<Engine<Broker>>,
}

impl Client {
    /// Begins to build a client of the broker at an address: `ws:`, `wss:`, `http:`, `https:`, or relative to the page.
    pub fn builder(endpoint: impl Into<Endpoint>) -> Builder {
        Builder::new(endpoint.into())
    }

    pub(super) fn new(engine: Rc<Engine<Broker>>, status: Rc<Status>) -> Self {
        Client {
            handle: Handle {
                connection: Connection {
                    engine: Rc::downgrade(&engine),
                    status,
                },
            },
            _engine: engine,
        }
    }

    /// A handle for other tasks and callbacks. It does not keep the connection alive.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Deref for Client {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// A way to a [`Client`], for any task. Cheap to clone; it does not keep the client alive.
#[derive(Clone)]
pub struct Handle {
    pub(super) connection: Connection<Broker>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl Handle {
    connection_methods!(News);

    /// The version of the connection, if there is one.
    pub fn version(&self) -> Option<Version> {
        let engine = self.connection.live()?;
        engine.driver().machine(|machine| machine.version())
    }

    /// Says DISCONNECT, waits up to a second for its receipt, and closes until [`reconnect`](Self::reconnect).
    pub fn close(&self) -> Closing {
        self.begin_close(CloseOptions::new().checked().unwrap_or_default())
    }

    /// The same with code and reason of the WebSocket, and time for the queue to leave and receipts to come: done within that
    /// and two seconds.
    ///
    /// # Errors
    ///
    /// [`CloseError::Code`] and [`CloseError::Reason`] for what a browser would refuse. Nothing is closed then.
    pub fn close_with(&self, options: CloseOptions) -> Result<Closing, CloseError> {
        Ok(self.begin_close(options.checked()?))
    }

    fn begin_close(&self, (code, reason, drain_ms): (u16, String, u64)) -> Closing {
        let closing = self.connection.closing();
        if let Some(engine) = self.connection.live() {
            engine
                .driver()
                .command(|machine, now| machine.close(now, Some(code), &reason, drain_ms));
        }
        closing
    }
}
