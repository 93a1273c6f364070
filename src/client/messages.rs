//! The typed side of a socket: messages, and what the application's functions say of them. Everything that does not
//! depend on the types is in [`link`](super::link).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::auth::Auth;
use super::dial::DialContext;
use super::error::{BoxError, DeliverError, Failure, Invalid, RequestError, RestoreError};
use super::events::{Broadcast, Dropped, Event};
use super::heartbeat::{Heartbeat, Pong};
use super::inbox::Inbox;
use super::millis;
use super::outbox::{Entry, Outbox, Tell};
use super::requests::Requests;
use super::restore::{Opening, Restore, Restoring};
use super::state::State;
use super::wakers::LocalFuture;
use crate::codec::{Codec, CodecError, Payload, PayloadRef};
use crate::session::{DropReason, Millis, Progress, Ticket, Verdict};

pub(super) type OnMessage<In> = Box<dyn Fn(Result<In, Invalid>)>;
pub(super) type Stamp<Out> = Box<dyn Fn(&mut Out, &str)>;

/// Sends a payload as a step of the connection; false if that step is over.
pub(super) type SendStep = Rc<dyn Fn(PayloadRef<'_>) -> bool>;

/// What the untyped side asks the typed one for.
pub(super) trait Typed {
    /// Decodes a frame, hands it on if it is a message, and says what it was; with how long credentials hold that it
    /// accepts.
    fn receive(&self, payload: PayloadRef<'_>, is_judged: bool) -> (Verdict, Option<Millis>);
    fn replied(&self, ticket: Ticket, is_awaited: bool);
    fn leave(&self, ticket: Ticket) -> Option<Rc<Payload>>;
    fn ping(&self, id: u32) -> Option<Result<Payload, CodecError>>;
    fn pong(&self) -> Option<Result<Payload, CodecError>>;
    fn credentials(&self, context: DialContext) -> LocalFuture<Result<Payload, BoxError>>;
    fn restore(&self, opening: Opening, send: SendStep) -> LocalFuture<Result<(), BoxError>>;
    fn dropped(&self, ticket: Ticket, reason: DropReason, progress: Progress);
    fn confirmed(&self, ticket: Ticket);
    fn publish(&self, news: Announcement);
    /// The stream may be over.
    fn wake_readers(&self);
    /// The socket is gone.
    fn end(&self);
}

/// An event that does not depend on the types.
pub(super) enum Announcement {
    State { state: State, previous: State },
    Opened(Opening),
    Latency(u32),
    Failed(Failure),
}

pub(super) struct Messages<Out, In> {
    pub(super) codec: Rc<dyn Codec<Out, In>>,
    pub(super) heartbeat: Option<Heartbeat<Out, In>>,
    pub(super) auth: Option<Auth<Out, In>>,
    pub(super) restore: Option<Restore<Out>>,
    pub(super) requests: Option<Requests<Out, In>>,
    pub(super) stamp: Option<Stamp<Out>>,
    /// Whether messages are delivered at least once.
    pub(super) repeats: bool,
    pub(super) on_message: Option<OnMessage<In>>,
    pub(super) inbox: Inbox<In>,
    pub(super) outbox: Outbox<Out, In>,
    pub(super) events: Broadcast<Out>,
    /// The reply that is being matched, with its frame.
    pub(super) reply: RefCell<Option<(In, Payload)>>,
    /// The answer to the server's ping that was received last.
    pub(super) answer: RefCell<Option<Out>>,
    pub(super) identity: Identity,
}

/// What the ids of stamped messages begin with, and how many there were.
pub(super) struct Identity {
    pub(super) name: u64,
    pub(super) stamped: Cell<u64>,
}

impl<Out, In> Messages<Out, In> {
    pub(super) fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        self.codec.encode(message)
    }

    /// Marks a message of the application's for at-least-once.
    pub(super) fn mark(&self, message: &mut Out) {
        if let Some(stamp) = &self.stamp {
            let number = self.identity.stamped.get() + 1;
            self.identity.stamped.set(number);
            stamp(message, &format!("{:016x}:{number}", self.identity.name));
        }
    }

    fn deliver(&self, message: Result<In, Invalid>) {
        match &self.on_message {
            Some(on_message) => on_message(message),
            None => self.inbox.push(message),
        }
    }

    /// What a message is, if it is not one for the application. Decoded messages go in and, if they are, come out.
    fn classify(
        &self,
        message: In,
        payload: PayloadRef<'_>,
        is_judged: bool,
    ) -> Result<In, (Verdict, Option<Millis>)> {
        if let Some(heartbeat) = &self.heartbeat {
            if let Some(pong) = heartbeat.pong.as_ref().and_then(|it| it(&message)) {
                let id = match pong {
                    Pong::Unnumbered => None,
                    Pong::Of(id) => Some(id),
                };
                return Err((Verdict::Pong(id), None));
            }
            if let Some(answer) = heartbeat.answer.as_ref().and_then(|it| it(&message)) {
                self.answer.replace(Some(answer));
                return Err((Verdict::Ping, None));
            }
        }
        if is_judged && let Some(auth) = &self.auth {
            match (auth.accept)(&message) {
                Some(true) => {
                    let holds = auth.expires_in.as_ref().and_then(|it| it(&message));
                    return Err((Verdict::Accepted, holds.map(millis)));
                }
                Some(false) => return Err((Verdict::Refused, None)),
                None => {}
            }
        }
        if let Some(requests) = &self.requests
            && let Some(id) = (requests.id)(&message)
        {
            self.reply.replace(Some((message, payload.to_payload())));
            return Err((Verdict::Reply(id), None));
        }
        Ok(message)
    }

    fn is_pong_frame(&self, payload: PayloadRef<'_>) -> bool {
        let frame = self
            .heartbeat
            .as_ref()
            .and_then(|it| it.pong_frame.as_ref());
        frame.is_some_and(|frame| frame.as_ref() == payload)
    }
}

impl<Out: 'static, In: 'static> Typed for Messages<Out, In> {
    fn receive(&self, payload: PayloadRef<'_>, is_judged: bool) -> (Verdict, Option<Millis>) {
        if self.is_pong_frame(payload) {
            return (Verdict::Pong(None), None);
        }
        match self.codec.decode(payload) {
            Ok(message) => match self.classify(message, payload, is_judged) {
                Ok(message) => {
                    self.deliver(Ok(message));
                    (Verdict::Message, None)
                }
                Err(verdict) => verdict,
            },
            Err(source) => {
                let payload = payload.to_payload();
                self.deliver(Err(Invalid::Frame { payload, source }));
                (Verdict::Invalid, None)
            }
        }
    }

    fn replied(&self, ticket: Ticket, is_awaited: bool) {
        let Some((message, payload)) = self.reply.take() else {
            return;
        };
        if !is_awaited {
            return self.deliver(Err(Invalid::Unmatched { payload }));
        }
        if let Some(Tell::Request(promise)) = self.outbox.take(ticket).map(|it| it.tell) {
            promise.keep(Ok(message));
        }
    }

    fn leave(&self, ticket: Ticket) -> Option<Rc<Payload>> {
        let (payload, told) = self.outbox.leave(ticket)?;
        if let Some(Tell::Delivery(promise)) = told {
            promise.keep(Ok(()));
        }
        Some(payload)
    }

    fn ping(&self, id: u32) -> Option<Result<Payload, CodecError>> {
        let heartbeat = self.heartbeat.as_ref()?;
        match &heartbeat.ping {
            Some(ping) => Some(self.encode(&ping(id))),
            None => heartbeat.ping_frame.clone().map(Ok),
        }
    }

    fn pong(&self) -> Option<Result<Payload, CodecError>> {
        let answer = self.answer.take()?;
        Some(self.encode(&answer))
    }

    fn credentials(&self, context: DialContext) -> LocalFuture<Result<Payload, BoxError>> {
        let message = self.auth.as_ref().map(|auth| (auth.message)(context));
        let codec = Rc::clone(&self.codec);
        Box::pin(async move {
            match message {
                Some(message) => Ok(codec.encode(&message.await?)?),
                None => Err("no authentication step".into()),
            }
        })
    }

    fn restore(&self, opening: Opening, send: SendStep) -> LocalFuture<Result<(), BoxError>> {
        let codec = Rc::clone(&self.codec);
        let step = Rc::new(move |message: &Out| {
            let payload = codec.encode(message).map_err(RestoreError::Encode)?;
            if send(payload.as_ref()) {
                Ok(())
            } else {
                Err(RestoreError::Over)
            }
        });
        match &self.restore {
            Some(restore) => restore(Restoring::new(opening, step)),
            None => Box::pin(async { Ok(()) }),
        }
    }

    fn dropped(&self, ticket: Ticket, reason: DropReason, progress: Progress) {
        let Some(Entry { message, tell, .. }) = self.outbox.take(ticket) else {
            return;
        };
        match tell {
            Tell::Events => self.events.publish(Event::Dropped(Rc::new(Dropped {
                message,
                reason,
                is_sent: progress != Progress::Queued,
            }))),
            Tell::Delivery(promise) => {
                promise.keep(Err(DeliverError::of(reason, progress, message)));
            }
            Tell::Request(promise) => {
                promise.keep(Err(RequestError::of(reason, progress, message)));
            }
        }
    }

    fn confirmed(&self, ticket: Ticket) {
        if let Some(Tell::Delivery(promise)) = self.outbox.take(ticket).map(|it| it.tell) {
            promise.keep(Ok(()));
        }
    }

    fn publish(&self, news: Announcement) {
        self.events.publish(match news {
            Announcement::State { state, previous } => Event::State { state, previous },
            Announcement::Opened(opening) => Event::Opened(opening),
            Announcement::Latency(ms) => {
                Event::Latency(std::time::Duration::from_millis(ms.into()))
            }
            Announcement::Failed(failure) => Event::Failed(failure),
        });
    }

    fn wake_readers(&self) {
        self.inbox.wake();
    }

    fn end(&self) {
        self.events.end();
        self.inbox.wake();
    }
}
