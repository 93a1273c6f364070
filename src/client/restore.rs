//! The step in which a new connection becomes what the old one was.

use std::future::Future;
use std::rc::Rc;

use super::builder::Builder;
use super::error::{BoxError, Failure, RestoreError};
use super::opening::Opening;
use super::steps::{Answer, LocalFuture, RestoreStep, StepChannel};
use crate::codec::Codec;

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

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// Runs on each connection, the first too, after authentication and before the queue leaves. Where it fails, the
    /// attempt failed.
    pub fn restore<F, Fut, E>(mut self, act: F) -> Self
    where
        F: Fn(Restoring<Out>) -> Fut + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: Into<BoxError>,
    {
        self.config().restore = true;
        self.parts.steps.restore = Some(Box::new(Restore(act)));
        self
    }
}
