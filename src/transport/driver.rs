//! Carries the session's orders out and brings it the news; a subprotocol's as well.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use super::platform::{Alarm, Call, Clock, Handler, Lifecycle, NativeSocket, present};
use super::{Face, Frame};
use crate::codec::PayloadRef;
use crate::session::{
    Cause, Close, Config, Event, Fate, Generation, Heard, Message, Millis, News, Output, Session,
    State, Stats, Verdict,
};
use crate::subprotocol::{self, OutFrame, Subprotocol};

/// A running session. Dropped, it lets go of socket, timer, listeners and closures at once.
pub struct Driver<F: Face> {
    inner: Rc<Inner<F>>,
}

struct Inner<F: Face> {
    face: F,
    machine: RefCell<F::Machine>,
    clock: Clock,
    alarm: Alarm,
    handler: OnceCell<Handler>,
    look_at: Cell<Option<Millis>>,
    socket: Cell<Option<Rc<NativeSocket>>>,
    lifecycle: Cell<Option<Lifecycle>>,
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
    /// Makes a driver for a session, or a machine around one, that has not started.
    pub fn new(machine: F::Machine, face: F) -> Self {
        let inner = Rc::new_cyclic(|this| Inner {
            face,
            machine: RefCell::new(machine),
            clock: Clock::default(),
            alarm: Alarm::default(),
            handler: OnceCell::new(),
            look_at: Cell::new(None),
            socket: Cell::new(None),
            lifecycle: Cell::new(None),
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
        if let Some(config) = self.inner.machine.borrow_mut().session_mut().config_mut() {
            change(config);
        }
    }

    /// Gives the machine a command, and carries out what follows.
    pub fn command<R>(&self, act: impl FnOnce(&mut F::Machine, Millis) -> R) -> R {
        self.inner.command(act)
    }

    /// Takes the answer of a provider; false if nobody waits for it any more.
    pub fn news(&self, generation: Generation, news: News) -> bool {
        self.inner.news(generation, news)
    }

    /// The hot path: hands a message straight to the native socket; false if it has to be queued.
    pub fn pass(&self, payload: PayloadRef<'_>) -> bool {
        self.inner.pass(payload)
    }

    /// Queues a message.
    pub fn enqueue(&self, message: Message) -> Fate {
        self.inner
            .command(|machine, now| machine.session_mut().enqueue(now, message))
    }

    /// Sends the message with the credentials, or one of the restore step; false if that step is over.
    pub fn step(&self, generation: Generation, payload: PayloadRef<'_>) -> bool {
        let machine = self.inner.machine.borrow();
        let restoring = machine.session().may_restore(generation);
        drop(machine);
        let may = restoring || self.inner.news(generation, News::CredentialsReady);
        if may {
            self.inner.transmit(payload);
        }
        may
    }

    /// Sends something of a subprotocol's own over the connection, if there is one.
    #[cfg(feature = "subprotocol")]
    pub fn say(&self, payload: PayloadRef<'_>) {
        self.inner.machine.borrow_mut().session_mut().note_sent();
        self.inner.transmit(payload);
    }

    /// Reads the session.
    pub fn read<R>(&self, read: impl FnOnce(&Session) -> R) -> R {
        read(self.inner.machine.borrow().session())
    }

    /// Reads the machine.
    pub fn machine<R>(&self, read: impl FnOnce(&F::Machine) -> R) -> R {
        read(&self.inner.machine.borrow())
    }

    /// Bytes that the browser holds back.
    pub fn buffered(&self) -> u64 {
        self.inner.buffered()
    }

    /// The subprotocol that the server selected; empty for none, and while there is no connection.
    pub fn protocol(&self) -> String {
        let socket = self.inner.live_socket();
        socket.map_or_else(String::new, |socket| socket.protocol())
    }

    /// Has [`Face::look`] called after this time, by the one timer there is.
    pub fn look_in(&self, delay_ms: Millis) {
        let at = self.inner.clock.now() + delay_ms;
        // Who asks again and again must not put off the look that others wait for.
        let earlier = self.inner.look_at.get().filter(|it| *it < at);
        self.inner.look_at.set(Some(earlier.unwrap_or(at)));
        self.inner.arm();
    }

    /// What has happened so far.
    pub fn stats(&self) -> Stats {
        let now = self.inner.clock.now();
        self.inner.machine.borrow().session().stats(now)
    }
}

impl<F: Face> Inner<F> {
    fn command<R>(&self, act: impl FnOnce(&mut F::Machine, Millis) -> R) -> R {
        let result = act(&mut self.machine.borrow_mut(), self.clock.now());
        self.drain();
        result
    }

    fn news(&self, generation: Generation, news: News) -> bool {
        self.command(|machine, now| machine.session_mut().handle_news(now, generation, news))
    }

    fn pass(&self, payload: PayloadRef<'_>) -> bool {
        let mut machine = self.machine.borrow_mut();
        let session = machine.session_mut();
        if !session.can_pass() {
            return false;
        }
        let bytes = payload.len().min(u32::MAX as usize);
        let wants_time = session.note_passed(bytes as u32);
        drop(machine);
        self.transmit(payload);
        if wants_time {
            self.command(|machine, now| machine.session_mut().handle_sent(now));
        }
        true
    }

    fn transmit(&self, payload: PayloadRef<'_>) {
        if let Some(socket) = self.live_socket() {
            socket.send(payload);
        }
    }

    // --- what the browser says -----------------------------------------------------------------------------------

    fn on_call(&self, call: Call) {
        match call {
            Call::Message(frame) => self.on_message(frame),
            Call::Opened => self.on_open(),
            Call::Closed(close) => self.on_close(close),
            Call::Alarm => self.on_alarm(),
        }
    }

    fn on_message(&self, frame: Frame) {
        let Some(generation) = self.live_generation() else {
            return;
        };
        // The borrow ends here: what follows may call the session again.
        let mut machine = self.machine.borrow_mut();
        let heard = machine.session_mut().heard(generation, frame.size());
        drop(machine);
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
            let is_taken = self.news(generation, News::Classified(verdict));
            if let Verdict::Reply(ticket) = verdict {
                self.face.replied(ticket, is_taken);
            }
        }
    }

    fn on_open(&self) {
        if let Some(socket) = self.live_socket() {
            let protocol_selected = socket.has_protocol();
            self.news(socket.generation(), News::Opened { protocol_selected });
        }
    }

    fn on_close(&self, close: Close) {
        // The socket leaves first: whatever is dialled next finds its place free.
        let socket = self.socket.take();
        if let Some(socket) = socket {
            self.news(socket.generation(), News::Closed(close));
        }
    }

    fn on_alarm(&self) {
        self.alarm.clear();
        let buffered = self.buffered();
        let mut machine = self.machine.borrow_mut();
        machine.session_mut().note_buffered(buffered);
        drop(machine);
        if self.look_at.get().is_some_and(|at| at <= self.clock.now()) {
            self.look_at.set(None);
            self.face.look();
        }
        self.command(|machine, now| machine.session_mut().handle_timeout(now));
    }

    fn buffered(&self) -> u64 {
        self.live_socket().map_or(0, |socket| socket.buffered())
    }

    fn live_generation(&self) -> Option<Generation> {
        self.live_socket().map(|it| it.generation())
    }

    /// A handle of its own, so that nothing is borrowed while the socket is called: it may be the user's stand-in
    /// for a WebSocket, and such a one may answer from inside `send` and `close`.
    fn live_socket(&self) -> Option<Rc<NativeSocket>> {
        let socket = self.socket.take();
        self.socket.set(socket.clone());
        socket
    }

    // --- what the session orders ---------------------------------------------------------------------------------

    fn drain(&self) {
        if self.draining.replace(Draining::Yes) == Draining::Yes {
            return;
        }
        loop {
            // The borrow ends before the order is carried out.
            let output = self.machine.borrow_mut().poll_output();
            match output {
                Some(subprotocol::Output::Session(order)) => self.carry_out(order),
                Some(subprotocol::Output::Frame(OutFrame::Text(text))) => {
                    self.transmit(PayloadRef::Text(&text));
                }
                Some(subprotocol::Output::Frame(OutFrame::Bytes(bytes))) => {
                    self.transmit(PayloadRef::Binary(&bytes));
                }
                Some(subprotocol::Output::Event(event)) => self.face.tell(event),
                None => break,
            }
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
                let mut machine = self.machine.borrow_mut();
                machine.session_mut().advise(self.clock.now(), advice);
            }
            Output::Dial(generation) => self.dial(generation),
            Output::Transmit(ticket) => {
                if let Some(payload) = self.face.take(ticket) {
                    self.transmit(payload.as_ref().as_ref());
                }
            }
            Output::Ping(id) => {
                if let Some(payload) = self.face.ping(id) {
                    self.transmit(payload.as_ref());
                }
            }
            Output::Pong => {
                if let Some(payload) = self.face.pong() {
                    self.transmit(payload.as_ref());
                }
            }
            Output::Close { code } => {
                if let Some(socket) = self.live_socket() {
                    let reason = self.machine.borrow().session().farewell_reason().to_owned();
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
        let socket = NativeSocket::attach(socket, generation, self.handler());
        self.socket.set(Some(Rc::new(socket)));
    }

    fn notify(&self, event: Event) {
        let mut cause = None;
        if let Event::State { state, cause: why } = event {
            cause = why;
            if matches!(state, State::Closed(_)) {
                self.lifecycle.set(None);
            } else if self.machine.borrow().session().listens() {
                self.listen();
            }
        }
        self.face
            .notify(self.clock.now(), event, &self.reason(cause));
    }

    /// A copy, because the face is called with nothing borrowed.
    fn reason(&self, cause: Option<Cause>) -> String {
        match cause.and_then(|cause| cause.code) {
            Some(_) => self.machine.borrow().session().close_reason().into(),
            None => String::new(),
        }
    }

    fn listen(&self) {
        let listening = self.lifecycle.take();
        let is_new = listening.is_none();
        self.lifecycle.set(listening.or_else(|| {
            let this = self.weak();
            Some(Lifecycle::listen(move |signal| {
                this.with(|inner| {
                    inner.command(|machine, now| machine.session_mut().handle_signal(now, signal));
                });
            }))
        }));
        if is_new {
            let now = self.clock.now();
            present(|signal| {
                let mut machine = self.machine.borrow_mut();
                machine.session_mut().handle_signal(now, signal);
            });
        }
    }

    /// Made once: what it is called with says what has happened.
    fn handler(&self) -> &Handler {
        self.handler.get_or_init(|| {
            let this = self.weak();
            Handler::new(move |call| this.with(|inner| inner.on_call(call)))
        })
    }

    fn weak(&self) -> WeakInner<F> {
        WeakInner(Weak::clone(&self.this))
    }

    fn arm(&self) {
        let next = self.machine.borrow().session().poll_timeout();
        let due = next
            .map(|(at, _)| at)
            .into_iter()
            .chain(self.look_at.get())
            .min();
        let Some(due) = due else {
            return self.alarm.clear();
        };
        let now = self.clock.now();
        if self.alarm.set(now, due, self.handler())
            && let Some((at, timer)) = next
        {
            self.face.armed(timer, at.saturating_sub(now));
        }
    }
}

/// What the browser's callbacks hold of a driver: it may be gone when they are called.
struct WeakInner<F: Face>(Weak<Inner<F>>);

impl<F: Face> WeakInner<F> {
    fn with(&self, act: impl FnOnce(&Inner<F>)) {
        if let Some(inner) = self.0.upgrade() {
            act(&inner);
        }
    }
}
