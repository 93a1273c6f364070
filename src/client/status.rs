//! What all handles of a socket know of it, also when the engine is gone.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::cause::Cause;
use super::error::ClosedError;
use super::state::State;
use super::steps::Renewals;
use super::wakers::Wakers;
use crate::session::ClosedWhy;

pub(super) struct Status {
    state: RefCell<State>,
    /// How often it has been closed.
    closures: Cell<u32>,
    pub(super) last_cause: RefCell<Option<Cause>>,
    /// Who waits for a state, or for room.
    watchers: Wakers,
    pub(super) renewals: Renewals,
}

impl Status {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Status {
            state: RefCell::new(State::Idle),
            closures: Cell::new(0),
            last_cause: RefCell::new(None),
            watchers: Wakers::default(),
            renewals: Renewals::default(),
        })
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Reads the state where a copy would be wasted.
    pub(super) fn is(&self, test: impl FnOnce(&State) -> bool) -> bool {
        test(&self.state.borrow())
    }

    pub(super) fn is_open(&self) -> bool {
        self.is(State::is_open)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is(State::is_closed)
    }

    pub(super) fn closures(&self) -> u32 {
        self.closures.get()
    }

    /// Notes a state and gives the one before.
    pub(super) fn enter(&self, state: State) -> State {
        if state.is_closed() {
            self.closures.set(self.closures.get().wrapping_add(1));
        }
        self.state.replace(state)
    }

    pub(super) fn watch(&self, context: &Context<'_>) {
        self.watchers.add(context);
    }

    pub(super) fn wake(&self) {
        self.watchers.wake();
    }

    /// Why the socket is closed, if it is.
    pub(super) fn closed(&self) -> Option<ClosedError> {
        match &*self.state.borrow() {
            State::Closed { why, cause } => Some(ClosedError {
                why: *why,
                cause: cause.clone(),
            }),
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
            self.enter(State::Closed {
                why: ClosedWhy::Aborted,
                cause: None,
            });
        }
        self.wake();
    }
}
