//! The messages that the session answers for. It knows tickets, sizes and key numbers; messages and payloads are here.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::queue::Key;
use crate::codec::Payload;
use crate::session::{Awaits, DropReason, Progress, Ticket};

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

pub(super) type Tell<Out, In> = Option<Rc<dyn Waiter<Out, In>>>;

/// The payload of a message that leaves, and whom to tell that it did.
pub(super) type Leaving<Out, In> = (Rc<Payload>, Tell<Out, In>);

/// A message whose fate the session will tell.
pub(super) struct Entry<Out, In> {
    pub(super) message: Out,
    pub(super) payload: Rc<Payload>,
    pub(super) key: Option<Key>,
    pub(super) awaits: Awaits,
    /// Whether it may have to leave again.
    pub(super) repeats: bool,
    /// Whether it has left at least once.
    pub(super) is_sent: bool,
    pub(super) tell: Tell<Out, In>,
}

struct Interned {
    key: Key,
    number: u32,
    holders: u32,
}

pub(super) struct Outbox<Out, In> {
    /// By ticket, which grow.
    entries: RefCell<VecDeque<(Ticket, Entry<Out, In>)>>,
    /// Keys have numbers only while a message holds them, so that they cannot pile up.
    keys: RefCell<Vec<Interned>>,
    last: Cell<Ticket>,
}

impl<Out, In> Default for Outbox<Out, In> {
    fn default() -> Self {
        Outbox {
            entries: RefCell::default(),
            keys: RefCell::default(),
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

    /// Keeps a message; the answer is its key's number.
    pub(super) fn put(&self, ticket: Ticket, entry: Entry<Out, In>) -> Option<u32> {
        let number = entry.key.as_ref().map(|key| self.intern(key, ticket));
        self.entries.borrow_mut().push_back((ticket, entry));
        number
    }

    fn intern(&self, key: &Key, number: u32) -> u32 {
        let mut keys = self.keys.borrow_mut();
        if let Some(known) = keys.iter_mut().find(|it| it.key == *key) {
            known.holders += 1;
            return known.number;
        }
        keys.push(Interned {
            key: key.clone(),
            number,
            holders: 1,
        });
        number
    }

    /// Gives the payload of a message that leaves, and whom to tell if it awaits nothing more. What will not be asked
    /// for again is forgotten.
    pub(super) fn leave(&self, ticket: Ticket) -> Option<Leaving<Out, In>> {
        let mut entries = self.entries.borrow_mut();
        let index = position(&entries, ticket)?;
        let entry = &mut entries.get_mut(index)?.1;
        let payload = Rc::clone(&entry.payload);
        entry.is_sent = true;
        if entry.awaits != Awaits::Nothing {
            if !entry.repeats {
                entry.payload = Rc::new(Payload::Binary(Vec::new()));
            }
            return Some((payload, None));
        }
        if entry.repeats {
            // At-least-once keeps it, but who wanted it sent is told now.
            return Some((payload, entry.tell.take()));
        }
        drop(entries);
        let tell = self.take(ticket)?.tell;
        Some((payload, tell))
    }

    /// Gives a message back and forgets it.
    pub(super) fn take(&self, ticket: Ticket) -> Option<Entry<Out, In>> {
        let mut entries = self.entries.borrow_mut();
        let index = position(&entries, ticket)?;
        let (_, entry) = entries.remove(index)?;
        drop(entries);
        if let Some(key) = &entry.key {
            let mut keys = self.keys.borrow_mut();
            if let Some(index) = keys.iter().position(|it| it.key == *key) {
                keys[index].holders -= 1;
                if keys[index].holders == 0 {
                    keys.swap_remove(index);
                }
            }
        }
        Some(entry)
    }

    /// Whether a message waits to leave for the first time.
    pub(super) fn is_queued(&self, ticket: Ticket) -> bool {
        let entries = self.entries.borrow();
        let entry = position(&entries, ticket).and_then(|index| entries.get(index));
        entry.is_some_and(|(_, entry)| !entry.is_sent)
    }
}

/// Tickets are given in order; after 2³² of them they begin anew, and then a search through all finds it.
fn position<Out, In>(
    entries: &VecDeque<(Ticket, Entry<Out, In>)>,
    ticket: Ticket,
) -> Option<usize> {
    entries
        .binary_search_by_key(&ticket, |(it, _)| *it)
        .ok()
        .or_else(|| entries.iter().position(|(it, _)| *it == ticket))
}
