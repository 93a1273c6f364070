//! What a socket is told before it starts.

use std::rc::Rc;
use std::time::Duration;

use super::dial::Endpoint;
use super::error::{ConfigError, Invalid};
use super::events::Audience;
use super::fates::Fates;
use super::heartbeat::Beats;
use super::inbox::Inbox;
use super::link::{Engine, Plan};
use super::messages::{Messages, OnMessage, Typed};
use super::millis;
use super::outbox::Outbox;
use super::queue::Queue;
use super::retry::Retry;
use super::sender::Sender;
use super::socket::Socket;
use super::status::Status;
use super::steps::{Steps, TypedSteps};
use crate::codec::Codec;
use crate::session::Config;
use crate::transport::holds_dials_back;

/// Where a builder has no codec yet: say how messages become frames with [`Builder::codec`].
#[derive(Clone, Copy, Debug)]
pub struct NoCodec;

/// Messages that the stream holds for a slow reader.
const HIGH_WATER_MARK: usize = 1_024;

/// Everything a [`Socket`] can be told before it starts. All but the codec is optional.
#[must_use = "nothing happens before connect()"]
pub struct Builder<Out, In, C> {
    codec: C,
    pub(super) parts: Parts<Out, In>,
}

/// All but the codec.
pub(super) struct Parts<Out, In> {
    pub(super) plan: Plan,
    pub(super) beat: Beats<Out, In>,
    pub(super) steps: TypedSteps<Out, In>,
    pub(super) fates: Fates<Out, In>,
    on_message: Option<OnMessage<In>>,
    high_water_mark: usize,
    pub(super) wrong: Option<ConfigError>,
}

impl<Out: 'static, In: 'static> Builder<Out, In, NoCodec> {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Builder {
            codec: NoCodec,
            parts: Parts {
                plan: Plan {
                    config: Config::default(),
                    endpoint,
                    steps: Steps::default(),
                    retry: Retry::default(),
                    auto_connect: true,
                },
                beat: Beats::default(),
                steps: TypedSteps::default(),
                fates: Fates::default(),
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
    /// The subprotocols to offer, the preferred one first. A server that selects none has broken the protocol.
    pub fn protocols<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        let plan = &mut self.parts.plan;
        plan.endpoint = std::mem::take(&mut plan.endpoint).protocols(protocols);
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

    pub(super) fn config(&mut self) -> &mut Config {
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
            steps: self.steps,
            fates: self.fates,
            on_message: self.on_message,
            inbox: Inbox::new(self.high_water_mark),
            outbox: Outbox::default(),
            audience: Audience::default(),
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
        if !self.plan.steps.asks_for_endpoint() {
            self.plan.endpoint.resolve()?;
        }
        let config = &self.plan.config;
        let confirms = self.beat.confirms();
        let has_room = config.queue.max_messages > 0;
        let needs_them = !self.fates.forget();
        if needs_them && !(confirms && has_room) {
            return Err(ConfigError::DeliveryNeedsHeartbeat);
        }
        Ok(())
    }
}
