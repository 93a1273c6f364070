//! What the page is told beside the messages: objects with the members of the npm package's events.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::client::{Cause, State, Stats};
use crate::codec::Payload;

/// The declarations of everything here.
#[wasm_bindgen(typescript_custom_section)]
const DECLARATIONS: &'static str = include_str!("types.ts");

/// Sets a member of an object of our own, which cannot fail.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = JsValue::from(Object::new());
    for (name, value) in members {
        set(&object, name, value);
    }
    object
}

pub(super) fn state(state: &State) -> JsValue {
    let object = object(&[("name", state.name().name().into())]);
    match state {
        State::Waiting {
            attempt,
            until,
            cause: why,
        } => {
            set(&object, "attempt", &(*attempt).into());
            set(&object, "until", &(until.as_millis() as f64).into());
            set(&object, "cause", &cause(why));
        }
        State::Suspended { why } => set(&object, "why", &why.name().into()),
        State::Closed { why, cause: what } => {
            set(&object, "why", &why.name().into());
            let what = what.as_ref().map_or(JsValue::UNDEFINED, cause);
            set(&object, "cause", &what);
        }
        State::Idle
        | State::Connecting
        | State::Authenticating
        | State::Restoring
        | State::Open
        | State::Closing => {}
    }
    object
}

fn cause(cause: &Cause) -> JsValue {
    let object = object(&[("kind", cause.kind.name().into())]);
    if let Some(code) = cause.code {
        set(&object, "code", &code.into());
        set(&object, "reason", &cause.reason.as_str().into());
        set(&object, "wasClean", &cause.was_clean.into());
    }
    object
}

pub(super) fn stats(stats: &Stats) -> JsValue {
    let count = |number: u64| JsValue::from(number as f64);
    let latency = |ms: Option<u32>| JsValue::from(ms.map_or(f64::NAN, f64::from));
    object(&[
        ("messagesSent", count(stats.messages_sent)),
        ("messagesReceived", count(stats.messages_received)),
        ("bytesSent", count(stats.bytes_sent)),
        ("bytesReceived", count(stats.bytes_received)),
        ("attempts", count(stats.attempts)),
        ("reconnects", count(stats.reconnects)),
        ("connectedTime", count(stats.connected_ms)),
        ("queuedMessages", count(stats.queued_messages)),
        ("queuedBytes", count(stats.queued_bytes)),
        ("latency", latency(stats.latency_ms)),
        ("latencyP50", latency(stats.latency_p50_ms)),
        ("latencyP95", latency(stats.latency_p95_ms)),
        ("unconfirmed", count(stats.unconfirmed)),
        ("heldMessages", count(stats.held_messages)),
        ("heldBytes", count(stats.held_bytes)),
    ])
}

/// What a frame held, as a browser would give it.
pub(super) fn data(payload: &Payload) -> JsValue {
    match payload {
        Payload::Text(text) => text.as_str().into(),
        Payload::Binary(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).buffer().into(),
    }
}
