//! The queue of messages that wait for a connection. It knows their tickets, never their payloads.
//!
//! It is bounded by messages and bytes, keeps the order of sending, lets a newer message replace an older one of
//! the same key, and forgets what has outlived its time. Everything that leaves it unsent is reported.

use super::Millis;
use super::config::QueueConfig;
use super::names::named;
use super::queue::Queue;

/// What the face knows a queued message by.
pub type Ticket = u32;

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

named! {
    /// Why a message was not sent.
    pub enum DropReason {
        /// The queue was full.
        QueueFull = "queue-full",
        /// It waited longer than its time to live.
        Expired = "expired",
        /// The connection was closed for good.
        Closed = "closed",
        /// It is larger than the whole queue.
        TooLarge = "too-large",
        /// It could not be encoded.
        Encode = "encode",
        /// A newer message with the same key took its place.
        Replaced = "replaced",
    }
}

/// A message as the queue sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// What the face knows it by.
    pub ticket: Ticket,
    /// Its size on the wire.
    pub bytes: u32,
    /// How long it may wait; `None` takes the queue's default.
    pub ttl_ms: Option<Millis>,
    /// The number of its replacement key, if it has one.
    pub key: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    ticket: Ticket,
    bytes: u32,
    expires_at: Option<Millis>,
    key: Option<u32>,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    entries: Queue<Entry>,
    bytes: u64,
}

impl Outbox {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a message in, or says why not. What it pushes out goes to `dropped`.
    pub(super) fn push(
        &mut self,
        now: Millis,
        message: Message,
        bounds: Option<&QueueConfig>,
        default_ttl_ms: Option<Millis>,
        mut dropped: impl FnMut(Ticket, DropReason),
    ) -> Result<(), DropReason> {
        if let Some(bounds) = bounds {
            // The message that this one replaces leaves either way, so its room counts as free.
            let replaced = self.position_of(message.key);
            let freed = replaced.map_or(0, |index| {
                u64::from(self.entries.get(index).map_or(0, |entry| entry.bytes))
            });
            if bounds.max_messages == 0 {
                return Err(DropReason::QueueFull);
            }
            if u64::from(message.bytes) > bounds.max_bytes {
                return Err(DropReason::TooLarge);
            }
            let fits = |outbox: &Self, freed: u64, count: usize| {
                outbox.len() - count < bounds.max_messages as usize
                    && outbox.bytes - freed + u64::from(message.bytes) <= bounds.max_bytes
            };
            if bounds.overflow == Overflow::Reject
                && !fits(self, freed, usize::from(replaced.is_some()))
            {
                return Err(DropReason::QueueFull);
            }
            self.replace(message.key, &mut dropped);
            while !fits(self, 0, 0) {
                let evicted = match bounds.overflow {
                    Overflow::DropNewest => self.entries.pop_last(),
                    _ => self.entries.pop(),
                };
                let Some(entry) = evicted else { break };
                self.bytes -= u64::from(entry.bytes);
                dropped(entry.ticket, DropReason::QueueFull);
            }
        } else {
            self.replace(message.key, &mut dropped);
        }
        self.bytes += u64::from(message.bytes);
        self.entries.push(Entry {
            ticket: message.ticket,
            bytes: message.bytes,
            expires_at: message
                .ttl_ms
                .or(default_ttl_ms)
                .map(|ttl| now.saturating_add(ttl)),
            key: message.key,
        });
        Ok(())
    }

    /// The next message to leave, with its size.
    pub(super) fn pop(&mut self) -> Option<(Ticket, u32)> {
        let entry = self.entries.pop()?;
        self.bytes -= u64::from(entry.bytes);
        Some((entry.ticket, entry.bytes))
    }

    /// Drops what has outlived its time.
    pub(super) fn expire(&mut self, now: Millis, mut dropped: impl FnMut(Ticket)) {
        let bytes = &mut self.bytes;
        self.entries.retain(|entry| {
            let expired = entry.expires_at.is_some_and(|at| at <= now);
            if expired {
                *bytes -= u64::from(entry.bytes);
                dropped(entry.ticket);
            }
            !expired
        });
    }

    /// When the first message will have outlived its time.
    pub(super) fn next_expiry(&self) -> Option<Millis> {
        self.entries
            .iter()
            .filter_map(|entry| entry.expires_at)
            .min()
    }

    fn position_of(&self, key: Option<u32>) -> Option<usize> {
        let key = key?;
        self.entries.iter().position(|entry| entry.key == Some(key))
    }

    /// The older message leaves its place: the newer one was sent later and stands last.
    fn replace(&mut self, key: Option<u32>, dropped: &mut impl FnMut(Ticket, DropReason)) {
        if let Some(index) = self.position_of(key)
            && let Some(entry) = self.entries.remove(index)
        {
            self.bytes -= u64::from(entry.bytes);
            dropped(entry.ticket, DropReason::Replaced);
        }
    }
}
