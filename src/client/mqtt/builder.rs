//! What a client is told before it starts.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::broker::Broker;
use super::client::Client;
use super::error::ConnectError;
use super::publish::{Outbox, Publish};
use super::request::Requests;
use super::subscribe::Subscribers;
use super::{PacketError, PropertyId, Value, Version};
use crate::client::dial::Endpoint;
use crate::client::error::BoxError;
use crate::client::protocol::{Engine, Settings, settings_methods};
use crate::client::status::Status;
use crate::client::steps::{DialContext, LocalFuture, Provider, provider};
use crate::session::Auth;
use crate::subprotocol::mqtt::{self, Mqtt, Options};
use crate::transport::{holds_dials_back, seed};

/// Who we are, as CONNECT says it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    user_name: Option<String>,
    password: Option<Vec<u8>>,
    data: Option<Vec<u8>>,
}

/// Nothing is shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// A user name and a password; a token is often the password.
    pub fn new(user_name: impl Into<String>, password: impl Into<Vec<u8>>) -> Self {
        Credentials {
            user_name: Some(user_name.into()),
            password: Some(password.into()),
            data: None,
        }
    }

    /// A password alone, as MQTT 5.0 allows it.
    pub fn token(password: impl Into<Vec<u8>>) -> Self {
        Credentials {
            password: Some(password.into()),
            ..Credentials::default()
        }
    }

    /// What an enhanced authentication begins with, see [`Builder::authentication`].
    pub fn data(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.data = Some(data.into());
        self
    }

    pub(super) fn as_credentials(&self) -> mqtt::Credentials<'_> {
        mqtt::Credentials {
            user_name: self.user_name.as_deref(),
            password: self.password.as_deref(),
            data: self.data.as_deref(),
        }
    }
}

/// Answers a challenge of the broker.
pub(super) type Authenticate = Box<dyn Fn(Vec<u8>) -> LocalFuture<Result<Vec<u8>, BoxError>>>;
/// Makes an address of a server reference.
pub(super) type Redirect = Box<dyn Fn(&str) -> Option<Endpoint>>;

/// Everything a [`Client`] can be told before it starts. All is optional.
#[must_use = "nothing happens before connect()"]
pub struct Builder {
    settings: Settings,
    options: Options,
    credentials: Option<Provider<Credentials>>,
    authenticate: Option<Authenticate>,
    redirect: Option<Redirect>,
    wrong: Option<PacketError>,
}

impl Builder {
    settings_methods!();

    pub(super) fn new(endpoint: Endpoint) -> Self {
        Builder {
            settings: Settings::new(endpoint, &["mqtt"]),
            options: Options::default(),
            credentials: None,
            authenticate: None,
            redirect: None,
            wrong: None,
        }
    }

    /// The version of the protocol. Default 5.0.
    pub fn version(mut self, version: Version) -> Self {
        self.options.version = version;
        self
    }

    /// The client identifier. Default: the broker gives one, which is then kept.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.options.client_id = id.into();
        self
    }

    /// User name and password.
    pub fn credentials(self, user_name: impl Into<String>, password: impl Into<Vec<u8>>) -> Self {
        let credentials = Credentials::new(user_name, password);
        self.credentials_with(move |_| {
            let credentials = credentials.clone();
            async move { Ok::<_, std::convert::Infallible>(credentials) }
        })
    }

    /// Asks for the credentials anew for each connection, and for each
    /// [`reauthenticate`](super::Handle::reauthenticate). Where that fails, the attempt has failed. Refused once, they are asked for once more.
    pub fn credentials_with<F, Fut, E>(mut self, ask: F) -> Self
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<Credentials, E>> + 'static,
        E: Into<BoxError>,
    {
        self.credentials = Some(provider(ask));
        self
    }

    /// An enhanced authentication (MQTT 5.0, section 4.12): its method, and what answers the broker's challenges. It begins
    /// with [`Credentials::data`].
    pub fn authentication<F, Fut, E>(mut self, method: impl Into<String>, answer: F) -> Self
    where
        F: Fn(Vec<u8>) -> Fut + 'static,
        Fut: Future<Output = Result<Vec<u8>, E>> + 'static,
        E: Into<BoxError>,
    {
        self.options.authentication_method = Some(method.into());
        self.authenticate = Some(Box::new(move |challenge| {
            let answer = answer(challenge);
            Box::pin(async move { answer.await.map_err(Into::into) })
        }));
        self
    }

    /// Whether a session that the broker has kept from before is thrown away when the client connects first. Default yes.
    /// Later connections go on with the session, where the broker keeps one.
    pub fn clean_start(mut self, is_clean: bool) -> Self {
        self.options.clean_start = is_clean;
        self
    }

    /// How long the broker keeps the session after the connection has ended, in whole seconds; [`Duration::MAX`] is for ever.
    /// Default 300 s. MQTT 5.0 only.
    pub fn session_expiry(mut self, expiry: Duration) -> Self {
        self.options.session_expiry_s = expiry.as_secs().min(u32::MAX.into()) as u32;
        self
    }

    /// Something is sent at least so often, in whole seconds up to 65,535; zero switches that off. Default 60 s. The broker's
    /// own wish goes first.
    pub fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.options.keep_alive_s = keep_alive.as_secs().min(u16::MAX.into()) as u16;
        self
    }

    /// Pings after so much silence of the broker. Default 25 s, and 50 s while the page is hidden.
    pub fn ping_after(mut self, silence: Duration) -> Self {
        let silence = self.settings.positive("ping_after", silence);
        self.settings.config.heartbeat.interval_ms = Some(silence);
        self
    }

    /// How many messages of QoS 1 and 2 the broker may have under way to us. Default: no limit. MQTT 5.0 only.
    pub fn receive_maximum(mut self, messages: u16) -> Self {
        self.options.receive_maximum = messages.max(1);
        self
    }

    /// How many messages of QoS 1 and 2 we have under way at most, whatever more the broker takes. Default: what it takes, and
    /// 20 with MQTT 3.1.1, where it does not say, and Mosquitto loses more at QoS 2.
    pub fn send_maximum(mut self, messages: u16) -> Self {
        self.options.send_maximum = Some(messages);
        self
    }

    /// Larger packets end the connection with reason code 0x95, in bytes. Told to the broker, which then leaves out larger
    /// messages. Default 128 MiB.
    pub fn maximum_packet_size(mut self, bytes: u32) -> Self {
        self.options.maximum_packet_size = bytes.max(1);
        self
    }

    /// How many topic aliases the broker may use. Default 16. MQTT 5.0 only.
    pub fn topic_alias_maximum(mut self, aliases: u16) -> Self {
        self.options.topic_alias_maximum = aliases;
        self
    }

    /// A name and a value of the application's own, for CONNECT. MQTT 5.0 only.
    pub fn user_property(self, name: &str, value: &str) -> Self {
        self.property(PropertyId::UserProperty, Value::Pair(name, value))
    }

    /// Asks the broker what response topics should begin with, for [`request`](super::Handle::request). Default: they begin
    /// with `responses`. MQTT 5.0 only.
    pub fn request_response_information(self) -> Self {
        self.property(PropertyId::RequestResponseInformation, Value::Number(1))
    }

    fn property(mut self, id: PropertyId, value: Value<'_>) -> Self {
        if let Err(error) = self.options.properties.push(id, value) {
            self.wrong = Some(error);
        }
        self
    }

    /// What the broker publishes when the connection ends without a farewell.
    pub fn will(self, message: Publish) -> Self {
        self.will_after(message, Duration::ZERO)
    }

    /// The same, so long after that and not if the client is back by then, in whole seconds. MQTT 5.0 only.
    pub fn will_after(mut self, message: Publish, delay: Duration) -> Self {
        let delay_s = delay.as_secs().min(u32::MAX.into()) as u32;
        let message = if delay_s > 0 {
            message.property(PropertyId::WillDelayInterval, Value::Number(delay_s))
        } else {
            message
        };
        match message.into_will() {
            Ok(will) => self.options.will = Some(will),
            Err(error) => self.wrong = Some(error),
        }
        self
    }

    /// The application acknowledges messages itself, by [`acknowledge`](super::Handle::acknowledge). Default: they are
    /// acknowledged as they come in.
    pub fn manual_acknowledgements(mut self) -> Self {
        self.options.manual_acknowledgements = true;
        self
    }

    /// Follows a broker that names another server (reason codes 0x9C and 0x9D): the function makes an address of the server
    /// reference, or none. Default: nobody is followed. MQTT 5.0 only.
    pub fn follow_redirects(
        mut self,
        resolve: impl Fn(&str) -> Option<Endpoint> + 'static,
    ) -> Self {
        self.options.follow_redirects = true;
        self.redirect = Some(Box::new(resolve));
        self
    }

    /// Makes the client, which dials by itself. Never waits; where there is no browser, it stays idle.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] names what cannot be.
    pub fn connect(mut self) -> Result<Client, ConnectError> {
        self.settings.check()?;
        if let Some(wrong) = self.wrong {
            return Err(wrong.into());
        }
        let hides_nothing = self.credentials.is_none() && self.authenticate.is_none();
        let config = &mut self.settings.config;
        config.patient_dials = holds_dials_back();
        config.auth = if self.settings.is_insecure || hides_nothing {
            Auth::AllowInsecure
        } else {
            Auth::Secure
        };
        if self.options.version == Version::V311
            && let Some(will) = &mut self.options.will
        {
            will.properties.clear();
        }
        let machine = Mqtt::new(self.options, config.clone(), seed());
        machine.check_options()?;
        let broker = Broker {
            credentials: self.credentials,
            authenticate: self.authenticate,
            redirect: self.redirect,
            high_water_mark: self.settings.high_water_mark,
            outbox: Outbox::default(),
            subscribers: Subscribers::default(),
            requests: Requests::default(),
            response_information: RefCell::default(),
            seed: seed(),
        };
        let status = Status::new();
        let engine = Engine::start(machine, self.settings, broker, std::rc::Rc::clone(&status));
        Ok(Client::new(engine, status))
    }
}
