//! The callbacks that the browser holds. All have one type, because each further type of closure costs glue.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What a callback is called with: an event of a socket, of the page or of the network, or nothing.
    pub(in crate::transport) type Call;
}

/// A callback. Dropped, it is released; the browser must have been told to let go of it before.
///
/// An `Fn`, because it may be called from inside itself: by an event that the application dispatches, or by its
/// stand-in for a WebSocket.
pub(in crate::transport) struct Handler {
    closure: Closure<dyn Fn(Call)>,
}

impl Handler {
    pub(in crate::transport) fn new(act: impl Fn(Call) + 'static) -> Self {
        Handler {
            closure: Closure::new(act),
        }
    }

    pub(in crate::transport) fn function(&self) -> &js_sys::Function {
        self.closure.as_ref().unchecked_ref()
    }
}
