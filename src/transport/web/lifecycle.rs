//! Listeners for the signals of page and network, on the global scope and, in a page, its document.

use wasm_bindgen::prelude::*;

use super::handler::Handler;
use super::value::Value;
use crate::session::Signal;

/// Events of the global scope …
const SCOPE_EVENTS: &[&str] = &["online", "offline", "pagehide", "pageshow"];
/// … and of the document.
const DOCUMENT_EVENTS: &[&str] = &["visibilitychange", "freeze", "resume"];

#[wasm_bindgen]
extern "C" {
    /// What takes listeners: the global scope or its document.
    type Target;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add(this: &Target, event: &str, listener: &JsValue);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove(this: &Target, event: &str, listener: &JsValue);

    type Agent;

    #[wasm_bindgen(method)]
    fn includes(this: &Agent, part: &str) -> bool;
}

/// What the page and the network are like now, as signals.
pub(in crate::transport) fn present(mut signal: impl FnMut(Signal)) {
    if is_hidden() {
        signal(Signal::Hidden);
    }
    let is_offline = |navigator: Value| navigator.get("onLine") == JsValue::FALSE;
    if Value::scope().part("navigator").is_some_and(is_offline) {
        signal(Signal::Offline);
    }
}

/// Workers have no document, and are never hidden.
fn is_hidden() -> bool {
    let document = Value::scope().part("document");
    document.is_some_and(|document| document.get("hidden").is_truthy())
}

/// Whether the browser itself holds dials back after failures, as Firefox does.
pub fn holds_dials_back() -> bool {
    let navigator = Value::scope().part("navigator");
    let agent = navigator.and_then(|navigator| navigator.part("userAgent"));
    agent.is_some_and(|agent| agent.unchecked_ref::<Agent>().includes("Firefox/"))
}

/// The listeners. Dropped, they are gone.
pub(in crate::transport) struct Lifecycle {
    listener: Handler,
}

impl Lifecycle {
    pub(in crate::transport) fn listen(on_signal: impl Fn(Signal) + 'static) -> Self {
        let listener = Handler::on_event(move |event| {
            if let Some(signal) = event.and_then(|event| signal_of(Value::of(&event))) {
                on_signal(signal);
            }
        });
        each_event(|scope, event| scope.add(event, listener.function()));
        Lifecycle { listener }
    }
}

impl Drop for Lifecycle {
    fn drop(&mut self) {
        each_event(|scope, event| scope.remove(event, self.listener.function()));
    }
}

fn each_event(act: impl Fn(&Target, &str)) {
    let visit = |target: Value, events: &[&str]| {
        // A scope without listeners is that of Node.
        if target.part("addEventListener").is_some() {
            for event in events {
                act(target.unchecked_ref(), event);
            }
        }
    };
    visit(Value::scope(), SCOPE_EVENTS);
    if let Some(document) = Value::scope().part("document") {
        visit(document, DOCUMENT_EVENTS);
    }
}

fn signal_of(event: &Value) -> Option<Signal> {
    let persisted = event.get("persisted").is_truthy();
    Some(match event.text("type").as_str() {
        "online" => Signal::Online,
        "offline" => Signal::Offline,
        "pagehide" if persisted => Signal::PageHidePersisted,
        "pageshow" if persisted => Signal::PageShowPersisted,
        "freeze" => Signal::Frozen,
        "resume" => Signal::Resumed,
        "visibilitychange" if is_hidden() => Signal::Hidden,
        "visibilitychange" => Signal::Shown,
        _ => return None,
    })
}
