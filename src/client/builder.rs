//! What a socket is told before it starts.

use std::cell::Cell;
use std::future::Future;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use super::auth::Auth;
use super::cause::Cause;
use super::dial::{DialContext, Endpoint, Source, provider};
use super::error::{BoxError, ConfigError, Invalid};
use super::events::Broadcast;
use super::heartbeat::Heartbeat;
use super::inbox::Inbox;
use super::link::{Engine, Retry, auth_config};
use super::messages::{Identity, Messages, OnMessage, Stamp, Typed};
use super::millis;
use super::outbox::Outbox;
use super::queue::Queue;
use super::requests::Requests;
use super::restore::{Restore, Restoring, restore};
use super::sender::Sender;
use super::socket::Socket;
use super::status::Status;
use crate::codec::Codec;
use crate::session::{Action, Advice, Config, Delivery, Preset, Rule, Session};
use crate::transport::{IS_LIVE, holds_dials_back};

/// Where a builder has no codec yet: say how messages become frames with [`Builder::codec`].
#[derive(Clone, Copy, Debug)]
pub struct NoCodec;

/// Messages that the stream holds for a slow reader.
const HIGH_WATER_MARK: usize = 1_024;

/// Everything a [`Socket`] can be told before it starts. All but the codec is optional.
#[must_use = "nothing happens before connect()"]
pub struct Builder<Out, In, C> {
    source: Source,
    protocols: Vec<String>,
    codec: C,
    config: Config,
    heartbeat: Option<Heartbeat<Out, In>>,
    auth: Option<Auth<Out, In>>,
    restore: Option<Restore<Out>>,
    requests: Option<Requests<Out, In>>,
    retry: Option<Retry>,
    stamp: Option<Stamp<Out>>,
    on_message: Option<OnMessage<In>>,
    high_water_mark: usize,
    auto_connect: bool,
    zero: Option<&'static str>,
}

impl<Out: 'static, In: 'static> Builder<Out, In, NoCodec> {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Builder {
            protocols: Vec::new(),
            source: Source::Fixed(endpoint),
            codec: NoCodec,
            config: Config::default(),
            heartbeat: None,
            auth: None,
            restore: None,
            requests: None,
            retry: None,
            stamp: None,
            on_message: None,
            high_water_mark: HIGH_WATER_MARK,
            auto_connect: true,
            zero: None,
        }
    }

    /// How messages become frames.
    pub fn codec<C: Codec<Out, In> + 'static>(self, codec: C) -> Builder<Out, In, C> {
        Builder {
            source: self.source,
            protocols: self.protocols,
            codec,
            config: self.config,
            heartbeat: self.heartbeat,
            auth: self.auth,
            restore: self.restore,
            requests: self.requests,
            retry: self.retry,
            stamp: self.stamp,
            on_message: self.on_message,
            high_water_mark: self.high_water_mark,
            auto_connect: self.auto_connect,
            zero: self.zero,
        }
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// Asks for the address, and for its subprotocols, anew for each attempt: with a fresh token in the query, for one.
    /// A provider that fails is an attempt that failed. It takes the place of the address that the builder began with.
    pub fn endpoint<F, Fut, E>(mut self, ask: F) -> Self
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<Endpoint, E>> + 'static,
        E: Into<BoxError>,
    {
        self.source = Source::Asked(provider(ask));
        self.config.token_source = true;
        self
    }

    /// The subprotocols to offer, the preferred one first. A server that selects none has broken the protocol.
    pub fn protocols<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// How both sides know that the other is there. Default: they do not.
    pub fn heartbeat(mut self, heartbeat: Heartbeat<Out, In>) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }

    /// The authentication step right after the handshake. Default: none.
    pub fn auth(mut self, auth: Auth<Out, In>) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Runs on each connection, the first too, after authentication and before the queue leaves. Where it fails, the
    /// attempt failed.
    pub fn restore<F, Fut, E>(mut self, act: F) -> Self
    where
        F: Fn(Restoring<Out>) -> Fut + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: Into<BoxError>,
    {
        self.restore = Some(restore(act));
        self
    }

    /// How replies find their requests. Without it there are no requests.
    pub fn requests(mut self, requests: Requests<Out, In>) -> Self {
        self.requests = Some(requests);
        self
    }

    /// Takes each message inside the browser's own event, in place of the stream, which then has none: saves a wake-up
    /// per message.
    pub fn on_message(mut self, take: impl Fn(Result<In, Invalid>) + 'static) -> Self {
        self.on_message = Some(Box::new(take));
        self
    }

    /// The first retry waits a random time up to `initial`, each further one up to twice as long, none longer than
    /// `max`. Default 4 s and 30 s: a lone break is back after 2 s on average.
    pub fn backoff(mut self, initial: Duration, max: Duration) -> Self {
        self.config.backoff_initial_ms = self.positive("backoff", initial);
        self.config.backoff_max_ms = self.positive("backoff", max);
        self
    }

    /// Asked about each break first: what to do, or [`Advice::Default`]. Attempts count from 1.
    pub fn retry(mut self, retry: impl Fn(&Cause, u32) -> Advice + 'static) -> Self {
        self.retry = Some(Box::new(retry));
        self.config.retry_asks = true;
        self
    }

    /// What follows closes with these codes, before the built-in table has its say; the first rule that matches wins.
    pub fn retry_codes(mut self, codes: RangeInclusive<u16>, action: Action) -> Self {
        self.config.rules.push(Rule {
            from: *codes.start(),
            to: *codes.end(),
            action,
            delay_ms: 0,
        });
        self
    }

    /// The same with a delay.
    pub fn retry_codes_after(mut self, codes: RangeInclusive<u16>, delay: Duration) -> Self {
        self.config.rules.push(Rule {
            from: *codes.start(),
            to: *codes.end(),
            action: Action::Delay,
            delay_ms: delay.as_millis() as u64,
        });
        self
    }

    /// A named set of rules for a well-known server.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.config.preset = preset;
        self
    }

    /// For provider, handshake, authentication and restore together. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.connect_timeout_ms = self.positive("connect_timeout", timeout);
        self
    }

    /// Retries in a row before giving up. Default: no limit. Opening does not end the row: 10 s of connection do, or a
    /// message after accepted authentication.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.config.max_attempts = Some(attempts);
        self
    }

    /// Time without a connection before giving up. Default: no limit.
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.config.max_elapsed_ms = Some(self.positive("max_elapsed", elapsed));
        self
    }

    /// Bounds of what waits while there is no connection.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.config.queue = queue.config();
        self
    }

    /// What becomes of messages that a break leaves unconfirmed. Default [`Delivery::AtMostOnce`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.config.delivery = delivery;
        self
    }

    /// With at-least-once, marks each message so that the server can drop doubles. The id is `<socket>:<n>`, where n counts
    /// up: a message whose n is not above the highest received of that socket is a double.
    pub fn stamp(mut self, stamp: impl Fn(&mut Out, &str) + 'static) -> Self {
        self.stamp = Some(Box::new(stamp));
        self
    }

    /// A message that awaits a confirmation is followed by a ping within this time. Default 1 s.
    pub fn confirm_within(mut self, time: Duration) -> Self {
        self.config.confirm_within_ms = time.as_millis() as u64;
        self
    }

    /// Larger frames end the connection with code 4009. In bytes, UTF-16 units for text. Default 128 MiB. It bounds our
    /// copies, not the browser's.
    pub fn max_message_size(mut self, bytes: u64) -> Self {
        self.config.max_message_bytes = bytes;
        self
    }

    /// Messages that the stream holds for a slow reader; then the oldest give way, and the stream says so with
    /// [`Invalid::Lagged`]. Default 1,024.
    pub fn high_water_mark(mut self, messages: usize) -> Self {
        self.high_water_mark = messages;
        self
    }

    /// Whether page, network and sleep signals are acted on. Default yes.
    pub fn lifecycle(mut self, is_acted_on: bool) -> Self {
        self.config.lifecycle = is_acted_on;
        self
    }

    /// Whether [`connect`](Builder::connect) dials at once; otherwise [`Sender::open`] does. Default yes.
    pub fn auto_connect(mut self, dials: bool) -> Self {
        self.auto_connect = dials;
        self
    }

    /// Refuses `ws:`, loopback excepted.
    pub fn require_secure(mut self) -> Self {
        self.config.require_secure = true;
        self
    }

    /// Notes what means nothing if it is zero, for [`connect`](Builder::connect) to say so.
    fn positive(&mut self, name: &'static str, duration: Duration) -> u64 {
        if duration < Duration::from_millis(1) {
            self.zero = Some(name);
        }
        millis(duration)
    }
}

impl<Out: 'static, In: 'static, C: Codec<Out, In> + 'static> Builder<Out, In, C> {
    /// Makes the socket, which dials by itself. Never waits; where there is no browser, it stays idle.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what cannot be. An address that is asked for is checked when it comes, and a bad one is a
    /// failed attempt.
    pub fn connect(mut self) -> Result<Socket<Out, In>, ConfigError> {
        if let Source::Fixed(endpoint) = &mut self.source
            && !self.protocols.is_empty()
        {
            endpoint.protocols = std::mem::take(&mut self.protocols);
        }
        self.check()?;
        let mut config = self.config;
        if let Some(heartbeat) = &self.heartbeat {
            config.heartbeat = heartbeat.config();
        }
        if let Some(requests) = &self.requests {
            config.max_requests = requests.max;
        }
        let is_insecure = self.auth.as_ref().is_some_and(|auth| auth.is_insecure);
        config.auth = auth_config(self.auth.is_some(), is_insecure);
        config.restore = self.restore.is_some();
        config.patient_dials = holds_dials_back();
        let messages = Rc::new(Messages {
            codec: Rc::new(self.codec),
            heartbeat: self.heartbeat,
            auth: self.auth,
            restore: self.restore,
            requests: self.requests,
            stamp: self.stamp,
            repeats: config.delivery == Delivery::AtLeastOnce,
            on_message: self.on_message,
            inbox: Inbox::new(self.high_water_mark),
            outbox: Outbox::default(),
            events: Broadcast::default(),
            reply: Default::default(),
            answer: Default::default(),
            identity: Identity {
                name: crate::transport::seed(),
                stamped: Cell::new(0),
            },
        });
        let status = Status::new();
        let typed = Rc::clone(&messages) as Rc<dyn Typed>;
        let engine = Engine::new(config, self.source, self.retry, typed, Rc::clone(&status));
        if self.auto_connect && IS_LIVE {
            engine.driver().command(Session::open);
        }
        let sender = Sender::new(Rc::downgrade(&engine), messages, status);
        Ok(Socket::new(engine, sender))
    }

    fn check(&self) -> Result<(), ConfigError> {
        if let Source::Fixed(endpoint) = &self.source {
            endpoint.resolve()?;
        }
        if let Some(name) = self.zero {
            return Err(ConfigError::ZeroDuration(name));
        }
        if let Some(heartbeat) = &self.heartbeat {
            for (name, duration) in heartbeat.durations() {
                if duration.is_some_and(|it| it < Duration::from_millis(1)) {
                    return Err(ConfigError::ZeroDuration(name));
                }
            }
            if !heartbeat.pings() && heartbeat.answer.is_none() {
                return Err(ConfigError::HeartbeatWithoutPing);
            }
        }
        let confirms = self.heartbeat.as_ref().is_some_and(|it| it.confirms());
        let has_room = self.config.queue.max_messages > 0;
        if self.config.delivery == Delivery::AtLeastOnce && !(confirms && has_room) {
            return Err(ConfigError::DeliveryNeedsHeartbeat);
        }
        Ok(())
    }
}
