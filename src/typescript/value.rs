//! Values of JavaScript and of Rust, by way of serde, in the shapes of JSON.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::{Deserializer, Serializer};
use wasm_bindgen::prelude::*;

use super::error::{caused, type_error};

/// Makes a value for the page.
///
/// # Errors
///
/// Says what has no form in JavaScript, such as a number that none of its numbers holds.
pub(super) fn to_js<T: Serialize>(value: &T) -> Result<JsValue, String> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|error| plain(&error.to_string()))
}

/// Reads values of the page.
///
/// By a call through JavaScript, because a value may run code of the page when it is read: a getter, a proxy. What
/// that throws comes back as an error, and does not tear through our frames.
pub(super) struct Reader<T> {
    outcome: Rc<RefCell<Option<Result<T, String>>>>,
    read: Closure<dyn Fn(JsValue)>,
}

impl<T: DeserializeOwned + 'static> Reader<T> {
    pub(super) fn new() -> Self {
        let outcome = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&outcome);
        let read = Closure::new(move |value| {
            // A value whose getter has another one read is done after that.
            let read = parse(value);
            slot.replace(Some(read));
        });
        Reader { outcome, read }
    }

    /// Reads a value; `what` names it in errors.
    pub(super) fn read(&self, what: &str, value: &JsValue) -> Result<T, JsValue> {
        let read: &js_sys::Function = self.read.as_ref().unchecked_ref();
        let outcome = match read.call1(&JsValue::UNDEFINED, value) {
            Ok(_) => self.outcome.take(),
            Err(thrown) => {
                let error = type_error(&format!("{what}: it cannot be read"));
                return Err(caused(error, &thrown));
            }
        };
        match outcome {
            Some(Ok(value)) => Ok(value),
            Some(Err(why)) => Err(type_error(&format!("{what}: {why}"))),
            None => Err(type_error(&format!("{what}: it cannot be read"))),
        }
    }
}

fn parse<T: DeserializeOwned>(value: JsValue) -> Result<T, String> {
    serde_path_to_error::deserialize(Deserializer::from(value)).map_err(|error| {
        let path = error.path().to_string();
        let why = plain(&error.into_inner().to_string());
        if path == "." {
            why
        } else {
            format!("at {path}: {why}")
        }
    })
}

/// An error without the name of its class.
fn plain(text: &str) -> String {
    text.strip_prefix("Error: ").unwrap_or(text).into()
}
