//! The client: the owner of a connection, and the handles to it.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::broker::Broker;
use super::builder::Builder;
use super::message::Message;
use super::news::News;
use super::{Farewell, Grants, Version};
use crate::client::close::{CloseOptions, Closing};
use crate::client::dial::Endpoint;
use crate::client::error::{CloseError, ReauthenticateError};
use crate::client::protocol::{Connection, Engine, Events, connection_methods};
use crate::client::status::Status;
use crate::subprotocol::Subprotocol;

/// An MQTT client that stays connected; by [`Deref`] it does all that a [`Handle`] can. Dropped, it says goodbye (DISCONNECT),
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

    /// What the broker grants, as of the last connection that it has accepted.
    pub fn grants(&self) -> Grants {
        let live = self.connection.live();
        live.map_or_else(Grants::default, |it| it.driver().machine(|it| *it.grants()))
    }

    /// The client identifier, which may be one that the broker has given.
    pub fn client_id(&self) -> String {
        let live = self.connection.live();
        live.map_or_else(String::new, |it| {
            it.driver().machine(|it| it.options().client_id.clone())
        })
    }

    /// The version of the protocol.
    pub fn version(&self) -> Version {
        let live = self.connection.live();
        live.map_or(Version::V5, |it| {
            it.driver().machine(|it| it.options().version)
        })
    }

    /// Acknowledges a message, with [`manual_acknowledgements`](Builder::manual_acknowledgements). False if that was done
    /// before, it came at QoS 0, or the connection has ended, after which the broker sends the message again.
    pub fn acknowledge(&self, message: &Message) -> bool {
        match (self.connection.live(), message.packet_id) {
            (Some(engine), Some(id)) => engine.driver().command(|it, _| it.acknowledge(id)),
            _ => false,
        }
    }

    /// Brings new credentials to the open connection, by an enhanced authentication (MQTT 5.0, section 4.12.1). Where there is
    /// no connection, the next one brings new credentials anyway.
    ///
    /// # Errors
    ///
    /// See [`ReauthenticateError`]. The connection goes on, unless it was closed.
    pub async fn reauthenticate(&self) -> Result<(), ReauthenticateError> {
        let has_method = self.connection.live().is_some_and(|engine| {
            let driver = engine.driver();
            driver.machine(|it| it.options().authentication_method.is_some())
        });
        if !has_method {
            return Err(ReauthenticateError::NotConfigured);
        }
        self.connection.reauthenticate().await
    }

    /// Says DISCONNECT and closes until [`reconnect`](Self::reconnect). It happens at once; the future tells when it is done,
    /// which is within a second even over a dead link. The broker does not publish the will.
    pub fn close(&self) -> Closing {
        self.begin_close(CloseOptions::new().checked().unwrap_or_default())
    }

    /// The same with code and reason of the WebSocket, and time for the queue to leave and be answered: done within that and a
    /// second.
    ///
    /// # Errors
    ///
    /// [`CloseError::Code`] and [`CloseError::Reason`] for what a browser would refuse. Nothing is closed then.
    pub fn close_with(&self, options: CloseOptions) -> Result<Closing, CloseError> {
        Ok(self.begin_close(options.checked()?))
    }

    /// How the client will leave: with the will published all the same, or another session expiry. MQTT 5.0 only.
    pub fn set_farewell(&self, farewell: Farewell) {
        if let Some(engine) = self.connection.live() {
            engine.driver().command(|it, _| it.set_farewell(farewell));
        }
    }

    fn begin_close(&self, (code, reason, drain_ms): (u16, String, u64)) -> Closing {
        let closing = self.connection.closing();
        if let Some(engine) = self.connection.live() {
            engine.driver().command(|machine, now| {
                let session = machine.session_mut();
                session.close(now, Some(code), &reason, drain_ms);
            });
        }
        closing
    }
}
