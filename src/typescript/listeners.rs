//! The page's functions.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::error::{report, type_error};
use crate::client::Listeners;

/// Adds a function of the page, and gives the one that takes it away again.
pub(super) fn add(to: &Rc<Listeners<JsValue>>, function: JsValue) -> Result<JsValue, JsValue> {
    let function = function
        .dyn_into::<Function>()
        .map_err(|_| type_error("listener: a function is expected"))?;
    let id = to.add(move |argument| {
        if let Err(thrown) = function.call1(&JsValue::UNDEFINED, argument) {
            report(&thrown);
        }
    });
    // Weak: a listener may hold the function that ends it, and the garbage collector cannot look through us.
    let from = Rc::downgrade(to);
    let end = Closure::<dyn Fn()>::new(move || {
        if let Some(from) = from.upgrade() {
            from.remove(id);
        }
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "the page may call it at any time, also when the socket is gone: its garbage collector frees it"
    )]
    Ok(end.into_js_value())
}
