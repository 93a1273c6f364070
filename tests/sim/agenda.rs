//! What is to happen when: the earliest first, and in the order of entry where times are equal.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tautline::session::Millis;

/// Things that will happen.
pub struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    entered: u64,
}

struct Entry<T> {
    at: Millis,
    order: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub fn new() -> Self {
        Agenda {
            heap: BinaryHeap::new(),
            entered: 0,
        }
    }

    pub fn add(&mut self, at: Millis, what: T) {
        self.entered += 1;
        self.heap.push(Reverse(Entry {
            at,
            order: self.entered,
            what,
        }));
    }

    pub fn next_at(&self) -> Option<Millis> {
        self.heap.peek().map(|entry| entry.0.at)
    }

    /// The next thing that is due.
    pub fn pop(&mut self, now: Millis) -> Option<T> {
        if self.next_at()? > now {
            return None;
        }
        self.heap.pop().map(|entry| entry.0.what)
    }

    pub fn clear(&mut self) {
        self.heap.clear();
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
