//! A subscription, as a stream.

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::error::{CallError, SubscriptionError, read};
use super::feed::{Feed, MakeParams};
use super::feeds;
use super::hub::Hub;
use crate::client::error::RequestError;
use crate::subprotocol::jsonrpc::{Params, ParamsError};

/// Values that wait for a slow reader.
const HIGH_WATER_MARK: usize = 1_024;

/// A subscription to make: `await` it.
#[must_use = "it is sent when it is awaited"]
pub struct Subscribe<T> {
    caller: Caller,
    method: String,
    params: Result<MakeParams, ParamsError>,
    unsubscribe: Option<Box<str>>,
    high_water_mark: usize,
    timeout: Option<Duration>,
    values: PhantomData<fn() -> T>,
}

impl<T> Subscribe<T> {
    pub(super) fn new(caller: Caller, method: &str, params: Result<Params, ParamsError>) -> Self {
        Subscribe {
            caller,
            method: method.into(),
            params: params.map(|params| Box::new(move || Ok(params.clone())) as MakeParams),
            unsubscribe: None,
            high_water_mark: HIGH_WATER_MARK,
            timeout: None,
            values: PhantomData,
        }
    }

    /// The method that ends the subscription; it gets the subscription's id. Default: the server is not told.
    pub fn unsubscribe(mut self, method: impl Into<Box<str>>) -> Self {
        self.unsubscribe = Some(method.into());
        self
    }

    /// Makes the parameters anew each time, the first included: to ask for what was missed, for one. They take the place of
    /// those that were given.
    ///
    /// ```
    /// # use std::{cell::Cell, rc::Rc};
    /// # use tautline::jsonrpc::{Caller, CallError};
    /// # async fn tour(rpc: Caller) -> Result<(), CallError> {
    /// let last = Rc::new(Cell::new(0));
    /// let since = Rc::clone(&last);
    /// let ticks = rpc.subscribe::<u64>("subscribe_ticks", ()).params_with(move || [since.get()]).await?;
    /// while let Some(Ok(tick)) = ticks.next().await {
    ///     last.set(tick);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn params_with<P: Serialize>(mut self, make: impl Fn() -> P + 'static) -> Self {
        self.params = Ok(Box::new(move || Params::new(&make())));
        self
    }

    /// Values that wait for a slow reader; then the oldest give way, and the stream says so with
    /// [`SubscriptionError::Lagged`]. Default 1,024.
    pub fn high_water_mark(mut self, values: usize) -> Self {
        self.high_water_mark = values;
        self
    }

    /// How long the first subscribing may take. Default: what [`Calls::timeout`](super::Calls::timeout) says. What the server
    /// makes later is ended.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    fn start(self) -> Result<Subscription<T>, CallError> {
        let make = self.params?;
        let params = make()?;
        let Some(hub) = self.caller.hub.upgrade() else {
            let message = params;
            return Err(RequestError::Closed { message }.into());
        };
        let feed = Feed::new(&self.method, make, self.unsubscribe, self.high_water_mark);
        let feed = Rc::new(feed);
        feeds::ask(&hub, &feed, params, self.timeout)?;
        Ok(Subscription {
            hub: self.caller.hub,
            feed,
            values: PhantomData,
        })
    }
}

impl<T> IntoFuture for Subscribe<T> {
    type Output = Result<Subscription<T>, CallError>;
    type IntoFuture = Subscribing<T>;

    fn into_future(self) -> Subscribing<T> {
        Subscribing {
            state: Some(self.start()),
        }
    }
}

/// A [`Subscribe`] under way. Dropped, it is taken back, and what the server has begun is ended.
#[must_use = "dropped, it takes the subscription back"]
pub struct Subscribing<T> {
    state: Option<Result<Subscription<T>, CallError>>,
}

impl<T> Future for Subscribing<T> {
    type Output = Result<Subscription<T>, CallError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let started = match &self.state {
            Some(Ok(subscription)) => subscription.feed.started.poll(context),
            Some(Err(_)) => Poll::Ready(Ok(())),
            None => Poll::Pending,
        };
        match (started, self.state.take()) {
            (Poll::Ready(Ok(())), Some(state)) => Poll::Ready(state),
            (Poll::Ready(Err(error)), _) => Poll::Ready(Err(error)),
            (_, state) => {
                self.state = state;
                Poll::Pending
            }
        }
    }
}

/// Values of one subscription, which is made again after each break: a stream that ends when the subscription does. Dropped,
/// it ends, and the server is told.
pub struct Subscription<T> {
    hub: Weak<Hub>,
    feed: Rc<Feed>,
    values: PhantomData<fn() -> T>,
}

impl<T> Subscription<T> {
    /// Whether it has ended: by the server, or with the socket. What waits is still read.
    pub fn is_ended(&self) -> bool {
        self.feed.is_over()
    }

    /// Ends the subscription and tells the server; done when it knows, or when the connection has ended.
    pub async fn unsubscribe(self) {
        let told = self
            .hub
            .upgrade()
            .map(|hub| hub.feeds.leave(&hub, &self.feed));
        if let Some(told) = told {
            poll_fn(|context| told.poll(context)).await;
        }
    }
}

impl<T: DeserializeOwned> Subscription<T> {
    /// The next value; `None` once the subscription has ended.
    ///
    /// # Errors
    ///
    /// [`SubscriptionError`]: a value of another type, values that were dropped, or what has ended it.
    pub fn next(&self) -> impl Future<Output = Option<Result<T, SubscriptionError>>> + use<'_, T> {
        poll_fn(|context| self.poll_value(context))
    }

    fn poll_value(&self, context: &Context<'_>) -> Poll<Option<Result<T, SubscriptionError>>> {
        self.feed.poll(context).map(|next| {
            next.map(|value| value.and_then(|it| read(&it).map_err(SubscriptionError::Value)))
        })
    }
}

impl<T: DeserializeOwned> Stream for Subscription<T> {
    type Item = Result<T, SubscriptionError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_value(context)
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.feeds.leave(&hub, &self.feed);
        }
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("is_ended", &self.is_ended())
            .finish_non_exhaustive()
    }
}
