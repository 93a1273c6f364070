//! What a socket is told before it starts.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use super::auth::Auth;
use super::cause::Cause;
use super::dial::{DialContext, Endpoint, ask};
use super::error::{BoxError, ConfigError, Invalid};
use super::heartbeat::Heartbeat;
use super::inbox::Inbox;
use super::link::{Engine, Plan};
use super::messages::{Messages, OnMessage, Stamp, Typed};
use super::millis;
use super::outbox::Outbox;
use super::parts::{AuthStep, Beat, Replies, RestoreStep};
use super::queue::Queue;
use super::requests::Requests;
use super::restore::{Restore, Restoring};
use super::sender::Sender;
use super::socket::Socket;
use super::status::Status;
use crate::codec::Codec;
use crate::session::{self, Action, Advice, Config, Delivery, Preset, Rule};
use crate::transport::{holds_dials_back, seed};

/// Where a builder has no codec yet: say how messages become frames with [`Builder::codec`].
#[derive(Clone, Copy, Debug)]
pub struct NoCodec;

/// Messages that the stream holds for a slow reader.
const HIGH_WATER_MARK: usize = 1_024;

/// Everything a [`Socket`] can be told before it starts. All but the codec is optional.
#[must_use = "nothing happens before connect()"]
pub struct Builder<Out, In, C> {
    codec: C,
    parts: Parts<Out, In>,
}

/// All but the codec.
struct Parts<Out, In> {
    plan: Plan,
    beat: Option<Box<dyn Beat<Out, In>>>,
    auth: Option<Box<dyn AuthStep<Out, In>>>,
    restore: Option<Box<dyn RestoreStep<Out, In>>>,
    replies: Option<Box<dyn Replies<Out, In>>>,
    stamp: Option<Stamp<Out>>,
    on_message: Option<OnMessage<In>>,
    high_water_mark: usize,
    wrong: Option<ConfigError>,
}

impl<Out: 'static, In: 'static> Builder<Out, In, NoCodec> {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Builder {
            codec: NoCodec,
            parts: Parts {
                plan: Plan {
                    config: Config::default(),
                    endpoint,
                    ask: None,
                    retry: None,
                    auto_connect: true,
                },
                beat: None,
                auth: None,
                restore: None,
                replies: None,
                stamp: None,
                on_message: None,
                high_water_mark: HIGH_WATER_MARK,
                wrong: None,
            },
        }
    }

    /// How messages become frames.
    pub fn codec<C: Codec<Out, In> + 'static>(self, codec: C) -> Builder<Out, In, C> {
        let parts = self.parts;
        Builder { codec, parts }
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// Asks for the address, and for its subprotocols, anew for each attempt: with a fresh token in the query, for one.
    /// A provider that fails is an attempt that failed. It takes the place of the address that the builder began with.
    pub fn endpoint<F, Fut, E>(mut self, provider: F) -> Self
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<Endpoint, E>> + 'static,
        E: Into<BoxError>,
    {
        self.parts.plan.ask = Some(ask(provider));
        self.config().token_source = true;
        self
    }

    /// The subprotocols to offer, the preferred one first. A server that selects none has broken the protocol.
    pub fn protocols<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        let plan = &mut self.parts.plan;
        plan.endpoint = std::mem::take(&mut plan.endpoint).protocols(protocols);
        self
    }

    /// How both sides know that the other is there. Default: they do not.
    pub fn heartbeat(mut self, heartbeat: Heartbeat<Out, In>) -> Self {
        if let Some(name) = heartbeat.zero() {
            self.parts.wrong = Some(ConfigError::ZeroDuration(name));
        }
        if !heartbeat.pings() && !heartbeat.answers() {
            self.parts.wrong = Some(ConfigError::HeartbeatWithoutPing);
        }
        self.config().heartbeat = heartbeat.config();
        self.parts.beat = Some(Box::new(heartbeat));
        self
    }

    /// The authentication step right after the handshake. Default: none.
    pub fn auth(mut self, auth: Auth<Out, In>) -> Self {
        self.config().auth = if auth.is_insecure() {
            session::Auth::AllowInsecure
        } else {
            session::Auth::Secure
        };
        self.parts.auth = Some(Box::new(auth));
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
        self.config().restore = true;
        self.parts.restore = Some(Box::new(Restore(act)));
        self
    }

    /// How replies find their requests. Without it there are no requests.
    pub fn requests(mut self, requests: Requests<Out, In>) -> Self {
        self.config().max_requests = Replies::max(&requests);
        self.parts.replies = Some(Box::new(requests));
        self
    }

    /// Takes each message inside the browser's own event, in place of the stream, which then has none: saves a wake-up
    /// per message.
    pub fn on_message(mut self, take: impl Fn(Result<In, Invalid>) + 'static) -> Self {
        self.parts.on_message = Some(Box::new(take));
        self
    }

    /// The first retry waits a random time up to `initial`, each further one up to twice as long, none longer than
    /// `max`. Default 4 s and 30 s: a lone break is back after 2 s on average.
    pub fn backoff(mut self, initial: Duration, max: Duration) -> Self {
        self.config().backoff_initial_ms = self.positive("backoff", initial);
        self.config().backoff_max_ms = self.positive("backoff", max);
        self
    }

    /// Asked about each break first: what to do, or [`Advice::Default`]. Attempts count from 1.
    pub fn retry(mut self, retry: impl Fn(&Cause, u32) -> Advice + 'static) -> Self {
        self.parts.plan.retry = Some(Box::new(retry));
        self.config().retry_asks = true;
        self
    }

    /// What follows closes with these codes, before the built-in table has its say; the first rule that matches wins.
    pub fn retry_codes(mut self, codes: RangeInclusive<u16>, action: Action) -> Self {
        self.config().rules.push(Rule {
            from: *codes.start(),
            to: *codes.end(),
            action,
            delay_ms: 0,
        });
        self
    }

    /// The same with a delay.
    pub fn retry_codes_after(mut self, codes: RangeInclusive<u16>, delay: Duration) -> Self {
        self.config().rules.push(Rule {
            from: *codes.start(),
            to: *codes.end(),
            action: Action::Delay,
            delay_ms: delay.as_millis() as u64,
        });
        self
    }

    /// A named set of rules for a well-known server.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.config().preset = preset;
        self
    }

    /// For provider, handshake, authentication and restore together. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config().connect_timeout_ms = self.positive("connect_timeout", timeout);
        self
    }

    /// Retries in a row before giving up. Default: no limit. Opening does not end the row: 10 s of connection do, or a
    /// message after accepted authentication.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.config().max_attempts = Some(attempts);
        self
    }

    /// Time without a connection before giving up. Default: no limit.
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.config().max_elapsed_ms = Some(self.positive("max_elapsed", elapsed));
        self
    }

    /// Bounds of what waits while there is no connection.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.config().queue = queue.config();
        self
    }

    /// What becomes of messages that a break leaves unconfirmed. Default [`Delivery::AtMostOnce`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.config().delivery = delivery;
        self
    }

    /// With at-least-once, marks each message so that the server can drop doubles. The id is `<socket>:<n>`, where n counts
    /// up: a message whose n is not above the highest received of that socket is a double. Neither this function nor the codec
    /// may send: that message would leave first, with the higher n.
    pub fn stamp(mut self, stamp: impl Fn(&mut Out, &str) + 'static) -> Self {
        let name = seed();
        let stamped = Cell::new(0u64);
        self.parts.stamp = Some(Box::new(move |message| {
            stamped.set(stamped.get() + 1);
            stamp(message, &format!("{name:016x}:{}", stamped.get()));
        }));
        self
    }

    /// A message that awaits a confirmation is followed by a ping within this time. Default 1 s.
    pub fn confirm_within(mut self, time: Duration) -> Self {
        self.config().confirm_within_ms = time.as_millis() as u64;
        self
    }

    /// Larger frames end the connection with code 4009. In bytes, UTF-16 units for text. Default 128 MiB. It bounds our
    /// copies, not the browser's.
    pub fn max_message_size(mut self, bytes: u64) -> Self {
        self.config().max_message_bytes = bytes;
        self
    }

    /// Messages that the stream holds for a slow reader; then the oldest give way, and the stream says so with
    /// [`Invalid::Lagged`]. Default 1,024.
    pub fn high_water_mark(mut self, messages: usize) -> Self {
        self.parts.high_water_mark = messages;
        self
    }

    /// Whether page, network and sleep signals are acted on. Default yes.
    pub fn lifecycle(mut self, is_acted_on: bool) -> Self {
        self.config().lifecycle = is_acted_on;
        self
    }

    /// Whether [`connect`](Builder::connect) dials at once; otherwise [`Sender::open`] does. Default yes.
    pub fn auto_connect(mut self, dials: bool) -> Self {
        self.parts.plan.auto_connect = dials;
        self
    }

    /// Refuses `ws:`, loopback excepted.
    pub fn require_secure(mut self) -> Self {
        self.config().require_secure = true;
        self
    }

    /// Notes what means nothing if it is zero, for [`connect`](Builder::connect) to say so.
    fn positive(&mut self, name: &'static str, duration: Duration) -> u64 {
        if duration < Duration::from_millis(1) {
            self.parts.wrong = Some(ConfigError::ZeroDuration(name));
        }
        millis(duration)
    }

    fn config(&mut self) -> &mut Config {
        &mut self.parts.plan.config
    }
}

impl<Out: 'static, In: 'static, C: Codec<Out, In> + 'static> Builder<Out, In, C> {
    /// Makes the socket, which dials by itself. Never waits; where there is no browser, it stays idle.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what cannot be. An address that is asked for is checked when it comes, and a bad one is a
    /// failed attempt.
    pub fn connect(self) -> Result<Socket<Out, In>, ConfigError> {
        self.parts.connect(Rc::new(self.codec))
    }
}

impl<Out: 'static, In: 'static> Parts<Out, In> {
    fn connect(mut self, codec: Rc<dyn Codec<Out, In>>) -> Result<Socket<Out, In>, ConfigError> {
        self.check()?;
        let config = &mut self.plan.config;
        config.patient_dials = holds_dials_back();
        let messages = Rc::new(Messages {
            codec,
            beat: self.beat,
            auth: self.auth,
            restore: self.restore,
            replies: self.replies,
            stamp: self.stamp,
            repeats: config.delivery == Delivery::AtLeastOnce,
            on_message: self.on_message,
            inbox: Inbox::new(self.high_water_mark),
            outbox: Outbox::default(),
            audience: OnceCell::new(),
        });
        let status = Status::new();
        let typed = Rc::clone(&messages) as Rc<dyn Typed>;
        let messages = Rc::downgrade(&messages);
        let engine = Engine::start(self.plan, typed, Rc::clone(&status));
        let sender = Sender::new(Rc::downgrade(&engine), messages, status);
        Ok(Socket::new(engine, sender))
    }

    fn check(&mut self) -> Result<(), ConfigError> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        if self.plan.ask.is_none() {
            self.plan.endpoint.resolve()?;
        }
        let config = &self.plan.config;
        let confirms = self.beat.as_ref().is_some_and(|it| it.confirms());
        let has_room = config.queue.max_messages > 0;
        if config.delivery == Delivery::AtLeastOnce && !(confirms && has_room) {
            return Err(ConfigError::DeliveryNeedsHeartbeat);
        }
        Ok(())
    }
}
