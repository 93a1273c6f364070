//! What happens beside the messages, as a stream for each who listens.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use crate::client::broadcast::Subscriber;
use crate::client::error::Failure;
use crate::client::opening::Opening;
use crate::client::state::State;

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<News> {
    /// The state changed.
    State {
        /// What it is now.
        state: State,
        /// What it was.
        previous: State,
    },
    /// The connection is open, for the first time or again.
    Opened(Opening),
    /// A round trip was measured.
    Latency(Duration),
    /// Something went wrong. The client goes on by itself.
    Failed(Failure),
    /// What the protocol tells.
    Protocol(News),
    /// The events were read too slowly, and the oldest were dropped here.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// The events of a client from now on, for one reader: a stream that ends with the client.
pub struct Events<News> {
    subscriber: Rc<Subscriber<Event<News>>>,
}

impl<News> Events<News> {
    pub(super) fn new(subscriber: Rc<Subscriber<Event<News>>>) -> Self {
        Events { subscriber }
    }

    /// The next event; `None` once the client is gone.
    pub async fn next(&mut self) -> Option<Event<News>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<News> Stream for Events<News> {
    type Item = Event<News>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event<News>>> {
        self.subscriber
            .poll(context, |missed| Event::Lagged { missed })
    }
}
