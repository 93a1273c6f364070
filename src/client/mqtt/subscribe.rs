//! Subscriptions: a stream for each.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::broker::{Broker, Link};
use super::client::Handle;
use super::error::SubscribeError;
use super::message::Message;
use super::news::{News, Refusal};
use super::typed::Decoded;
use crate::client::error::Invalid;
use crate::client::inbox::Inbox;
use crate::client::protocol::Connection;
use crate::client::wakers::Wakers;
use crate::codec::Codec;
use crate::subprotocol::mqtt::Refusal as Refused;
use crate::subprotocol::mqtt::packet::{
    PacketError, PropertyBuf, PropertyId, QoS, ReasonCode, RetainHandling, SubscriptionOptions,
    Value,
};

/// What to subscribe to, and how. A filter alone, as text, is one at QoS 0.
///
/// ```
/// use tautline::mqtt::{QoS, RetainHandling, Subscribe};
///
/// let lights = Subscribe::to("home/+/light").qos(QoS::AtLeastOnce).retained(RetainHandling::DoNotSend);
/// let share = Subscribe::to("$share/workers/jobs/#").qos(QoS::ExactlyOnce);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing happens before it is given to a client"]
pub struct Subscribe {
    filter: String,
    options: SubscriptionOptions,
    properties: PropertyBuf,
    wrong: Option<PacketError>,
}

impl Subscribe {
    /// A topic filter (MQTT 5.0, section 4.7): `+` stands for one level, `#` for all below, `$share/group/…` shares the
    /// messages among the subscribers of a group.
    pub fn to(filter: impl Into<String>) -> Self {
        Subscribe {
            filter: filter.into(),
            options: SubscriptionOptions::default(),
            properties: PropertyBuf::new(),
            wrong: None,
        }
    }

    /// The highest quality of service that messages come with. Default QoS 0.
    pub fn qos(mut self, qos: QoS) -> Self {
        self.options.qos = qos;
        self
    }

    /// Keeps the client's own messages away. MQTT 5.0 only.
    pub fn no_local(mut self) -> Self {
        self.options.no_local = true;
        self
    }

    /// Leaves messages the retain flag that they were published with. MQTT 5.0 only.
    pub fn retain_as_published(mut self) -> Self {
        self.options.retain_as_published = true;
        self
    }

    /// Whether retained messages come when the subscription begins. Default: they do. MQTT 5.0 only.
    pub fn retained(mut self, handling: RetainHandling) -> Self {
        self.options.retain_handling = handling;
        self
    }

    /// A name and a value of the application's own. MQTT 5.0 only.
    pub fn user_property(mut self, name: &str, value: &str) -> Self {
        let pair = Value::Pair(name, value);
        if let Err(error) = self.properties.push(PropertyId::UserProperty, pair) {
            self.wrong = Some(error);
        }
        self
    }
}

impl From<&str> for Subscribe {
    fn from(filter: &str) -> Self {
        Subscribe::to(filter)
    }
}

impl From<String> for Subscribe {
    fn from(filter: String) -> Self {
        Subscribe::to(filter)
    }
}

impl From<Refused> for SubscribeError {
    fn from(refusal: Refused) -> Self {
        match refusal {
            Refused::Packet(error) => SubscribeError::Packet(error),
            Refused::Reason(reason) => SubscribeError::Refused(Refusal::from(reason)),
        }
    }
}

/// Where a subscription stands.
#[derive(Clone)]
enum Standing {
    Asked,
    Granted(QoS),
    Refused(Refusal),
    /// Ended by an UNSUBSCRIBE.
    Over,
}

/// One stream of a subscription.
pub(super) struct Subscriber {
    /// The machine's number of the subscription.
    number: Cell<u32>,
    filter: String,
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
        matches!(
            *self.standing.borrow(),
            Standing::Refused(_) | Standing::Over
        )
    }
}

/// All streams of all subscriptions.
#[derive(Default)]
pub(super) struct Subscribers {
    list: RefCell<Vec<Rc<Subscriber>>>,
}

impl Subscribers {
    /// Those of a subscription.
    fn of(&self, number: u32) -> Vec<Rc<Subscriber>> {
        let list = self.list.borrow();
        let meant = list.iter().filter(|it| it.number.get() == number);
        meant.cloned().collect()
    }

    /// Hands a message to the streams of these subscriptions; gives it back if there is none.
    pub(super) fn deliver(&self, routes: &[u32], message: Message) -> Option<Message> {
        let list = self.list.borrow();
        let meant = list.iter().filter(|it| routes.contains(&it.number.get()));
        let mut meant: Vec<_> = meant.cloned().collect();
        drop(list);
        let Some(last) = meant.pop() else {
            return Some(message);
        };
        for subscriber in meant {
            subscriber.inbox.push(Ok(message.clone()));
        }
        last.inbox.push(Ok(message));
        None
    }

    /// The broker has answered a SUBSCRIBE.
    pub(super) fn answered(&self, link: &Link, number: u32, refusal: Refusal) {
        let granted = QoS::from_u8(refusal.reason as u8);
        let mut is_told = granted.is_some();
        for subscriber in self.of(number) {
            if let Some(qos) = granted {
                subscriber.enter(Standing::Granted(qos));
                continue;
            }
            let is_asked = matches!(*subscriber.standing.borrow(), Standing::Asked);
            if !is_asked && !core::mem::replace(&mut is_told, true) {
                link.publish(News::SubscriptionLost {
                    filter: subscriber.filter.clone(),
                    refusal: refusal.clone(),
                });
            }
            self.forget(&subscriber);
            subscriber.enter(Standing::Refused(refusal.clone()));
        }
    }

    /// A subscription has ended.
    pub(super) fn ended(&self, number: u32) {
        for subscriber in self.of(number) {
            self.forget(&subscriber);
            subscriber.enter(Standing::Over);
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

    fn forget(&self, subscriber: &Rc<Subscriber>) {
        let mut list = self.list.borrow_mut();
        let index = list.iter().position(|it| Rc::ptr_eq(it, subscriber));
        if let Some(index) = index {
            list.remove(index);
        }
    }
}

/// The messages of a subscription: a stream that ends with the subscription and with the client. It goes on over breaks.
/// Dropped, it ends the subscription; of several with the same filter, the last one does.
pub struct Subscription {
    connection: Connection<Broker>,
    subscriber: Rc<Subscriber>,
}

impl Subscription {
    /// The topic filter.
    pub fn filter(&self) -> &str {
        &self.subscriber.filter
    }

    /// The quality of service that the broker has granted; `None` before its answer.
    pub fn granted(&self) -> Option<QoS> {
        match *self.subscriber.standing.borrow() {
            Standing::Granted(qos) => Some(qos),
            _ => None,
        }
    }

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
    ///
    /// ```
    /// use tautline::codec::Text;
    /// use tautline::mqtt::Client;
    ///
    /// # async fn read(client: &Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut names = client.subscribe("names/#").await?.decode::<String, _>(Text);
    /// while let Some(name) = names.next().await {
    ///     match name {
    ///         Ok(name) => println!("{}: {}", name.message.topic, name.value),
    ///         Err(invalid) => eprintln!("{invalid}"), // the stream goes on
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn decode<In, C: Codec<In, In> + 'static>(self, codec: C) -> Decoded<In> {
        Decoded::new(self, Rc::new(codec))
    }

    /// Ends the subscription, and waits for the broker's answer; messages that were under way still come before.
    pub async fn unsubscribe(self) {
        let subscriber = Rc::clone(&self.subscriber);
        let status = Rc::clone(&self.connection.status);
        let is_last = self.leave();
        poll_fn(|context| {
            if !is_last || subscriber.is_over() || status.is_closed() {
                return Poll::Ready(());
            }
            subscriber.waiting.add(context);
            status.watch(context);
            Poll::Pending
        })
        .await;
    }

    /// Sends UNSUBSCRIBE if this is the last stream; says whether that is so.
    fn leave(&self) -> bool {
        let Some(engine) = self.connection.live() else {
            return false;
        };
        let number = self.subscriber.number.get();
        let subscribers = &engine.protocol().subscribers;
        let is_last = !self.subscriber.is_over() && subscribers.of(number).len() == 1;
        if is_last {
            engine
                .driver()
                .command(|machine, now| machine.unsubscribe(now, number));
        } else {
            subscribers.forget(&self.subscriber);
        }
        is_last
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Option<Result<Message, Invalid>>> {
        let status = &self.connection.status;
        let is_over = self.subscriber.is_over() || status.is_closed();
        self.subscriber.inbox.poll(context, is_over)
    }

    /// Waits for the broker's answer.
    pub(super) async fn answered(&self) -> Result<(), SubscribeError> {
        poll_fn(|context| {
            match &*self.subscriber.standing.borrow() {
                Standing::Granted(_) | Standing::Over => return Poll::Ready(Ok(())),
                Standing::Refused(refusal) => {
                    return Poll::Ready(Err(SubscribeError::Refused(refusal.clone())));
                }
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
        if !self.subscriber.is_over() {
            self.leave();
            if let Some(engine) = self.connection.live() {
                engine.protocol().subscribers.forget(&self.subscriber);
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
    /// Subscribes, and waits for the broker's answer: with the stream in hand, nothing that is published from then on is
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
        let Subscribe {
            filter,
            options,
            properties,
            wrong,
        } = subscribe.into();
        if let Some(wrong) = wrong {
            return Err(wrong.into());
        }
        let Some(engine) = self.connection.live() else {
            return Err(SubscribeError::Refused(ReasonCode::UnspecifiedError.into()));
        };
        let protocol = engine.protocol();
        let subscriber = Rc::new(Subscriber {
            number: Cell::new(0),
            filter,
            inbox: Inbox::new(protocol.high_water_mark),
            standing: RefCell::new(Standing::Asked),
            waiting: Wakers::default(),
        });
        engine.driver().command(|machine, now| {
            let properties = properties.as_properties();
            let number = machine.subscribe(now, &subscriber.filter, options, properties)?;
            subscriber.number.set(number);
            // Before the broker can answer.
            let mut list = protocol.subscribers.list.borrow_mut();
            list.push(Rc::clone(&subscriber));
            Ok::<_, Refused>(())
        })?;
        Ok(Subscription {
            connection: self.connection.clone(),
            subscriber,
        })
    }
}
