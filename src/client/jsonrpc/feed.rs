//! What one subscription has received, and where it stands.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::error::{CallError, SubscriptionError};
use crate::client::fifo::Fifo;
use crate::client::wakers::{Promise, Wakers};
use crate::session::Ticket;
use crate::subprotocol::jsonrpc::{Json, Params, ParamsError};

/// Makes the parameters of a subscribing.
pub(super) type MakeParams = Box<dyn Fn() -> Result<Params, ParamsError>>;

/// Whether the server was asked for the subscription, and has not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    No,
    /// By a request of the socket, which is made again by itself.
    Request(Ticket),
    /// By a call of the restore step.
    Step,
}

pub(super) struct Feed {
    pub(super) method: Box<str>,
    pub(super) params: MakeParams,
    pub(super) unsubscribe: Option<Box<str>>,
    /// What the server calls it, over the connection that is there.
    pub(super) id: RefCell<Option<Json>>,
    pub(super) asked: Cell<Asked>,
    /// Kept when the first subscribing is settled.
    pub(super) started: Rc<Promise<Result<(), CallError>>>,
    values: RefCell<Fifo<Json>>,
    limit: usize,
    missed: Cell<u64>,
    is_over: Cell<bool>,
    /// What has ended it, until it is told.
    error: Cell<Option<SubscriptionError>>,
    readers: Wakers,
}

impl Feed {
    pub(super) fn new(
        method: &str,
        params: MakeParams,
        unsubscribe: Option<Box<str>>,
        limit: usize,
    ) -> Self {
        Feed {
            method: method.into(),
            params,
            unsubscribe,
            id: RefCell::new(None),
            asked: Cell::new(Asked::No),
            started: Promise::new(),
            values: RefCell::default(),
            limit: limit.max(1),
            missed: Cell::new(0),
            is_over: Cell::new(false),
            error: Cell::new(None),
            readers: Wakers::default(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    pub(super) fn has_id(&self, id: &Json) -> bool {
        self.id
            .borrow()
            .as_ref()
            .is_some_and(|it| it.get() == id.get())
    }

    /// Takes a value in. Where there is no room, the oldest gives way.
    pub(super) fn push(&self, value: Json) {
        let mut values = self.values.borrow_mut();
        if values.len() >= self.limit {
            values.pop();
            self.missed.set(self.missed.get() + 1);
        }
        values.push(value);
        drop(values);
        self.readers.wake();
    }

    /// Nothing follows. What waits is still read.
    pub(super) fn end(&self, error: Option<SubscriptionError>) {
        if !self.is_over.replace(true) {
            self.error.set(error);
            self.readers.wake();
        }
    }

    pub(super) fn poll(
        &self,
        context: &Context<'_>,
    ) -> Poll<Option<Result<Json, SubscriptionError>>> {
        let missed = self.missed.take();
        if missed > 0 {
            return Poll::Ready(Some(Err(SubscriptionError::Lagged { missed })));
        }
        let next = self.values.borrow_mut().pop();
        match next {
            Some(value) => Poll::Ready(Some(Ok(value))),
            None if self.is_over() => Poll::Ready(self.error.take().map(Err)),
            None => {
                self.readers.add(context);
                Poll::Pending
            }
        }
    }
}
