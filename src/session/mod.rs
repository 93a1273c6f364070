//! The machine: everything that decides anything, and nothing else. It does no I/O, reads no clock and no random
//! source, knows no payload and no web type.
//!
//! ```text
//!              open()                   handshake            yes             restored
//!  ┌──────┐          ┌────────────┐          ┌────────────────┐   ┌───────────┐   ┌──────┐
//!  │ idle ├─────────►│ connecting ├─────────►│ authenticating ├──►│ restoring ├──►│ open │
//!  └──────┘          └─▲───▲───┬──┘          └────────┬───────┘   └─────┬─────┘   └──┬───┘
//!                      │   │   └───────────┬──────────┴─────────────────┴────────────┤
//!     delay over, good │   │ back          │ break                  pagehide, pause() │ close()
//!     news, reconnect()│   │               ▼                                  ▼      ▼
//!                 ┌────┴───┼┐      (retry function)                 ┌───────────┐ ┌─────────┐
//!                 │ waiting │◄───────────────┘                      │ suspended │ │ closing │
//!                 └────┬────┘                                       └─────┬─────┘ └────┬────┘
//!                      │ no retry, limit reached, close()                 │ close()    │
//!                      └──────────────────────►┌────────┐◄────────────────┴────────────┘
//!                                              │ closed │   reconnect() leads back to connecting
//!                                              └────────┘
//! ```
//!
//! Steps that are not configured are left out: without authentication and restore the handshake leads to `open`.
//!
//! # Rules
//!
//! * Facts go in through `handle_*`, commands through methods named after what they do; every one takes the time in
//!   milliseconds, which never runs backwards. Orders and events come out of [`Session::poll_output`], then the one
//!   next deadline out of [`Session::poll_timeout`]. After each call, drain both.
//! * Every attempt has a [`Generation`]. News of an older one is dropped, in [`Session::handle_news`] and nowhere else.
//! * At most one native socket exists: an [`Output::Abandon`] or the news of its close precedes the next
//!   [`Output::Dial`].
//! * A payload is never here. The queue holds tickets; what arrives is heard, classified elsewhere, and only the
//!   verdict comes in.
//! * A message that awaits a confirmation or a reply stays here after its [`Output::Transmit`], and ends with one of
//!   [`Event::Confirmed`], [`Event::Dropped`], a [`Verdict::Reply`] that was taken, or [`Session::withdraw`].
//! * A spurious timeout does nothing.
//!
//! # Parts
//!
//! Heartbeat, delivery, the steps between handshake and `open`, the lifecycle, what application and server say of a retry,
//! and what a [`subprotocol`](crate::subprotocol) adds are features. Where one is left out, its
//! module has a twin in `without/`: the same functions, which do nothing, over types that say nothing else. Nothing but the
//! choice of the module knows of it.

#![cfg_attr(
    not(all(
        feature = "delivery",
        feature = "heartbeat",
        feature = "lifecycle",
        feature = "queue",
        feature = "retry",
        feature = "steps",
        feature = "subprotocol"
    )),
    allow(dead_code, reason = "parts that are left out call nothing")
)]

#[cfg(feature = "subprotocol")]
mod acknowledgement;
#[cfg_attr(not(feature = "retry"), path = "without/advice.rs")]
mod advice;
mod backoff;
mod breaks;
mod cause;
mod close;
mod config;
#[cfg_attr(not(feature = "delivery"), path = "without/delivery.rs")]
mod delivery;
mod dial;
#[cfg_attr(not(feature = "subprotocol"), path = "without/dismissal.rs")]
mod dismissal;
mod expiry;
#[cfg_attr(not(feature = "silence"), path = "without/heartbeat.rs")]
#[cfg_attr(
    all(feature = "silence", not(feature = "heartbeat")),
    path = "without/pings.rs"
)]
mod heartbeat;
#[cfg_attr(not(feature = "retry"), path = "without/hint.rs")]
mod hint;
#[cfg_attr(not(feature = "subprotocol"), path = "without/keep_alive.rs")]
mod keep_alive;
#[cfg_attr(not(feature = "silence"), path = "without/latency.rs")]
mod latency;
#[cfg_attr(not(feature = "lifecycle"), path = "without/lifecycle.rs")]
mod lifecycle;
mod names;
mod news;
mod outbox;
mod output;
#[cfg_attr(not(feature = "retry"), path = "without/preset.rs")]
mod preset;
mod queue;
#[cfg_attr(not(feature = "steps"), path = "without/renewal.rs")]
mod renewal;
mod retry;
#[cfg_attr(
    not(any(feature = "delivery", feature = "subprotocol")),
    path = "without/sent.rs"
)]
mod sent;
mod state;
mod stats;
#[cfg_attr(not(feature = "queue"), path = "without/stay.rs")]
mod stay;
mod timer;
#[cfg_attr(not(feature = "mqtt-machine"), path = "without/window.rs")]
mod window;

#[cfg(test)]
mod tests;

pub use advice::Advice;
pub use cause::{Cause, CauseKind, Close};
pub use config::{Config, QueueConfig};
pub use delivery::Delivery;
pub use heartbeat::HeartbeatConfig;
pub use keep_alive::KeepAlive;
pub use news::{Address, Fate, Generation, Heard, News, Signal, Verdict};
pub use outbox::{DropReason, Message, Progress, Ticket};
pub use output::{Event, Opening, Output, Question};
pub use preset::Preset;
pub use renewal::{Auth, Credentials};
pub use retry::{Action, Rule};
pub use sent::Awaits;
pub use state::{Accepted, ClosedWhy, Dial, State, StateName, Suspended, Wait, WaitKind};
pub use stats::Stats;
pub use stay::Overflow;
pub use timer::Timer;

use breaks::TokenAllowance;
use close::Farewell;
use dismissal::Dismissal;
use heartbeat::Heartbeat;
use keep_alive::Beat;
use latency::Latency;
use lifecycle::Page;
#[cfg(feature = "stomp-machine")]
pub(crate) use names::named;
use outbox::Outbox;
pub(crate) use queue::Queue;
#[cfg(feature = "client")]
pub(crate) use queue::take_at;
use renewal::Renewal;
use timer::Timers;

/// Whether this is built for the module of `tautline/stomp` alone, whose shell renews no credentials (STOMP cannot) and sets
/// messages no time: what only that would reach is left out.
const IS_STOMP_MODULE: bool = cfg!(all(
    feature = "js-stomp",
    not(any(
        feature = "client",
        feature = "js",
        feature = "js-mqtt",
        test
    ))
));

/// The same for the modules of all subprotocols: their shells never hold the reading back, and keep the reasons of closes.
const IS_SUBPROTOCOL_MODULE: bool = cfg!(all(
    any(feature = "js-mqtt", feature = "js-stomp"),
    not(any(feature = "client", feature = "js", test))
));

/// Milliseconds: a point in time since any fixed start, or a duration.
pub type Millis = u64;

/// One conversation with one server, over as many connections as it takes.
///
/// ```
/// use tautline::session::{Address, Config, News, Output, Question, Session};
///
/// let mut session = Session::new(Config::default(), 42);
/// session.open(0);
/// let generation = loop {
///     match session.poll_output() {
///         Some(Output::Ask(Question::Url { attempt: 0 }, generation)) => break generation,
///         Some(_) => {}
///         None => unreachable!("a session that opens asks for its URL"),
///     }
/// };
/// session.handle_news(0, generation, News::UrlReady(Address::default()));
/// assert_eq!(session.poll_output(), Some(Output::Dial(generation)));
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    config: Config,
    now: Millis,
    state: State,
    generation: Generation,
    outputs: Queue<Output>,
    timers: Timers,
    rng: fastrand::Rng,
    outbox: Outbox,
    heartbeat: Heartbeat,
    beat: Beat,
    latency: Latency,
    renewal: Renewal,
    page: Page,
    farewell: Option<Farewell>,
    dismissal: Dismissal,
    /// What the application said when it closed.
    farewell_reason: String,
    /// What the server said when it closed last.
    close_reason: String,
    /// Retries in a row.
    attempts: u32,
    /// Retries whose handshake took too long, since the last one that was done.
    slow_handshakes: u32,
    last_dial: Millis,
    /// When the connection was lost, or first wanted; `None` while it is open.
    lost_at: Option<Millis>,
    /// Since when there has been no connection though one is wanted.
    trying_since: Millis,
    ever_opened: bool,
    /// Whether the address being dialled offers subprotocols.
    offers_protocols: bool,
    allowance: TokenAllowance,
    /// Closes by us in a row because the peer misbehaved.
    strikes: u32,
    /// Of the previous connection.
    unconfirmed: u64,
    counters: Stats,
}

impl Session {
    /// Makes a session that waits for [`open`](Session::open). The seed makes its delays: give every session another.
    pub fn new(config: Config, seed: u64) -> Self {
        // Copied from one piece of memory: a store for each field is the longest function of a wasm module.
        const NEW: Session = Session::blank();
        let mut session = NEW;
        session.config = config;
        session.rng = fastrand::Rng::with_seed(seed);
        session
    }

    const fn blank() -> Self {
        Session {
            lost_at: None,
            ever_opened: false,
            config: Config::DEFAULT,
            now: 0,
            state: State::Idle,
            generation: 0,
            outputs: Queue::new(),
            timers: Timers::new(),
            rng: fastrand::Rng::with_seed(0),
            outbox: Outbox::new(),
            heartbeat: Heartbeat::new(),
            beat: Beat::new(),
            latency: Latency::new(),
            renewal: Renewal::new(),
            page: Page::new(),
            farewell: None,
            dismissal: Dismissal::new(),
            farewell_reason: String::new(),
            close_reason: String::new(),
            attempts: 0,
            slow_handshakes: 0,
            last_dial: 0,
            trying_since: 0,
            offers_protocols: false,
            allowance: TokenAllowance::Available,
            strikes: 0,
            unconfirmed: 0,
            counters: Stats::NONE,
        }
    }

    // --- getters -------------------------------------------------------------------------------------------------

    /// Where the connection stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What the user asked for.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The same to be changed, as long as the session has not been opened.
    pub fn config_mut(&mut self) -> Option<&mut Config> {
        (matches!(self.state, State::Idle)).then_some(&mut self.config)
    }

    /// The current attempt or connection.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The reason of the last close that the browser reported.
    pub fn close_reason(&self) -> &str {
        &self.close_reason
    }

    /// The reason that goes with [`Output::Close`].
    pub fn farewell_reason(&self) -> &str {
        &self.farewell_reason
    }

    /// Whether a message of one byte would be taken now.
    pub fn has_room(&self) -> bool {
        let is_unbound = self.is_open()
            && self.config.delivery == Delivery::AtMostOnce
            && !self.outbox.window.is_set();
        is_unbound || self.outbox.has_room(&self.config.queue)
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    // --- the hot path --------------------------------------------------------------------------------------------

    /// Notes that a frame of `bytes` has arrived, and says whether to hand it on. Reads no clock, arms no timer.
    pub fn heard(&mut self, generation: Generation, bytes: u64) -> Heard {
        if generation != self.generation || !self.state.is_linked() {
            return Heard::Discard;
        }
        if bytes > self.config.max_message_bytes {
            return Heard::TooLarge;
        }
        self.counters.messages_received += 1;
        self.counters.bytes_received += bytes;
        self.heartbeat.mark_heard();
        Heard::Deliver
    }

    /// Whether a message may go straight to the native socket: the connection is open, nothing stands before it, and
    /// nobody asks afterwards what became of it.
    pub fn can_pass(&self) -> bool {
        self.is_open()
            && self.outbox.is_empty()
            && self.farewell.is_none()
            && self.config.delivery == Delivery::AtMostOnce
    }

    /// Notes that a message of `bytes` has gone straight to the native socket; true if
    /// [`handle_sent`](Session::handle_sent) is to follow, which is seldom. Reads no clock, arms no timer.
    pub fn note_passed(&mut self, bytes: u32) -> bool {
        self.counters.messages_sent += 1;
        self.counters.bytes_sent += u64::from(bytes);
        self.mark_sent();
        self.wants_send_time()
    }

    /// Starts to watch whether a send is answered.
    pub fn handle_sent(&mut self, now: Millis) {
        self.advance(now);
        if self.is_open() {
            self.watch_send();
        }
    }

    // --- facts in ------------------------------------------------------------------------------------------------

    /// Takes news of an attempt or a connection; false if it is of an older one, or comes at the wrong moment.
    pub fn handle_news(&mut self, now: Millis, generation: Generation, news: News) -> bool {
        self.advance(now);
        // How a connection ended says more than the sleep before.
        if !matches!(news, News::Closed(_)) {
            self.notice_sleep();
        }
        if generation != self.generation {
            return false;
        }
        match (&self.state, news) {
            (State::Connecting(Dial::Asking), News::UrlReady(address)) => self.on_url(address),
            (State::Connecting(_) | State::Authenticating(_), News::Failed) => {
                self.on_break(Cause::new(CauseKind::Provider));
            }
            (State::Restoring { .. }, News::Failed) => {
                self.on_break(Cause::new(CauseKind::Restore))
            }
            (_, News::CredentialsReady) => return self.on_credentials(),
            (State::Open { .. }, News::Failed) => return self.on_renewal_asked(false),
            (State::Connecting(Dial::Handshaking), News::Opened { protocol_selected }) => {
                self.on_opened(protocol_selected);
            }
            (&State::Restoring { accepted }, News::Restored) => self.enter_open(accepted),
            (state, News::Classified(Verdict::Reply(ticket))) if state.is_linked() => {
                return self.on_reply(ticket);
            }
            (state, News::Classified(verdict)) if state.is_linked() => self.on_verdict(verdict),
            (state, News::TooLarge) if state.is_linked() => {
                self.on_break(Cause::new(CauseKind::TooLarge));
            }
            #[cfg(feature = "subprotocol")]
            (state, News::Violated) if state.is_linked() => {
                self.on_break(Cause::new(CauseKind::Protocol));
            }
            #[cfg(feature = "subprotocol")]
            (state, News::Dismissed { action, delay_ms }) if state.is_linked() => {
                self.on_dismissed(action, delay_ms);
            }
            (state, News::Closed(close)) if state.has_socket() => self.on_closed(close),
            _ => return false,
        }
        true
    }

    /// Fires what is due. Calling it early or twice does nothing.
    pub fn handle_timeout(&mut self, now: Millis) {
        self.advance(now);
        self.notice_sleep();
        while let Some((at, timer)) = self.timers.next() {
            if at > self.now {
                break;
            }
            self.timers.cancel(timer);
            match timer {
                Timer::Connect => self.on_connect_overdue(),
                Timer::Retry => self.dial(None),
                Timer::Heartbeat => self.on_look(),
                Timer::Pong => self.on_pong_overdue(),
                Timer::Probe => self.probe(),
                Timer::Send => self.on_send_watched(),
                Timer::Expiry => self.on_expiry(),
                Timer::Close => self.on_close_overdue(),
                Timer::Wake => self.arm_wake_look(),
                Timer::Confirm => self.on_confirmation_due(),
                Timer::Renewal => self.on_renewal_due(),
                Timer::KeepAlive => self.on_keep_alive(),
            }
        }
    }

    // --- commands ------------------------------------------------------------------------------------------------

    /// Starts to connect; only the first call does anything.
    pub fn open(&mut self, now: Millis) {
        self.advance(now);
        if matches!(self.state, State::Idle) {
            self.start();
        }
    }

    /// Dials now, whatever is there: a wait ends, a connection or an attempt is replaced, a goodbye is cut short,
    /// a closed session begins anew. Nothing brings back an aborted one.
    pub fn reconnect(&mut self, now: Millis) {
        self.advance(now);
        if self.farewell.is_some() || matches!(self.state, State::Closing) {
            self.cut_goodbye();
        }
        match self.state {
            State::Closed(ClosedWhy::Aborted) => {}
            State::Idle => self.start(),
            State::Closed(_) => {
                self.attempts = 0;
                self.strikes = 0;
                self.allowance = TokenAllowance::Available;
                if self.counters.attempts == 0 {
                    self.start();
                } else {
                    self.dial(None);
                }
            }
            _ => self.replace(Cause::new(CauseKind::Reconnect)),
        }
    }

    /// Takes a message that could not pass straight. It leaves, in order, as soon as the connection is open.
    pub fn enqueue(&mut self, now: Millis, mut message: Message) -> Fate {
        self.advance(now);
        if self.farewell.is_some() || matches!(self.state, State::Closing | State::Closed(_)) {
            return Fate::Dropped(DropReason::Closed);
        }
        let Some(is_kept) = self.note_awaited(&mut message) else {
            return Fate::Dropped(DropReason::TooManyRequests);
        };
        // Over an open connection the queue empties within this very call chain: no bound applies, except to what is
        // kept until it is confirmed, and behind a send window that is full.
        let is_bound = is_kept || !self.is_open() || self.outbox.is_held_up();
        let bounds = is_bound.then_some(&self.config.queue);
        let outputs = &mut self.outputs;
        let taken = self.outbox.push(
            self.now,
            message,
            bounds,
            self.config.queue.ttl_ms,
            |ticket, reason| {
                let event = Event::Dropped(ticket, reason, Progress::Queued);
                outputs.push(Output::Notify(event));
            },
        );
        match taken {
            Err(reason) => Fate::Dropped(reason),
            Ok(()) => {
                self.arm_expiry();
                Fate::Queued(message.ticket)
            }
        }
    }

    /// Takes back a message that is queued, or awaits something: it leaves no more, or not again. Says how far it had
    /// come; `None` if its fate is known already.
    pub fn withdraw(&mut self, now: Millis, ticket: Ticket) -> Option<Progress> {
        self.advance(now);
        let progress = self.outbox.take(ticket)?;
        self.arm_expiry();
        self.on_settled();
        Some(progress)
    }

    /// Whether a message of the restore step may be sent over the connection of this generation.
    pub fn may_restore(&self, generation: Generation) -> bool {
        generation == self.generation && matches!(self.state, State::Restoring { .. })
    }

    // --- orders and events out -----------------------------------------------------------------------------------

    /// The next order or event; `None` when there is nothing left to do until something comes in.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop() {
            return Some(output);
        }
        if !self.is_open() {
            return None;
        }
        let ticket = self.pop_outbox()?;
        self.watch_send();
        self.await_confirmation();
        Some(Output::Transmit(ticket))
    }

    /// The one next deadline and the reason it exists; `None` if only the outside can move the session.
    pub fn poll_timeout(&self) -> Option<(Millis, Timer)> {
        self.timers.next()
    }

    // --- reactions -----------------------------------------------------------------------------------------------

    fn advance(&mut self, now: Millis) {
        self.now = self.now.max(now);
    }

    /// The one place where the state is written. Timers belong to states: those of the old one are cancelled.
    fn transition(&mut self, next: State, cause: Option<Cause>) {
        debug_assert!(
            self.state.may_become(&next),
            "no edge from {:?} to {next:?}",
            self.state
        );
        let silent = self.farewell.is_some() && !matches!(next, State::Closed(_));
        let step = core::mem::discriminant(&self.state) == core::mem::discriminant(&next)
            && matches!(
                next,
                State::Authenticating(_) | State::Connecting(Dial::Handshaking) | State::Closed(_)
            );
        self.state = next;
        self.arm_timers_of_state();
        // While a farewell drains the application sees `closing`, whatever the attempts below it do.
        if !silent && !step && !matches!(self.state, State::Deciding(_)) {
            let state = self.state;
            self.outputs
                .push(Output::Notify(Event::State { state, cause }));
        }
        self.ask_for_state();
    }

    fn arm_in(&mut self, timer: Timer, delay_ms: Millis) {
        self.timers.arm(timer, self.now.saturating_add(delay_ms));
    }

    fn arm_timers_of_state(&mut self) {
        match &self.state {
            State::Connecting(Dial::Asking) => {
                self.timers.cancel(Timer::Retry);
                let timeout = self
                    .config
                    .connect_timeout_ms
                    .saturating_add(self.patience_ms());
                self.arm_in(Timer::Connect, timeout);
            }
            State::Connecting(Dial::Handshaking)
            | State::Authenticating(_)
            | State::Restoring { .. } => {}
            State::Open { .. } | State::Deciding(_) => self.timers.cancel(Timer::Connect),
            State::Waiting(wait) => {
                self.timers.cancel(Timer::Connect);
                self.timers.arm(Timer::Retry, wait.until);
            }
            State::Idle | State::Suspended(_) | State::Closing | State::Closed(_) => {
                self.timers.cancel(Timer::Connect);
                self.timers.cancel(Timer::Retry);
                if !matches!(self.state, State::Suspended(_)) {
                    self.timers.cancel(Timer::Expiry);
                    self.timers.cancel(Timer::Close);
                }
            }
        }
    }

    fn start(&mut self) {
        self.lost_at = self.config.lost_at;
        self.ever_opened = self.lost_at.is_some();
        self.dial(None);
    }

    fn ask_for_state(&mut self) {
        let question = match &self.state {
            State::Connecting(Dial::Asking) => Question::Url {
                attempt: self.attempts,
            },
            state => match self.question_of_step(state) {
                Some(question) => question,
                None => return,
            },
        };
        self.outputs.push(Output::Ask(question, self.generation));
    }

    fn on_verdict(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Message | Verdict::Invalid | Verdict::Reply(_) => {}
            Verdict::Ping => self.on_ping(),
            Verdict::Pong(id) => self.on_pong(id),
            Verdict::Accepted => self.on_yes(),
            Verdict::Refused => self.on_no(),
        }
    }

    fn on_closed(&mut self, mut close: Close) {
        if !IS_SUBPROTOCOL_MODULE {
            self.close_reason = core::mem::take(&mut close.reason);
        }
        if matches!(self.state, State::Closing) {
            let cause = Cause::from_close(CauseKind::User, &close);
            self.let_go(&cause);
            return self.finish(ClosedWhy::User, Some(cause));
        }
        let refused = matches!(self.state, State::Connecting(_));
        let kind = if refused {
            CauseKind::Refused
        } else {
            CauseKind::Closed
        };
        self.on_break(Cause::from_close(kind, &close));
    }

    fn pop_outbox(&mut self) -> Option<Ticket> {
        let entry = self.outbox.pop(self.counters.messages_sent + 1)?;
        if self.outbox.is_empty() {
            self.arm_expiry();
        }
        self.counters.messages_sent += 1;
        self.counters.bytes_sent += u64::from(entry.bytes);
        self.mark_sent();
        Some(entry.ticket)
    }
}
