//! First in, first out, on a plain `Vec`: half the code of a `VecDeque` in wasm, where each kilobyte is paid by every
//! visitor of a page.

/// A queue of small copyable things.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    items: Vec<T>,
    /// How many at the start have left already.
    left: usize,
}

impl<T> Queue<T> {
    pub(super) const fn new() -> Self {
        Queue {
            items: Vec::new(),
            left: 0,
        }
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue::new()
    }
}

impl<T: Copy> Queue<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len() - self.left
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.get(self.left..).unwrap_or_default().iter()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.items.get(self.left + index)
    }

    pub(crate) fn push(&mut self, item: T) {
        // What left long ago makes room before the queue grows.
        if self.left > self.items.len() / 2 {
            let mut at = 0;
            while let Some(&item) = self.items.get(self.left + at)
                && let Some(place) = self.items.get_mut(at)
            {
                *place = item;
                at += 1;
            }
            self.items.truncate(at);
            self.left = 0;
        }
        self.items.push(item);
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let item = *self.items.get(self.left)?;
        self.left += 1;
        if self.left == self.items.len() {
            self.items.clear();
            self.left = 0;
        }
        Some(item)
    }

    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        if index == 0 {
            return self.pop();
        }
        if index >= self.len() {
            return None;
        }
        take_at(&mut self.items, self.left + index)
    }
}

/// `Vec::remove` without the message for when there is no such index.
pub(crate) fn take_at<T>(items: &mut Vec<T>, index: usize) -> Option<T> {
    let mut item = items.pop()?;
    // Where the last one was meant, nothing stands after it.
    let after = items.get_mut(index..).unwrap_or_default();
    for after in after.iter_mut().rev() {
        core::mem::swap(after, &mut item);
    }
    Some(item)
}
