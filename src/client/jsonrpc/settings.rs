//! What a client is told of heartbeat, authentication and calls.

use std::future::Future;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use super::error::read;
use crate::client::auth::Auth as SocketAuth;
use crate::client::error::BoxError;
use crate::client::heartbeat::{Heartbeat as SocketHeartbeat, Pong};
use crate::client::steps::{DialContext, Provider, provider};
use crate::subprotocol::jsonrpc::{
    Incoming, Json, Message, Outgoing, OwnId, Params, ParamsError, Reply, ReplyTo,
};

/// The heartbeat: a call whose answer, an error too, is the pong.
///
/// ```
/// use std::time::Duration;
/// use tautline::jsonrpc::Heartbeat;
///
/// let heartbeat = Heartbeat::method("rpc.ping").every(Duration::from_secs(20));
/// ```
#[derive(Clone, Debug)]
pub struct Heartbeat {
    method: String,
    params: Params,
    interval: Duration,
    hidden_interval: Duration,
}

impl Heartbeat {
    /// Calls this method after 25 s of silence, of 50 s while the page is hidden.
    pub fn method(method: impl Into<String>) -> Self {
        Heartbeat {
            method: method.into(),
            params: Params::default(),
            interval: Duration::from_secs(25),
            hidden_interval: Duration::from_secs(50),
        }
    }

    /// Its parameters. Default none.
    ///
    /// # Errors
    ///
    /// [`ParamsError`], if they are none.
    pub fn params(mut self, params: impl Serialize) -> Result<Self, ParamsError> {
        self.params = Params::new(&params)?;
        Ok(self)
    }

    /// After how much silence. Most proxies cut after 60 s. Default 25 s.
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The same while the page is hidden. Default 50 s, and never less than the interval.
    pub fn hidden_every(mut self, interval: Duration) -> Self {
        self.hidden_interval = interval;
        self
    }

    pub(super) fn of_socket(self) -> SocketHeartbeat<Outgoing, Incoming> {
        let Heartbeat { method, params, .. } = self;
        SocketHeartbeat::every(self.interval)
            .hidden_every(self.hidden_interval)
            .ping_with(move |id| Outgoing::with_id(&method, params.clone(), OwnId::Beat(id)))
            .pong_with(|incoming: &Incoming| match lone(incoming)?.to {
                ReplyTo::Beat(id) => Some(Pong::Of(id)),
                _ => None,
            })
    }
}

/// The reply that a frame holds alone.
fn lone(incoming: &Incoming) -> Option<&Reply> {
    match incoming {
        Incoming::One(Message::Reply(reply)) => Some(reply),
        _ => None,
    }
}

type Accept = Box<dyn Fn(&Json) -> bool>;
type ExpiresIn = Box<dyn Fn(&Json) -> Option<Duration>>;

/// The authentication step: a call that is made on each connection, and nothing leaves before its answer.
///
/// ```
/// use tautline::jsonrpc::Auth;
///
/// # async fn fresh_token() -> Result<String, std::io::Error> { Ok("secret".into()) }
/// let auth = Auth::call("login", |_| async { Ok::<_, std::io::Error>([fresh_token().await?]) })
///     .accept(|is_welcome: bool| is_welcome);
/// ```
pub struct Auth {
    method: String,
    params: Provider<Params>,
    accept: Option<Accept>,
    expires_in: Option<ExpiresIn>,
    is_insecure: bool,
}

impl Auth {
    /// Calls this method; the function gives its parameters, anew for each connection and each renewal. Where it fails, the
    /// attempt failed.
    pub fn call<F, Fut, P, E>(method: impl Into<String>, params: F) -> Self
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<P, E>> + 'static,
        P: Serialize,
        E: Into<BoxError>,
    {
        let params = move |context| {
            let params = params(context);
            async move {
                let params = params.await.map_err(Into::into)?;
                Ok::<_, BoxError>(Params::new(&params)?)
            }
        };
        Auth {
            method: method.into(),
            params: provider(params),
            accept: None,
            expires_in: None,
            is_insecure: false,
        }
    }

    /// Reads the result: true is a yes. A result of another type is a no, and so is an error always. Default: any result is
    /// a yes.
    pub fn accept<T: DeserializeOwned>(mut self, accept: impl Fn(T) -> bool + 'static) -> Self {
        self.accept = Some(Box::new(move |result| read(result).is_ok_and(&accept)));
        self
    }

    /// How long the credentials hold from the yes on. They are renewed on the open connection in time.
    pub fn expires_in(self, holds: Duration) -> Self {
        self.expires_in_with(move |_: serde::de::IgnoredAny| Some(holds))
    }

    /// The same, read from the result.
    pub fn expires_in_with<T: DeserializeOwned>(
        mut self,
        holds: impl Fn(T) -> Option<Duration> + 'static,
    ) -> Self {
        self.expires_in = Some(Box::new(move |result| holds(read(result).ok()?)));
        self
    }

    /// Lets credentials travel over `ws:` to other machines too. Default no: loopback only.
    pub fn insecure(mut self) -> Self {
        self.is_insecure = true;
        self
    }

    pub(super) fn of_socket(self) -> SocketAuth<Outgoing, Incoming> {
        let Auth { method, params, .. } = self;
        let accept = self.accept.unwrap_or_else(|| Box::new(|_| true));
        let message = move |context| {
            let (method, params) = (method.clone(), params(context));
            async move { Ok::<_, BoxError>(Outgoing::with_id(&method, params.await?, OwnId::Auth)) }
        };
        let mut auth =
            SocketAuth::message(message).accept(move |incoming: &Incoming| {
                match &answer(incoming)?.outcome {
                    Ok(result) => Some(accept(result)),
                    Err(_) => Some(false),
                }
            });
        if let Some(holds) = self.expires_in {
            auth = auth.expires_in_with(move |incoming| {
                let result = answer(incoming)?.outcome.as_ref().ok()?;
                holds(result)
            });
        }
        if self.is_insecure {
            auth = auth.insecure();
        }
        auth
    }
}

/// The answer to the credentials.
fn answer(incoming: &Incoming) -> Option<&Reply> {
    lone(incoming).filter(|it| it.to == ReplyTo::Auth)
}

type MakeCancel = Box<dyn Fn(CallId) -> Result<Params, ParamsError>>;

/// How many calls wait for how long, and what is said to the server of those that nobody waits for.
///
/// ```
/// use std::time::Duration;
/// use tautline::jsonrpc::Calls;
///
/// let calls = Calls::new().timeout(Duration::from_secs(5)).cancel("cancel", |id| [id]);
/// ```
pub struct Calls {
    pub(super) max: u32,
    pub(super) timeout: Duration,
    pub(super) cancel: Option<(String, MakeCancel)>,
}

impl Default for Calls {
    fn default() -> Self {
        Calls::new()
    }
}

impl Calls {
    /// At most 1,024, for at most 30 s; the server is not told.
    pub fn new() -> Self {
        Calls {
            max: 1_024,
            timeout: Duration::from_secs(30),
            cancel: None,
        }
    }

    /// Calls and batches that may wait at a time. Default 1,024.
    pub fn max(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// How long a call may take, waiting to leave included. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The notification that tells the server that nobody waits any more, such as `$/cancelRequest`: sent when a call that
    /// was sent is dropped or takes too long, and once for each call of a batch. The function makes its parameters.
    pub fn cancel<P: Serialize>(
        mut self,
        method: impl Into<String>,
        params: impl Fn(CallId) -> P + 'static,
    ) -> Self {
        let params = move |id| Params::new(&params(id));
        self.cancel = Some((method.into(), Box::new(params)));
        self
    }
}

/// The id of a call as the server knows it: a number, or a text for a call of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId {
    pub(super) number: u32,
    /// The place in the batch.
    pub(super) place: Option<u32>,
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.place {
            None => serializer.serialize_u32(self.number),
            Some(place) => {
                let mut text = self.number.to_string();
                text.push('.');
                text.push_str(&place.to_string());
                serializer.serialize_str(&text)
            }
        }
    }
}
