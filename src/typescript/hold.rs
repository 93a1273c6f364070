//! Keeps a socket that nobody holds.

use std::cell::RefCell;

use js_sys::WeakRef;
use wasm_bindgen::prelude::*;

/// Holds the page's object as long as its connection lives. Without this, the garbage collector would end the connection of
/// a page that has subscribed and keeps no variable.
#[derive(Default)]
pub(super) struct Hold {
    object: RefCell<JsValue>,
    weak: RefCell<Option<WeakRef>>,
}

impl Hold {
    pub(super) fn keep(&self, object: &JsValue) {
        self.weak
            .replace(Some(WeakRef::new(object.unchecked_ref())));
        self.object.replace(object.clone());
    }

    /// The connection is over: whoever has the object still has it.
    pub(super) fn release(&self) {
        self.object.replace(JsValue::UNDEFINED);
    }

    /// There will be a connection again.
    pub(super) fn renew(&self) {
        let object = self.weak.borrow().as_ref().and_then(WeakRef::deref);
        if let Some(object) = object {
            self.object.replace(object.into());
        }
    }
}
