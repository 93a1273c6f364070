//! The client, and the handle that calls.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::rc::Weak;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::batch::Batch;
use super::builder::Builder;
use super::call::Call;
use super::error::NotifyError;
use super::hub::Hub;
use super::served;
use super::subscription::Subscribe;
use crate::client::close::Closing;
use crate::client::dial::Endpoint;
use crate::client::sender::{SendStatus, Sender};
use crate::client::socket::Socket;
use crate::subprotocol::jsonrpc::{Incoming, JsonRpcError, Outgoing, Params};

/// A client of a JSON-RPC 2.0 server: by [`Deref`] all that a [`Caller`] can do, and the owner of the connection. Dropped,
/// it closes it and frees everything.
///
/// ```
/// use tautline::jsonrpc::JsonRpc;
///
/// # async fn tour() -> Result<(), Box<dyn std::error::Error>> {
/// let rpc = JsonRpc::builder("wss://example.com/rpc").connect()?;
/// let sum: i64 = rpc.call("add", (1, 2)).await?;
/// rpc.notify("log", ["added"])?;
/// # Ok(())
/// # }
/// ```
pub struct JsonRpc {
    #[expect(dead_code, reason = "it is what keeps the connection alive")]
    socket: Socket<Outgoing, Incoming>,
    caller: Caller,
}

impl JsonRpc {
    /// Begins to build a client for an address: `ws:`, `wss:`, `http:`, `https:`, or relative to the page.
    pub fn builder(endpoint: impl Into<Endpoint>) -> Builder {
        Builder::new(endpoint.into())
    }

    pub(super) fn new(socket: Socket<Outgoing, Incoming>, hub: Weak<Hub>) -> Self {
        let caller = Caller {
            sender: socket.sender(),
            hub,
        };
        JsonRpc { socket, caller }
    }

    /// A handle for other tasks and callbacks. It does not keep the connection alive.
    pub fn caller(&self) -> Caller {
        self.caller.clone()
    }
}

impl Deref for JsonRpc {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl fmt::Debug for JsonRpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonRpc")
            .field("state", &self.socket().state())
            .finish_non_exhaustive()
    }
}

/// A handle of a [`JsonRpc`] that everything is done with: cheap to clone, for as many tasks and callbacks as need one. It
/// does not keep the connection alive.
#[derive(Clone)]
pub struct Caller {
    sender: Sender<Outgoing, Incoming>,
    /// The engine's, and gone with it: the application's handlers are there, and may hold a caller.
    pub(super) hub: Weak<Hub>,
}

impl Caller {
    /// The socket underneath: its state and events, `reconnect()`, `pause()`, `reauthenticate()`, `stats()`.
    pub fn socket(&self) -> &Sender<Outgoing, Incoming> {
        &self.sender
    }

    /// Calls a method of the server: a list of parameters by position, an object by name, or `()` for none.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tautline::jsonrpc::{CallError, Caller};
    /// # async fn tour(rpc: Caller) -> Result<(), CallError> {
    /// let sum = rpc.call::<i64>("add", (1, 2)).timeout(Duration::from_secs(5)).await?;
    /// let now = rpc.call::<u64>("now", ()).idempotent().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError`](super::CallError): the server's error, no answer, or a result of another type.
    pub fn call<R>(&self, method: &str, params: impl Serialize) -> Call<R> {
        Call::new(&self.sender, method, Params::new(&params))
    }

    /// Tells the server something that has no answer, or queues it. Never waits.
    ///
    /// # Errors
    ///
    /// [`NotifyError`] gives the parameters back.
    pub fn notify(&self, method: &str, params: impl Serialize) -> Result<SendStatus, NotifyError> {
        let message = Outgoing::notification(method, Params::new(&params)?);
        let sent = self.sender.try_send(message);
        Ok(sent.map_err(|error| error.map(Outgoing::into_params))?)
    }

    /// Begins a batch: calls that travel in one frame.
    pub fn batch(&self) -> Batch {
        Batch::new(self.clone())
    }

    /// Subscribes in the style of jsonrpsee and of Ethereum's nodes: the call gives an id, and notifications with
    /// `{"subscription":id,"result":value}` follow. After a break it is made again, before anything that was queued.
    ///
    /// ```
    /// # use tautline::jsonrpc::{CallError, Caller};
    /// # async fn tour(rpc: Caller) -> Result<(), CallError> {
    /// let ticks = rpc.subscribe::<u64>("subscribe_ticks", ()).unsubscribe("unsubscribe_ticks").await?;
    /// while let Some(tick) = ticks.next().await {
    ///     match tick {
    ///         Ok(tick) => println!("{tick}"),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`call`](Caller::call). A refusal after a break ends the stream, with the error.
    pub fn subscribe<T>(&self, method: &str, params: impl Serialize) -> Subscribe<T> {
        Subscribe::new(self.clone(), method, Params::new(&params))
    }

    /// Carries out what the server calls, or tells with a notification: one handler a method, the newest. A method without
    /// one is answered with -32601, parameters of another type with -32602, a result that has no form in JSON with -32603.
    /// What is returned to a notification goes nowhere. Without parameters, a handler takes `()` or an empty list.
    ///
    /// The future is dropped when the connection ends that the call came over. At most 1,024 calls are carried out at a time;
    /// more are answered with -32000.
    ///
    /// ```
    /// use tautline::jsonrpc::{Caller, JsonRpcError};
    ///
    /// # fn tour(rpc: Caller) {
    /// rpc.register("confirm", |(text,): (String,)| async move {
    ///     if text.is_empty() {
    ///         return Err(JsonRpcError::new(JsonRpcError::INVALID_PARAMS, "there is no text"));
    ///     }
    ///     Ok(true)
    /// });
    /// # }
    /// ```
    pub fn register<P, R, F, Fut>(&self, method: impl Into<String>, handler: F)
    where
        P: DeserializeOwned + 'static,
        R: Serialize + 'static,
        F: Fn(P) -> Fut + 'static,
        Fut: Future<Output = Result<R, JsonRpcError>> + 'static,
    {
        if let Some(hub) = self.hub.upgrade() {
            hub.served
                .set(method.into(), Some(served::handler(handler)));
        }
    }

    /// Takes the handler of a method away, if it has one.
    pub fn unregister(&self, method: impl Into<String>) {
        if let Some(hub) = self.hub.upgrade() {
            hub.served.set(method.into(), None);
        }
    }

    /// Closes the socket until `socket().reconnect()`: calls that wait fail, and subscriptions end.
    pub fn close(&self) -> Closing {
        self.sender.close()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("state", &self.sender.state())
            .finish_non_exhaustive()
    }
}
