//! Properties of the browser's objects by their names: one import for all, where each property would have its own. For what
//! is read once in a while.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Any object.
    pub(super) type Value;

    /// The property of that name; `undefined` if there is none.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(super) fn get(this: &Value, name: &str) -> JsValue;

    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(super) fn set(this: &Value, name: &str, value: &JsValue);

    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(super) fn set_text(this: &Value, name: &str, text: &str);
}

impl Value {
    /// The global scope of a page or a worker. Never `window()`: that is missing in workers.
    pub(super) fn scope() -> Self {
        js_sys::global().unchecked_into()
    }

    pub(super) fn of(value: &JsValue) -> &Self {
        value.unchecked_ref()
    }

    /// The object of that name, if there is one.
    #[cfg_attr(
        not(feature = "lifecycle"),
        expect(dead_code, reason = "few look for any")
    )]
    pub(super) fn part(&self, name: &str) -> Option<Self> {
        let part = self.get(name);
        part.is_truthy().then(|| part.unchecked_into())
    }

    /// The text of that name; empty if there is none.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).as_string().unwrap_or_default()
    }
}
