//! New credentials for a connection that is open: because the application asks for them, or because those it has will
//! expire.

use super::backoff::jitter;
use super::cause::{Cause, CauseKind};
use super::output::{Event, Output, Question};
use super::state::{Accepted, State};
use super::timer::Timer;
use super::{IS_STOMP_MODULE, Millis, Session};

/// Credentials are renewed when a tenth of their time is left, and up to twice as early, so that a herd that signed in
/// at once does not renew at once.
const MARGIN: Millis = 10;
/// After a failure it is tried again when half of what is left has passed, as long as this is left.
const MIN_LEFT_MS: Millis = 2_000;

/// Whether the first frame carries credentials, and over what it may travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// No authentication step.
    #[default]
    None,
    /// Credentials travel over `wss:` or loopback only.
    Secure,
    /// Credentials may travel over plain `ws:` too.
    AllowInsecure,
}

impl Auth {
    /// Whether the address has to be secure, loopback excepted.
    pub(super) fn needs_security(self) -> bool {
        self == Auth::Secure
    }
}

/// How far the authentication step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The provider of the first message has been asked.
    Asked,
    /// The first message has been sent; the server is to answer.
    Sent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing is under way.
    Rest,
    /// The provider has been asked.
    Asked,
    /// The credentials have been sent; the server is to answer.
    Sent,
}

/// What is known of the credentials of the current connection.
#[derive(Clone, Debug)]
pub(super) struct Renewal {
    step: Step,
    /// How long those hold that the server is about to accept.
    holds_ms: Option<Millis>,
    /// When those expire that it has accepted.
    expire_at: Option<Millis>,
    /// When they are to be renewed.
    due_at: Option<Millis>,
}

impl Renewal {
    pub(super) const fn new() -> Self {
        Renewal {
            step: Step::Rest,
            holds_ms: None,
            expire_at: None,
            due_at: None,
        }
    }

    fn is_sent(&self) -> bool {
        !IS_STOMP_MODULE && self.step == Step::Sent
    }
}

impl Session {
    /// Whether asking again can bring a token that the server has not refused yet.
    pub(super) fn has_token_source(&self) -> bool {
        self.config.token_source || self.config.auth != Auth::None
    }

    /// The handshake is done: what has to be done before the queue may leave?
    pub(super) fn enter_steps(&mut self) {
        if self.config.auth == Auth::None {
            self.enter_restore(Accepted::NotAsked);
        } else {
            self.transition(State::Authenticating(Credentials::Asked), None);
        }
    }

    fn enter_restore(&mut self, accepted: Accepted) {
        if self.config.restore {
            self.transition(State::Restoring { accepted }, None);
        } else {
            self.enter_open(accepted);
        }
    }

    /// What the application is asked for on entering a state between the handshake and `open`.
    pub(super) fn question_of_step(&self, state: &State) -> Option<Question> {
        match state {
            State::Authenticating(Credentials::Asked) => Some(Question::Credentials),
            State::Restoring { .. } => Some(Question::Restore(self.opening())),
            _ => None,
        }
    }

    /// The message with the credentials is ready; false if nobody waits for it.
    pub(super) fn on_credentials(&mut self) -> bool {
        let is_awaited = match self.state {
            State::Authenticating(Credentials::Asked) => {
                self.transition(State::Authenticating(Credentials::Sent), None);
                true
            }
            State::Open { .. } => self.on_renewal_asked(true),
            _ => false,
        };
        if is_awaited {
            self.mark_sent();
        }
        is_awaited
    }

    /// The server accepts the credentials.
    pub(super) fn on_yes(&mut self) {
        if matches!(self.state, State::Authenticating(Credentials::Sent)) {
            self.on_accepted();
            self.enter_restore(Accepted::Yes {
                received_before: self.counters.messages_received,
            });
        } else if self.is_open() && self.renewal.is_sent() {
            self.on_renewed();
        } else {
            // A late yes: what it said of its credentials is not said of the next ones.
            self.renewal.holds_ms = None;
        }
    }

    /// The server refuses them.
    pub(super) fn on_no(&mut self) {
        let renews = self.is_open() && self.renewal.is_sent();
        if renews || matches!(self.state, State::Authenticating(_)) {
            self.on_break(Cause::new(CauseKind::Unauthorized));
        }
    }

    /// Tells how long the credentials hold that the next [`Verdict::Accepted`](super::Verdict::Accepted) is about: they
    /// are renewed before.
    pub fn note_credentials_hold(&mut self, holds_ms: Millis) {
        self.renewal.holds_ms = Some(holds_ms);
    }

    /// Whether the server is to judge credentials: an answer to them is told by [`Verdict`](super::Verdict), and at other
    /// times there is nothing to look for.
    pub fn awaits_judgement(&self) -> bool {
        matches!(self.state, State::Authenticating(_)) || (self.is_open() && self.renewal.is_sent())
    }

    /// Asks for new credentials and sends them over the open connection. Does nothing while that is under way already,
    /// and where there is no connection, which will bring new credentials anyway.
    pub fn reauthenticate(&mut self, now: Millis) {
        self.advance(now);
        let can = self.config.auth != Auth::None && self.farewell.is_none();
        if can && self.is_open() && self.renewal.step == Step::Rest {
            self.renew();
        }
    }

    fn renew(&mut self) {
        self.renewal.step = Step::Asked;
        self.arm_in(Timer::Renewal, self.config.connect_timeout_ms);
        self.outputs
            .push(Output::Ask(Question::Credentials, self.generation));
    }

    /// The provider has answered; false if nobody waits for that any more.
    pub(super) fn on_renewal_asked(&mut self, is_ready: bool) -> bool {
        if IS_STOMP_MODULE || self.renewal.step != Step::Asked {
            return false;
        }
        if is_ready {
            self.renewal.step = Step::Sent;
        } else {
            self.on_renewal_failed();
        }
        true
    }

    /// The time has come to renew, or for the answer to have come.
    pub(super) fn on_renewal_due(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        if self.farewell.is_some() {
            return;
        }
        if self.renewal.step == Step::Rest {
            self.renew();
        } else if self.renewal.step == Step::Sent && self.is_held() {
            // The answer may stand unread.
            self.arm_in(Timer::Renewal, self.config.connect_timeout_ms);
        } else {
            self.on_renewal_failed();
        }
    }

    fn on_renewal_failed(&mut self) {
        self.renewal.step = Step::Rest;
        self.outputs.push(Output::Notify(Event::RenewalFailed));
        let left = self.renewal.expire_at.map(|at| at.saturating_sub(self.now));
        self.renewal.due_at = left
            .filter(|&left| left >= MIN_LEFT_MS)
            .map(|left| self.now + left / 2);
        self.arm_renewal();
    }

    /// The server has accepted new credentials for the open connection.
    fn on_renewed(&mut self) {
        self.on_accepted();
        self.arm_renewal();
        self.outputs.push(Output::Notify(Event::Renewed));
    }

    /// The server has accepted credentials.
    fn on_accepted(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        let holds_ms = self.renewal.holds_ms;
        self.renewal = Renewal::new();
        if let Some(holds_ms) = holds_ms {
            let margin = holds_ms / MARGIN + jitter(&mut self.rng, holds_ms / MARGIN);
            let expire_at = self.now.saturating_add(holds_ms);
            self.renewal.expire_at = Some(expire_at);
            self.renewal.due_at = Some(expire_at - margin);
        }
    }

    /// On an open connection the timer runs to the next step.
    pub(super) fn arm_renewal(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        match self.renewal.due_at {
            // A timer in the past would look like a sleep.
            Some(at) => self.timers.arm(Timer::Renewal, at.max(self.now)),
            None => self.timers.cancel(Timer::Renewal),
        }
    }

    pub(super) fn stop_renewal(&mut self) {
        if IS_STOMP_MODULE {
            return;
        }
        self.renewal = Renewal::new();
        self.timers.cancel(Timer::Renewal);
    }
}
