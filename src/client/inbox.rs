//! What has been received and not been read yet: bounded, and honest about what did not fit.

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll};

use super::error::Invalid;
use super::fifo::Fifo;
use super::wakers::Wakers;

pub(super) struct Inbox<In> {
    waiting: RefCell<Fifo<Result<In, Invalid>>>,
    limit: usize,
    /// How many older than the oldest were dropped since something was read.
    missed: Cell<u64>,
    readers: Wakers,
}

impl<In> Inbox<In> {
    pub(super) fn new(limit: usize) -> Self {
        Inbox {
            waiting: RefCell::default(),
            limit: limit.max(1),
            missed: Cell::new(0),
            readers: Wakers::default(),
        }
    }

    /// Takes a message in. Where there is no room, the oldest gives way.
    pub(super) fn push(&self, message: Result<In, Invalid>) {
        let mut waiting = self.waiting.borrow_mut();
        let mut lost = None;
        if waiting.len() >= self.limit {
            lost = waiting.pop();
            self.missed.set(self.missed.get() + 1);
        }
        waiting.push(message);
        drop(waiting);
        // What a message does when it is dropped, it does with nothing borrowed.
        drop(lost);
        self.readers.wake();
    }

    /// The next one; `None` if there is none and the stream is over.
    pub(super) fn poll(
        &self,
        context: &Context<'_>,
        is_over: bool,
    ) -> Poll<Option<Result<In, Invalid>>> {
        let missed = self.missed.take();
        if missed > 0 {
            return Poll::Ready(Some(Err(Invalid::Lagged { missed })));
        }
        let next = self.waiting.borrow_mut().pop();
        match next {
            Some(message) => Poll::Ready(Some(message)),
            None if is_over => Poll::Ready(None),
            None => {
                self.readers.add(context);
                Poll::Pending
            }
        }
    }

    /// Tells the readers that the stream may be over.
    pub(super) fn wake(&self) {
        self.readers.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn read(inbox: &Inbox<u32>) -> Option<Result<u32, u64>> {
        match inbox.poll(&Context::from_waker(Waker::noop()), true) {
            Poll::Ready(Some(Ok(message))) => Some(Ok(message)),
            Poll::Ready(Some(Err(Invalid::Lagged { missed }))) => Some(Err(missed)),
            Poll::Ready(Some(Err(other))) => panic!("{other}"),
            Poll::Ready(None) => None,
            Poll::Pending => panic!("it is over"),
        }
    }

    #[test]
    fn messages_come_out_in_order() {
        let inbox = Inbox::new(3);
        for message in 1..=3 {
            inbox.push(Ok(message));
        }
        let read: Vec<_> = std::iter::from_fn(|| read(&inbox)).collect();
        assert_eq!(read, [Ok(1), Ok(2), Ok(3)]);
    }

    #[test]
    fn what_did_not_fit_is_counted_where_it_is_missing() {
        let inbox = Inbox::new(2);
        for message in 1..=5 {
            inbox.push(Ok(message));
        }
        assert_eq!([read(&inbox), read(&inbox)], [Some(Err(3)), Some(Ok(4))]);
        inbox.push(Ok(6));
        inbox.push(Ok(7));
        let rest: Vec<_> = std::iter::from_fn(|| read(&inbox)).collect();
        assert_eq!(rest, [Err(1), Ok(6), Ok(7)]);
    }

    #[test]
    fn a_reader_waits_as_long_as_the_stream_is_not_over() {
        let inbox = Inbox::<u32>::new(1);
        let context = Context::from_waker(Waker::noop());
        assert!(inbox.poll(&context, false).is_pending());
        assert!(matches!(inbox.poll(&context, true), Poll::Ready(None)));
    }
}
