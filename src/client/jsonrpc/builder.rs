//! What a client is told before it starts.

use std::future::Future;
use std::rc::{Rc, Weak};

use super::caller::JsonRpc;
use super::hub::Hub;
use super::restoring::{Restoring, UserRestore};
use super::settings::{Auth, CallId, Calls, Heartbeat};
use crate::client::builder::Builder as SocketBuilder;
use crate::client::dial::Endpoint;
use crate::client::error::{BoxError, ConfigError, Invalid};
use crate::client::requests::Requests;
use crate::client::status::Follow;
use crate::subprotocol::jsonrpc::{Envelope, Incoming, Outgoing};

/// Everything a [`JsonRpc`] can be told before it starts. All of it is optional.
#[must_use = "nothing happens before connect()"]
pub struct Builder {
    socket: SocketBuilder<Outgoing, Incoming, Envelope>,
    heartbeat: Option<Heartbeat>,
    auth: Option<Auth>,
    restore: Option<UserRestore>,
    calls: Calls,
    on_invalid: Option<Box<dyn Fn(Invalid)>>,
}

impl Builder {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Builder {
            socket: SocketBuilder::new(endpoint).codec(Envelope),
            heartbeat: None,
            auth: None,
            restore: None,
            calls: Calls::new(),
            on_invalid: None,
        }
    }

    /// Tells the socket underneath what JSON-RPC leaves open: backoff, queue, subprotocols, timeouts, limits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tautline::jsonrpc::JsonRpc;
    ///
    /// let builder = JsonRpc::builder("wss://example.com/rpc")
    ///     .socket(|it| it.backoff(Duration::from_secs(1), Duration::from_secs(10)).max_attempts(5));
    /// ```
    pub fn socket(
        mut self,
        tell: impl FnOnce(
            SocketBuilder<Outgoing, Incoming, Envelope>,
        ) -> SocketBuilder<Outgoing, Incoming, Envelope>,
    ) -> Self {
        self.socket = tell(self.socket);
        self
    }

    /// How both sides know that the other is there. Default: they do not.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }

    /// The authentication step right after the handshake. Default: none.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// How many calls wait for how long.
    pub fn calls(mut self, calls: Calls) -> Self {
        self.calls = calls;
        self
    }

    /// Runs on each connection, the first too, after authentication, before subscriptions are made again and before what was
    /// queued. Where it fails, the attempt failed.
    ///
    /// ```
    /// use tautline::jsonrpc::{CallError, JsonRpc};
    ///
    /// let builder = JsonRpc::builder("wss://example.com/rpc").restore(|restoring| async move {
    ///     restoring.call::<bool>("join", ("lobby",)).await?;
    ///     Ok::<_, CallError>(())
    /// });
    /// ```
    pub fn restore<F, Fut, E>(mut self, act: F) -> Self
    where
        F: Fn(Restoring) -> Fut + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: Into<BoxError>,
    {
        self.restore = Some(Box::new(move |restoring| {
            let done = act(restoring);
            Box::pin(async move { done.await.map_err(Into::into) })
        }));
        self
    }

    /// Takes what was received and is no message of JSON-RPC, or a reply that nothing waits for. Default: it is left alone.
    pub fn on_invalid(mut self, take: impl Fn(Invalid) + 'static) -> Self {
        self.on_invalid = Some(Box::new(take));
        self
    }

    /// Makes the client, which dials by itself. Never waits; where there is no browser, it stays idle.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what cannot be.
    pub fn connect(self) -> Result<JsonRpc, ConfigError> {
        let hub = Rc::new(Hub::new(self.on_invalid));
        let mut socket = self.socket.requests(requests(self.calls, &hub));
        if let Some(heartbeat) = self.heartbeat {
            socket = socket.heartbeat(heartbeat.of_socket());
        }
        if let Some(auth) = self.auth {
            socket = socket.auth(auth.of_socket());
        }
        let (restorer, receiver) = (Rc::clone(&hub), Rc::clone(&hub));
        let restore = self.restore;
        let socket = socket
            .restore(move |restoring| {
                let own = Restoring::new(&restorer, restoring);
                let user = restore.as_ref().map(|act| act(own.clone()));
                let hub = Rc::clone(&restorer);
                async move {
                    if let Some(user) = user {
                        user.await?;
                    }
                    hub.subscribe_again(&own).await
                }
            })
            .on_message(move |message| match message {
                Ok(incoming) => receiver.receive(incoming),
                Err(invalid) => receiver.tell_invalid(invalid),
            })
            .connect()?;
        hub.start(socket.sender());
        let follower = Rc::downgrade(&hub);
        socket.status.set_follower(follower as Weak<dyn Follow>);
        Ok(JsonRpc::new(socket, Rc::downgrade(&hub)))
    }
}

/// How replies find their calls.
fn requests(calls: Calls, hub: &Rc<Hub>) -> Requests<Outgoing, Incoming> {
    let ids = Rc::downgrade(hub);
    let requests = Requests::new(
        move |incoming: &Incoming| ids.upgrade()?.ticket_of(incoming),
        Outgoing::stamp,
    )
    .max(calls.max)
    .timeout(calls.timeout);
    let Some((method, params)) = calls.cancel else {
        return requests;
    };
    let batches = Rc::downgrade(hub);
    requests.cancel(move |number| {
        let note = |place| match params(CallId { number, place }) {
            Ok(params) => Some(Outgoing::notification(&method, params)),
            Err(_) => None,
        };
        match batches.upgrade().and_then(|it| it.batches.places(number)) {
            // What cannot be written is an empty batch, which is not sent.
            None => note(None).unwrap_or_else(Outgoing::batch),
            Some(places) => {
                let mut all = Outgoing::batch();
                for note in places.into_iter().filter_map(|place| note(Some(place))) {
                    all.push(&method, note.into_params(), false);
                }
                all
            }
        }
    })
}
