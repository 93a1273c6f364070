//! First in, first out, on two plain vectors: a fraction of the code of a `VecDeque` in wasm.

use crate::session::take_at;

/// A queue that can be searched, and whose middle can be taken from.
pub(super) struct Fifo<T> {
    /// The older ones, the oldest last.
    leaving: Vec<T>,
    /// The newer ones, the newest last.
    coming: Vec<T>,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo {
            leaving: Vec::new(),
            coming: Vec::new(),
        }
    }
}

impl<T> Fifo<T> {
    pub(super) fn len(&self) -> usize {
        self.leaving.len() + self.coming.len()
    }

    pub(super) fn push(&mut self, item: T) {
        self.coming.push(item);
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.turn();
        self.leaving.pop()
    }

    /// The newest that is meant.
    pub(super) fn last(&self, is_it: impl Fn(&T) -> bool) -> Option<&T> {
        let mut newest_first = self.coming.iter().rev().chain(self.leaving.iter());
        newest_first.find(|item| is_it(item))
    }

    /// The oldest that is meant.
    pub(super) fn first_mut(&mut self, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        let mut oldest_first = self.leaving.iter_mut().rev().chain(self.coming.iter_mut());
        oldest_first.find(|item| is_it(item))
    }

    /// Takes the oldest that is meant out.
    pub(super) fn take(&mut self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        self.turn();
        match self.leaving.iter().rposition(&is_it) {
            Some(index) => take_at(&mut self.leaving, index),
            None => {
                let index = self.coming.iter().position(&is_it)?;
                take_at(&mut self.coming, index)
            }
        }
    }

    fn turn(&mut self) {
        if self.leaving.is_empty() {
            while let Some(item) = self.coming.pop() {
                self.leaving.push(item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_leaves_first() {
        let mut fifo = Fifo::default();
        for item in 1..=3 {
            fifo.push(item);
        }
        assert_eq!((fifo.pop(), fifo.pop()), (Some(1), Some(2)));
        fifo.push(4);
        assert_eq!(fifo.len(), 2);
        assert_eq!(
            (fifo.pop(), fifo.pop(), fifo.pop()),
            (Some(3), Some(4), None)
        );
    }

    #[test]
    fn any_can_be_found_and_taken() {
        let mut fifo = Fifo::default();
        for item in 1..=3 {
            fifo.push(item);
        }
        assert_eq!(fifo.take(|it| *it == 2), Some(2));
        for item in 4..=6 {
            fifo.push(item);
        }
        assert_eq!(fifo.last(|it| it % 2 == 0), Some(&6));
        assert_eq!(fifo.first_mut(|it| it % 2 == 0), Some(&mut 4));
        assert_eq!(fifo.take(|it| *it == 5), Some(5));
        assert_eq!(fifo.take(|it| *it == 5), None);
        let rest: Vec<_> = std::iter::from_fn(|| fifo.pop()).collect();
        assert_eq!(rest, [1, 3, 4, 6]);
    }
}
