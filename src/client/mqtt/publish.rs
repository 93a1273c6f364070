//! Messages on their way out.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::broker::{Broker, Link, is_v5};
use super::client::Handle;
use super::error::PublishError;
use super::news::{News, Refusal};
use crate::client::fifo::Fifo;
use crate::client::millis;
use crate::client::protocol::{Connection, Engine};
use crate::client::wakers::Promise;
use crate::codec::{Codec, CodecError, Payload};
use crate::session::{Awaits, DropReason, Fate, Message as Ticketed, Millis, Progress, Ticket};
use crate::subprotocol::Subprotocol;
use crate::subprotocol::mqtt::packet::{
    Properties, PropertyBuf, PropertyId, QoS, ReasonCode, Value,
};
use crate::subprotocol::mqtt::{LastWill, Outgoing, Refusal as Refused};

/// A message to be published.
///
/// ```
/// use std::time::Duration;
/// use tautline::mqtt::{Publish, QoS};
///
/// let message = Publish::new("sensors/kitchen", "21.5")
///     .qos(QoS::AtLeastOnce)
///     .retain()
///     .expiry(Duration::from_secs(60));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "nothing happens before it is given to a client"]
pub struct Publish {
    topic: String,
    payload: Vec<u8>,
    qos: QoS,
    retain: bool,
    expiry: Option<Duration>,
    timeout: Option<Duration>,
    pub(super) properties: PropertyBuf,
    /// What is wrong with a property, told when it is published.
    wrong: Option<super::PacketError>,
}

/// The payload is not shown: it may hold anything.
impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish")
            .field("topic", &self.topic)
            .field("bytes", &self.payload.len())
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish_non_exhaustive()
    }
}

impl Publish {
    /// A message of QoS 0, not retained. A payload of text is marked as such (MQTT 5.0, section 3.3.2.3.2).
    pub fn new(topic: impl Into<String>, payload: impl Into<Payload>) -> Self {
        let (payload, is_text) = match payload.into() {
            Payload::Text(text) => (text.into_bytes(), true),
            Payload::Binary(bytes) => (bytes, false),
        };
        let publish = Publish {
            topic: topic.into(),
            payload,
            qos: QoS::AtMostOnce,
            retain: false,
            expiry: None,
            timeout: None,
            properties: PropertyBuf::new(),
            wrong: None,
        };
        if is_text {
            publish.property(PropertyId::PayloadFormatIndicator, Value::Number(1))
        } else {
            publish
        }
    }

    /// A message whose payload a codec makes.
    ///
    /// # Errors
    ///
    /// What the codec says.
    pub fn encode<Out, In>(
        topic: impl Into<String>,
        message: &Out,
        codec: &dyn Codec<Out, In>,
    ) -> Result<Self, CodecError> {
        Ok(Publish::new(topic, codec.encode(message)?))
    }

    /// The quality of service. Default QoS 0.
    pub fn qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// Has the broker keep it for later subscribers.
    pub fn retain(mut self) -> Self {
        self.retain = true;
        self
    }

    /// It is of no use later: it does not leave any more, and the broker does not pass it on. In whole seconds, at least one.
    /// Default: for ever. In MQTT 3.1.1 only the client knows of it.
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry.max(Duration::from_secs(1)));
        self
    }

    /// How long all of it may take, the acknowledgement included. Default: for ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What the payload is, such as `application/json`. MQTT 5.0 only.
    pub fn content_type(self, content_type: &str) -> Self {
        self.property(PropertyId::ContentType, Value::Text(content_type))
    }

    /// A name and a value of the application's own. MQTT 5.0 only.
    pub fn user_property(self, name: &str, value: &str) -> Self {
        self.property(PropertyId::UserProperty, Value::Pair(name, value))
    }

    /// Where a response is wanted. [`Handle::request`] sets it by itself. MQTT 5.0 only.
    pub fn response_topic(self, topic: &str) -> Self {
        self.property(PropertyId::ResponseTopic, Value::Text(topic))
    }

    /// What the response has to repeat, or repeats. MQTT 5.0 only.
    pub fn correlation_data(self, data: &[u8]) -> Self {
        self.property(PropertyId::CorrelationData, Value::Binary(data))
    }

    /// Any other property. One that cannot be is told when the message is published.
    pub fn property(mut self, id: PropertyId, value: Value<'_>) -> Self {
        if let Err(error) = self.properties.push(id, value) {
            self.wrong = Some(error);
        }
        self
    }

    /// The topic name.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// As the machine takes it; version 3.1.1 has no properties.
    fn outgoing(&self, is_v5: bool, since: Millis) -> Outgoing<'_> {
        let expiry_s = self
            .expiry
            .map(|it| it.as_secs().min(u32::MAX.into()) as u32);
        Outgoing {
            topic: &self.topic,
            payload: &self.payload,
            qos: self.qos,
            retain: self.retain,
            properties: if is_v5 {
                self.properties.as_properties()
            } else {
                Properties::NONE
            },
            expiry_s: expiry_s.filter(|_| is_v5),
            since,
        }
    }

    pub(super) fn timeout_or(&self, default: Duration) -> Millis {
        millis(self.timeout.unwrap_or(default))
    }

    /// The same with another payload.
    pub(super) fn with_payload(mut self, payload: Payload) -> Self {
        match payload {
            Payload::Binary(bytes) => self.payload = bytes,
            Payload::Text(text) => {
                self.payload = text.into_bytes();
                return self.property(PropertyId::PayloadFormatIndicator, Value::Number(1));
            }
        }
        self
    }

    pub(super) fn into_will(self) -> Result<LastWill, super::PacketError> {
        match self.wrong {
            Some(wrong) => Err(wrong),
            None => Ok(LastWill {
                topic: self.topic,
                payload: self.payload,
                qos: self.qos,
                retain: self.retain,
                properties: self.properties,
            }),
        }
    }
}

/// The broker's answer to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// [`Success`](ReasonCode::Success), or [`NoMatchingSubscribers`](ReasonCode::NoMatchingSubscribers) where the broker tells
    /// that nobody got it. At QoS 0 there is no answer, and it is a success once it has left.
    pub reason: ReasonCode,
}

impl Acknowledgement {
    const LEFT: Self = Acknowledgement {
        reason: ReasonCode::Success,
    };
}

type Outcome = Result<Acknowledgement, PublishError>;

/// A message that the session answers for.
struct Entry {
    ticket: Ticket,
    publish: Rc<Publish>,
    since: Millis,
    waiter: Option<Rc<Promise<Outcome>>>,
}

/// The messages that are queued or under way.
#[derive(Default)]
pub(super) struct Outbox {
    entries: RefCell<Fifo<Entry>>,
    last: Cell<Ticket>,
}

impl Outbox {
    fn next(&self) -> Ticket {
        let ticket = self.last.get().wrapping_add(1).max(1);
        self.last.set(ticket);
        ticket
    }

    fn take(&self, ticket: Ticket) -> Option<Entry> {
        self.entries.borrow_mut().take(|it| it.ticket == ticket)
    }

    /// What becomes of a message.
    pub(super) fn settle(&self, link: &Link, ticket: Ticket, outcome: Outcome) {
        let Some(entry) = self.take(ticket) else {
            return;
        };
        match (entry.waiter, outcome) {
            (Some(waiter), outcome) => waiter.keep(outcome),
            (None, Err(error)) => link.publish(News::Dropped {
                message: entry.publish,
                error,
            }),
            (None, Ok(_)) => {}
        }
    }

    pub(super) fn dropped(
        &self,
        link: &Link,
        ticket: Ticket,
        reason: DropReason,
        progress: Progress,
    ) {
        self.settle(link, ticket, Err(PublishError::of(reason, progress)));
    }

    /// The session orders that a message leaves.
    pub(super) fn transmit(&self, link: &Link, ticket: Ticket) {
        let mut entries = self.entries.borrow_mut();
        let Some(entry) = entries.first_mut(|it| it.ticket == ticket) else {
            return;
        };
        let (publish, since) = (Rc::clone(&entry.publish), entry.since);
        drop(entries);
        let is_forgotten = publish.qos == QoS::AtMostOnce;
        let left = link.command(|machine, now| {
            let outgoing = publish.outgoing(is_v5(machine), since);
            // Of what is refused at other levels the machine tells.
            if is_forgotten {
                machine.check(&outgoing, publish.payload.len())?;
            }
            machine.transmit(now, ticket, &outgoing);
            Ok(())
        });
        if let (true, Some(left)) = (is_forgotten, left) {
            self.settle(link, ticket, left.map(|()| Acknowledgement::LEFT));
        }
    }
}

impl From<Refused> for PublishError {
    fn from(refusal: Refused) -> Self {
        match refusal {
            Refused::Packet(error) => PublishError::Packet(error),
            Refused::Reason(reason) => PublishError::Refused(Refusal::from(reason)),
        }
    }
}

/// Hands a message to the machine; `None` if it has left already.
fn begin(
    engine: &Engine<Broker>,
    publish: Publish,
    waiter: Option<Rc<Promise<Outcome>>>,
) -> Result<Option<Ticket>, PublishError> {
    if let Some(wrong) = publish.wrong {
        return Err(wrong.into());
    }
    let outbox = &engine.protocol().outbox;
    engine.driver().command(|machine, now| {
        let outgoing = publish.outgoing(is_v5(machine), now);
        if machine.pass(now, &outgoing)?.is_some() {
            return Ok(None);
        }
        let bytes = machine.check(&outgoing, publish.payload.len())?;
        let is_acknowledged = publish.qos != QoS::AtMostOnce;
        let ticket = outbox.next();
        let message = Ticketed {
            awaits: if is_acknowledged {
                Awaits::Acknowledgement
            } else {
                Awaits::Nothing
            },
            repeats: is_acknowledged,
            ttl_ms: publish.expiry.map(millis),
            timeout_ms: publish.timeout.map(millis),
            ..Ticketed::plain(ticket, bytes)
        };
        outbox.entries.borrow_mut().push(Entry {
            ticket,
            publish: Rc::new(publish),
            since: now,
            waiter,
        });
        match machine.session_mut().enqueue(now, message) {
            Fate::Queued(_) => Ok(Some(ticket)),
            Fate::Dropped(reason) => {
                outbox.take(ticket);
                Err(PublishError::of(reason, Progress::Queued))
            }
        }
    })
}

/// A message under way. Dropped, it is taken back: it leaves no more, or not again.
struct Publishing {
    connection: Connection<Broker>,
    ticket: Option<Ticket>,
    promise: Rc<Promise<Outcome>>,
}

impl Future for Publishing {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let outcome = self.promise.poll(context);
        if outcome.is_ready() {
            self.ticket = None;
        }
        outcome
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        if let (Some(ticket), Some(engine)) = (self.ticket, self.connection.live())
            && engine.protocol().outbox.take(ticket).is_some()
        {
            engine
                .driver()
                .command(|machine, now| machine.withdraw(now, ticket));
        }
    }
}

impl Handle {
    /// Publishes a message, and waits for the broker's answer: at QoS 0 until it has left, at QoS 1 until the broker has it
    /// (PUBACK), at QoS 2 until it is passed on exactly once (PUBCOMP). Where there is no connection it is queued. Dropped
    /// before it is done, the message is taken back.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub async fn publish(&self, publish: Publish) -> Result<Acknowledgement, PublishError> {
        let promise = Promise::new();
        let Some(engine) = self.connection.live() else {
            return Err(PublishError::Closed { is_sent: false });
        };
        let Some(ticket) = begin(&engine, publish, Some(Rc::clone(&promise)))? else {
            return Ok(Acknowledgement::LEFT);
        };
        // Nobody who waits keeps the client alive.
        drop(engine);
        let publishing = Publishing {
            connection: self.connection.clone(),
            ticket: Some(ticket),
            promise,
        };
        publishing.await
    }

    /// Publishes a message and does not wait. What the broker refuses, or is given up later, is told by
    /// [`News::Dropped`].
    ///
    /// # Errors
    ///
    /// See [`PublishError`], for what is known at once.
    pub fn try_publish(&self, publish: Publish) -> Result<(), PublishError> {
        match self.connection.live() {
            Some(engine) => begin(&engine, publish, None).map(|_| ()),
            None => Err(PublishError::Closed { is_sent: false }),
        }
    }
}
