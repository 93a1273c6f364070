//! What happens beside the messages, as a stream for each who listens.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::client::error::Failure;
use crate::client::fifo::Fifo;
use crate::client::opening::Opening;
use crate::client::state::State;
use crate::client::wakers::Wakers;

/// Events that wait for one reader; the oldest give way.
const LIMIT: usize = 1_024;

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<News> {
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
    /// Something went wrong. The client goes on by itself.
    Failed(Failure),
    /// What the protocol tells.
    Protocol(News),
    /// The events were read too slowly, and the oldest were dropped here.
    Lagged {
        /// How many.
        missed: u64,
    },
}

struct Subscriber<News> {
    waiting: RefCell<Fifo<Event<News>>>,
    missed: Cell<u64>,
    is_over: Cell<bool>,
    readers: Wakers,
}

/// The events of a client from now on, for one reader: a stream that ends with the client.
pub struct Events<News> {
    subscriber: Rc<Subscriber<News>>,
}

impl<News> Stream for Events<News> {
    type Item = Event<News>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event<News>>> {
        let subscriber = &self.subscriber;
        let missed = subscriber.missed.take();
        if missed > 0 {
            return Poll::Ready(Some(Event::Lagged { missed }));
        }
        let next = subscriber.waiting.borrow_mut().pop();
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

impl<News> Events<News> {
    /// The next event; `None` once the client is gone.
    pub async fn next(&mut self) -> Option<Event<News>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

/// Those who listen.
pub(super) struct Audience<News> {
    subscribers: RefCell<Vec<Weak<Subscriber<News>>>>,
}

impl<News> Default for Audience<News> {
    fn default() -> Self {
        Audience {
            subscribers: RefCell::default(),
        }
    }
}

impl<News> Audience<News> {
    pub(super) fn subscribe(&self, is_over: bool) -> Events<News> {
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

    /// The client is gone.
    pub(super) fn end(&self) {
        self.each(|subscriber| subscriber.is_over.set(true));
    }

    fn each(&self, act: impl Fn(&Subscriber<News>)) {
        // Whoever is woken may subscribe.
        let subscribers = self.subscribers.borrow().clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            act(&subscriber);
            subscriber.readers.wake();
        }
    }
}

impl<News: Clone> Audience<News> {
    pub(super) fn publish(&self, event: Event<News>) {
        self.each(|subscriber| {
            let mut waiting = subscriber.waiting.borrow_mut();
            let mut lost = None;
            if waiting.len() >= LIMIT {
                lost = waiting.pop();
                subscriber.missed.set(subscriber.missed.get() + 1);
            }
            waiting.push(event.clone());
            drop(waiting);
            drop(lost);
        });
    }
}
