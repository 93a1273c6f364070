//! The step in which a new connection becomes what the old one was.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::error::{BoxError, Failure, RestoreError};
use super::link::StepChannel;
use super::parts::{Answer, RestoreStep};
use super::wakers::LocalFuture;
use crate::codec::Codec;
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

/// The application's restore step.
pub(super) struct Restore<F>(pub(super) F);

impl<Out, In, F, Fut, E> RestoreStep<Out, In> for Restore<F>
where
    Out: 'static,
    In: 'static,
    F: Fn(Restoring<Out>) -> Fut + 'static,
    Fut: Future<Output = Result<(), E>> + 'static,
    E: Into<BoxError>,
{
    fn run(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        opening: Opening,
        channel: StepChannel,
    ) -> LocalFuture<Answer> {
        let codec = Rc::clone(codec);
        let step = Rc::new(move |message: &Out| {
            let payload = codec.encode(message).map_err(RestoreError::Encode)?;
            if channel.send(payload.as_ref()) {
                Ok(())
            } else {
                Err(RestoreError::Over)
            }
        });
        let done = (self.0)(Restoring { opening, step });
        Box::pin(async move {
            match done.await {
                Ok(()) => Answer::Restored,
                Err(error) => Answer::Failed(Failure::Restore(error.into().into())),
            }
        })
    }
}
