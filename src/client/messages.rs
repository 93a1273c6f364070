//! The typed side of a socket: messages, and what the application's functions say of them. Everything that does not
//! depend on the types is in [`link`](super::link).

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use super::dial::DialContext;
use super::error::{Failure, Invalid};
use super::events::{Audience, Dropped, Event};
use super::inbox::Inbox;
use super::link::StepChannel;
use super::outbox::{Outbox, Settled};
use super::parts::{Answer, AuthStep, Beat, Encoded, Replies, RestoreStep};
use super::restore::Opening;
use super::state::State;
use super::wakers::LocalFuture;
use crate::codec::{Codec, CodecError, Payload, PayloadRef};
use crate::session::{DropReason, Millis, Progress, Ticket, Verdict};

pub(super) type OnMessage<In> = Box<dyn Fn(Result<In, Invalid>)>;
pub(super) type Stamp<Out> = Box<dyn Fn(&mut Out)>;

/// What the untyped side asks the typed one for.
pub(super) trait Typed {
    /// Decodes a frame, hands it on if it is a message, and says what it was; with how long credentials hold that it
    /// accepts. `is_judged` tells whether there are credentials that it may answer.
    fn receive(
        &self,
        payload: PayloadRef<'_>,
        is_judged: &dyn Fn() -> bool,
    ) -> (Verdict, Option<Millis>);
    fn replied(&self, ticket: Ticket, is_awaited: bool);
    fn leave(&self, ticket: Ticket) -> Option<Rc<Payload>>;
    fn ping(&self, id: u32) -> Option<Encoded>;
    fn pong(&self) -> Option<Encoded>;
    fn credentials(&self, context: DialContext) -> Option<LocalFuture<Answer>>;
    fn restore(&self, opening: Opening, channel: StepChannel) -> Option<LocalFuture<Answer>>;
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
    pub(super) beat: Option<Box<dyn Beat<Out, In>>>,
    pub(super) auth: Option<Box<dyn AuthStep<Out, In>>>,
    pub(super) restore: Option<Box<dyn RestoreStep<Out, In>>>,
    pub(super) replies: Option<Box<dyn Replies<Out, In>>>,
    /// Marks a message of the application's for at-least-once.
    pub(super) stamp: Option<Stamp<Out>>,
    /// Whether messages are delivered at least once.
    pub(super) repeats: bool,
    pub(super) on_message: Option<OnMessage<In>>,
    pub(super) inbox: Inbox<In>,
    pub(super) outbox: Outbox<Out, In>,
    pub(super) audience: OnceCell<Box<dyn Audience<Out>>>,
}

impl<Out, In> Messages<Out, In> {
    pub(super) fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        self.codec.encode(message)
    }

    fn deliver(&self, message: Result<In, Invalid>) {
        match &self.on_message {
            Some(on_message) => on_message(message),
            None => self.inbox.push(message),
        }
    }

    /// Says what a message is, if it is not one for the application; otherwise that one comes out again.
    fn classify(
        &self,
        message: In,
        payload: PayloadRef<'_>,
        is_judged: &dyn Fn() -> bool,
    ) -> Result<In, (Verdict, Option<Millis>)> {
        if let Some(beat) = &self.beat
            && let Some(verdict) = beat.classify(&message)
        {
            return Err((verdict, None));
        }
        if let Some(auth) = &self.auth
            && is_judged()
            && let Some(judgement) = auth.judge(&message)
        {
            return Err(judgement);
        }
        match &self.replies {
            Some(replies) => {
                let matched = replies.match_reply(message, payload);
                matched.map_err(|ticket| (Verdict::Reply(ticket), None))
            }
            None => Ok(message),
        }
    }
}

impl<Out, In> Typed for Messages<Out, In> {
    fn receive(
        &self,
        payload: PayloadRef<'_>,
        is_judged: &dyn Fn() -> bool,
    ) -> (Verdict, Option<Millis>) {
        if let Some(beat) = &self.beat
            && beat.is_pong_frame(payload)
        {
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
        let reply = self
            .replies
            .as_ref()
            .and_then(|it| it.take_reply(is_awaited));
        match reply {
            Some(Ok(message)) => {
                if let Some(waiter) = self.outbox.take(ticket).and_then(|it| it.tell) {
                    waiter.settle(Settled::Reply(message));
                }
            }
            Some(Err(invalid)) => self.deliver(Err(invalid)),
            None => {}
        }
    }

    fn leave(&self, ticket: Ticket) -> Option<Rc<Payload>> {
        let (payload, tell) = self.outbox.leave(ticket)?;
        if let Some(waiter) = tell {
            waiter.settle(Settled::Done);
        }
        Some(payload)
    }

    fn ping(&self, id: u32) -> Option<Encoded> {
        self.beat.as_ref()?.ping(&*self.codec, id)
    }

    fn pong(&self) -> Option<Encoded> {
        self.beat.as_ref()?.pong(&*self.codec)
    }

    fn credentials(&self, context: DialContext) -> Option<LocalFuture<Answer>> {
        Some(self.auth.as_ref()?.credentials(&self.codec, context))
    }

    fn restore(&self, opening: Opening, channel: StepChannel) -> Option<LocalFuture<Answer>> {
        Some(self.restore.as_ref()?.run(&self.codec, opening, channel))
    }

    fn dropped(&self, ticket: Ticket, reason: DropReason, progress: Progress) {
        let Some(entry) = self.outbox.take(ticket) else {
            return;
        };
        let message = entry.message;
        if let Some(waiter) = entry.tell {
            waiter.settle(Settled::Dropped(reason, progress, message));
        } else if let Some(audience) = self.audience.get() {
            audience.publish(Event::Dropped(Rc::new(Dropped {
                message,
                reason,
                is_sent: progress != Progress::Queued,
            })));
        }
    }

    fn confirmed(&self, ticket: Ticket) {
        if let Some(waiter) = self.outbox.take(ticket).and_then(|it| it.tell) {
            waiter.settle(Settled::Done);
        }
    }

    fn publish(&self, news: Announcement) {
        let Some(audience) = self.audience.get() else {
            return;
        };
        audience.publish(match news {
            Announcement::State { state, previous } => Event::State { state, previous },
            Announcement::Opened(opening) => Event::Opened(opening),
            Announcement::Latency(ms) => Event::Latency(Duration::from_millis(ms.into())),
            Announcement::Failed(failure) => Event::Failed(failure),
        });
    }

    fn wake_readers(&self) {
        self.inbox.wake();
    }

    fn end(&self) {
        if let Some(audience) = self.audience.get() {
            audience.end();
        }
        self.inbox.wake();
    }
}
