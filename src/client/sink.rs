//! The sender as a sink: it takes a message at a time, and says when it takes the next.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::close::Closing;
use super::error::{ClosedError, SendError, TrySendError};
use super::sender::Sender;
use crate::session::StateName;

/// Where a sink cannot give a message back: flushing.
fn unflushed<Out>(
    sender: &Sender<Out, impl Sized>,
    closed: ClosedError,
) -> Result<(), SinkError<Out>> {
    match sender.pending.take() {
        Some(message) => Err(SinkError::Send(SendError::Closed { message })),
        None => Err(SinkError::Closed(closed)),
    }
}

/// How far the sink is with closing.
#[derive(Default)]
pub(super) enum Goodbye {
    #[default]
    Unsaid,
    /// What it took has to leave first. If the socket is closed meanwhile, that is an error.
    Flushing,
    Said(Closing),
}

/// Why a [`Sink`] failed.
#[derive(thiserror::Error)]
pub enum SinkError<Out> {
    /// A message was not taken; it is given back.
    #[error(transparent)]
    Send(SendError<Out>),
    /// The socket was closed before all that it took had left. What was dropped is told by [`Sender::events`].
    #[error(transparent)]
    Closed(ClosedError),
}

impl<Out> fmt::Debug for SinkError<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SinkError::Send(error) => f.debug_tuple("Send").field(error).finish(),
            SinkError::Closed(error) => f.debug_tuple("Closed").field(error).finish(),
        }
    }
}

impl<Out, In> Sender<Out, In> {
    /// Sends what the sink holds back.
    fn poll_pending(&self, context: &Context<'_>) -> Poll<Result<(), SinkError<Out>>> {
        let Some(message) = self.pending.take() else {
            return Poll::Ready(Ok(()));
        };
        match self.try_send(message) {
            Ok(_) => Poll::Ready(Ok(())),
            Err(TrySendError::Full { message }) => {
                self.pending.replace(Some(message));
                self.status.watch(context);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(SinkError::Send(error.into()))),
        }
    }

    pub(super) fn sink_ready(&self, context: &Context<'_>) -> Poll<Result<(), SinkError<Out>>> {
        if self.poll_pending(context)?.is_pending() {
            return Poll::Pending;
        }
        self.poll_room(context).map(Ok)
    }

    pub(super) fn sink_send(&self, message: Out) -> Result<(), SinkError<Out>> {
        match self.try_send(message) {
            Ok(_) => Ok(()),
            // There was room, and yet not enough for this one: it leaves before the next is asked for.
            Err(TrySendError::Full { message }) => {
                self.pending.replace(Some(message));
                Ok(())
            }
            Err(error) => Err(SinkError::Send(error.into())),
        }
    }

    pub(super) fn sink_flush(&self, context: &Context<'_>) -> Poll<Result<(), SinkError<Out>>> {
        if self.poll_pending(context)?.is_pending() {
            return Poll::Pending;
        }
        match self.poll_drained(context, 0, true) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(closed)) => Poll::Ready(unflushed(self, closed)),
            Poll::Pending => Poll::Pending,
        }
    }

    pub(super) fn sink_close(&self, context: &Context<'_>) -> Poll<Result<(), SinkError<Out>>> {
        let goodbye = self.goodbye.take();
        let is_over = matches!(self.status.name(), StateName::Closing | StateName::Closed);
        let said = match goodbye {
            Goodbye::Said(closing) => closing,
            // Somebody else has closed it, and what the sink holds back never leaves.
            Goodbye::Unsaid if is_over => match self.pending.take() {
                Some(message) => {
                    return Poll::Ready(Err(SinkError::Send(SendError::Closed { message })));
                }
                None => Closing::new(&self.status),
            },
            Goodbye::Unsaid | Goodbye::Flushing => {
                if self.sink_flush(context)?.is_pending() {
                    self.goodbye.replace(Goodbye::Flushing);
                    return Poll::Pending;
                }
                self.close()
            }
        };
        if said.poll_done(context).is_pending() {
            self.goodbye.replace(Goodbye::Said(said));
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl<Out, In> Unpin for Sender<Out, In> {}

impl<Out, In> Sink<Out> for Sender<Out, In> {
    type Error = SinkError<Out>;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.sink_ready(context)
    }

    fn start_send(self: Pin<&mut Self>, message: Out) -> Result<(), Self::Error> {
        self.sink_send(message)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.sink_flush(context)
    }

    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.sink_close(context)
    }
}
