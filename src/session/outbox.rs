//! The messages that the session answers for: those that wait for a connection, and those that have left and await a
//! confirmation or a reply. It knows their tickets, never their payloads.
//!
//! ```text
//!             push                    pop, awaits nothing
//!  (message) ─────►┌────────┐──────────────────────────────────────► forgotten
//!                  │ queued │  pop                 ┌──────┐ confirm, reply
//!                  │        ├─────────────────────►│ sent ├────────► settled
//!                  └─▲──┬───┘                      └─┬──┬─┘
//!                    │  │ replaced, evicted, expired │  │ a break, and it does not repeat; its time is over
//!                    │  └────────────► dropped ◄─────┼──┘
//!                    └───────────────────────────────┘ a break, and it repeats: ahead of everything newer
//! ```
//!
//! It is bounded by messages and bytes, keeps the order of sending, lets a newer message replace an older one of
//! the same key, and forgets what has outlived its time. Whatever leaves it unsent or unsettled is reported. What has
//! been sent once is never evicted, replaced or expired.

use super::Millis;
use super::config::QueueConfig;
use super::names::named;
use super::queue::Queue;
use super::sent::{Awaits, Course, Sent};
use super::stay::Stay;
use super::window::Window;

/// What the face knows a message by.
pub type Ticket = u32;

named! {
    /// Why a message was given up.
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
        /// What it awaits did not come in time.
        Timeout = "timeout",
        /// It was sent, and the connection ended before a pong confirmed it.
        Unconfirmed = "unconfirmed",
        /// It was sent, and the connection ended before the reply.
        Unanswered = "unanswered",
        /// Too many requests wait for their replies.
        TooManyRequests = "too-many-requests",
    }
}

named! {
    /// How far a message has come.
    pub enum Progress {
        /// It has never left.
        Queued = "queued",
        /// It was sent over the current connection, or the one that has just ended.
        Sent = "sent",
        /// It was sent over an earlier connection, and waits to go again.
        Requeued = "requeued",
    }
}

/// A message as the session sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// What the face knows it by.
    pub ticket: Ticket,
    /// Its size on the wire.
    pub bytes: u32,
    /// How long it may wait for the first sending; `None` takes the queue's default.
    pub ttl_ms: Option<Millis>,
    /// The number of its replacement key, if it has one.
    pub key: Option<u32>,
    /// What it awaits once it is sent.
    pub awaits: Awaits,
    /// Whether it goes again after a break as long as that has not come.
    pub repeats: bool,
    /// How long all of it may take; `None` is no limit.
    pub timeout_ms: Option<Millis>,
}

impl Message {
    /// A message that is forgotten once it is sent.
    pub fn plain(ticket: Ticket, bytes: u32) -> Self {
        Message {
            ticket,
            bytes,
            ttl_ms: None,
            key: None,
            awaits: Awaits::Nothing,
            repeats: false,
            timeout_ms: None,
        }
    }
}

/// The time of what has no limit.
pub(super) const NEVER: Millis = Millis::MAX;

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) ticket: Ticket,
    pub(super) bytes: u32,
    pub(super) stay: Stay,
    pub(super) course: Course,
}

impl Entry {
    fn over_at(&self) -> Millis {
        self.course.over_at(self.stay.expires_at())
    }
}

/// What is queued, and what has been sent and is not settled.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    pub(super) queued: Queue<Entry>,
    queued_bytes: u64,
    pub(super) sent: Sent,
    pub(super) window: Window,
}

impl Outbox {
    pub(super) const fn new() -> Self {
        Outbox {
            queued: Queue::new(),
            queued_bytes: 0,
            sent: Sent::new(),
            window: Window::new(),
        }
    }

    /// Messages that wait to leave.
    pub(super) fn len(&self) -> usize {
        self.queued.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.queued_bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queued.is_empty()
    }

    /// Messages that count against the bounds.
    pub(super) fn held(&self) -> usize {
        self.queued.len() + self.sent.kept()
    }

    pub(super) fn held_bytes(&self) -> u64 {
        self.queued_bytes + self.sent.kept_bytes()
    }

    /// Whether nothing waits to leave, and nothing that was sent awaits anything.
    pub(super) fn is_settled(&self) -> bool {
        self.sent.is_empty() && self.is_empty()
    }

    /// Whether a message of one byte fits, or something gives way.
    pub(super) fn has_room(&self, bounds: &QueueConfig) -> bool {
        self.admit(&Message::plain(0, 1), None, bounds).is_ok()
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
        let older = self.older(&message);
        if let Some(bounds) = bounds {
            self.admit(&message, older, bounds)?;
        }
        // The older message leaves its place: the newer one was sent later and stands last.
        if let Some(entry) = older.and_then(|index| self.remove(index)) {
            dropped(entry.ticket, DropReason::Replaced);
        }
        if let Some(bounds) = bounds {
            self.make_room(&message, bounds, dropped);
        }
        self.queued_bytes += u64::from(message.bytes);
        self.queued.push(Entry {
            ticket: message.ticket,
            bytes: message.bytes,
            stay: Stay::new(now, &message, default_ttl_ms),
            course: Course::new(now, &message),
        });
        Ok(())
    }

    /// Whether room can be made for a message, and if not, why.
    fn admit(
        &self,
        message: &Message,
        older: Option<usize>,
        bounds: &QueueConfig,
    ) -> Result<(), DropReason> {
        if bounds.max_messages == 0 {
            return Err(DropReason::QueueFull);
        }
        if u64::from(message.bytes) > bounds.max_bytes {
            return Err(DropReason::TooLarge);
        }
        let (leaving, leaving_bytes) = self.leaving(older, bounds);
        if self.fits(message, bounds, leaving, leaving_bytes) {
            Ok(())
        } else {
            Err(DropReason::QueueFull)
        }
    }

    pub(super) fn fits(
        &self,
        message: &Message,
        bounds: &QueueConfig,
        less: usize,
        less_bytes: u64,
    ) -> bool {
        self.held() - less < bounds.max_messages as usize
            && self.held_bytes() - less_bytes + u64::from(message.bytes) <= bounds.max_bytes
    }

    pub(super) fn remove(&mut self, index: usize) -> Option<Entry> {
        let entry = self.queued.remove(index)?;
        self.queued_bytes -= u64::from(entry.bytes);
        Some(entry)
    }

    /// The next message to leave, as the one of that number in the session's life.
    pub(super) fn pop(&mut self, number: u64) -> Option<Entry> {
        if self.is_held_up() {
            return None;
        }
        let entry = self.remove(0)?;
        self.sent.push(entry, number);
        Some(entry)
    }

    /// Takes a message out, wherever it is; with how far it had come.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<Progress> {
        // What was sent first is acknowledged first, and the queue may be long.
        if self.sent.take(ticket) {
            return Some(Progress::Sent);
        }
        let index = self.queued.iter().position(|it| it.ticket == ticket);
        self.remove(index?).map(|entry| entry.course.progress())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.sent.iter().chain(self.queued.iter())
    }

    /// The connection has ended: what repeats stands before everything newer, what does not is given up.
    pub(super) fn recall(&mut self, dropped: impl FnMut(Ticket, DropReason, Progress)) {
        self.queued_bytes += self.sent.recall(&mut self.queued, dropped);
    }

    /// Everything is over.
    pub(super) fn clear(&mut self, mut dropped: impl FnMut(Ticket, DropReason, Progress)) {
        while let Some(entry) = self.remove(0) {
            dropped(entry.ticket, entry.course.end(), entry.course.progress());
        }
    }

    /// The next message that has outlived its time, with why, and how far it had come.
    pub(super) fn expire(&mut self, now: Millis) -> Option<(Ticket, DropReason, Progress)> {
        let is_over = |at| at != NEVER && at <= now;
        let entry = self.iter().find(|entry| is_over(entry.over_at()))?;
        let (ticket, reason) = (entry.ticket, entry.course.overdue(now));
        Some((ticket, reason, self.take(ticket)?))
    }

    /// When the first message will have outlived its time.
    pub(super) fn next_expiry(&self) -> Option<Millis> {
        let queued = self.queued.iter().map(Entry::over_at);
        let earliest = queued.fold(self.sent.next_expiry(), Millis::min);
        (earliest != NEVER).then_some(earliest)
    }
}
