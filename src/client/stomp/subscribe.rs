//! Subscriptions: a stream for each.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::broker::{Broker, Link};
use super::client::Handle;
use super::error::{ErrorFrame, SubscribeError};
use super::message::Message;
use super::typed::Decoded;
use crate::client::error::Invalid;
use crate::client::inbox::Inbox;
use crate::client::protocol::Connection;
use crate::client::wakers::Wakers;
use crate::codec::{Codec, PayloadRef};
use crate::subprotocol::stomp::{AckMode, HeaderError, Headers, SubscriptionId};

/// What to subscribe to, and how. A destination alone, as text, acknowledges by itself.
///
/// ```
/// use tautline::stomp::{AckMode, Subscribe};
///
/// let jobs = Subscribe::to("/queue/jobs").ack(AckMode::ClientIndividual).header("prefetch-count", "10");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing happens before it is given to a client"]
pub struct Subscribe {
    headers: Headers,
    name: String,
    ack: AckMode,
    unsubscribe: Headers,
    wrong: Option<HeaderError>,
}

impl Subscribe {
    /// A destination, whose form is the broker's.
    pub fn to(destination: &str) -> Self {
        let subscribe = Subscribe {
            headers: Headers::new(),
            name: String::new(),
            ack: AckMode::Auto,
            unsubscribe: Headers::new(),
            wrong: None,
        };
        subscribe.header("destination", destination)
    }

    /// Who says that a message has been dealt with. Default: nobody, it counts as dealt with as soon as it is sent.
    pub fn ack(mut self, ack: AckMode) -> Self {
        self.ack = ack;
        self
    }

    /// A name that the broker remembers, for durable subscriptions. Default: the client gives numbers.
    pub fn id(mut self, id: &str) -> Self {
        self.name = id.into();
        self
    }

    /// A header of SUBSCRIBE. One that cannot be is told when the subscription is made.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Err(error) = self.headers.push(name, value) {
            self.wrong = Some(error);
        }
        self
    }

    /// A header of UNSUBSCRIBE, as some brokers want it to forget a durable subscription.
    pub fn unsubscribe_header(mut self, name: &str, value: &str) -> Self {
        if let Err(error) = self.unsubscribe.push(name, value) {
            self.wrong = Some(error);
        }
        self
    }
}

impl From<&str> for Subscribe {
    fn from(destination: &str) -> Self {
        Subscribe::to(destination)
    }
}

impl From<String> for Subscribe {
    fn from(destination: String) -> Self {
        Subscribe::to(&destination)
    }
}

/// Where a subscription stands.
enum Standing {
    Asked,
    Taken,
    Over(Option<SubscribeError>),
}

pub(super) struct Subscriber {
    id: SubscriptionId,
    asked: Subscribe,
    inbox: Inbox<Message>,
    standing: RefCell<Standing>,
    waiting: Wakers,
}

impl Subscriber {
    fn enter(&self, standing: Standing) {
        self.standing.replace(standing);
        self.waiting.wake();
        self.inbox.wake();
    }

    fn is_over(&self) -> bool {
        matches!(*self.standing.borrow(), Standing::Over(_))
    }
}

#[derive(Default)]
pub(super) struct Subscribers {
    list: RefCell<Vec<Rc<Subscriber>>>,
}

impl Subscribers {
    fn get(&self, id: SubscriptionId) -> Option<Rc<Subscriber>> {
        let list = self.list.borrow();
        list.iter().find(|it| it.id == id).cloned()
    }

    /// Hands a message to its stream; gives it back if there is none.
    pub(super) fn deliver(&self, id: Option<SubscriptionId>, message: Message) -> Option<Message> {
        match id.and_then(|id| self.get(id)) {
            Some(subscriber) => {
                subscriber.inbox.push(Ok(message));
                None
            }
            None => Some(message),
        }
    }

    /// SUBSCRIBE is due.
    pub(super) fn introduce(&self, link: &Link, id: SubscriptionId) {
        let Some(subscriber) = self.get(id) else {
            return;
        };
        let written = link.machine(|it| it.write_subscribe(id, &subscriber.asked.headers));
        match written {
            Some(Ok(text)) => link.say(PayloadRef::Text(&text)),
            Some(Err(error)) => {
                link.command(|machine, _| machine.unsubscribe(id));
                self.end(id, Some(error.into()));
            }
            None => {}
        }
    }

    pub(super) fn taken(&self, id: SubscriptionId) {
        if let Some(subscriber) = self.get(id) {
            subscriber.enter(Standing::Taken);
        }
    }

    pub(super) fn refused(&self, id: SubscriptionId, error: ErrorFrame) {
        self.end(id, Some(SubscribeError::Refused(error)));
    }

    fn end(&self, id: SubscriptionId, error: Option<SubscribeError>) {
        let mut list = self.list.borrow_mut();
        let index = list.iter().position(|it| it.id == id);
        let ended = index.map(|index| list.remove(index));
        drop(list);
        if let Some(ended) = ended {
            ended.enter(Standing::Over(error));
        }
    }

    /// Who waits, or reads, has to look at the state.
    pub(super) fn wake(&self) {
        let list = self.list.borrow().clone();
        for subscriber in list {
            subscriber.waiting.wake();
            subscriber.inbox.wake();
        }
    }
}

/// The messages of a subscription: a stream that ends with the subscription and with the client. It goes on over breaks.
/// Dropped, it ends the subscription.
pub struct Subscription {
    connection: Connection<Broker>,
    subscriber: Rc<Subscriber>,
}

impl Subscription {
    /// The next message; `None` once the subscription has ended or the client is closed. A task that is dropped while it waits
    /// has taken nothing.
    ///
    /// # Errors
    ///
    /// [`Invalid::Lagged`] where messages were dropped because the stream is read too slowly. It goes on.
    pub fn next(&self) -> impl Future<Output = Option<Result<Message, Invalid>>> + use<'_> {
        poll_fn(|context| self.poll(context))
    }

    /// The same messages by a codec.
    pub fn decode<In, C: Codec<In, In> + 'static>(self, codec: C) -> Decoded<In> {
        Decoded::new(self, Rc::new(codec))
    }

    /// Ends the subscription, as dropping it does.
    pub fn unsubscribe(self) {}

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Option<Result<Message, Invalid>>> {
        let status = &self.connection.status;
        let is_over = self.subscriber.is_over() || status.is_closed();
        self.subscriber.inbox.poll(context, is_over)
    }

    async fn answered(&self) -> Result<(), SubscribeError> {
        poll_fn(|context| {
            match &*self.subscriber.standing.borrow() {
                Standing::Taken | Standing::Over(None) => return Poll::Ready(Ok(())),
                Standing::Over(Some(error)) => return Poll::Ready(Err(error.clone())),
                Standing::Asked => {}
            }
            self.subscriber.waiting.add(context);
            let closed = self.connection.status.poll_closed(context);
            closed.map(|closed| Err(closed.into()))
        })
        .await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(engine) = self.connection.live() else {
            return;
        };
        if self.subscriber.is_over() {
            return;
        }
        let Subscriber { id, asked, .. } = &*self.subscriber;
        engine.protocol().subscribers.end(*id, None);
        let driver = engine.driver();
        if driver.command(|machine, _| machine.unsubscribe(*id)) {
            let text = driver
                .machine(|machine| machine.write_unsubscribe(*id, &asked.name, &asked.unsubscribe));
            if let Ok(text) = text {
                driver.say(PayloadRef::Text(&text));
            }
        }
    }
}

impl Unpin for Subscription {}

impl Stream for Subscription {
    type Item = Result<Message, Invalid>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl Handle {
    /// Subscribes, and waits for the broker's receipt: with the stream in hand, nothing that is published from then on is
    /// missed. Where there is no connection it waits for one.
    ///
    /// # Errors
    ///
    /// See [`SubscribeError`].
    pub async fn subscribe(
        &self,
        subscribe: impl Into<Subscribe>,
    ) -> Result<Subscription, SubscribeError> {
        let subscription = self.listen(subscribe)?;
        subscription.answered().await?;
        Ok(subscription)
    }

    /// Subscribes, now or as soon as there is a connection, and does not wait. A broker that refuses ends the stream.
    ///
    /// # Errors
    ///
    /// See [`SubscribeError`], for what is known at once.
    pub fn listen(&self, subscribe: impl Into<Subscribe>) -> Result<Subscription, SubscribeError> {
        let asked = subscribe.into();
        if let Some(wrong) = asked.wrong {
            return Err(wrong.into());
        }
        let Some(engine) = self.connection.live() else {
            return Err(SubscribeError::Gone);
        };
        let protocol = engine.protocol();
        let subscriber = engine.driver().command(|machine, _| {
            let id = machine.subscribe(asked.ack, &asked.name)?;
            let subscriber = Rc::new(Subscriber {
                id,
                asked,
                inbox: Inbox::new(protocol.high_water_mark),
                standing: RefCell::new(Standing::Asked),
                waiting: Wakers::default(),
            });
            // Before it is introduced.
            let mut list = protocol.subscribers.list.borrow_mut();
            list.push(Rc::clone(&subscriber));
            Some(subscriber)
        });
        Ok(Subscription {
            connection: self.connection.clone(),
            subscriber: subscriber.ok_or(SubscribeError::Taken)?,
        })
    }
}
