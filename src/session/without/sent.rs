//! In place of what has been sent and is not settled, where nothing is awaited.

use super::Millis;
use super::outbox::{DropReason, Entry, Message, NEVER, Progress, Ticket};
use super::queue::Queue;

/// What a message awaits once it is sent. More needs the feature `delivery`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Awaits {
    /// Nothing: it is forgotten.
    #[default]
    Nothing,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Course {}

impl Course {
    pub(super) fn new(_: Millis, _: &Message) -> Self {
        Course {}
    }

    pub(super) fn is_new(&self) -> bool {
        true
    }

    pub(super) fn is_acknowledged(&self) -> bool {
        false
    }

    pub(super) fn over_at(&self, expires_at: Millis) -> Millis {
        expires_at
    }

    pub(super) fn overdue(&self, _: Millis) -> DropReason {
        DropReason::Expired
    }

    pub(super) fn end(&self) -> DropReason {
        DropReason::Closed
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::Queued
    }
}

#[derive(Clone, Debug)]
pub(super) struct Sent {}

impl Sent {
    pub(super) const fn new() -> Self {
        Sent {}
    }

    pub(super) fn is_empty(&self) -> bool {
        true
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        core::iter::empty()
    }

    pub(super) fn kept(&self) -> usize {
        0
    }

    pub(super) fn kept_bytes(&self) -> u64 {
        0
    }

    pub(super) fn under_way(&self) -> usize {
        0
    }

    pub(super) fn push(&mut self, _: Entry, _: u64) {}

    pub(super) fn take(&mut self, _: Ticket) -> bool {
        false
    }

    pub(super) fn recall(
        &mut self,
        _: &mut Queue<Entry>,
        _: impl FnMut(Ticket, DropReason, Progress),
    ) -> u64 {
        0
    }

    pub(super) fn next_expiry(&self) -> Millis {
        NEVER
    }
}
