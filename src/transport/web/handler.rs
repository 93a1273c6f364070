//! The callbacks that the browser holds. All have one type, because each further type of closure costs glue.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// An event of a socket, of the page or of the network.
    pub(in crate::transport) type Event;
}

/// A callback. Dropped, it is released; the browser must have been told to let go of it before.
///
/// An `Fn`, because it may be called from inside itself: by an event that the application dispatches, or by its
/// stand-in for a WebSocket.
pub(in crate::transport) struct Handler {
    closure: Closure<dyn Fn(Option<Event>)>,
}

impl Handler {
    /// What a timer calls comes without an event.
    pub(in crate::transport) fn on_event(act: impl Fn(Option<Event>) + 'static) -> Self {
        Handler {
            closure: Closure::new(act),
        }
    }

    pub(in crate::transport) fn function(&self) -> &js_sys::Function {
        self.closure.as_ref().unchecked_ref()
    }
}
