//! What a client is told before it starts.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::broker::Broker;
use super::client::Client;
use super::error::ConnectError;
use super::publish::Outbox;
use super::subscribe::Subscribers;
use super::{HeaderError, Version};
use crate::client::dial::Endpoint;
use crate::client::error::BoxError;
use crate::client::protocol::{Engine, Settings, settings_methods};
use crate::client::status::Status;
use crate::client::steps::{DialContext, Provider, provider};
use crate::session::Auth;
use crate::subprotocol::stomp::{Headers, Stomp, StompConfig, Versions};
use crate::transport::{holds_dials_back, seed};

/// Who we are, as CONNECT says it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    headers: Vec<(String, String)>,
}

/// Nothing is shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// The headers `login` and `passcode`.
    pub fn new(login: impl Into<String>, passcode: impl Into<String>) -> Self {
        Credentials::default()
            .header("login", login)
            .header("passcode", passcode)
    }

    /// Another header, such as `authorization`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// After those of every CONNECT.
    pub(super) fn headers(&self, all: &Headers) -> Result<Headers, HeaderError> {
        let mut headers = all.clone();
        for (name, value) in &self.headers {
            headers.push(name, value)?;
        }
        Ok(headers)
    }
}

/// Everything a [`Client`] can be told before it starts. All is optional.
#[must_use = "nothing happens before connect()"]
pub struct Builder {
    settings: Settings,
    stomp: StompConfig,
    host: String,
    headers: Vec<(String, String)>,
    credentials: Option<Provider<Credentials>>,
}

impl Builder {
    settings_methods!();

    pub(super) fn new(endpoint: Endpoint) -> Self {
        let versions = [Version::V12, Version::V11, Version::V10];
        Builder {
            settings: Settings::new(endpoint, &versions.map(Version::subprotocol)),
            stomp: StompConfig::default(),
            host: "/".into(),
            headers: Vec::new(),
            credentials: None,
        }
    }

    /// Whether the frame STOMP asks for the connection, and not CONNECT: for servers of 1.1 and later that want it. Default false.
    pub fn stomp_frame(mut self, is_wanted: bool) -> Self {
        self.stomp.stomp_frame = is_wanted;
        self
    }

    /// The versions to offer. Default: all three.
    pub fn versions(mut self, versions: &[Version]) -> Self {
        self.stomp.versions = Versions::of(versions);
        self
    }

    /// The virtual host. Default `/`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Login and passcode.
    pub fn login(self, login: impl Into<String>, passcode: impl Into<String>) -> Self {
        let credentials = Credentials::new(login, passcode);
        self.credentials_with(move |_| {
            let credentials = credentials.clone();
            async move { Ok::<_, std::convert::Infallible>(credentials) }
        })
    }

    /// Asks for the credentials anew for each connection. Where that fails, the attempt has failed. Refused once, they are
    /// asked for once more.
    pub fn credentials_with<F, Fut, E>(mut self, ask: F) -> Self
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<Credentials, E>> + 'static,
        E: Into<BoxError>,
    {
        self.credentials = Some(provider(ask));
        self
    }

    /// Another header of CONNECT.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What we offer to send and ask the broker to send, at least so often; zero offers or asks for nothing. The broker may
    /// want it more seldom. Default 10 s each.
    pub fn heart_beat(mut self, outgoing: Duration, incoming: Duration) -> Self {
        let millis = |it: Duration| it.as_millis().min(u32::MAX.into()) as u32;
        self.stomp.outgoing_ms = millis(outgoing);
        self.stomp.incoming_ms = millis(incoming);
        self
    }

    /// Makes the client, which dials by itself. Never waits; where there is no browser, it stays idle.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] names what cannot be.
    pub fn connect(mut self) -> Result<Client, ConnectError> {
        self.settings.check()?;
        let mut headers = Headers::new();
        headers.push("host", &self.host)?;
        for (name, value) in &self.headers {
            headers.push(name, value)?;
        }
        let config = &mut self.settings.config;
        config.patient_dials = holds_dials_back();
        config.auth = if self.settings.is_insecure || self.credentials.is_none() {
            Auth::AllowInsecure
        } else {
            Auth::Secure
        };
        let machine = Stomp::new(config.clone(), self.stomp, seed());
        machine.write_connect(&headers)?;
        let broker = Broker {
            headers,
            credentials: self.credentials,
            high_water_mark: self.settings.high_water_mark,
            outbox: Outbox::default(),
            subscribers: Subscribers::default(),
            transactions: Cell::new(0),
        };
        let status = Status::new();
        let engine = Engine::start(machine, self.settings, broker, Rc::clone(&status));
        Ok(Client::new(engine, status))
    }
}
