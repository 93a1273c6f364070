//! The handle that sends, and everything else but receiving.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::close::{CloseOptions, Closing};
use super::error::{CloseError, ClosedError, SendError, TrySendError};
use super::fates::Watch;
use super::keys::Place;
use super::link::Engine;
use super::messages::Messages;
use super::outbox::{Entry, Outbox};
use super::sink::Goodbye;
use super::state::State;
use super::status::Status;
use crate::codec::Payload;
use crate::session::{DropReason, Fate, Message, Millis, Overflow, Session, Stats, Ticket};

/// What became of a message that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendStatus {
    /// It was handed to the browser.
    Sent,
    /// It waits in the queue. If it has to be given up, an event tells.
    Queued,
}

/// A handle of a [`Socket`](super::Socket) that everything but receiving is done with: cheap to clone, for as many tasks
/// and callbacks as need one. It does not keep the connection alive: that is what the `Socket` does, or the
/// [`Receiver`](super::Receiver) that it was split into.
///
/// It is a [`Sink`](futures_sink::Sink) with real backpressure: ready as long as the queue takes a message, and, over an
/// open connection, as long as the browser holds back no more than [`Queue::max_bytes`](super::Queue::max_bytes).
pub struct Sender<Out, In> {
    pub(super) engine: Weak<Engine>,
    /// The engine's, and gone with it: the application's functions are there, and may hold a sender.
    pub(super) messages: Weak<Messages<Out, In>>,
    pub(super) status: Rc<Status>,
    /// What the sink has accepted and the queue had no room for.
    pub(super) pending: RefCell<Option<Out>>,
    pub(super) goodbye: RefCell<Goodbye>,
}

impl<Out, In> Clone for Sender<Out, In> {
    fn clone(&self) -> Self {
        Sender::new(
            Weak::clone(&self.engine),
            Weak::clone(&self.messages),
            Rc::clone(&self.status),
        )
    }
}

impl<Out, In> fmt::Debug for Sender<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl<Out, In> Sender<Out, In> {
    pub(super) fn new(
        engine: Weak<Engine>,
        messages: Weak<Messages<Out, In>>,
        status: Rc<Status>,
    ) -> Self {
        Sender {
            engine,
            messages,
            status,
            pending: RefCell::new(None),
            goodbye: RefCell::default(),
        }
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.status.state()
    }

    /// What has happened so far: messages and bytes each way, attempts, time connected, queue, latency. All zero once the
    /// socket is gone.
    pub fn stats(&self) -> Stats {
        match self.engine.upgrade() {
            Some(engine) => engine.driver().stats(),
            None => Stats::default(),
        }
    }

    /// The subprotocol that the server selected; empty for none, and while there is no connection.
    pub fn protocol(&self) -> String {
        let engine = self.engine.upgrade();
        engine.map_or_else(String::new, |engine| engine.driver().protocol())
    }

    /// Waits until the connection is open; at once if it is.
    ///
    /// # Errors
    ///
    /// [`ClosedError`] once it is closed for good.
    pub async fn opened(&self) -> Result<(), ClosedError> {
        poll_fn(|context| {
            if self.status.is_open() {
                return Poll::Ready(Ok(()));
            }
            self.status.poll_closed(context).map(Err)
        })
        .await
    }

    // --- commands ------------------------------------------------------------------------------------------------

    /// The first dial, with [`auto_connect(false)`](super::Builder::auto_connect).
    pub fn open(&self) {
        self.command(Session::open);
    }

    /// Dials now: instead of waiting, in place of the connection, or after it was closed.
    pub fn reconnect(&self) {
        self.command(Session::reconnect);
    }

    /// Closes the connection until [`resume`](Sender::resume). What is sent meanwhile is queued.
    pub fn pause(&self) {
        self.command(Session::pause);
    }

    /// Ends a pause and dials at once.
    pub fn resume(&self) {
        self.command(Session::resume);
    }

    /// Closes until [`reconnect`](Sender::reconnect), with code 1000. It happens at once; the future tells when it is done,
    /// which is within a second even over a dead link.
    pub fn close(&self) -> Closing {
        self.begin_close(1_000, "", 0)
    }

    /// The same with code, reason, and time for the queue to leave: done within that and a second.
    ///
    /// # Errors
    ///
    /// [`CloseError::Code`] and [`CloseError::Reason`] for what a browser would refuse. Nothing is closed then.
    pub fn close_with(&self, options: CloseOptions) -> Result<Closing, CloseError> {
        let (code, reason, drain_ms) = options.checked()?;
        Ok(self.begin_close(code, &reason, drain_ms))
    }

    fn begin_close(&self, code: u16, reason: &str, drain_ms: Millis) -> Closing {
        let closing = Closing::new(&self.status);
        self.command(|session, now| session.close(now, Some(code), reason, drain_ms));
        closing
    }

    pub(super) fn live(&self) -> Option<Live<Out, In>> {
        Some((self.engine.upgrade()?, self.messages.upgrade()?))
    }

    pub(super) fn command(&self, act: impl FnOnce(&mut Session, Millis)) {
        if let Some(engine) = self.engine.upgrade() {
            engine.driver().command(act);
        }
    }

    // --- sending -------------------------------------------------------------------------------------------------

    /// Sends a message, or queues it, or gives it back. Never waits.
    ///
    /// ```
    /// use tautline::Socket;
    /// use tautline::client::SendStatus;
    /// use tautline::codec::Text;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let socket: Socket<String, String> = Socket::builder("/live").codec(Text).connect()?;
    /// // There is no connection yet:
    /// assert_eq!(socket.try_send("hello".into())?, SendStatus::Queued);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back: full queue, too large, closed, or not to be encoded.
    pub fn try_send(&self, message: Out) -> Result<SendStatus, TrySendError<Out>> {
        self.send_placed(message, |_| Place::default())
    }

    pub(super) fn send_placed(
        &self,
        mut message: Out,
        place: impl FnOnce(&Outbox<Out, In>) -> Place,
    ) -> Result<SendStatus, TrySendError<Out>> {
        let Some((engine, messages)) = self.live() else {
            return Err(TrySendError::Closed { message });
        };
        messages.fates.mark(&mut message);
        let payload = match messages.encode(&message) {
            Ok(payload) => payload,
            Err(source) => return Err(TrySendError::Encode { message, source }),
        };
        if messages.fates.forget() && engine.driver().pass(payload.as_ref()) {
            return Ok(SendStatus::Sent);
        }
        let outbox = &messages.outbox;
        let kept = Kept {
            message,
            payload,
            place: place(outbox),
            watch: messages.fates.watch(),
        };
        match enqueue(&engine, outbox, outbox.next(), kept) {
            Ok(status) => Ok(status),
            Err((DropReason::TooLarge, message)) => Err(TrySendError::TooLarge { message }),
            Err((DropReason::QueueFull, message)) => Err(TrySendError::Full { message }),
            Err((_, message)) => Err(TrySendError::Closed { message }),
        }
    }

    /// Sends a message, or queues it; waits as long as there is no room, also in the browser's own buffer. Dropped before
    /// it is done, it has sent nothing.
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the message back.
    pub fn send(
        &self,
        message: Out,
    ) -> impl Future<Output = Result<SendStatus, SendError<Out>>> + use<'_, Out, In> {
        self.send_when_room(message, |message| self.try_send(message))
    }

    // No `async fn`: each of these around another is a state machine of its own in every page.
    pub(super) fn send_when_room(
        &self,
        message: Out,
        send: impl Fn(Out) -> Result<SendStatus, TrySendError<Out>>,
    ) -> impl Future<Output = Result<SendStatus, SendError<Out>>> {
        let mut message = Some(message);
        poll_fn(move |context| {
            if self.poll_room(context).is_pending() {
                return Poll::Pending;
            }
            let Some(next) = message.take() else {
                return Poll::Pending;
            };
            match send(next) {
                Ok(status) => Poll::Ready(Ok(status)),
                // There was room, and yet not enough for this one.
                Err(TrySendError::Full { message: full }) => {
                    message = Some(full);
                    self.status.watch(context);
                    Poll::Pending
                }
                Err(error) => Poll::Ready(Err(error.into())),
            }
        })
    }

    // --- backpressure --------------------------------------------------------------------------------------------

    /// Waits until nothing waits on our side any more: neither in the queue, nor for a confirmation, nor in the
    /// browser's buffer.
    ///
    /// # Errors
    ///
    /// [`ClosedError`] once it is closed for good.
    pub async fn flushed(&self) -> Result<(), ClosedError> {
        self.drained_to(0, true).await
    }

    /// Waits until at most so many bytes wait on our side.
    ///
    /// # Errors
    ///
    /// [`ClosedError`] once it is closed for good.
    pub async fn drained(&self, bytes: u64) -> Result<(), ClosedError> {
        self.drained_to(bytes, false).await
    }

    async fn drained_to(&self, bytes: u64, counts_messages: bool) -> Result<(), ClosedError> {
        poll_fn(|context| self.poll_drained(context, bytes, counts_messages)).await
    }

    pub(super) fn poll_drained(
        &self,
        context: &Context<'_>,
        bytes: u64,
        counts_messages: bool,
    ) -> Poll<Result<(), ClosedError>> {
        if let Poll::Ready(closed) = self.status.poll_closed(context) {
            return Poll::Ready(Err(closed));
        }
        let Some(engine) = self.engine.upgrade() else {
            return Poll::Pending;
        };
        let (messages, held) = engine.driver().read(Session::held);
        // What the browser holds of a connection that is closing is lost.
        let buffered = if self.status.is_open() {
            engine.driver().buffered()
        } else {
            0
        };
        if buffered + held <= bytes && (!counts_messages || messages == 0) {
            return Poll::Ready(Ok(()));
        }
        // The queue wakes us; the browser does not.
        if buffered > 0 {
            engine.look_soon();
        }
        Poll::Pending
    }

    /// Whether a message may be sent now. A socket that is closed is ready, too: who sends is told then.
    pub(super) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let Some(engine) = self.engine.upgrade() else {
            return Poll::Ready(());
        };
        if self.status.is_closed() {
            return Poll::Ready(());
        }
        self.status.watch(context);
        let (has_room, limit) = engine
            .driver()
            .read(|session| (session.has_room(), limit_of(session)));
        if !has_room {
            return Poll::Pending;
        }
        if self.status.is_open() && engine.driver().buffered() > limit {
            engine.look_soon();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

/// Hands a message to the session. The answer is where it is now, or why not, with the message.
pub(super) fn enqueue<Out, In>(
    engine: &Engine,
    outbox: &Outbox<Out, In>,
    ticket: Ticket,
    kept: Kept<Out, In>,
) -> Result<SendStatus, (DropReason, Out)> {
    let Kept {
        message,
        payload,
        place,
        watch,
    } = kept;
    let bytes = payload.len().min(u32::MAX as usize) as u32;
    let mut sent = Message::plain(ticket, bytes);
    watch.note(&mut sent);
    place.note(&mut sent);
    outbox.put(Entry {
        ticket,
        message,
        payload: Rc::new(payload),
        place,
        is_sent: false,
        watch,
    });
    let fate = engine.driver().enqueue(sent);
    if let Fate::Dropped(reason) = fate
        && let Some(entry) = outbox.take(ticket)
    {
        return Err((reason, entry.message));
    }
    Ok(if outbox.is_queued(ticket) {
        SendStatus::Queued
    } else {
        SendStatus::Sent
    })
}

/// What is there as long as the socket is.
type Live<Out, In> = (Rc<Engine>, Rc<Messages<Out, In>>);

/// How much the browser may hold before somebody who sends too much has to wait, rather than lose what is older.
fn limit_of(session: &Session) -> u64 {
    let queue = &session.config().queue;
    if queue.overflow == Overflow::Reject {
        queue.max_bytes
    } else {
        u64::MAX
    }
}

/// A message on its way into the session.
pub(super) struct Kept<Out, In> {
    pub(super) message: Out,
    pub(super) payload: Payload,
    pub(super) place: Place,
    pub(super) watch: Watch<Out, In>,
}
