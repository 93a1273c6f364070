//! How both sides know that the other is there.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::builder::Builder;
use super::error::{ConfigError, Failure};
use super::link::Link;
use super::messages::Encoded;
use super::millis;
use crate::codec::{Codec, Payload, PayloadRef};
use crate::session::{HeartbeatConfig, Verdict};

type Make<Out> = Box<dyn Fn(u32) -> Out>;
type IsPong<In> = Box<dyn Fn(&In) -> Option<Pong>>;
type Answer<Out, In> = Box<dyn Fn(&In) -> Option<Out>>;

/// What a message says as a pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pong {
    /// It answers the last ping.
    Unnumbered,
    /// It answers the ping with this id.
    Of(u32),
}

/// The heartbeat. Browsers cannot send ping frames, so it is made of messages that the server understands.
///
/// ```
/// # use std::time::Duration;
/// use tautline::Heartbeat;
///
/// #[derive(Clone)]
/// enum Out { Ping }
/// enum In { Pong, Say(String) }
///
/// let heartbeat: Heartbeat<Out, In> = Heartbeat::every(Duration::from_secs(25))
///     .ping(Out::Ping)
///     .pong(|message| matches!(message, In::Pong));
/// ```
pub struct Heartbeat<Out, In> {
    interval: Duration,
    hidden_interval: Duration,
    expect_every: Option<Duration>,
    ping: Option<Make<Out>>,
    ping_frame: Option<Payload>,
    pong: Option<IsPong<In>>,
    pong_frame: Option<Payload>,
    answer: Option<Answer<Out, In>>,
    /// The answer to the server's ping that was received last.
    answered: RefCell<Option<Out>>,
}

impl<Out, In> Heartbeat<Out, In> {
    /// Pings after this much silence; any message received counts as life. Costs nothing while messages flow. Most
    /// proxies cut after 60 s: 25 s is a good choice.
    pub fn every(interval: Duration) -> Self {
        Heartbeat {
            interval,
            hidden_interval: Duration::from_secs(50),
            expect_every: None,
            ping: None,
            ping_frame: None,
            pong: None,
            pong_frame: None,
            answer: None,
            answered: RefCell::new(None),
        }
    }

    /// Expects the server to ping this often, and lets the connection go when it does not. Say what its ping is with
    /// [`answer`](Heartbeat::answer).
    pub fn expect_every(rhythm: Duration) -> Self {
        Heartbeat {
            expect_every: Some(rhythm),
            ..Heartbeat::every(Duration::from_secs(25))
        }
    }

    /// The same rule in addition to pings of our own.
    pub fn and_expect_every(mut self, rhythm: Duration) -> Self {
        self.expect_every = Some(rhythm);
        self
    }

    /// The interval while the page is hidden. Default 50 s, and never less than the interval. Timers of pages that have
    /// been hidden for five minutes fire once a minute.
    pub fn hidden_every(mut self, interval: Duration) -> Self {
        self.hidden_interval = interval;
        self
    }

    /// The ping.
    pub fn ping(self, message: Out) -> Self
    where
        Out: Clone + 'static,
    {
        self.ping_with(move |_| message.clone())
    }

    /// Makes the ping from an id that its pong may bring back.
    pub fn ping_with(mut self, make: impl Fn(u32) -> Out + 'static) -> Self {
        self.ping = Some(Box::new(make));
        self
    }

    /// A ping that is not a message of the application.
    pub fn ping_frame(mut self, payload: impl Into<Payload>) -> Self {
        self.ping_frame = Some(payload.into());
        self
    }

    /// Says whether a message is the pong. Pongs are swallowed. Without it any message is an answer, pongs come out of
    /// the stream, and nothing can be [confirmed](super::Until::Confirmed).
    pub fn pong(self, is_pong: impl Fn(&In) -> bool + 'static) -> Self {
        self.pong_with(move |message| is_pong(message).then_some(Pong::Unnumbered))
    }

    /// The same with the id of the ping: a late pong then never stands for a later ping.
    pub fn pong_with(mut self, is_pong: impl Fn(&In) -> Option<Pong> + 'static) -> Self {
        self.pong = Some(Box::new(is_pong));
        self
    }

    /// A pong that is not a message of the application: a frame that holds exactly this.
    pub fn pong_frame(mut self, payload: impl Into<Payload>) -> Self {
        self.pong_frame = Some(payload.into());
        self
    }

    /// Makes the answer to the server's ping; `None` for any other message. Its pings are swallowed, and nothing is
    /// sent before authentication.
    pub fn answer(mut self, answer: impl Fn(&In) -> Option<Out> + 'static) -> Self {
        self.answer = Some(Box::new(answer));
        self
    }
}

impl<Out, In> Beat<Out, In> for Heartbeat<Out, In> {
    fn is_pong_frame(&self, payload: PayloadRef<'_>) -> bool {
        let frame = self.pong_frame.as_ref();
        frame.is_some_and(|frame| frame.as_ref() == payload)
    }

    fn classify(&self, message: &In) -> Option<Verdict> {
        if let Some(pong) = self.pong.as_ref().and_then(|it| it(message)) {
            return Some(Verdict::Pong(match pong {
                Pong::Unnumbered => None,
                Pong::Of(id) => Some(id),
            }));
        }
        let answer = self.answer.as_ref().and_then(|it| it(message))?;
        self.answered.replace(Some(answer));
        Some(Verdict::Ping)
    }

    fn ping(&self, codec: &dyn Codec<Out, In>, id: u32) -> Option<Encoded> {
        match &self.ping {
            Some(ping) => Some(codec.encode(&ping(id))),
            None => self.ping_frame.clone().map(Ok),
        }
    }

    fn pong(&self, codec: &dyn Codec<Out, In>) -> Option<Encoded> {
        let answer = self.answered.take()?;
        Some(codec.encode(&answer))
    }

    fn pings(&self) -> bool {
        self.ping.is_some() || self.ping_frame.is_some()
    }

    fn confirms(&self) -> bool {
        self.pings() && (self.pong.is_some() || self.pong_frame.is_some())
    }

    fn answers(&self) -> bool {
        self.answer.is_some()
    }

    fn zero(&self) -> Option<&'static str> {
        let durations = [
            ("the heartbeat's interval", Some(self.interval)),
            ("hidden_every", Some(self.hidden_interval)),
            ("expect_every", self.expect_every),
        ];
        let is_zero = |it: &Option<Duration>| it.is_some_and(|it| it < Duration::from_millis(1));
        let found = durations.iter().find(|(_, duration)| is_zero(duration));
        found.map(|(name, _)| *name)
    }

    fn config(&self) -> HeartbeatConfig {
        HeartbeatConfig {
            interval_ms: self.pings().then(|| millis(self.interval)),
            hidden_interval_ms: millis(self.hidden_interval),
            expect_every_ms: self.expect_every.map(millis),
            ..HeartbeatConfig::default()
        }
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// How both sides know that the other is there. Default: they do not.
    pub fn heartbeat(mut self, heartbeat: Heartbeat<Out, In>) -> Self {
        if let Some(name) = heartbeat.zero() {
            self.parts.wrong = Some(ConfigError::ZeroDuration(name));
        }
        if !heartbeat.pings() && !heartbeat.answers() {
            self.parts.wrong = Some(ConfigError::HeartbeatWithoutPing);
        }
        self.config().heartbeat = heartbeat.config();
        self.parts.beat = Beats(Some(Box::new(heartbeat)));
        self
    }
}

/// A heartbeat, behind a trait, so that a page without one does not pay for it.
pub(super) trait Beat<Out, In> {
    fn is_pong_frame(&self, payload: PayloadRef<'_>) -> bool;
    fn classify(&self, message: &In) -> Option<Verdict>;
    fn ping(&self, codec: &dyn Codec<Out, In>, id: u32) -> Option<Encoded>;
    fn pong(&self, codec: &dyn Codec<Out, In>) -> Option<Encoded>;
    fn pings(&self) -> bool;
    /// Whether pongs are told from other messages, so that they can confirm anything.
    fn confirms(&self) -> bool;
    /// Whether the server's pings are known.
    fn answers(&self) -> bool;
    /// A duration that is zero where that means nothing.
    fn zero(&self) -> Option<&'static str>;
    fn config(&self) -> HeartbeatConfig;
}

/// The heartbeat of a socket, if it has one.
pub(super) struct Beats<Out, In>(Option<Box<dyn Beat<Out, In>>>);

impl<Out, In> Default for Beats<Out, In> {
    fn default() -> Self {
        Beats(None)
    }
}

impl<Out, In> Beats<Out, In> {
    pub(super) fn is_pong_frame(&self, payload: PayloadRef<'_>) -> bool {
        let beat = self.0.as_ref();
        beat.is_some_and(|beat| beat.is_pong_frame(payload))
    }

    pub(super) fn classify(&self, message: &In) -> Option<Verdict> {
        self.0.as_ref()?.classify(message)
    }

    pub(super) fn ping(&self, codec: &dyn Codec<Out, In>, id: u32) -> Option<Encoded> {
        self.0.as_ref()?.ping(codec, id)
    }

    pub(super) fn pong(&self, codec: &dyn Codec<Out, In>) -> Option<Encoded> {
        self.0.as_ref()?.pong(codec)
    }

    /// Whether pongs can confirm anything.
    pub(super) fn confirms(&self) -> bool {
        self.0.as_ref().is_some_and(|beat| beat.confirms())
    }
}

impl Link {
    pub(super) fn make_ping(&self, id: u32) -> Option<Payload> {
        self.encoded(self.typed.ping(id))
    }

    pub(super) fn make_pong(&self) -> Option<Payload> {
        self.encoded(self.typed.pong())
    }

    fn encoded(&self, payload: Option<Encoded>) -> Option<Payload> {
        match payload? {
            Ok(payload) => Some(payload),
            Err(error) => {
                self.fail(|| Failure::Encode(Rc::new(error)));
                None
            }
        }
    }
}
