//! What has been sent and is not settled: it awaits a pong that confirms it, or a reply.

use super::config::QueueConfig;
use super::names::named;
use super::outbox::{DropReason, Entry, Message, NEVER, Outbox, Progress, Ticket};
use super::queue::Queue;
use super::{IS_STOMP_MODULE, Millis};

named! {
    /// What a message awaits once it is sent.
    #[derive(Default)]
    pub enum Awaits {
        /// Nothing: it is forgotten.
        #[default]
        Nothing = "nothing",
        /// The pong that confirms it.
        Confirmation = "confirmation",
        /// A reply.
        Reply = "reply",
        /// The acknowledgement of a subprotocol, told by [`Session::acknowledge`](super::Session::acknowledge).
        Acknowledgement = "acknowledgement",
    }
}

/// What a message awaits, and how far it has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    awaits: Awaits,
    repeats: bool,
    /// When all of it must be over.
    deadline: Millis,
    /// Which message of the session's life it was when it was sent last; 0 before.
    number: u64,
}

impl Course {
    pub(super) fn new(now: Millis, message: &Message) -> Self {
        Course {
            awaits: message.awaits,
            repeats: message.repeats,
            deadline: message
                .timeout_ms
                .filter(|_| !IS_STOMP_MODULE)
                .map_or(NEVER, |ms| now.saturating_add(ms)),
            number: 0,
        }
    }

    /// Whether it has never been sent.
    pub(super) fn is_new(&self) -> bool {
        self.number == 0
    }

    fn is_request(&self) -> bool {
        self.awaits == Awaits::Reply
    }

    /// Whether it counts against the bounds of the queue after it has been sent.
    fn is_kept(&self) -> bool {
        self.is_acknowledged() || self.is_confirmed()
    }

    fn is_confirmed(&self) -> bool {
        self.awaits == Awaits::Confirmation
    }

    /// Whether it counts against the send window.
    pub(super) fn is_acknowledged(&self) -> bool {
        self.awaits == Awaits::Acknowledgement
    }

    fn is_timed(&self) -> bool {
        !IS_STOMP_MODULE && self.deadline != NEVER
    }

    pub(super) fn over_at(&self, expires_at: Millis) -> Millis {
        if self.is_new() {
            expires_at.min(self.deadline)
        } else {
            self.deadline
        }
    }

    /// Why it is given up when its time is over.
    pub(super) fn overdue(&self, now: Millis) -> DropReason {
        if self.deadline <= now {
            DropReason::Timeout
        } else {
            DropReason::Expired
        }
    }

    /// Why it is given up when the connection is over, for it or for good.
    pub(super) fn end(&self) -> DropReason {
        if self.is_new() {
            DropReason::Closed
        } else if self.is_request() {
            DropReason::Unanswered
        } else {
            DropReason::Unconfirmed
        }
    }

    /// While it waits in the queue.
    pub(super) fn progress(&self) -> Progress {
        if self.is_new() {
            Progress::Queued
        } else {
            Progress::Requeued
        }
    }
}

/// Messages in the order in which they were sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    entries: Queue<Entry>,
    /// How many count against the bounds of the queue, with their bytes.
    kept: usize,
    kept_bytes: u64,
    /// How many of these await an acknowledgement.
    under_way: usize,
    /// And how many have a deadline.
    timed: usize,
}

impl Sent {
    pub(super) const fn new() -> Self {
        Sent {
            entries: Queue::new(),
            kept: 0,
            kept_bytes: 0,
            under_way: 0,
            timed: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Messages that count against the bounds of the queue.
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    pub(super) fn kept_bytes(&self) -> u64 {
        self.kept_bytes
    }

    /// Messages that count against the send window.
    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    /// A message leaves, as the one of that number in the session's life.
    pub(super) fn push(&mut self, mut entry: Entry, number: u64) {
        entry.course.number = number;
        if entry.course.awaits == Awaits::Nothing {
            return;
        }
        self.entries.push(entry);
        self.timed += usize::from(entry.course.is_timed());
        self.under_way += usize::from(entry.course.is_acknowledged());
        if entry.course.is_kept() {
            self.kept += 1;
            self.kept_bytes += u64::from(entry.bytes);
        }
    }

    fn confirm(&mut self, number: u64) -> Option<Ticket> {
        let is_confirmed = |entry: &Entry| entry.course.is_confirmed();
        let index = self.entries.iter().position(is_confirmed)?;
        if self.entries.get(index)?.course.number > number {
            return None;
        }
        Some(self.remove(index)?.ticket)
    }

    /// Takes a message out; false if it is not here.
    pub(super) fn take(&mut self, ticket: Ticket) -> bool {
        let index = self.entries.iter().position(|it| it.ticket == ticket);
        index.is_some_and(|index| self.remove(index).is_some())
    }

    fn remove(&mut self, index: usize) -> Option<Entry> {
        let entry = self.entries.remove(index)?;
        self.timed -= usize::from(entry.course.is_timed());
        self.under_way -= usize::from(entry.course.is_acknowledged());
        if entry.course.is_kept() {
            self.kept -= 1;
            self.kept_bytes -= u64::from(entry.bytes);
        }
        Some(entry)
    }

    /// The connection has ended: what repeats goes before everything in `queued`, what does not is given up. The answer
    /// is how many bytes came in.
    pub(super) fn recall(
        &mut self,
        queued: &mut Queue<Entry>,
        mut dropped: impl FnMut(Ticket, DropReason, Progress),
    ) -> u64 {
        if self.entries.is_empty() {
            return 0;
        }
        let mut bytes = 0;
        let newer = core::mem::take(queued);
        while let Some(entry) = self.entries.pop() {
            if entry.course.repeats {
                bytes += u64::from(entry.bytes);
                queued.push(entry);
            } else {
                dropped(entry.ticket, entry.course.end(), Progress::Sent);
            }
        }
        for entry in newer.iter() {
            queued.push(*entry);
        }
        *self = Sent::new();
        bytes
    }

    /// When the first one will have outlived its time.
    pub(super) fn next_expiry(&self) -> Millis {
        // Messages that only await a confirmation are many, and have no deadline as a rule.
        if self.timed == 0 {
            return NEVER;
        }
        let deadlines = self.entries.iter().map(|entry| entry.course.deadline);
        deadlines.fold(NEVER, Millis::min)
    }
}

impl Outbox {
    /// Whether a sent message awaits a confirmation.
    pub(super) fn awaits_confirmation(&self) -> bool {
        self.sent.kept() > self.sent.under_way()
    }

    /// Whether what awaits a confirmation takes half of the room.
    pub(super) fn is_half_kept(&self, bounds: &QueueConfig) -> bool {
        2 * self.sent.kept() >= bounds.max_messages as usize
            || 2 * self.sent.kept_bytes() >= bounds.max_bytes
    }

    /// Requests that wait, to leave or for their replies.
    pub(super) fn requests(&self) -> usize {
        self.iter()
            .filter(|entry| entry.course.is_request())
            .count()
    }

    /// A pong confirms all that was sent up to a number: the next of these, if there is one.
    pub(super) fn confirm(&mut self, number: u64) -> Option<Ticket> {
        self.sent.confirm(number)
    }

    /// Whether a request of this ticket has been sent and waits for its reply.
    pub(super) fn awaits_reply(&self, ticket: Ticket) -> bool {
        self.iter().any(|entry| {
            entry.ticket == ticket && entry.course.is_request() && !entry.course.is_new()
        })
    }
}
