//! The untyped side: the engine and its face. All handles of a socket lead here.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::cause::Cause;
use super::dial::{Ask, DialContext, Endpoint};
use super::error::Failure;
use super::messages::{Announcement, Typed};
use super::parts::{Answer, Encoded};
use super::state::State;
use super::status::{Renewal, Status};
use super::wakers::{Endable, Ending, LocalFuture};
use crate::codec::{Payload, PayloadRef};
use crate::session::{
    Advice, Cause as SessionCause, CauseKind, ClosedWhy, Config, Event, Generation, Millis, News,
    Question, Session, StateName, Ticket, Timer, Verdict,
};
use crate::transport::{Driver, Face, Frame, IS_LIVE, WebSocket, connect, spawn};

/// The application's retry function.
pub(super) type Retry = Box<dyn Fn(&Cause, u32) -> Advice>;

/// How often to look whether the browser has sent what it holds: it does not tell.
const POLL_MS: Millis = 20;
/// No buffer for frames is kept beyond this.
const MAX_KEPT_BYTES: usize = 64 * 1024;

/// What an engine is made of, beside the typed side.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) endpoint: Endpoint,
    /// Who is asked for another endpoint, for each attempt.
    pub(super) ask: Option<Ask>,
    pub(super) retry: Option<Retry>,
    pub(super) auto_connect: bool,
}

/// The one owner of the connection. Dropped, it closes it and frees everything.
pub(super) struct Engine {
    driver: Driver<Link>,
}

impl Engine {
    pub(super) fn start(plan: Plan, typed: Rc<dyn Typed>, status: Rc<Status>) -> Rc<Self> {
        let engine = Rc::new_cyclic(|engine| Engine {
            driver: Driver::new(
                plan.config,
                Link {
                    engine: Weak::clone(engine),
                    endpoint: RefCell::new(plan.endpoint),
                    ask: plan.ask,
                    retry: plan.retry,
                    typed,
                    status,
                    context: RefCell::default(),
                    attempt: RefCell::default(),
                    failure: RefCell::new(None),
                    buffer: RefCell::default(),
                },
            ),
        });
        if plan.auto_connect && IS_LIVE {
            engine.driver.command(Session::open);
        }
        engine
    }

    pub(super) fn driver(&self) -> &Driver<Link> {
        &self.driver
    }

    /// Has those that wait for room woken soon: the browser does not tell when it has sent what it holds.
    pub(super) fn look_soon(&self) {
        self.driver.look_in(POLL_MS);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.driver.command(Session::abort);
        let link = self.driver.face();
        link.attempt.borrow().end();
        link.status.end();
        link.typed.end();
    }
}

pub(super) struct Link {
    engine: Weak<Engine>,
    /// Where the current attempt dials.
    endpoint: RefCell<Endpoint>,
    ask: Option<Ask>,
    retry: Option<Retry>,
    typed: Rc<dyn Typed>,
    status: Rc<Status>,
    context: RefCell<DialContext>,
    /// Ends the providers of an attempt that is over.
    attempt: RefCell<Ending>,
    /// Why the provider gave none.
    failure: RefCell<Option<Rc<dyn std::error::Error>>>,
    /// What frames are read into, kept so that none has to be allocated.
    buffer: RefCell<Vec<u8>>,
}

impl Link {
    fn fail(&self, failure: Failure) {
        self.typed.publish(Announcement::Failed(failure));
    }

    fn news(&self, generation: Generation, news: News) {
        if let Some(engine) = self.engine.upgrade() {
            engine.driver.news(generation, news);
        }
    }

    // --- providers -----------------------------------------------------------------------------------------------

    fn ask_url(&self, attempt: u32, generation: Generation) {
        self.attempt.replace(Ending::default()).end();
        let last_cause = self.status.last_cause.borrow().clone();
        let context = DialContext {
            attempt,
            last_cause,
        };
        // Whoever is asked for credentials is told of the attempt, too, wherever the address comes from.
        self.context.replace(context.clone());
        match &self.ask {
            Some(ask) => self.run(generation, ask(context)),
            None => self.use_endpoint(generation),
        }
    }

    fn use_endpoint(&self, generation: Generation) {
        let resolved = self
            .endpoint
            .borrow()
            .resolve()
            .map(|(target, _)| target.address);
        match resolved {
            Ok(address) => self.news(generation, News::UrlReady(address)),
            Err(error) => {
                self.fail(Failure::Endpoint(error));
                self.news(generation, News::Failed);
            }
        }
    }

    /// Runs a provider of the current attempt, and does not wait for it longer than that lasts.
    fn run(&self, generation: Generation, future: LocalFuture<Answer>) {
        let engine = Weak::clone(&self.engine);
        let ending = self.attempt.borrow().clone();
        let is_over = ending.clone();
        spawn(Endable {
            ending,
            future: Some(Box::pin(async move {
                let answer = future.await;
                if let Some(engine) = engine.upgrade().filter(|_| !is_over.is_over()) {
                    engine.driver.face().answered(generation, answer);
                }
            })),
        });
    }

    fn answered(&self, generation: Generation, answer: Answer) {
        match answer {
            Answer::Endpoint(endpoint) => {
                self.endpoint.replace(endpoint);
                self.use_endpoint(generation);
            }
            Answer::Credentials(payload) => {
                if let Some(engine) = self.engine.upgrade() {
                    engine.driver.step(generation, payload.as_ref());
                }
            }
            Answer::Restored => self.news(generation, News::Restored),
            Answer::Failed(failure) => {
                match &failure {
                    Failure::Provider(error) => self.failure.replace(Some(Rc::clone(error))),
                    Failure::Encode(error) => self.failure.replace(Some(Rc::clone(error) as _)),
                    _ => None,
                };
                self.fail(failure);
                self.news(generation, News::Failed);
            }
        }
    }

    // --- news for the application --------------------------------------------------------------------------------

    fn enter(&self, state: crate::session::State, cause: Option<SessionCause>, reason: &str) {
        let cause = cause.map(|cause| Cause::new(cause, reason));
        if let Some(cause) = &cause {
            self.status.last_cause.replace(Some(cause.clone()));
        }
        let failure = failure_of(&state, cause.as_ref());
        let state = State::new(state, cause, self.status.last_cause.borrow().as_ref());
        let name = state.name();
        // A goodbye that lets the queue leave first goes on dialling.
        if matches!(
            name,
            StateName::Waiting | StateName::Suspended | StateName::Closed
        ) {
            self.attempt.borrow().end();
        }
        let previous = self.status.enter(state.clone());
        if name == StateName::Open {
            // A connection that has opened has brought new credentials.
            self.status.renewed(&Renewal::Accepted);
        } else if name == StateName::Closed {
            self.status.renewed(&Renewal::Closed);
            self.typed.wake_readers();
        }
        self.typed.publish(Announcement::State { state, previous });
        if let Some(failure) = failure {
            self.fail(failure);
        }
        self.status.wake();
    }

    fn renewal_failed(&self) {
        let error = self.failure.take();
        if error.is_none() {
            self.fail(Failure::RenewalTimeout);
        }
        self.status.renewed(&Renewal::Failed(error));
    }

    fn encoded(&self, payload: Option<Encoded>) -> Option<Payload> {
        match payload? {
            Ok(payload) => Some(payload),
            Err(error) => {
                self.fail(Failure::Encode(Rc::new(error)));
                None
            }
        }
    }
}

/// The restore step's way to the connection that it restores.
pub(super) struct StepChannel {
    engine: Weak<Engine>,
    generation: Generation,
}

impl StepChannel {
    /// Sends a payload; false if the step is over.
    pub(super) fn send(&self, payload: PayloadRef<'_>) -> bool {
        self.engine.upgrade().is_some_and(|engine| {
            // Not by way of credentials, which the open connection may be asked for at the same time.
            let is_restoring = engine.driver.read(|it| it.may_restore(self.generation));
            is_restoring && engine.driver.step(self.generation, payload)
        })
    }
}

/// A break that is more than a break is a failure, too; so is the end of all credentials.
fn failure_of(state: &crate::session::State, cause: Option<&Cause>) -> Option<Failure> {
    if let crate::session::State::Closed(ClosedWhy::Unauthorized) = state {
        return Some(Failure::Unauthorized);
    }
    match cause?.kind {
        CauseKind::Refused => Some(Failure::Refused),
        CauseKind::ConnectTimeout => Some(Failure::ConnectTimeout),
        CauseKind::Unauthorized => Some(Failure::Unauthorized),
        CauseKind::TooLarge => Some(Failure::TooLarge),
        CauseKind::Insecure => Some(Failure::Insecure),
        _ => None,
    }
}

impl Face for Link {
    fn ask(&self, question: Question, generation: Generation) {
        match question {
            Question::Url { attempt } => self.ask_url(attempt, generation),
            Question::Credentials => {
                self.failure.replace(None);
                let context = self.context.borrow().clone();
                if let Some(credentials) = self.typed.credentials(context) {
                    self.run(generation, credentials);
                }
            }
            Question::Restore(opening) => {
                let channel = StepChannel {
                    engine: Weak::clone(&self.engine),
                    generation,
                };
                if let Some(restored) = self.typed.restore(opening.into(), channel) {
                    self.run(generation, restored);
                }
            }
        }
    }

    fn dial(&self, _: Generation) -> Option<WebSocket> {
        let endpoint = self.endpoint.borrow();
        let resolved = endpoint.resolve().ok();
        let socket = resolved.and_then(|(target, protocols)| connect(&target, protocols));
        drop(endpoint);
        if socket.is_none() {
            self.fail(Failure::Refused);
        }
        socket
    }

    fn receive(&self, frame: Frame) -> Verdict {
        let mut buffer = self.buffer.take();
        let is_judged = || {
            let engine = self.engine.upgrade();
            engine.is_some_and(|engine| engine.driver.read(Session::awaits_judgement))
        };
        let (verdict, holds) = self.typed.receive(frame.read(&mut buffer), &is_judged);
        if buffer.capacity() <= MAX_KEPT_BYTES {
            self.buffer.replace(buffer);
        }
        if let Some(holds) = holds
            && let Some(engine) = self.engine.upgrade()
        {
            engine
                .driver
                .command(|session, _| session.note_credentials_hold(holds));
        }
        verdict
    }

    fn replied(&self, ticket: Ticket, is_awaited: bool) {
        self.typed.replied(ticket, is_awaited);
    }

    fn take(&self, ticket: Ticket) -> Option<Rc<Payload>> {
        let payload = self.typed.leave(ticket);
        self.status.wake();
        payload
    }

    fn ping(&self, id: u32) -> Option<Payload> {
        self.encoded(self.typed.ping(id))
    }

    fn pong(&self) -> Option<Payload> {
        self.encoded(self.typed.pong())
    }

    fn retry(&self, cause: SessionCause, reason: &str, attempt: u32) -> Advice {
        match &self.retry {
            Some(retry) => retry(&Cause::new(cause, reason), attempt),
            None => Advice::Default,
        }
    }

    fn notify(&self, _: Millis, event: Event, reason: &str) {
        match event {
            Event::State { state, cause } => self.enter(state, cause, reason),
            Event::Opened(opening) => self.typed.publish(Announcement::Opened(opening.into())),
            Event::Dropped(ticket, reason, progress) => {
                self.typed.dropped(ticket, reason, progress);
                self.status.wake();
            }
            Event::Confirmed(ticket) => {
                self.typed.confirmed(ticket);
                self.status.wake();
            }
            Event::Renewed => self.status.renewed(&Renewal::Accepted),
            Event::RenewalFailed => self.renewal_failed(),
            Event::Latency(ms) => self.typed.publish(Announcement::Latency(ms)),
            Event::ProtocolNotSelected => self.fail(Failure::ProtocolNotSelected),
        }
    }

    fn look(&self) {
        self.status.wake();
    }

    fn armed(&self, _: Timer, _: Millis) {}
}
