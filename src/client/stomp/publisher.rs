//! A sink of typed messages for one destination.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::client::Handle;
use super::error::PublishError;
use super::publish::Publish;
use crate::client::error::ClosedError;
use crate::codec::{Codec, CodecError};

/// Publishes values to one destination by a codec: a sink, and cheap to clone. It does not keep the client alive.
///
/// ```
/// use tautline::codec::Text;
/// use tautline::stomp::Client;
///
/// # async fn report(client: &Client) -> Result<(), Box<dyn std::error::Error>> {
/// let states = client.publisher("/topic/status", Text);
/// states.publish(&"awake".into()).await?;
/// # Ok(())
/// # }
/// ```
pub struct Publisher<Out> {
    handle: Handle,
    template: Publish,
    codec: Rc<dyn Codec<Out, Out>>,
    /// What the sink has taken and not published yet.
    pending: Option<Publish>,
}

impl<Out> Clone for Publisher<Out> {
    fn clone(&self) -> Self {
        Publisher {
            handle: self.handle.clone(),
            template: self.template.clone(),
            codec: Rc::clone(&self.codec),
            pending: None,
        }
    }
}

/// Why a value was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublisherError {
    /// The codec could not write it.
    #[error("the message could not be encoded")]
    Encode(#[source] CodecError),
    /// It was not published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The client was closed before all that the sink took had left.
    #[error(transparent)]
    Closed(#[from] ClosedError),
}

impl<Out> Publisher<Out> {
    /// A header of each message.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.template = self.template.header(name, value);
        self
    }

    /// The values are of no use later, see [`Publish::expiry`].
    pub fn expiry(mut self, expiry: std::time::Duration) -> Self {
        self.template = self.template.expiry(expiry);
        self
    }

    /// Publishes a value, and waits as [`Handle::publish`] does.
    ///
    /// # Errors
    ///
    /// See [`PublisherError`].
    pub async fn publish(&self, value: &Out) -> Result<(), PublisherError> {
        let publish = self.encode(value)?;
        Ok(self.handle.publish(publish).await?)
    }

    /// Publishes a value and does not wait, as [`Handle::try_publish`].
    ///
    /// # Errors
    ///
    /// See [`PublisherError`].
    pub fn try_publish(&self, value: &Out) -> Result<(), PublisherError> {
        let publish = self.encode(value)?;
        Ok(self.handle.try_publish(publish)?)
    }

    fn encode(&self, value: &Out) -> Result<Publish, PublisherError> {
        let payload = self.codec.encode(value).map_err(PublisherError::Encode)?;
        Ok(self.template.clone().with_body(payload))
    }

    /// Publishes what the sink holds back.
    fn poll_pending(&mut self, context: &Context<'_>) -> Poll<Result<(), PublisherError>> {
        let Some(publish) = self.pending.take() else {
            return Poll::Ready(Ok(()));
        };
        match self.handle.try_publish(publish.clone()) {
            Ok(()) => Poll::Ready(Ok(())),
            // There was room, and yet not enough for this one.
            Err(PublishError::QueueFull) => {
                self.pending = Some(publish);
                self.handle.connection.status.watch(context);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }
}

impl<Out> Unpin for Publisher<Out> {}

/// Ready where the queue has room; flushed when all has left.
impl<Out> Sink<Out> for Publisher<Out> {
    type Error = PublisherError;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        if self.poll_pending(context)?.is_pending() {
            return Poll::Pending;
        }
        self.handle.connection.poll_room(context).map(Ok)
    }

    fn start_send(mut self: Pin<&mut Self>, value: Out) -> Result<(), Self::Error> {
        let publish = self.encode(&value)?;
        match self.handle.try_publish(publish.clone()) {
            Err(PublishError::QueueFull) => {
                self.pending = Some(publish);
                Ok(())
            }
            done => Ok(done?),
        }
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        if self.poll_pending(context)?.is_pending() {
            return Poll::Pending;
        }
        let flushed = self.handle.connection.poll_flushed(context);
        flushed.map(|flushed| Ok(flushed?))
    }

    /// The client goes on.
    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.poll_flush(context)
    }
}

impl Handle {
    /// Makes a sink of values for one destination.
    pub fn publisher<Out, C: Codec<Out, Out> + 'static>(
        &self,
        destination: &str,
        codec: C,
    ) -> Publisher<Out> {
        Publisher {
            handle: self.clone(),
            template: Publish::new(destination, Vec::new()),
            codec: Rc::new(codec),
            pending: None,
        }
    }
}
