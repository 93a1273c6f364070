//! Tasks that wait: several may wait for the same thing.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Who is to be woken.
#[derive(Default)]
pub(super) struct Wakers {
    waiting: RefCell<Vec<Waker>>,
}

impl Wakers {
    pub(super) fn add(&self, context: &Context<'_>) {
        let mut waiting = self.waiting.borrow_mut();
        if !waiting.iter().any(|it| it.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
    }

    pub(super) fn wake(&self) {
        // A waker may do anything, even come back here.
        let mut waiting = self.waiting.take();
        for waker in waiting.drain(..) {
            waker.wake();
        }
        // The room is kept: a stream that is read as messages come would make it anew for each.
        let mut since = self.waiting.borrow_mut();
        if since.is_empty() {
            *since = waiting;
        }
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

/// A future of the application's, on the heap.
pub(super) type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Ends a task early: its future is dropped unfinished.
#[derive(Clone, Default)]
pub(super) struct Ending {
    flag: Rc<(std::cell::Cell<bool>, Wakers)>,
}

impl Ending {
    pub(super) fn end(&self) {
        self.flag.0.set(true);
        self.flag.1.wake();
    }

    pub(super) fn is_over(&self) -> bool {
        self.flag.0.get()
    }
}

/// A future that somebody else may end.
pub(super) struct Endable {
    pub(super) future: Option<LocalFuture<()>>,
    pub(super) ending: Ending,
}

impl Future for Endable {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.ending.is_over()
            && let Some(future) = &mut self.future
            && future.as_mut().poll(context).is_pending()
        {
            // It may have been ended from inside.
            if !self.ending.is_over() {
                self.ending.flag.1.add(context);
                return Poll::Pending;
            }
        }
        self.future = None;
        Poll::Ready(())
    }
}
