//! A sink of typed messages for one topic.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::client::Handle;
use super::error::PublishError;
use super::publish::{Acknowledgement, Publish};
use crate::client::error::ClosedError;
use crate::codec::{Codec, CodecError};

/// Publishes values to one topic by a codec: a sink, and cheap to clone. It does not keep the client alive.
///
/// ```
/// use tautline::codec::Text;
/// use tautline::mqtt::{Client, QoS};
///
/// # async fn report(client: &Client) -> Result<(), Box<dyn std::error::Error>> {
/// let states = client.publisher("status/kitchen", Text).qos(QoS::AtLeastOnce).retain();
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
    /// The quality of service. Default QoS 0.
    pub fn qos(mut self, qos: super::QoS) -> Self {
        self.template = self.template.qos(qos);
        self
    }

    /// Has the broker keep the last value for later subscribers.
    pub fn retain(mut self) -> Self {
        self.template = self.template.retain();
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
    pub async fn publish(&self, value: &Out) -> Result<Acknowledgement, PublisherError> {
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
        Ok(self.template.clone().with_payload(payload))
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

/// Ready where the queue has room; flushed when the broker has answered all that QoS 1 and 2 ask for.
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
    /// Makes a sink of values for one topic.
    pub fn publisher<Out, C: Codec<Out, Out> + 'static>(
        &self,
        topic: impl Into<String>,
        codec: C,
    ) -> Publisher<Out> {
        Publisher {
            handle: self.clone(),
            template: Publish::new(topic, Vec::new()),
            codec: Rc::new(codec),
            pending: None,
        }
    }
}
