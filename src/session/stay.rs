//! How long a message may stay in the queue, and what it gives way to there.

use super::Millis;
use super::config::QueueConfig;
use super::names::named;
use super::outbox::{DropReason, Message, NEVER, Outbox, Ticket};

named! {
    /// What happens when a message does not fit into the queue.
    pub enum Overflow {
        /// The new message is refused.
        Reject = "reject",
        /// The oldest queued messages make room.
        DropOldest = "drop-oldest",
        /// The newest queued messages make room.
        DropNewest = "drop-newest",
    }
}

/// What a message brings along to the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    key: Option<u32>,
    /// Until when it may wait for the first sending.
    expires_at: Millis,
}

impl Stay {
    pub(super) fn new(now: Millis, message: &Message, default_ttl_ms: Option<Millis>) -> Self {
        let ttl_ms = message.ttl_ms.or(default_ttl_ms);
        Stay {
            key: message.key,
            expires_at: ttl_ms.map_or(NEVER, |ms| now.saturating_add(ms)),
        }
    }

    pub(super) fn expires_at(&self) -> Millis {
        self.expires_at
    }
}

impl Outbox {
    /// Where the older message stands that this one takes the place of.
    pub(super) fn older(&self, message: &Message) -> Option<usize> {
        let key = message.key?;
        self.queued
            .iter()
            .position(|entry| entry.stay.key == Some(key) && entry.course.is_new())
    }

    /// What may leave, with its bytes: the message that a new one replaces leaves either way, so its room counts as free.
    pub(super) fn leaving(&self, older: Option<usize>, bounds: &QueueConfig) -> (usize, u64) {
        if bounds.overflow == Overflow::Reject {
            let older = older.and_then(|index| self.queued.get(index));
            let bytes = older.map_or(0, |entry| entry.bytes.into());
            return (older.iter().count(), bytes);
        }
        let new = self.queued.iter().filter(|entry| entry.course.is_new());
        new.fold((0, 0), |(count, bytes), entry| {
            (count + 1, bytes + u64::from(entry.bytes))
        })
    }

    /// Lets leave what has to for a message to fit.
    pub(super) fn make_room(
        &mut self,
        message: &Message,
        bounds: &QueueConfig,
        mut dropped: impl FnMut(Ticket, DropReason),
    ) {
        while !self.fits(message, bounds, 0, 0) {
            let newest = bounds.overflow == Overflow::DropNewest;
            let index = if newest {
                self.len().saturating_sub(1)
            } else {
                self.requeued()
            };
            let Some(entry) = self.remove(index) else {
                break;
            };
            dropped(entry.ticket, DropReason::QueueFull);
        }
    }

    /// How many at the start of the queue have been sent before.
    fn requeued(&self) -> usize {
        self.queued
            .iter()
            .take_while(|entry| !entry.course.is_new())
            .count()
    }
}
