//! The restore step, in which calls leave before anything that was queued: they are none of the socket's requests.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::typed;
use super::error::{CallError, NotifyError};
use super::feed::{Asked, Feed};
use super::hub::Hub;
use crate::client::error::{BoxError, RequestError, RestoreError, TrySendError};
use crate::client::opening::Opening;
use crate::client::restore;
use crate::client::steps::LocalFuture;
use crate::client::wakers::Promise;
use crate::subprotocol::jsonrpc::{Json, JsonRpcError, Outgoing, OwnId, Params};

type Step = Rc<restore::Restoring<Outgoing>>;
type Outcome = Result<Json, JsonRpcError>;

/// The application's restore step.
pub(super) type UserRestore = Box<dyn Fn(Restoring) -> LocalFuture<Result<(), BoxError>>>;

/// A restore step: its calls leave ahead of the queue, and it is over when the attempt is.
#[derive(Clone)]
pub struct Restoring {
    /// The engine's: the application may keep a step in a function that is there.
    hub: Weak<Hub>,
    step: Step,
}

impl Restoring {
    pub(super) fn new(hub: &Rc<Hub>, step: restore::Restoring<Outgoing>) -> Self {
        let step = Rc::new(step);
        hub.steps.step.replace(Some(Rc::clone(&step)));
        Restoring {
            hub: Rc::downgrade(hub),
            step,
        }
    }

    /// What the connection follows on.
    pub fn opening(&self) -> Opening {
        self.step.opening()
    }

    /// Calls a method of the server, ahead of the queue.
    ///
    /// # Errors
    ///
    /// As [`Caller::call`](super::Caller::call); [`RequestError::Closed`] if the step is over. Where the step ends while it
    /// waits, it goes on waiting: the step's future is dropped then.
    pub async fn call<R: DeserializeOwned>(
        &self,
        method: &str,
        params: impl Serialize,
    ) -> Result<R, CallError> {
        let params = Params::new(&params)?;
        let Some(hub) = self.hub.upgrade() else {
            let message = params;
            return Err(RequestError::Closed { message }.into());
        };
        let promise = Promise::new();
        let number = hub.steps.add(Waiting::Call(Rc::clone(&promise)));
        // Whoever drops the future waits no longer.
        let _guard = Guard(Rc::downgrade(&hub), number);
        drop(hub);
        let call = Outgoing::with_id(method, params, OwnId::Step(number));
        if self.step.send(&call).is_err() {
            let message = call.into_params();
            return Err(RequestError::Closed { message }.into());
        }
        let outcome: Outcome = std::future::poll_fn(|context| promise.poll(context)).await;
        typed(outcome.map_err(CallError::Refused))
    }

    /// Tells the server something that has no answer, ahead of the queue.
    ///
    /// # Errors
    ///
    /// [`NotifyError`]; [`TrySendError::Closed`] if the step is over.
    pub fn notify(&self, method: &str, params: impl Serialize) -> Result<(), NotifyError> {
        let message = Outgoing::notification(method, Params::new(&params)?);
        match self.step.send(&message) {
            Ok(()) => Ok(()),
            Err(RestoreError::Encode(source)) => {
                let message = message.into_params();
                Err(TrySendError::Encode { message, source }.into())
            }
            Err(RestoreError::Over) => {
                let message = message.into_params();
                Err(TrySendError::Closed { message }.into())
            }
        }
    }

    /// Subscribes, and says when that is settled; an error if the step is over.
    pub(super) fn subscribe(
        &self,
        hub: &Hub,
        feed: &Rc<Feed>,
        params: Params,
    ) -> Result<Rc<Promise<()>>, RestoreError> {
        let done = Promise::new();
        let number = hub
            .steps
            .add(Waiting::Feed(Rc::clone(feed), Rc::clone(&done)));
        feed.asked.set(Asked::Step);
        let call = Outgoing::with_id(&feed.method, params, OwnId::Step(number));
        self.step.send(&call)?;
        Ok(done)
    }
}

/// Who waits for a reply to a call of the restore step.
pub(super) enum Waiting {
    Call(Rc<Promise<Outcome>>),
    Feed(Rc<Feed>, Rc<Promise<()>>),
    /// Whoever wants to know that it is done, whatever was said.
    End(Rc<Promise<()>>),
}

struct Guard(Weak<Hub>, u32);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(hub) = self.0.upgrade() {
            hub.steps.take(self.1);
        }
    }
}

/// The calls of the restore step that wait.
#[derive(Default)]
pub(super) struct StepCalls {
    step: RefCell<Option<Step>>,
    waiting: RefCell<Vec<(u32, Waiting)>>,
    last: Cell<u32>,
}

impl StepCalls {
    fn add(&self, waiting: Waiting) -> u32 {
        let number = self.last.get().wrapping_add(1);
        self.last.set(number);
        self.waiting.borrow_mut().push((number, waiting));
        number
    }

    fn take(&self, number: u32) -> Option<Waiting> {
        let mut waiting = self.waiting.borrow_mut();
        let at = waiting.iter().position(|(it, _)| *it == number)?;
        Some(waiting.swap_remove(at).1)
    }

    pub(super) fn awaits(&self, number: u32) -> bool {
        self.waiting.borrow().iter().any(|(it, _)| *it == number)
    }

    /// Takes the reply to a call.
    pub(super) fn accept(&self, hub: &Rc<Hub>, number: u32, outcome: Outcome) {
        match self.take(number) {
            Some(Waiting::Call(promise)) => promise.keep(outcome),
            Some(Waiting::Feed(feed, done)) => {
                hub.feeds.learn(hub, &feed, outcome);
                done.keep(());
            }
            Some(Waiting::End(promise)) => promise.keep(()),
            None => {}
        }
    }

    /// Sends a message during the step that is running; an error if there is none.
    pub(super) fn send(&self, message: &Outgoing) -> Result<(), RestoreError> {
        let step = self.step.borrow().clone();
        step.ok_or(RestoreError::Over)?.send(message)
    }

    /// Makes a call during the step that is running, of whose answer only the time counts.
    pub(super) fn tell(&self, method: &str, params: Params, told: &Rc<Promise<()>>) {
        let number = self.add(Waiting::End(Rc::clone(told)));
        let call = Outgoing::with_id(method, params, OwnId::Step(number));
        if self.send(&call).is_err() {
            self.take(number);
            told.keep(());
        }
    }

    /// The connection has ended.
    pub(super) fn end(&self) {
        let step = self.step.take();
        let waiting = self.waiting.take();
        drop(step);
        for (_, waiting) in waiting {
            match waiting {
                Waiting::Feed(feed, _) => feed.asked.set(Asked::No),
                Waiting::End(promise) => promise.keep(()),
                // The step's future is dropped with the attempt.
                Waiting::Call(_) => {}
            }
        }
    }
}
