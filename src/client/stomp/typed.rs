//! Messages by a codec.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::message::Message;
use super::subscribe::Subscription;
use crate::client::error::Invalid;
use crate::codec::{Codec, Payload};

/// A message and what its body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed<In> {
    /// What the body says.
    pub value: In,
    /// Headers, and the body as it came.
    pub message: Message,
}

/// The messages of a subscription by a codec: a stream. See [`Subscription::decode`].
pub struct Decoded<In> {
    subscription: Subscription,
    codec: Rc<dyn Codec<In, In>>,
}

impl<In> Decoded<In> {
    pub(super) fn new(subscription: Subscription, codec: Rc<dyn Codec<In, In>>) -> Self {
        Decoded {
            subscription,
            codec,
        }
    }

    /// The next message; `None` once the subscription has ended or the client is closed.
    ///
    /// # Errors
    ///
    /// [`Invalid::Frame`] for a body that the codec cannot read, [`Invalid::Lagged`] where messages were dropped because the
    /// stream is read too slowly. It goes on.
    pub fn next(&self) -> impl Future<Output = Option<Result<Typed<In>, Invalid>>> + use<'_, In> {
        poll_fn(|context| self.poll(context))
    }

    /// The subscription underneath.
    pub fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<Result<Typed<In>, Invalid>>> {
        self.subscription.poll(context).map(|next| {
            Some(match next? {
                Ok(message) => match message.decode(&*self.codec) {
                    Ok(value) => Ok(Typed { value, message }),
                    Err(source) => Err(Invalid::Frame {
                        payload: Payload::Binary(message.body),
                        source,
                    }),
                },
                Err(invalid) => Err(invalid),
            })
        })
    }
}

impl<In> Unpin for Decoded<In> {}

impl<In> Stream for Decoded<In> {
    type Item = Result<Typed<In>, Invalid>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}
