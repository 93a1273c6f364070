//! Who is called for each of something. Adapters for frameworks are made of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

struct Listener<T> {
    call: Box<dyn Fn(&T)>,
    is_on: Cell<bool>,
    id: u64,
}

/// Functions that are called with the same things, in the order in which they came. They may come and go at any time, also
/// while they are called: one that has gone is called no more, one that has come is called from the next time on.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use tautline::client::Listeners;
///
/// let (sum, listeners) = (Rc::new(Cell::new(0)), Listeners::default());
/// let inside = Rc::clone(&sum);
/// let id = listeners.add(move |number| inside.set(inside.get() + number));
/// listeners.call(&2);
/// listeners.remove(id);
/// listeners.call(&3);
/// assert_eq!(sum.get(), 2);
/// ```
pub struct Listeners<T> {
    /// Whoever calls them has a list of its own.
    all: RefCell<Rc<Vec<Rc<Listener<T>>>>>,
    last: Cell<u64>,
}

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Listeners {
            all: RefCell::default(),
            last: Cell::new(0),
        }
    }
}

impl<T> Listeners<T> {
    /// Adds a function, and gives the number that it goes by.
    pub fn add(&self, call: impl Fn(&T) + 'static) -> u64 {
        let id = self.last.get() + 1;
        self.last.set(id);
        let listener = Rc::new(Listener {
            call: Box::new(call),
            is_on: Cell::new(true),
            id,
        });
        Rc::make_mut(&mut self.all.borrow_mut()).push(listener);
        id
    }

    /// Takes the function of this number away, if it is here.
    pub fn remove(&self, id: u64) {
        let mut all = self.all.borrow_mut();
        let at = all.iter().position(|it| it.id == id);
        let removed = at.map(|at| Rc::make_mut(&mut all).remove(at));
        drop(all);
        // What a closure does when it is dropped, it does with nothing borrowed.
        if let Some(removed) = removed {
            removed.is_on.set(false);
        }
    }

    /// Takes all away.
    pub fn clear(&self) {
        let all = self.all.take();
        for listener in all.iter() {
            listener.is_on.set(false);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.borrow().is_empty()
    }

    /// Calls those that are here now, and are still here when it is their turn.
    pub fn call(&self, value: &T) {
        let all = Rc::clone(&self.all.borrow());
        for listener in all.iter().filter(|it| it.is_on.get()) {
            (listener.call)(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noting(heard: &Rc<RefCell<Vec<String>>>, name: &'static str) -> impl Fn(&u32) + 'static {
        let heard = Rc::clone(heard);
        move |value| heard.borrow_mut().push(format!("{name}{value}"))
    }

    #[test]
    fn listeners_are_called_in_order_until_they_go() {
        let (heard, listeners) = (Rc::default(), Listeners::default());
        let first = listeners.add(noting(&heard, "a"));
        listeners.add(noting(&heard, "b"));
        listeners.call(&1);
        listeners.remove(first);
        listeners.remove(first);
        listeners.call(&2);
        assert_eq!(*heard.borrow(), ["a1", "b1", "b2"]);
    }

    #[test]
    fn nobody_is_called_once_all_are_sent_away() {
        let (heard, listeners) = (Rc::default(), Rc::new(Listeners::default()));
        listeners.add({
            let listeners = Rc::clone(&listeners);
            move |_| listeners.clear()
        });
        listeners.add(noting(&heard, "b"));
        listeners.call(&1);
        listeners.call(&2);
        assert!(heard.borrow().is_empty());
    }

    #[test]
    fn a_listener_may_send_the_next_away_or_bring_another() {
        let heard = Rc::default();
        let listeners = Rc::new(Listeners::default());
        let next = Rc::new(Cell::new(0));
        listeners.add({
            let (listeners, heard, next) = (Rc::clone(&listeners), Rc::clone(&heard), next.clone());
            move |_| {
                listeners.remove(next.get());
                listeners.add(noting(&heard, "c"));
            }
        });
        next.set(listeners.add(noting(&heard, "b")));
        listeners.call(&1);
        assert!(heard.borrow().is_empty());
        listeners.call(&2);
        assert_eq!(*heard.borrow(), ["c2"]);
    }
}
