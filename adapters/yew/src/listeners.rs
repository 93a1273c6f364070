//! Who is called for each of something.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

struct Listener<T> {
    call: Box<dyn Fn(T)>,
    is_on: Cell<bool>,
    id: u64,
}

/// Listeners in the order in which they came. They may come and go at any time, also while they are called.
pub(crate) struct Listeners<T> {
    listeners: RefCell<Rc<Vec<Rc<Listener<T>>>>>,
    ids: Cell<u64>,
}

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Listeners {
            listeners: RefCell::default(),
            ids: Cell::new(0),
        }
    }
}

impl<T: Clone> Listeners<T> {
    pub(crate) fn add(&self, call: impl Fn(T) + 'static) -> u64 {
        let id = self.ids.get() + 1;
        self.ids.set(id);
        let listener = Rc::new(Listener {
            call: Box::new(call),
            is_on: Cell::new(true),
            id,
        });
        Rc::make_mut(&mut self.listeners.borrow_mut()).push(listener);
        id
    }

    pub(crate) fn remove(&self, id: u64) {
        let position = |listeners: &[Rc<Listener<T>>]| listeners.iter().position(|it| it.id == id);
        let mut listeners = self.listeners.borrow_mut();
        let removed = position(&listeners).map(|at| Rc::make_mut(&mut listeners).remove(at));
        drop(listeners);
        // What a closure does when it is dropped, it does with nothing borrowed.
        if let Some(removed) = removed {
            removed.is_on.set(false);
        }
    }

    pub(crate) fn call(&self, value: T) {
        let listeners = Rc::clone(&self.listeners.borrow());
        for listener in listeners.iter().filter(|it| it.is_on.get()) {
            (listener.call)(value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noting(heard: &Rc<RefCell<Vec<String>>>, name: &'static str) -> impl Fn(u32) + 'static {
        let heard = Rc::clone(heard);
        move |value| heard.borrow_mut().push(format!("{name}{value}"))
    }

    #[test]
    fn listeners_are_called_in_order_until_they_go() {
        let (heard, listeners) = (Rc::default(), Listeners::default());
        let first = listeners.add(noting(&heard, "a"));
        listeners.add(noting(&heard, "b"));
        listeners.call(1);
        listeners.remove(first);
        listeners.remove(first);
        listeners.call(2);
        assert_eq!(*heard.borrow(), ["a1", "b1", "b2"]);
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
        listeners.call(1);
        assert!(heard.borrow().is_empty());
        listeners.call(2);
        assert_eq!(*heard.borrow(), ["c2"]);
    }
}
