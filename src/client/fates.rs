//! The fates of messages: who waits for one, and how it is told.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::builder::Builder;
use super::error::Invalid;
use super::millis;
use super::requests::Replies;
use crate::codec::{Payload, PayloadRef};
use crate::session::{Awaits, Delivery, DropReason, Message, Progress, Verdict};
use crate::transport::seed;

type Stamp<Out> = Box<dyn Fn(&mut Out)>;

/// How a message has ended.
pub(super) enum Settled<Out, In> {
    /// It was sent, or confirmed, whatever was waited for.
    Done,
    Reply(In),
    Dropped(DropReason, Progress, Out),
}

/// Who waits for the fate of a message. Without one it is an event.
pub(super) trait Waiter<Out, In> {
    fn settle(&self, settled: Settled<Out, In>);
}

/// What a message awaits, and who is told.
pub(super) struct Watch<Out, In> {
    pub(super) awaits: Awaits,
    /// Whether it may have to leave again.
    pub(super) repeats: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) tell: Option<Rc<dyn Waiter<Out, In>>>,
}

impl<Out, In> Watch<Out, In> {
    fn of(tell: Option<Rc<dyn Waiter<Out, In>>>) -> Self {
        Watch {
            awaits: Awaits::Nothing,
            repeats: false,
            timeout: None,
            tell,
        }
    }

    /// Tells the session of it.
    pub(super) fn note(&self, message: &mut Message) {
        message.awaits = self.awaits;
        message.repeats = self.repeats;
        message.timeout_ms = self.timeout.map(millis);
    }

    /// The message leaves. If it is still to be settled, or may have to leave again: its payload for now, with who is told
    /// already.
    pub(super) fn leave(&mut self, payload: &mut Rc<Payload>) -> Option<(Rc<Payload>, Self)> {
        let left = Rc::clone(payload);
        if self.awaits != Awaits::Nothing {
            if !self.repeats {
                *payload = Rc::new(Payload::Binary(Vec::new()));
            }
            return Some((left, Watch::of(None)));
        }
        // At-least-once keeps it, but who wanted it sent is told now.
        self.repeats.then(|| (left, Watch::of(self.tell.take())))
    }

    /// What was waited for has come.
    pub(super) fn done(self) {
        if let Some(waiter) = self.tell {
            waiter.settle(Settled::Done);
        }
    }

    pub(super) fn replied(self, reply: In) {
        if let Some(waiter) = self.tell {
            waiter.settle(Settled::Reply(reply));
        }
    }

    /// The message is given up; it comes back if nobody waits for its fate.
    pub(super) fn dropped(
        self,
        reason: DropReason,
        progress: Progress,
        message: Out,
    ) -> Option<Out> {
        match self.tell {
            Some(waiter) => {
                waiter.settle(Settled::Dropped(reason, progress, message));
                None
            }
            None => Some(message),
        }
    }
}

/// What a socket promises of its messages.
pub(super) struct Fates<Out, In> {
    pub(super) replies: Option<Box<dyn Replies<Out, In>>>,
    /// Marks a message of the application's for at-least-once.
    stamp: Option<Stamp<Out>>,
    /// Whether messages are delivered at least once.
    pub(super) repeats: bool,
}

impl<Out, In> Default for Fates<Out, In> {
    fn default() -> Self {
        Fates {
            replies: None,
            stamp: None,
            repeats: false,
        }
    }
}

impl<Out, In> Fates<Out, In> {
    /// Whether a message may be forgotten once it is sent.
    pub(super) fn forget(&self) -> bool {
        !self.repeats
    }

    /// What a message awaits whose fate nobody waits for.
    pub(super) fn watch(&self) -> Watch<Out, In> {
        Watch {
            repeats: self.repeats,
            ..Watch::of(None)
        }
    }

    /// A message of the application's is about to be encoded.
    pub(super) fn mark(&self, message: &mut Out) {
        if let Some(stamp) = self.stamp.as_ref().filter(|_| self.repeats) {
            stamp(message);
        }
    }

    /// Keeps a reply and says whose it is, or gives the message back.
    pub(super) fn match_reply(&self, message: In, payload: PayloadRef<'_>) -> Result<In, Verdict> {
        match &self.replies {
            Some(replies) => {
                let matched = replies.match_reply(message, payload);
                matched.map_err(Verdict::Reply)
            }
            None => Ok(message),
        }
    }

    /// The reply that was kept last.
    pub(super) fn take_reply(&self, is_awaited: bool) -> Option<Result<In, Invalid>> {
        self.replies.as_ref()?.take_reply(is_awaited)
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// What becomes of messages that a break leaves unconfirmed. Default [`Delivery::AtMostOnce`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.config().delivery = delivery;
        self.parts.fates.repeats = delivery == Delivery::AtLeastOnce;
        self
    }

    /// With at-least-once, marks each message so that the server can drop doubles. The id is `<socket>:<n>`, where n counts
    /// up: a message whose n is not above the highest received of that socket is a double. Neither this function nor the codec
    /// may send: that message would leave first, with the higher n.
    pub fn stamp(mut self, stamp: impl Fn(&mut Out, &str) + 'static) -> Self {
        let name = seed();
        let stamped = Cell::new(0u64);
        self.parts.fates.stamp = Some(Box::new(move |message| {
            stamped.set(stamped.get() + 1);
            stamp(message, &format!("{name:016x}:{}", stamped.get()));
        }));
        self
    }

    /// A message that awaits a confirmation is followed by a ping within this time. Default 1 s.
    pub fn confirm_within(mut self, time: Duration) -> Self {
        self.config().confirm_within_ms = time.as_millis() as u64;
        self
    }
}
