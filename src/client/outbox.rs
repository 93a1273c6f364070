//! The messages that the session answers for. It knows tickets, sizes and key numbers; messages and payloads are here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::fates::Watch;
use super::fifo::Fifo;
use super::keys::{Keys, Place};
use crate::codec::Payload;
use crate::session::Ticket;

/// A message whose fate the session will tell.
pub(super) struct Entry<Out, In> {
    pub(super) ticket: Ticket,
    pub(super) message: Out,
    pub(super) payload: Rc<Payload>,
    #[expect(dead_code, reason = "as long as it is held, the key keeps its number")]
    pub(super) place: Place,
    /// Whether it has left at least once.
    pub(super) is_sent: bool,
    pub(super) watch: Watch<Out, In>,
}

pub(super) struct Outbox<Out, In> {
    entries: RefCell<Fifo<Entry<Out, In>>>,
    pub(super) keys: Keys,
    last: Cell<Ticket>,
}

impl<Out, In> Default for Outbox<Out, In> {
    fn default() -> Self {
        Outbox {
            entries: RefCell::default(),
            keys: Keys::default(),
            last: Cell::new(0),
        }
    }
}

impl<Out, In> Outbox<Out, In> {
    /// The ticket of the next message.
    pub(super) fn next(&self) -> Ticket {
        let ticket = self.last.get().wrapping_add(1).max(1);
        self.last.set(ticket);
        ticket
    }

    /// Keeps a message.
    pub(super) fn put(&self, entry: Entry<Out, In>) {
        self.entries.borrow_mut().push(entry);
    }

    /// Gives the payload of a message that leaves, with who is told that it did. What will not be asked for again is
    /// forgotten.
    pub(super) fn leave(&self, ticket: Ticket) -> Option<(Rc<Payload>, Watch<Out, In>)> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.first_mut(|it| it.ticket == ticket)?;
        entry.is_sent = true;
        if let Some(left) = entry.watch.leave(&mut entry.payload) {
            return Some(left);
        }
        drop(entries);
        let entry = self.take(ticket)?;
        Some((entry.payload, entry.watch))
    }

    /// Gives a message back and forgets it.
    pub(super) fn take(&self, ticket: Ticket) -> Option<Entry<Out, In>> {
        self.entries.borrow_mut().take(|it| it.ticket == ticket)
    }

    /// Whether a message waits to leave for the first time.
    pub(super) fn is_queued(&self, ticket: Ticket) -> bool {
        let entries = self.entries.borrow();
        let entry = entries.last(|it| it.ticket == ticket);
        entry.is_some_and(|it| !it.is_sent)
    }
}
