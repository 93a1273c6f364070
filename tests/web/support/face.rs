//! A face of the engine for tests: it answers every question at once, counts what the driver asks of it, and does
//! what a test has planned from inside of a call.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::ops::Deref;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use tautline::codec::{Payload, PayloadRef};
use tautline::session::{
    Address, Advice, Cause, Config, Event, Generation, Message, Millis, News, Question, Session,
    State, StateName, Ticket, Timer, Verdict,
};
use tautline::subprotocol::NoEvent;
use tautline::transport::{Driver, Face, Frame, WebSocket, seed};
use wasm_bindgen::prelude::*;

use super::browser::Scripted;
use super::calm;

/// The calls of a driver into its face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Ask,
    Dial,
    Receive,
    Take,
    Ping,
    Pong,
    Retry,
    Notify,
    Armed,
}

impl Call {
    pub const ALL: [Call; 9] = [
        Call::Ask,
        Call::Dial,
        Call::Receive,
        Call::Take,
        Call::Ping,
        Call::Pong,
        Call::Retry,
        Call::Notify,
        Call::Armed,
    ];
}

enum Plan {
    None,
    At(Call, Box<dyn FnOnce()>),
}

pub struct TestFace {
    driver: Weak<Driver<TestFace>>,
    /// `None` dials scripted sockets.
    url: Option<String>,
    socket: RefCell<Option<WebSocket>>,
    calls: [Cell<u32>; Call::ALL.len()],
    states: RefCell<Vec<State>>,
    last: RefCell<Option<Frame>>,
    verdict: Cell<Verdict>,
    plan: RefCell<Plan>,
    waker: RefCell<Option<Waker>>,
}

/// A driver with a test's face, as a test holds it.
pub struct Link {
    driver: Rc<Driver<TestFace>>,
}

impl Deref for Link {
    type Target = Driver<TestFace>;

    fn deref(&self) -> &Driver<TestFace> {
        &self.driver
    }
}

impl Link {
    /// Dials scripted sockets, at an address that is not loopback.
    pub fn scripted(config: Config) -> Self {
        Link::new(config, None)
    }

    /// Dials a real server.
    pub fn real(config: Config, url: String) -> Self {
        Link::new(config, Some(url))
    }

    fn new(config: Config, url: Option<String>) -> Self {
        let driver = Rc::new_cyclic(|driver| {
            let face = TestFace {
                driver: Weak::clone(driver),
                url,
                socket: RefCell::default(),
                calls: Default::default(),
                states: RefCell::default(),
                last: RefCell::default(),
                verdict: Cell::new(Verdict::Message),
                plan: RefCell::new(Plan::None),
                waker: RefCell::default(),
            };
            Driver::new(Session::new(config, seed()), face)
        });
        Link { driver }
    }

    /// Opened, over a scripted socket.
    pub fn opened(config: Config) -> (Self, Scripted) {
        let link = Link::scripted(config);
        link.open();
        let socket = link.socket();
        socket.open();
        assert_eq!(link.state(), StateName::Open);
        (link, socket)
    }

    pub fn open(&self) {
        self.command(Session::open);
    }

    pub fn close(&self) {
        self.command(|session, now| session.close(now, Some(1000), "bye", 0));
    }

    /// Sends a text, or queues it. A ticket stands for its text here.
    pub fn send(&self, ticket: Ticket) {
        if !self.pass(PayloadRef::Text(&text_of(ticket))) {
            self.enqueue(Message::plain(ticket, 8));
        }
    }

    /// The socket that was dialled last.
    pub fn native(&self) -> WebSocket {
        self.face()
            .socket
            .borrow()
            .clone()
            .expect("a socket was dialled")
    }

    /// The same, in a test whose sockets are scripted.
    pub fn socket(&self) -> Scripted {
        self.native().unchecked_into()
    }

    pub fn calls(&self, call: Call) -> u32 {
        self.face().calls[call as usize].get()
    }

    pub fn all_calls(&self) -> u32 {
        self.face().calls.iter().map(Cell::get).sum()
    }

    /// The state that the application was told last.
    pub fn state(&self) -> StateName {
        self.full_state().name()
    }

    pub fn full_state(&self) -> State {
        self.face()
            .states
            .borrow()
            .last()
            .copied()
            .unwrap_or(State::Idle)
    }

    /// All states that the application was told.
    pub fn states(&self) -> Vec<StateName> {
        self.face()
            .states
            .borrow()
            .iter()
            .map(State::name)
            .collect()
    }

    /// The text received last.
    pub fn last_text(&self) -> Option<String> {
        self.face().last.borrow().as_ref()?.as_string()
    }

    /// Says what the next frames are.
    pub fn classify(&self, verdict: Verdict) {
        self.face().verdict.set(verdict);
    }

    /// Does something from inside the next call of this kind.
    pub fn at(&self, call: Call, act: impl FnOnce() + 'static) {
        self.face().plan.replace(Plan::At(call, Box::new(act)));
    }

    /// Whether what was planned has been done.
    pub fn is_done(&self) -> bool {
        matches!(*self.face().plan.borrow(), Plan::None)
    }

    /// Waits until something holds; it is looked at after each call into the face.
    pub async fn until(&self, what: &'static str, holds: impl Fn(&Link) -> bool) {
        calm::awaits(what);
        poll_fn(|context| {
            if holds(self) {
                return Poll::Ready(());
            }
            self.face().waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

/// The text of a ticket.
pub fn text_of(ticket: Ticket) -> String {
    format!("text {ticket}")
}

impl TestFace {
    fn called(&self, call: Call) {
        let count = &self.calls[call as usize];
        count.set(count.get() + 1);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        let is_planned = matches!(*self.plan.borrow(), Plan::At(planned, _) if planned == call);
        if is_planned && let Plan::At(_, act) = self.plan.replace(Plan::None) {
            act();
        }
    }

    fn with_driver(&self, act: impl FnOnce(&Driver<TestFace>)) {
        if let Some(driver) = self.driver.upgrade() {
            act(&driver);
        }
    }
}

impl Face for TestFace {
    type Machine = Session;

    fn ask(&self, question: Question, generation: Generation) {
        self.called(Call::Ask);
        self.with_driver(|driver| match question {
            Question::Url { .. } => {
                let address = Address {
                    secure: self.url.is_none(),
                    loopback: self.url.is_some(),
                    ..Address::default()
                };
                driver.news(generation, News::UrlReady(address));
            }
            Question::Credentials => {
                driver.step(generation, PayloadRef::Text("credentials"));
            }
            Question::Restore(_) => {
                driver.step(generation, PayloadRef::Text("restore"));
                driver.news(generation, News::Restored);
            }
        });
    }

    fn dial(&self, _: Generation) -> Option<WebSocket> {
        self.called(Call::Dial);
        let socket = match &self.url {
            Some(url) => WebSocket::new(url).expect("an address"),
            None => Scripted::new().unchecked_into(),
        };
        self.socket.replace(Some(socket.clone()));
        Some(socket)
    }

    fn receive(&self, frame: Frame) -> Verdict {
        self.last.replace(Some(frame));
        self.called(Call::Receive);
        self.verdict.get()
    }

    fn replied(&self, _: Ticket, _: bool) {}

    fn take(&self, ticket: Ticket) -> Option<Rc<Payload>> {
        self.called(Call::Take);
        Some(Rc::new(text_of(ticket).into()))
    }

    fn ping(&self, _: u32) -> Option<Payload> {
        self.called(Call::Ping);
        Some("ping".into())
    }

    fn pong(&self) -> Option<Payload> {
        self.called(Call::Pong);
        Some("pong".into())
    }

    fn retry(&self, _: Cause, _: &str, _: u32) -> Advice {
        self.called(Call::Retry);
        Advice::Default
    }

    fn tell(&self, event: NoEvent) {
        match event {}
    }

    fn notify(&self, _: Millis, event: Event, _: &str) {
        if let Event::State { state, .. } = event {
            self.states.borrow_mut().push(state);
        }
        self.called(Call::Notify);
    }

    fn look(&self) {}

    fn armed(&self, _: Timer, _: Millis) {
        self.called(Call::Armed);
    }
}
