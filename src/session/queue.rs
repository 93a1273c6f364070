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
            let stay = self.len();
            move_to_start(&mut self.items, self.left);
            self.items.truncate(stay);
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

// The standard library's own functions are the smallest where a panic carries no text, as in the modules of the npm package;
// in others the texts would be a tenth of what they bring.

#[cfg(any(feature = "js", feature = "js-mqtt", feature = "js-stomp"))]
fn move_to_start<T: Copy>(items: &mut [T], from: usize) {
    items.copy_within(from.min(items.len()).., 0);
}

#[cfg(not(any(feature = "js", feature = "js-mqtt", feature = "js-stomp")))]
fn move_to_start<T: Copy>(items: &mut [T], from: usize) {
    let mut at = 0;
    while let Some(&item) = items.get(from + at)
        && let Some(place) = items.get_mut(at)
    {
        *place = item;
        at += 1;
    }
}

/// `Vec::remove` for an index that there may not be.
#[cfg(any(feature = "js", feature = "js-mqtt", feature = "js-stomp"))]
pub(crate) fn take_at<T>(items: &mut Vec<T>, index: usize) -> Option<T> {
    (index < items.len()).then(|| items.remove(index))
}

/// `Vec::remove` without the message for when there is no such index.
#[cfg(not(any(feature = "js", feature = "js-mqtt", feature = "js-stomp")))]
pub(crate) fn take_at<T>(items: &mut Vec<T>, index: usize) -> Option<T> {
    let mut item = items.pop()?;
    // Where the last one was meant, nothing stands after it.
    let after = items.get_mut(index..).unwrap_or_default();
    for after in after.iter_mut().rev() {
        core::mem::swap(after, &mut item);
    }
    Some(item)
}
