//! What happens beside the messages.

use std::cell::OnceCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::broadcast::{Broadcast, Subscriber};
use super::cause::Cause;
use super::error::Failure;
use super::link::Link;
use super::opening::Opening;
use super::sender::Sender;
use super::state::State;
use crate::session::{self, CauseKind, ClosedWhy, DropReason, Progress};

/// Something that happened.
#[non_exhaustive]
pub enum Event<Out> {
    /// The state changed.
    State {
        /// What it is now.
        state: State,
        /// What it was.
        previous: State,
    },
    /// The connection is open, for the first time or again.
    Opened(Opening),
    /// A round trip was measured.
    Latency(Duration),
    /// A message is given up, after it was taken.
    Dropped(Rc<Dropped<Out>>),
    /// Something went wrong. The socket goes on by itself.
    Failed(Failure),
    /// The events were read too slowly, and the oldest were dropped here.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// A message that is given up.
pub struct Dropped<Out> {
    /// The message.
    pub message: Out,
    /// Why.
    pub reason: DropReason,
    /// Whether it had left at least once: then it may have arrived.
    pub is_sent: bool,
}

impl<Out> Clone for Event<Out> {
    fn clone(&self) -> Self {
        match self {
            Event::State { state, previous } => Event::State {
                state: state.clone(),
                previous: previous.clone(),
            },
            Event::Opened(opening) => Event::Opened(*opening),
            Event::Latency(latency) => Event::Latency(*latency),
            Event::Dropped(dropped) => Event::Dropped(Rc::clone(dropped)),
            Event::Failed(failure) => Event::Failed(failure.clone()),
            Event::Lagged { missed } => Event::Lagged { missed: *missed },
        }
    }
}

/// Messages are not shown: they may hold anything.
impl<Out> fmt::Debug for Event<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::State { state, previous } => f
                .debug_struct("State")
                .field("state", state)
                .field("previous", previous)
                .finish(),
            Event::Opened(opening) => f.debug_tuple("Opened").field(opening).finish(),
            Event::Latency(latency) => f.debug_tuple("Latency").field(latency).finish(),
            Event::Dropped(dropped) => f.debug_tuple("Dropped").field(dropped).finish(),
            Event::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
            Event::Lagged { missed } => f.debug_struct("Lagged").field("missed", missed).finish(),
        }
    }
}

impl<Out> fmt::Debug for Dropped<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dropped")
            .field("reason", &self.reason)
            .field("is_sent", &self.is_sent)
            .finish_non_exhaustive()
    }
}

/// The events of a socket from now on, for one reader: a stream that ends with the socket.
pub struct Events<Out> {
    subscriber: Rc<Subscriber<Event<Out>>>,
}

impl<Out> Stream for Events<Out> {
    type Item = Event<Out>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event<Out>>> {
        self.subscriber
            .poll(context, |missed| Event::Lagged { missed })
    }
}

impl<Out> Events<Out> {
    /// The next event; `None` once the socket is gone.
    pub async fn next(&mut self) -> Option<Event<Out>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

/// An event that does not depend on the types.
pub(super) enum Announcement {
    State { state: State, previous: State },
    Opened(Opening),
    Latency(u32),
    Failed(Failure),
}

/// Those who listen to a socket.
pub(super) struct Audience<Out> {
    broadcast: OnceCell<Box<dyn Publish<Out>>>,
}

impl<Out> Default for Audience<Out> {
    fn default() -> Self {
        Audience {
            broadcast: OnceCell::new(),
        }
    }
}

impl<Out> Audience<Out> {
    pub(super) fn announce(&self, news: Announcement) {
        if let Some(broadcast) = self.broadcast.get() {
            broadcast.publish(match news {
                Announcement::State { state, previous } => Event::State { state, previous },
                Announcement::Opened(opening) => Event::Opened(opening),
                Announcement::Latency(ms) => Event::Latency(Duration::from_millis(ms.into())),
                Announcement::Failed(failure) => Event::Failed(failure),
            });
        }
    }

    /// A message is given up, and nobody waits for its fate.
    pub(super) fn dropped(&self, message: Out, reason: DropReason, progress: Progress) {
        if let Some(broadcast) = self.broadcast.get() {
            broadcast.publish(Event::Dropped(Rc::new(Dropped {
                message,
                reason,
                is_sent: progress != Progress::Queued,
            })));
        }
    }

    /// The socket is gone.
    pub(super) fn end(&self) {
        if let Some(broadcast) = self.broadcast.get() {
            broadcast.end();
        }
    }
}

impl Link {
    /// To be told as the state before the one that follows.
    pub(super) fn state_so_far(&self) -> State {
        self.status.state()
    }

    /// The state has changed, perhaps because something broke.
    pub(super) fn tell_state(&self, previous: State, broken: Option<Rc<Cause>>) {
        let state = self.status.state();
        let failure = failure_of(&state, broken.as_deref());
        self.typed.publish(Announcement::State { state, previous });
        if let Some(failure) = failure {
            self.fail(|| failure);
        }
    }

    pub(super) fn tell_opened(&self, opening: session::Opening) {
        self.typed.publish(Announcement::Opened(opening.into()));
    }

    pub(super) fn tell_latency(&self, ms: u32) {
        self.typed.publish(Announcement::Latency(ms));
    }

    pub(super) fn fail(&self, failure: impl FnOnce() -> Failure) {
        self.typed.publish(Announcement::Failed(failure()));
    }
}

/// A break that is more than a break is a failure, too; so is the end of all credentials.
pub(super) fn failure_of(state: &State, cause: Option<&Cause>) -> Option<Failure> {
    if let State::Closed {
        why: ClosedWhy::Unauthorized,
        ..
    } = state
    {
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

/// Whoever listens. Behind a trait, because most pages have nobody who does.
trait Publish<Out> {
    fn subscribe(&self, is_over: bool) -> Events<Out>;
    fn publish(&self, event: Event<Out>);
    fn end(&self);
}

impl<Out> Publish<Out> for Broadcast<Event<Out>> {
    fn subscribe(&self, is_over: bool) -> Events<Out> {
        let subscriber = Broadcast::subscribe(self, is_over);
        Events { subscriber }
    }

    fn publish(&self, event: Event<Out>) {
        Broadcast::publish(self, event);
    }

    fn end(&self) {
        Broadcast::end(self);
    }
}

impl<Out, In> Sender<Out, In> {
    /// What happens from now on beside the messages: states, latency, messages that were given up, failures.
    pub fn events(&self) -> Events<Out>
    where
        Out: 'static,
    {
        let is_over = self.engine.strong_count() == 0;
        let Some(messages) = self.messages.upgrade() else {
            return Publish::subscribe(&Broadcast::default(), is_over);
        };
        messages
            .audience
            .broadcast
            .get_or_init(|| Box::new(Broadcast::default()))
            .subscribe(is_over)
    }
}
