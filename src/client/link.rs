//! The untyped side: the engine and its face. All handles of a socket lead here.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::cause::Cause;
use super::dial::Endpoint;
use super::error::Failure;
use super::messages::Typed;
use super::retry::Retry;
use super::status::Status;
use super::steps::Steps;
use crate::codec::Payload;
use crate::session::{
    Advice, Cause as SessionCause, Config, Event, Generation, Millis, News, Question, Session,
    StateName, Ticket, Timer, Verdict,
};
use crate::subprotocol::NoEvent;
use crate::transport::{Buffer, Driver, Face, Frame, IS_LIVE, WebSocket, connect, seed};

/// How often to look whether the browser has sent what it holds: it does not tell.
const POLL_MS: Millis = 20;
/// No buffer for frames is kept beyond this.
const MAX_KEPT_BYTES: usize = 64 * 1024;

/// What an engine is made of, beside the typed side.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) endpoint: Endpoint,
    pub(super) steps: Steps,
    pub(super) retry: Retry,
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
                Session::new(plan.config, seed()),
                Link {
                    engine: Weak::clone(engine),
                    endpoint: RefCell::new(plan.endpoint),
                    retry: plan.retry,
                    typed,
                    status,
                    steps: plan.steps,
                    buffer: Cell::default(),
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
        link.steps.end_attempt();
        link.status.end();
        link.typed.end();
    }
}

pub(super) struct Link {
    pub(super) engine: Weak<Engine>,
    /// Where the current attempt dials.
    pub(super) endpoint: RefCell<Endpoint>,
    retry: Retry,
    pub(super) typed: Rc<dyn Typed>,
    pub(super) status: Rc<Status>,
    pub(super) steps: Steps,
    /// What frames are read into, kept so that none has to be allocated.
    buffer: Cell<Buffer>,
}

impl Link {
    pub(super) fn news(&self, generation: Generation, news: News) {
        if let Some(engine) = self.engine.upgrade() {
            engine.driver.news(generation, news);
        }
    }

    pub(super) fn use_endpoint(&self, generation: Generation) {
        let resolved = self
            .endpoint
            .borrow()
            .resolve()
            .map(|(target, _)| target.address);
        match resolved {
            Ok(address) => self.news(generation, News::UrlReady(address)),
            Err(error) => {
                self.fail(|| Failure::Endpoint(error));
                self.news(generation, News::Failed);
            }
        }
    }

    // --- news for the application --------------------------------------------------------------------------------

    fn enter(&self, state: crate::session::State, cause: Option<SessionCause>, reason: &str) {
        let cause = cause.map(|cause| Rc::new(Cause::new(cause, reason)));
        let previous = self.state_so_far();
        let name = state.name();
        // A goodbye that lets the queue leave first goes on dialling.
        if matches!(
            name,
            StateName::Waiting | StateName::Suspended | StateName::Closed
        ) {
            self.steps.end_attempt();
        }
        self.status.enter(state, cause.clone());
        if name == StateName::Open {
            // A connection that has opened has brought new credentials.
            self.status.renewals.end(true);
        } else if name == StateName::Closed {
            self.status.renewals.end(false);
            self.typed.wake_readers();
        }
        self.tell_state(previous, cause);
        self.status.wake();
    }
}

impl Face for Link {
    type Machine = Session;

    fn ask(&self, question: Question, generation: Generation) {
        match question {
            Question::Url { attempt } => self.ask_url(attempt, generation),
            Question::Credentials => self.ask_credentials(generation),
            Question::Restore(opening) => self.ask_restore(opening, generation),
        }
    }

    fn dial(&self, _: Generation) -> Option<WebSocket> {
        let endpoint = self.endpoint.borrow();
        let resolved = endpoint.resolve().ok();
        let socket = resolved.and_then(|(target, protocols)| connect(&target, protocols));
        drop(endpoint);
        if socket.is_none() {
            self.fail(|| Failure::Refused);
        }
        socket
    }

    fn receive(&self, frame: Frame) -> Verdict {
        let mut buffer = self.buffer.take();
        let verdict = self.typed.receive(frame.read(&mut buffer), self);
        if buffer.capacity() <= MAX_KEPT_BYTES {
            self.buffer.set(buffer);
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
        self.make_ping(id)
    }

    fn pong(&self) -> Option<Payload> {
        self.make_pong()
    }

    fn retry(&self, cause: SessionCause, reason: &str, attempt: u32) -> Advice {
        self.retry.advise(cause, reason, attempt)
    }

    fn notify(&self, _: Millis, event: Event, reason: &str) {
        match event {
            Event::State { state, cause } => self.enter(state, cause, reason),
            Event::Opened(opening) => self.tell_opened(opening),
            Event::Dropped(ticket, reason, progress) => {
                self.typed.dropped(ticket, reason, progress);
                self.status.wake();
            }
            Event::Confirmed(ticket) => {
                self.typed.confirmed(ticket);
                self.status.wake();
            }
            Event::Renewed => self.status.renewals.end(true),
            Event::RenewalFailed => self.renewal_failed(),
            Event::Latency(ms) => self.tell_latency(ms),
            Event::ProtocolNotSelected => self.fail(|| Failure::ProtocolNotSelected),
        }
    }

    fn tell(&self, event: NoEvent) {
        match event {}
    }

    fn look(&self) {
        self.status.wake();
    }

    fn armed(&self, _: Timer, _: Millis) {}
}
