//! The typed side of a socket: messages, and what the application's functions say of them. Everything that does not
//! depend on the types is in [`link`](super::link).

use std::rc::Rc;

use super::error::Invalid;
use super::events::{Announcement, Audience};
use super::fates::Fates;
use super::heartbeat::Beats;
use super::inbox::Inbox;
use super::link::Link;
use super::opening::Opening;
use super::outbox::Outbox;
use super::steps::{Answer, DialContext, LocalFuture, StepChannel, TypedSteps};
use crate::codec::{Codec, CodecError, Payload, PayloadRef};
use crate::session::{DropReason, Progress, Ticket, Verdict};

pub(super) type Encoded = Result<Payload, CodecError>;
pub(super) type OnMessage<In> = Box<dyn Fn(Result<In, Invalid>)>;

/// What the untyped side asks the typed one for.
pub(super) trait Typed {
    /// Decodes a frame, hands it on if it is a message, and says what it was.
    fn receive(&self, payload: PayloadRef<'_>, link: &Link) -> Verdict;
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

pub(super) struct Messages<Out, In> {
    pub(super) codec: Rc<dyn Codec<Out, In>>,
    pub(super) beat: Beats<Out, In>,
    pub(super) steps: TypedSteps<Out, In>,
    pub(super) fates: Fates<Out, In>,
    pub(super) on_message: Option<OnMessage<In>>,
    pub(super) inbox: Inbox<In>,
    pub(super) outbox: Outbox<Out, In>,
    pub(super) audience: Audience<Out>,
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
    fn classify(&self, message: In, payload: PayloadRef<'_>, link: &Link) -> Result<In, Verdict> {
        if let Some(verdict) = self.beat.classify(&message) {
            return Err(verdict);
        }
        if let Some(verdict) = self.steps.judge(&message, link) {
            return Err(verdict);
        }
        self.fates.match_reply(message, payload)
    }
}

impl<Out, In> Typed for Messages<Out, In> {
    fn receive(&self, payload: PayloadRef<'_>, link: &Link) -> Verdict {
        if self.beat.is_pong_frame(payload) {
            return Verdict::Pong(None);
        }
        match self.codec.decode(payload) {
            Ok(message) => match self.classify(message, payload, link) {
                Ok(message) => {
                    self.deliver(Ok(message));
                    Verdict::Message
                }
                Err(verdict) => verdict,
            },
            Err(source) => {
                let payload = payload.to_payload();
                self.deliver(Err(Invalid::Frame { payload, source }));
                Verdict::Invalid
            }
        }
    }

    fn replied(&self, ticket: Ticket, is_awaited: bool) {
        match self.fates.take_reply(is_awaited) {
            Some(Ok(message)) => {
                if let Some(entry) = self.outbox.take(ticket) {
                    entry.watch.replied(message);
                }
            }
            Some(Err(invalid)) => self.deliver(Err(invalid)),
            None => {}
        }
    }

    fn leave(&self, ticket: Ticket) -> Option<Rc<Payload>> {
        let (payload, watch) = self.outbox.leave(ticket)?;
        watch.done();
        Some(payload)
    }

    fn ping(&self, id: u32) -> Option<Encoded> {
        self.beat.ping(&*self.codec, id)
    }

    fn pong(&self) -> Option<Encoded> {
        self.beat.pong(&*self.codec)
    }

    fn credentials(&self, context: DialContext) -> Option<LocalFuture<Answer>> {
        self.steps.credentials(&self.codec, context)
    }

    fn restore(&self, opening: Opening, channel: StepChannel) -> Option<LocalFuture<Answer>> {
        self.steps.restore(&self.codec, opening, channel)
    }

    fn dropped(&self, ticket: Ticket, reason: DropReason, progress: Progress) {
        let Some(entry) = self.outbox.take(ticket) else {
            return;
        };
        if let Some(message) = entry.watch.dropped(reason, progress, entry.message) {
            self.audience.dropped(message, reason, progress);
        }
    }

    fn confirmed(&self, ticket: Ticket) {
        if let Some(entry) = self.outbox.take(ticket) {
            entry.watch.done();
        }
    }

    fn publish(&self, news: Announcement) {
        self.audience.announce(news);
    }

    fn wake_readers(&self) {
        self.inbox.wake();
    }

    fn end(&self) {
        self.audience.end();
        self.inbox.wake();
    }
}
