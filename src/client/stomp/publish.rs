//! Frames of the application on their way out.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::broker::{Broker, Link};
use super::client::Handle;
use super::error::{News, PublishError};
use crate::client::fifo::Fifo;
use crate::client::millis;
use crate::client::protocol::{Connection, Engine};
use crate::client::wakers::Promise;
use crate::codec::{Codec, CodecError, Payload};
use crate::session::{Awaits, DropReason, Fate, Generation, Message, Progress, Ticket};
use crate::subprotocol::Subprotocol;
use crate::subprotocol::stomp::{Draft, HeaderError, Headers, Stomp, SubscriptionId, Verb};

/// A message to be published: SEND.
///
/// ```
/// use tautline::stomp::Publish;
///
/// let message = Publish::new("/queue/jobs", r#"{"what":"sweep"}"#)
///     .content_type("application/json")
///     .header("persistent", "true");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "nothing happens before it is given to a client"]
pub struct Publish {
    pub(super) headers: Headers,
    body: Payload,
    has_length: bool,
    expiry: Option<Duration>,
    timeout: Option<Duration>,
    /// A header that cannot be, told when it is published.
    wrong: Option<HeaderError>,
}

/// Body and headers are not shown: they may hold anything.
impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish")
            .field("destination", &self.destination())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Publish {
    /// A message for a destination. A body of bytes leaves in a binary frame, and may hold NUL.
    pub fn new(destination: &str, body: impl Into<Payload>) -> Self {
        Publish::empty(body.into()).header("destination", destination)
    }

    fn empty(body: Payload) -> Self {
        Publish {
            headers: Headers::new(),
            body,
            has_length: true,
            expiry: None,
            timeout: None,
            wrong: None,
        }
    }

    /// A message whose body a codec makes.
    ///
    /// # Errors
    ///
    /// What the codec says.
    pub fn encode<Out, In>(
        destination: &str,
        message: &Out,
        codec: &dyn Codec<Out, In>,
    ) -> Result<Self, CodecError> {
        Ok(Publish::new(destination, codec.encode(message)?))
    }

    /// A header. `receipt`, `content-length` and `transaction` are the client's. One that cannot be is told when the message is
    /// published.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Err(error) = self.headers.push(name, value) {
            self.wrong = Some(error);
        }
        self
    }

    /// What the body is, such as `application/json`.
    pub fn content_type(self, content_type: &str) -> Self {
        self.header("content-type", content_type)
    }

    /// Leaves out `content-length`: ActiveMQ takes text with it for bytes. Not for a body that holds NUL.
    pub fn without_length(mut self) -> Self {
        self.has_length = false;
        self
    }

    /// It does not leave any more after this time. Default: for ever.
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// How long all of it may take, the receipt included. Default: for ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Where it goes.
    pub fn destination(&self) -> &str {
        self.headers.get("destination").unwrap_or_default()
    }

    /// The same with another body.
    pub(super) fn with_body(mut self, body: Payload) -> Self {
        self.body = body;
        self
    }

    fn content_length(&self) -> Option<u32> {
        let length = u32::try_from(self.body.len()).ok();
        length.filter(|_| self.has_length)
    }
}

/// A frame that waits, or whose receipt does.
pub(super) struct Frame {
    verb: Verb,
    publish: Rc<Publish>,
    subscription: SubscriptionId,
    /// The connection that it belongs to; `None` is any.
    bound: Option<Generation>,
}

impl Frame {
    pub(super) fn send(publish: Publish, bound: Option<Generation>) -> Self {
        Frame {
            verb: Verb::Send,
            publish: Rc::new(publish),
            subscription: 0,
            bound,
        }
    }

    /// One without a body.
    pub(super) fn bare(
        verb: Verb,
        headers: &[(&str, &str)],
        subscription: SubscriptionId,
        generation: Generation,
    ) -> Self {
        let mut publish = Publish::empty(Payload::Text(String::new())).without_length();
        for (name, value) in headers {
            publish = publish.header(name, value);
        }
        Frame {
            verb,
            publish: Rc::new(publish),
            subscription,
            bound: Some(generation),
        }
    }

    /// Head, body and NUL.
    fn write(&self, machine: &Stomp, receipt: Option<Ticket>) -> Result<Payload, PublishError> {
        let publish = &self.publish;
        let mut head = machine.write(&Draft {
            verb: self.verb,
            headers: publish.headers.as_text(),
            subscription: self.subscription,
            content_length: publish.content_length(),
            receipt,
            bound: self.bound,
        })?;
        Ok(match &publish.body {
            Payload::Text(text) => {
                head.push_str(text);
                head.push('\0');
                Payload::Text(head)
            }
            Payload::Binary(bytes) => {
                let mut whole = head.into_bytes();
                whole.extend_from_slice(bytes);
                whole.push(0);
                Payload::Binary(whole)
            }
        })
    }

    /// About as many bytes as it takes.
    fn size(&self) -> u32 {
        let size = self.publish.body.len() + self.publish.headers.as_text().len() + 64;
        size.min(u32::MAX as usize) as u32
    }
}

pub(super) type Outcome = Result<(), PublishError>;

struct Entry {
    ticket: Ticket,
    frame: Frame,
    has_receipt: bool,
    waiter: Option<Rc<Promise<Outcome>>>,
}

/// The frames that are queued, or await a receipt.
#[derive(Default)]
pub(super) struct Outbox {
    entries: RefCell<Fifo<Entry>>,
    last: Cell<Ticket>,
}

impl Outbox {
    /// Tickets of the upper half are the machine's.
    fn next(&self) -> Ticket {
        let ticket = (self.last.get() & (Ticket::MAX >> 1)) + 1;
        self.last.set(ticket);
        ticket
    }

    fn take(&self, ticket: Ticket) -> Option<Entry> {
        self.entries.borrow_mut().take(|it| it.ticket == ticket)
    }

    /// What becomes of a frame.
    pub(super) fn settle(&self, link: &Link, ticket: Ticket, outcome: Outcome) {
        let Some(entry) = self.take(ticket) else {
            return;
        };
        match (entry.waiter, outcome) {
            (Some(waiter), outcome) => waiter.keep(outcome),
            (None, Err(error)) => link.publish(News::Dropped {
                message: entry.frame.publish,
                error,
            }),
            (None, Ok(())) => {}
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

    /// The session orders that a frame leaves.
    pub(super) fn transmit(&self, link: &Link, ticket: Ticket) -> Option<Rc<Payload>> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.first_mut(|it| it.ticket == ticket)?;
        let has_receipt = entry.has_receipt;
        let receipt = has_receipt.then_some(ticket);
        let written = link.machine(|machine| entry.frame.write(machine, receipt))?;
        drop(entries);
        match written {
            Ok(payload) => {
                if !has_receipt {
                    self.settle(link, ticket, Ok(()));
                }
                Some(Rc::new(payload))
            }
            Err(error) => {
                // Nobody waits for a receipt of what has not left.
                link.command(|machine, now| machine.withdraw(now, ticket));
                self.settle(link, ticket, Err(error));
                None
            }
        }
    }
}

/// Sends a frame, or queues it; `None` if it has left already.
pub(super) fn begin(
    engine: &Engine<Broker>,
    frame: Frame,
    waiter: Option<Rc<Promise<Outcome>>>,
) -> Result<Option<Ticket>, PublishError> {
    if let Some(wrong) = frame.publish.wrong {
        return Err(wrong.into());
    }
    let has_receipt = waiter.is_some();
    let driver = engine.driver();
    if !has_receipt && driver.machine(Stomp::can_pass) {
        let payload = driver.machine(|machine| frame.write(machine, None))?;
        if driver.pass(payload.as_ref()) {
            return Ok(None);
        }
    }
    let outbox = &engine.protocol().outbox;
    driver.command(|machine, now| {
        let ticket = outbox.next();
        let message = Message {
            awaits: if has_receipt {
                Awaits::Acknowledgement
            } else {
                Awaits::Nothing
            },
            repeats: has_receipt && frame.bound.is_none(),
            ttl_ms: frame.publish.expiry.map(millis),
            timeout_ms: frame.publish.timeout.map(millis),
            ..Message::plain(ticket, frame.size())
        };
        outbox.entries.borrow_mut().push(Entry {
            ticket,
            frame,
            has_receipt,
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

/// A frame under way. Dropped, it is taken back: it leaves no more, or not again.
pub(super) struct Sending {
    connection: Connection<Broker>,
    ticket: Option<Ticket>,
    promise: Rc<Promise<Outcome>>,
}

impl Sending {
    /// Sends a frame and asks for a receipt.
    pub(super) fn begin(
        connection: &Connection<Broker>,
        frame: Frame,
    ) -> Result<Self, PublishError> {
        let Some(engine) = connection.live() else {
            return Err(PublishError::Closed { is_sent: false });
        };
        let promise = Promise::new();
        let ticket = begin(&engine, frame, Some(Rc::clone(&promise)))?;
        Ok(Sending {
            connection: connection.clone(),
            ticket,
            promise,
        })
    }
}

impl Future for Sending {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let outcome = self.promise.poll(context);
        if outcome.is_ready() {
            self.ticket = None;
        }
        outcome
    }
}

impl Drop for Sending {
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
    /// Publishes a message, and waits for its receipt: the broker has processed it. Where there is no connection it is queued,
    /// and over a break it goes again, so that it may be doubled. Dropped before it is done, the message is taken back.
    ///
    /// # Errors
    ///
    /// See [`PublishError`].
    pub async fn publish(&self, publish: Publish) -> Result<(), PublishError> {
        Sending::begin(&self.connection, Frame::send(publish, None))?.await
    }

    /// Publishes a message and does not wait. What is given up later is told by [`News::Dropped`]; what a break swallows is
    /// not.
    ///
    /// # Errors
    ///
    /// See [`PublishError`], for what is known at once.
    pub fn try_publish(&self, publish: Publish) -> Result<(), PublishError> {
        match self.connection.live() {
            Some(engine) => begin(&engine, Frame::send(publish, None), None).map(|_| ()),
            None => Err(PublishError::Closed { is_sent: false }),
        }
    }
}
