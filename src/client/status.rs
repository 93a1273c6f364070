//! What all handles of a socket know of it, also when the engine is gone.

use std::cell::Cell;
#[cfg(feature = "jsonrpc")]
use std::cell::OnceCell;
use std::rc::Rc;
#[cfg(feature = "jsonrpc")]
use std::rc::Weak;
use std::task::{Context, Poll};

use super::cause::Cause;
use super::error::ClosedError;
use super::state::State;
use super::steps::Renewals;
use super::wakers::Wakers;
use crate::session::{self, ClosedWhy, StateName};

pub(super) struct Status {
    /// As the session tells it: [`State`] is made of it for those who ask.
    state: Cell<session::State>,
    /// What led to it, if anything broke.
    cause: Cell<Option<Rc<Cause>>>,
    /// How often it has been closed.
    closures: Cell<u32>,
    last_cause: Cell<Option<Rc<Cause>>>,
    /// Who waits for a state, or for room.
    watchers: Wakers,
    pub(super) renewals: Renewals,
    #[cfg(feature = "jsonrpc")]
    follower: OnceCell<Weak<dyn Follow>>,
}

/// Who is told of each state at once: where events would come too late.
#[cfg(feature = "jsonrpc")]
pub(super) trait Follow {
    fn follow(&self, state: StateName);
}

impl Status {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Status {
            state: Cell::new(session::State::Idle),
            cause: Cell::new(None),
            closures: Cell::new(0),
            last_cause: Cell::new(None),
            watchers: Wakers::default(),
            renewals: Renewals::default(),
            #[cfg(feature = "jsonrpc")]
            follower: OnceCell::new(),
        })
    }

    pub(super) fn state(&self) -> State {
        let cause = copy(&self.cause).as_deref().cloned();
        State::new(self.state.get(), cause, copy(&self.last_cause).as_deref())
    }

    pub(super) fn name(&self) -> StateName {
        self.state.get().name()
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state.get(), session::State::Open { .. })
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state.get(), session::State::Closed(_))
    }

    /// What ended the last connection or attempt.
    pub(super) fn last_cause(&self) -> Option<Cause> {
        copy(&self.last_cause).as_deref().cloned()
    }

    pub(super) fn closures(&self) -> u32 {
        self.closures.get()
    }

    pub(super) fn enter(&self, state: session::State, cause: Option<Rc<Cause>>) {
        if cause.is_some() {
            self.last_cause.set(cause.clone());
        }
        self.cause.set(cause);
        self.state.set(state);
        if self.is_closed() {
            self.closures.set(self.closures.get().wrapping_add(1));
        }
        #[cfg(feature = "jsonrpc")]
        if let Some(follower) = self.follower.get().and_then(Weak::upgrade) {
            follower.follow(self.name());
        }
    }

    #[cfg(feature = "jsonrpc")]
    pub(super) fn set_follower(&self, follower: Weak<dyn Follow>) {
        // There is one, and it is set before anything happens.
        let _ = self.follower.set(follower);
    }

    pub(super) fn watch(&self, context: &Context<'_>) {
        self.watchers.add(context);
    }

    pub(super) fn wake(&self) {
        self.watchers.wake();
    }

    /// Why the socket is closed, if it is.
    pub(super) fn closed(&self) -> Option<ClosedError> {
        match self.state() {
            State::Closed { why, cause } => Some(ClosedError { why, cause }),
            _ => None,
        }
    }

    pub(super) fn poll_closed(&self, context: &Context<'_>) -> Poll<ClosedError> {
        match self.closed() {
            Some(closed) => Poll::Ready(closed),
            None => {
                self.watch(context);
                Poll::Pending
            }
        }
    }

    /// The engine is gone with its socket.
    pub(super) fn end(&self) {
        if !self.is_closed() {
            self.enter(session::State::Closed(ClosedWhy::Aborted), None);
        }
        self.wake();
    }
}

fn copy<T>(of: &Cell<Option<Rc<T>>>) -> Option<Rc<T>> {
    let value = of.take();
    of.set(value.clone());
    value
}
