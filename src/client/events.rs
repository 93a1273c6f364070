//! What happens beside the messages.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::error::Failure;
use super::restore::Opening;
use super::state::State;
use super::wakers::Wakers;
use crate::session::DropReason;

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

/// Events that wait for one reader; the oldest give way.
const LIMIT: usize = 1_024;

struct Subscriber<Out> {
    waiting: RefCell<VecDeque<Event<Out>>>,
    missed: Cell<u64>,
    is_over: Cell<bool>,
    readers: Wakers,
}

/// The events of a socket from now on, for one reader: a stream that ends with the socket.
pub struct Events<Out> {
    subscriber: Rc<Subscriber<Out>>,
}

impl<Out> Stream for Events<Out> {
    type Item = Event<Out>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event<Out>>> {
        let subscriber = &self.subscriber;
        let missed = subscriber.missed.take();
        if missed > 0 {
            return Poll::Ready(Some(Event::Lagged { missed }));
        }
        let next = subscriber.waiting.borrow_mut().pop_front();
        match next {
            Some(event) => Poll::Ready(Some(event)),
            None if subscriber.is_over.get() => Poll::Ready(None),
            None => {
                subscriber.readers.add(context);
                Poll::Pending
            }
        }
    }
}

impl<Out> Events<Out> {
    /// The next event; `None` once the socket is gone.
    pub async fn next(&mut self) -> Option<Event<Out>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

/// Whoever listens. Behind a trait, because most pages have nobody who does.
pub(super) trait Audience<Out> {
    fn subscribe(&self, is_over: bool) -> Events<Out>;
    fn publish(&self, event: Event<Out>);
    /// The socket is gone.
    fn end(&self);
}

pub(super) struct Broadcast<Out> {
    subscribers: RefCell<Vec<Weak<Subscriber<Out>>>>,
}

impl<Out> Default for Broadcast<Out> {
    fn default() -> Self {
        Broadcast {
            subscribers: RefCell::default(),
        }
    }
}

impl<Out> Audience<Out> for Broadcast<Out> {
    fn subscribe(&self, is_over: bool) -> Events<Out> {
        let subscriber = Rc::new(Subscriber {
            waiting: RefCell::default(),
            missed: Cell::new(0),
            is_over: Cell::new(is_over),
            readers: Wakers::default(),
        });
        let mut subscribers = self.subscribers.borrow_mut();
        subscribers.retain(|it| it.strong_count() > 0);
        subscribers.push(Rc::downgrade(&subscriber));
        Events { subscriber }
    }

    fn publish(&self, event: Event<Out>) {
        self.each(|subscriber| {
            let mut waiting = subscriber.waiting.borrow_mut();
            let mut lost = None;
            if waiting.len() >= LIMIT {
                lost = waiting.pop_front();
                subscriber.missed.set(subscriber.missed.get() + 1);
            }
            waiting.push_back(event.clone());
            drop(waiting);
            drop(lost);
        });
    }

    fn end(&self) {
        self.each(|subscriber| subscriber.is_over.set(true));
    }
}

impl<Out> Broadcast<Out> {
    fn each(&self, act: impl Fn(&Subscriber<Out>)) {
        // Whoever is woken may subscribe.
        let subscribers = self.subscribers.borrow().clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            act(&subscriber);
            subscriber.readers.wake();
        }
    }
}
