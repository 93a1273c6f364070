//! Carries the session's orders out and brings it the news.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;

use super::clock::Clock;
use super::handler::{Call, Handler};
use super::lifecycle::{self, Lifecycle};
use super::socket::{Handlers, NativeSocket, SocketEvent};
use super::timer::Alarm;
use super::{Face, Frame};
use crate::session::{
    Cause, Config, Event, Fate, Generation, Heard, Message, Millis, News, Output, Session, State,
    Stats, Verdict,
};

/// A running session. Dropped, it lets go of socket, timer, listeners and closures at once.
pub struct Driver<F: Face> {
    inner: Rc<Inner<F>>,
}

struct Inner<F: Face> {
    face: F,
    session: RefCell<Session>,
    clock: Clock,
    alarm: Alarm,
    ring: OnceCell<Handler>,
    handlers: OnceCell<Handlers>,
    socket: RefCell<Option<Rc<NativeSocket>>>,
    lifecycle: RefCell<Option<Lifecycle>>,
    draining: Cell<Draining>,
    this: Weak<Inner<F>>,
}

/// Whether outputs are being carried out: a call from inside a callback leaves its outputs to that loop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Draining {
    No,
    Yes,
}

impl<F: Face> Driver<F> {
    /// Makes a driver for a session that has not started.
    pub fn new(config: Config, face: F) -> Self {
        let inner = Rc::new_cyclic(|this| Inner {
            face,
            session: RefCell::new(Session::new(config, seed())),
            clock: Clock::default(),
            alarm: Alarm::default(),
            ring: OnceCell::new(),
            handlers: OnceCell::new(),
            socket: RefCell::new(None),
            lifecycle: RefCell::new(None),
            draining: Cell::new(Draining::No),
            this: Weak::clone(this),
        });
        Driver { inner }
    }

    /// The face.
    pub fn face(&self) -> &F {
        &self.inner.face
    }

    /// Changes the options of a session that has not been opened yet; later it does nothing.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        if let Some(config) = self.inner.session.borrow_mut().config_mut() {
            change(config);
        }
    }

    /// Gives the session a command, and carries out what follows.
    pub fn command<R>(&self, act: impl FnOnce(&mut Session, Millis) -> R) -> R {
        self.inner.command(act)
    }

    /// Takes the answer of a provider; false if nobody waits for it any more.
    pub fn news(&self, generation: Generation, news: News) -> bool {
        self.inner.news(generation, news)
    }

    /// The hot path: hands a message straight to the native socket; false if it has to be queued.
    pub fn pass(&self, frame: &Frame, bytes: u32) -> bool {
        self.inner.pass(frame, bytes)
    }

    /// Queues a message.
    pub fn enqueue(&self, message: Message) -> Fate {
        self.inner
            .command(|session, now| session.enqueue(now, message))
    }

    /// Sends the message with the credentials, or one of the restore step; false if that step is over.
    pub fn step(&self, generation: Generation, frame: &Frame) -> bool {
        let restoring = self.inner.session.borrow().may_restore(generation);
        let may = restoring || self.inner.news(generation, News::CredentialsReady);
        if may {
            self.inner.transmit(frame);
        }
        may
    }

    /// What has happened so far.
    pub fn stats(&self) -> Stats {
        self.inner.session.borrow().stats(self.inner.clock.now())
    }
}

/// Two sessions of a page, or of a herd of pages, must not wait alike.
fn seed() -> u64 {
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
    half() << 32 | half()
}

impl<F: Face> Inner<F> {
    fn command<R>(&self, act: impl FnOnce(&mut Session, Millis) -> R) -> R {
        let result = act(&mut self.session.borrow_mut(), self.clock.now());
        self.drain();
        result
    }

    fn news(&self, generation: Generation, news: News) -> bool {
        self.command(|session, now| session.handle_news(now, generation, news))
    }

    fn pass(&self, frame: &Frame, bytes: u32) -> bool {
        let mut session = self.session.borrow_mut();
        if !session.can_pass() {
            return false;
        }
        let wants_time = session.note_passed(bytes);
        drop(session);
        self.transmit(frame);
        if wants_time {
            self.command(Session::handle_sent);
        }
        true
    }

    fn transmit(&self, frame: &Frame) {
        if let Some(socket) = self.live_socket() {
            socket.send(frame);
        }
    }

    // --- what the browser says -----------------------------------------------------------------------------------

    fn on_message(&self, event: &SocketEvent) {
        let frame = event.data();
        let Some(generation) = self.live_generation() else {
            return;
        };
        // The borrow ends here: what follows may call the session again.
        let heard = self.session.borrow_mut().heard(generation, frame.size());
        match heard {
            Heard::Deliver => {}
            Heard::Discard => return,
            Heard::TooLarge => {
                self.news(generation, News::TooLarge);
                return;
            }
        }
        let verdict = self.face.receive(frame);
        if !matches!(verdict, Verdict::Message | Verdict::Invalid) {
            self.news(generation, News::Classified(verdict));
        }
    }

    fn on_open(&self) {
        if let Some(socket) = self.live_socket() {
            let protocol_selected = socket.has_protocol();
            self.news(socket.generation(), News::Opened { protocol_selected });
        }
    }

    fn on_close(&self, event: &SocketEvent) {
        // The socket leaves first: whatever is dialled next finds its place free.
        let socket = self.socket.take();
        if let Some(socket) = socket {
            self.news(socket.generation(), News::Closed(event.close()));
        }
    }

    fn on_alarm(&self) {
        self.alarm.clear();
        let buffered = self.live_socket().map_or(0, |socket| socket.buffered());
        self.session.borrow_mut().note_buffered(buffered);
        self.command(Session::handle_timeout);
    }

    fn live_generation(&self) -> Option<Generation> {
        self.socket.borrow().as_ref().map(|it| it.generation())
    }

    /// A handle of its own, so that nothing is borrowed while the socket is called: it may be the user's stand-in
    /// for a WebSocket, and such a one may answer from inside `send` and `close`.
    fn live_socket(&self) -> Option<Rc<NativeSocket>> {
        self.socket.borrow().clone()
    }

    // --- what the session orders ---------------------------------------------------------------------------------

    fn drain(&self) {
        if self.draining.replace(Draining::Yes) == Draining::Yes {
            return;
        }
        loop {
            // The borrow ends before the order is carried out.
            let output = self.session.borrow_mut().poll_output();
            let Some(output) = output else { break };
            self.carry_out(output);
        }
        self.draining.set(Draining::No);
        self.arm();
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Ask(question, generation) => self.face.ask(question, generation),
            Output::AskRetry { cause, attempt } => {
                let reason = self.reason(Some(cause));
                let advice = self.face.retry(cause, &reason, attempt);
                self.session.borrow_mut().advise(self.clock.now(), advice);
            }
            Output::Dial(generation) => self.dial(generation),
            Output::Transmit(ticket) => {
                if let Some(frame) = self.face.take(ticket) {
                    self.transmit(&frame);
                }
            }
            Output::Ping(id) => {
                if let Some(frame) = self.face.ping(id) {
                    self.transmit(&frame);
                }
            }
            Output::Pong => {
                if let Some(frame) = self.face.pong() {
                    self.transmit(&frame);
                }
            }
            Output::Close { code } => {
                if let Some(socket) = self.live_socket() {
                    let reason = self.session.borrow().farewell_reason().to_owned();
                    socket.close(code, &reason);
                }
            }
            Output::Abandon { code } => {
                if let Some(socket) = self.socket.take() {
                    socket.abandon(code);
                }
            }
            Output::Notify(event) => self.notify(event),
        }
    }

    fn dial(&self, generation: Generation) {
        let Some(socket) = self.face.dial(generation) else {
            self.news(generation, News::Failed);
            return;
        };
        let handlers = self.handlers.get_or_init(|| self.make_handlers());
        let socket = NativeSocket::attach(socket, generation, handlers);
        self.socket.replace(Some(Rc::new(socket)));
    }

    fn notify(&self, event: Event) {
        let mut cause = None;
        if let Event::State { state, cause: why } = event {
            cause = why;
            if matches!(state, State::Closed(_)) {
                drop(self.lifecycle.take());
            } else if self.lifecycle.borrow().is_none() && self.session.borrow().config().lifecycle
            {
                self.listen();
            }
        }
        self.face
            .notify(self.clock.now(), event, &self.reason(cause));
    }

    /// A copy, because the face is called with nothing borrowed.
    fn reason(&self, cause: Option<Cause>) -> String {
        match cause.and_then(|cause| cause.code) {
            Some(_) => self.session.borrow().close_reason().into(),
            None => String::new(),
        }
    }

    fn listen(&self) {
        let this = Weak::clone(&self.this);
        let lifecycle = Lifecycle::listen(move |signal| {
            if let Some(inner) = this.upgrade() {
                inner.command(|session, now| session.handle_signal(now, signal));
            }
        });
        self.lifecycle.replace(Some(lifecycle));
        let now = self.clock.now();
        lifecycle::present(|signal| self.session.borrow_mut().handle_signal(now, signal));
    }

    fn make_handlers(&self) -> Handlers {
        Handlers {
            open: self.handler(|inner, _| inner.on_open()),
            message: self.handler(|inner, event| inner.on_message(event.unchecked_ref())),
            close: self.handler(|inner, event| inner.on_close(event.unchecked_ref())),
        }
    }

    fn handler(&self, act: fn(&Self, Call)) -> Handler {
        let this = Weak::clone(&self.this);
        Handler::new(move |call| {
            if let Some(inner) = this.upgrade() {
                act(&inner, call);
            }
        })
    }

    fn arm(&self) {
        let next = self.session.borrow().poll_timeout();
        let Some((due, timer)) = next else {
            return self.alarm.clear();
        };
        let now = self.clock.now();
        let ring = self
            .ring
            .get_or_init(|| self.handler(|inner, _| inner.on_alarm()));
        if self.alarm.set(now, due, ring) {
            self.face.armed(timer, due.saturating_sub(now));
        }
    }
}
