//! The page's functions.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::error::{report, type_error};

/// Functions of the page that are called with the same things, in the order in which they came.
#[derive(Default)]
pub(super) struct Listeners {
    /// Whoever calls them has a list of its own: they may come and go meanwhile.
    all: RefCell<Rc<Vec<Rc<Listener>>>>,
}

struct Listener {
    function: Function,
    is_on: Cell<bool>,
}

impl Listeners {
    /// Adds a function, and gives the one that takes it away again.
    pub(super) fn add(self: &Rc<Self>, function: JsValue) -> Result<JsValue, JsValue> {
        let function = function
            .dyn_into::<Function>()
            .map_err(|_| type_error("listener: a function is expected"))?;
        let listener = Rc::new(Listener {
            function,
            is_on: Cell::new(true),
        });
        // Weak: a listener may hold the function that ends it, and the garbage collector cannot look through us.
        let ends = Rc::downgrade(&listener);
        Rc::make_mut(&mut self.all.borrow_mut()).push(listener);
        let all = Rc::downgrade(self);
        let end = Closure::<dyn Fn()>::new(move || remove(&all, &ends));
        #[expect(
            clippy::disallowed_methods,
            reason = "the page may call it at any time, also when the socket is gone: its garbage collector frees it"
        )]
        Ok(end.into_js_value())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.borrow().is_empty()
    }

    /// Calls those that are here now, and are still here when it is their turn.
    pub(super) fn call(&self, argument: &JsValue) {
        let all = Rc::clone(&*self.all.borrow());
        for listener in all.iter().filter(|it| it.is_on.get()) {
            if let Err(thrown) = listener.function.call1(&JsValue::UNDEFINED, argument) {
                report(&thrown);
            }
        }
    }

    pub(super) fn clear(&self) {
        let all = self.all.take();
        for listener in all.iter() {
            listener.is_on.set(false);
        }
    }
}

fn remove(all: &Weak<Listeners>, listener: &Weak<Listener>) {
    let Some(listener) = listener.upgrade() else {
        return;
    };
    listener.is_on.set(false);
    if let Some(all) = all.upgrade() {
        let mut all = all.all.borrow_mut();
        Rc::make_mut(&mut all).retain(|it| !Rc::ptr_eq(it, &listener));
    }
}
