//! In place of times to live, keys and what gives way, where the queue is bounded and nothing else.

use super::Millis;
use super::config::QueueConfig;
use super::outbox::{DropReason, Message, NEVER, Outbox, Ticket};

/// What happens when a message does not fit into the queue. More needs the feature `queue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The new message is refused.
    Reject,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {}

impl Stay {
    pub(super) fn new(_: Millis, _: &Message, _: Option<Millis>) -> Self {
        Stay {}
    }

    pub(super) fn expires_at(&self) -> Millis {
        NEVER
    }
}

impl Outbox {
    pub(super) fn older(&self, _: &Message) -> Option<usize> {
        None
    }

    pub(super) fn leaving(&self, _: Option<usize>, _: &QueueConfig) -> (usize, u64) {
        (0, 0)
    }

    pub(super) fn make_room(
        &mut self,
        _: &Message,
        _: &QueueConfig,
        _: impl FnMut(Ticket, DropReason),
    ) {
    }
}
