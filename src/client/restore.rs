//! The step in which a new connection becomes what the old one was.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::error::{BoxError, RestoreError};
use super::wakers::LocalFuture;
use crate::session;

/// What a new connection follows on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Whether there was a connection before.
    pub reconnected: bool,
    /// How long there was none.
    pub downtime: Duration,
    /// Messages handed to the previous connection that no pong has confirmed.
    pub unconfirmed: u32,
}

impl From<session::Opening> for Opening {
    fn from(opening: session::Opening) -> Self {
        Opening {
            reconnected: opening.reconnected,
            downtime: Duration::from_millis(opening.downtime_ms),
            unconfirmed: opening.unconfirmed,
        }
    }
}

type Step<Out> = Rc<dyn Fn(&Out) -> Result<(), RestoreError>>;

/// A restore step: it sends what subscribes again, ahead of the queue.
pub struct Restoring<Out> {
    opening: Opening,
    step: Step<Out>,
}

impl<Out> Restoring<Out> {
    pub(super) fn new(opening: Opening, step: Step<Out>) -> Self {
        Restoring { opening, step }
    }

    /// What the connection follows on.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// Sends a message ahead of the queue.
    ///
    /// # Errors
    ///
    /// [`RestoreError::Encode`] for a message without a form, [`RestoreError::Over`] if the step is over.
    pub fn send(&self, message: &Out) -> Result<(), RestoreError> {
        (self.step)(message)
    }
}

pub(super) type Restore<Out> = Box<dyn Fn(Restoring<Out>) -> LocalFuture<Result<(), BoxError>>>;

pub(super) fn restore<Out, F, Fut, E>(act: F) -> Restore<Out>
where
    F: Fn(Restoring<Out>) -> Fut + 'static,
    Fut: Future<Output = Result<(), E>> + 'static,
    E: Into<BoxError>,
{
    Box::new(move |restoring| {
        let done = act(restoring);
        Box::pin(async move { done.await.map_err(Into::into) })
    })
}
