//! Tasks that wait: several may wait for the same thing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Who is to be woken.
#[derive(Default)]
pub(super) struct Wakers {
    waiting: Cell<Vec<Waker>>,
}

impl Wakers {
    pub(super) fn add(&self, context: &Context<'_>) {
        let mut waiting = self.waiting.take();
        if !waiting.iter().any(|it| it.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        self.waiting.set(waiting);
    }

    pub(super) fn wake(&self) {
        // A waker may do anything, even come back here.
        let mut waiting = self.waiting.take();
        for waker in &waiting {
            waker.wake_by_ref();
        }
        waiting.clear();
        // The room is kept: a stream that is read as messages come would make it anew for each.
        let since = self.waiting.take();
        self.waiting
            .set(if since.is_empty() { waiting } else { since });
    }
}

/// A value that comes once, for one task.
pub(super) struct Promise<T> {
    value: RefCell<Option<T>>,
    wakers: Wakers,
}

impl<T> Promise<T> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Promise {
            value: RefCell::new(None),
            wakers: Wakers::default(),
        })
    }

    pub(super) fn keep(&self, value: T) {
        self.value.replace(Some(value));
        self.wakers.wake();
    }

    /// The value, if it has come and nobody has taken it.
    pub(super) fn take(&self) -> Option<T> {
        self.value.take()
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<T> {
        match self.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.wakers.add(context);
                Poll::Pending
            }
        }
    }
}
