//! The engine of a subprotocol's client, and its face.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::events::Event;
use super::{Protocol, Settings};
use crate::client::broadcast::Broadcast;
use crate::client::cause::Cause;
use crate::client::dial::Endpoint;
use crate::client::error::Failure;
use crate::client::events::failure_of;
use crate::client::retry::Retry;
use crate::client::status::Status;
use crate::client::steps::{DialContext, Endable, Ending, LocalFuture, Provider, Renewal};
use crate::codec::{Payload, PayloadRef};
use crate::session::{
    Advice, Cause as SessionCause, Event as SessionEvent, Generation, Millis, News, Question,
    Session, State, StateName, Ticket, Timer, Verdict,
};
use crate::subprotocol::{FrameRef, Subprotocol};
use crate::transport::{Buffer, Driver, Face, Frame, IS_LIVE, WebSocket, connect, spawn};

/// How often to look whether the browser has sent what it holds: it does not tell.
const POLL_MS: Millis = 20;
/// No buffer for frames is kept beyond this.
const MAX_KEPT_BYTES: usize = 64 * 1024;

/// The one owner of the connection. Dropped, it says goodbye, closes it and frees everything.
pub(in crate::client) struct Engine<P: Protocol> {
    driver: Driver<Link<P>>,
}

impl<P: Protocol> Engine<P> {
    pub(in crate::client) fn start(
        machine: P::Machine,
        settings: Settings,
        protocol: P,
        status: Rc<Status>,
    ) -> Rc<Self> {
        let auto_connect = settings.auto_connect;
        let engine = Rc::new_cyclic(|engine| Engine {
            driver: Driver::new(
                machine,
                Link {
                    engine: Weak::clone(engine),
                    endpoint: RefCell::new(settings.endpoint),
                    ask: settings.ask,
                    retry: settings.retry,
                    status,
                    audience: Broadcast::default(),
                    context: RefCell::default(),
                    attempt: RefCell::default(),
                    failure: RefCell::default(),
                    buffer: Cell::default(),
                    protocol,
                },
            ),
        });
        if auto_connect && IS_LIVE {
            engine.session(Session::open);
        }
        engine
    }

    pub(in crate::client) fn driver(&self) -> &Driver<Link<P>> {
        &self.driver
    }

    pub(in crate::client) fn protocol(&self) -> &P {
        &self.driver.face().protocol
    }

    pub(in crate::client) fn link(&self) -> &Link<P> {
        self.driver.face()
    }

    /// A command that the protocol has no part in.
    pub(in crate::client) fn session<R>(&self, act: impl FnOnce(&mut Session, Millis) -> R) -> R {
        self.driver
            .command(|machine, now| act(machine.session_mut(), now))
    }

    /// Has those that wait for room woken soon.
    pub(in crate::client) fn look_soon(&self) {
        self.driver.look_in(POLL_MS);
    }
}

impl<P: Protocol> Drop for Engine<P> {
    fn drop(&mut self) {
        self.session(Session::abort);
        let link = self.driver.face();
        link.attempt.borrow().end();
        link.status.end();
        link.protocol.end();
        link.audience.end();
    }
}

/// The face.
pub(in crate::client) struct Link<P: Protocol> {
    pub(in crate::client) engine: Weak<Engine<P>>,
    /// Where the current attempt dials.
    endpoint: RefCell<Endpoint>,
    ask: Option<Provider<Endpoint>>,
    retry: Retry,
    pub(in crate::client) status: Rc<Status>,
    pub(super) audience: Broadcast<Event<P::News>>,
    context: RefCell<DialContext>,
    /// Ends the functions of an attempt that is over.
    attempt: RefCell<Ending>,
    /// Why there are no new credentials.
    failure: RefCell<Option<Rc<dyn std::error::Error>>>,
    buffer: Cell<Buffer>,
    pub(in crate::client) protocol: P,
}

impl<P: Protocol> Link<P> {
    pub(in crate::client) fn news(&self, generation: Generation, news: News) {
        if let Some(engine) = self.engine.upgrade() {
            engine.driver.news(generation, news);
        }
    }

    /// Tells the machine something; `None` if the client is going.
    pub(in crate::client) fn command<R>(
        &self,
        act: impl FnOnce(&mut P::Machine, Millis) -> R,
    ) -> Option<R> {
        let engine = self.engine.upgrade()?;
        Some(engine.driver.command(act))
    }

    /// Reads the machine.
    pub(in crate::client) fn machine<R>(&self, read: impl FnOnce(&P::Machine) -> R) -> Option<R> {
        let engine = self.engine.upgrade()?;
        Some(engine.driver.machine(read))
    }

    pub(in crate::client) fn publish(&self, news: P::News) {
        self.audience.publish(Event::Protocol(news));
    }

    pub(in crate::client) fn fail(&self, failure: Failure) {
        self.audience.publish(Event::Failed(failure));
    }

    /// Another address from now on.
    pub(in crate::client) fn redirect(&self, endpoint: Endpoint) {
        let before = self.endpoint.take();
        self.endpoint.replace(endpoint.with_protocols_of(&before));
    }

    /// Runs a function of the application's for the current attempt, and does not wait for it longer than that lasts.
    pub(in crate::client) fn run<T: 'static>(
        &self,
        future: LocalFuture<T>,
        then: impl FnOnce(&Self, T) + 'static,
    ) {
        let engine = Weak::clone(&self.engine);
        let ending = self.attempt.borrow().clone();
        let is_over = ending.clone();
        spawn(Endable {
            ending,
            future: Some(Box::pin(async move {
                let value = future.await;
                if let Some(engine) = engine.upgrade().filter(|_| !is_over.is_over()) {
                    then(engine.driver.face(), value);
                }
            })),
        });
    }

    /// A provider has failed, and with it the attempt or the renewal.
    pub(in crate::client) fn provider_failed(
        &self,
        generation: Generation,
        error: Rc<dyn std::error::Error>,
    ) {
        self.failure.replace(Some(Rc::clone(&error)));
        self.fail(Failure::Provider(error));
        self.news(generation, News::Failed);
    }

    fn ask_url(&self, attempt: u32, generation: Generation) {
        self.attempt.replace(Ending::default()).end();
        let context = DialContext {
            attempt,
            last_cause: self.status.last_cause(),
        };
        self.context.replace(context.clone());
        let Some(ask) = &self.ask else {
            return self.use_endpoint(generation);
        };
        self.run(ask(context), move |link, answer| match answer {
            Ok(endpoint) => {
                link.redirect(endpoint);
                link.use_endpoint(generation);
            }
            Err(error) => link.provider_failed(generation, error.into()),
        });
    }

    fn use_endpoint(&self, generation: Generation) {
        let resolved = self.endpoint.borrow().resolve().map(|(it, _)| it.address);
        match resolved {
            Ok(address) => self.news(generation, News::UrlReady(address)),
            Err(error) => {
                self.fail(Failure::Endpoint(error));
                self.news(generation, News::Failed);
            }
        }
    }

    fn enter(&self, state: State, cause: Option<SessionCause>, reason: &str) {
        let cause = cause.map(|cause| Rc::new(Cause::new(cause, reason)));
        let previous = self.status.state();
        let name = state.name();
        if matches!(
            name,
            StateName::Waiting | StateName::Suspended | StateName::Closed
        ) {
            self.attempt.borrow().end();
        }
        self.status.enter(state, cause.clone());
        if matches!(name, StateName::Open | StateName::Closed) {
            self.status.renewals.end(name == StateName::Open);
        }
        let state = self.status.state();
        let failure = failure_of(&state, cause.as_deref());
        self.audience.publish(Event::State { state, previous });
        if let Some(failure) = failure {
            self.fail(failure);
        }
        P::entered(self, name);
        self.status.wake();
    }

    fn renewal_failed(&self) {
        let error = self.failure.take();
        if error.is_none() {
            self.fail(Failure::RenewalTimeout);
        }
        self.status.renewals.tell(&Renewal::Failed(error));
    }
}

impl<P: Protocol> Face for Link<P> {
    type Machine = P::Machine;

    fn ask(&self, question: Question, generation: Generation) {
        match question {
            Question::Url { attempt } => self.ask_url(attempt, generation),
            Question::Credentials => {
                self.failure.replace(None);
                let context = self.context.borrow().clone();
                P::connect(self, generation, context);
            }
            // The machine restores by itself.
            Question::Restore(_) => {}
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
        let frame = match frame.read(&mut buffer) {
            PayloadRef::Text(text) => FrameRef::Text(text),
            PayloadRef::Binary(bytes) => FrameRef::Bytes(bytes),
        };
        self.command(|machine, now| {
            let generation = machine.session().generation();
            machine.handle_frame(now, generation, frame);
        });
        if buffer.capacity() <= MAX_KEPT_BYTES {
            self.buffer.set(buffer);
        }
        Verdict::Message
    }

    fn replied(&self, _: Ticket, _: bool) {}

    fn take(&self, ticket: Ticket) -> Option<Rc<Payload>> {
        let payload = P::transmit(self, ticket);
        self.status.wake();
        payload
    }

    fn ping(&self, _: u32) -> Option<Payload> {
        None
    }

    fn pong(&self) -> Option<Payload> {
        None
    }

    fn retry(&self, cause: SessionCause, reason: &str, attempt: u32) -> Advice {
        self.retry.advise(cause, reason, attempt)
    }

    fn notify(&self, _: Millis, event: SessionEvent, reason: &str) {
        match event {
            SessionEvent::State { state, cause } => self.enter(state, cause, reason),
            SessionEvent::Opened(opening) => self.audience.publish(Event::Opened(opening.into())),
            SessionEvent::Dropped(ticket, reason, progress) => {
                P::dropped(self, ticket, reason, progress);
                self.status.wake();
            }
            SessionEvent::Confirmed(_) => self.status.wake(),
            SessionEvent::Renewed => self.status.renewals.end(true),
            SessionEvent::RenewalFailed => self.renewal_failed(),
            SessionEvent::Latency(ms) => {
                let latency = std::time::Duration::from_millis(ms.into());
                self.audience.publish(Event::Latency(latency));
            }
            SessionEvent::ProtocolNotSelected => self.fail(Failure::ProtocolNotSelected),
        }
    }

    fn tell(&self, event: <P::Machine as Subprotocol>::Event) {
        P::tell(self, event);
        self.status.wake();
    }

    fn look(&self) {
        P::look(self);
        self.status.wake();
    }

    fn armed(&self, _: Timer, _: Millis) {}
}
