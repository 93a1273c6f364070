//! Events to all who listen: each has a bounded queue of its own, whose oldest give way.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::fifo::Fifo;
use super::wakers::Wakers;

/// Events that wait for one reader; the oldest give way.
const LIMIT: usize = 1_024;

/// Those who listen.
pub(super) struct Broadcast<E> {
    subscribers: RefCell<Vec<Weak<Subscriber<E>>>>,
}

/// One who listens, as long as it lives.
pub(super) struct Subscriber<E> {
    waiting: RefCell<Fifo<E>>,
    missed: Cell<u64>,
    is_over: Cell<bool>,
    readers: Wakers,
}

impl<E> Default for Broadcast<E> {
    fn default() -> Self {
        Broadcast {
            subscribers: RefCell::default(),
        }
    }
}

impl<E> Broadcast<E> {
    pub(super) fn subscribe(&self, is_over: bool) -> Rc<Subscriber<E>> {
        let subscriber = Rc::new(Subscriber {
            waiting: RefCell::default(),
            missed: Cell::new(0),
            is_over: Cell::new(is_over),
            readers: Wakers::default(),
        });
        let mut subscribers = self.subscribers.borrow_mut();
        subscribers.retain(|it| it.strong_count() > 0);
        subscribers.push(Rc::downgrade(&subscriber));
        subscriber
    }

    /// There will be no more.
    pub(super) fn end(&self) {
        self.each(|subscriber| subscriber.is_over.set(true));
    }

    fn each(&self, act: impl Fn(&Subscriber<E>)) {
        // Whoever is woken may subscribe.
        let subscribers = self.subscribers.borrow().clone();
        for subscriber in subscribers.iter().filter_map(Weak::upgrade) {
            act(&subscriber);
            subscriber.readers.wake();
        }
    }
}

impl<E: Clone> Broadcast<E> {
    pub(super) fn publish(&self, event: E) {
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

impl<E> Subscriber<E> {
    /// The next event; first, if there is a gap, what `lagged` says of it.
    pub(super) fn poll(
        &self,
        context: &Context<'_>,
        lagged: impl FnOnce(u64) -> E,
    ) -> Poll<Option<E>> {
        let missed = self.missed.take();
        if missed > 0 {
            return Poll::Ready(Some(lagged(missed)));
        }
        let next = self.waiting.borrow_mut().pop();
        match next {
            Some(event) => Poll::Ready(Some(event)),
            None if self.is_over.get() => Poll::Ready(None),
            None => {
                self.readers.add(context);
                Poll::Pending
            }
        }
    }
}
