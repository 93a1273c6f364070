//! The one real timer, armed for the session's next deadline.
//!
//! `setTimeout` by hand: gloo-timers makes a closure for every start, of a type of its own, which costs every page
//! 0.4 kB. Here one handler serves all starts.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

use super::handler::Handler;
use crate::session::Millis;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &js_sys::Function, delay: i32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// The longest delay that `setTimeout` takes. A timer that fires too early does nothing and is armed again.
const MAX_DELAY_MS: Millis = i32::MAX as Millis;

/// At most one `setTimeout`. Dropped, it is cancelled.
#[derive(Default)]
pub(in crate::transport) struct Alarm {
    due: Cell<Millis>,
    id: Cell<JsValue>,
}

impl Alarm {
    /// Arms for `due`; true if the timer was not armed for this time already.
    pub(in crate::transport) fn set(&self, now: Millis, due: Millis, handler: &Handler) -> bool {
        if self.due.get() == due {
            return false;
        }
        self.clear();
        let delay = due.saturating_sub(now).min(MAX_DELAY_MS) as i32;
        self.due.set(due);
        self.id.set(set_timeout(handler.function(), delay));
        true
    }

    /// Cancels the timer.
    pub(in crate::transport) fn clear(&self) {
        if self.due.replace(0) != 0 {
            clear_timeout(&self.id.take());
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.clear();
    }
}
