//! Listeners for the signals of page and network, on the global scope and, in a page, its document.

use wasm_bindgen::prelude::*;

use super::handler::Handler;
use crate::session::Signal;

/// Events of the global scope …
const SCOPE_EVENTS: &[&str] = &["online", "offline", "pagehide", "pageshow"];
/// … and of the document.
const DOCUMENT_EVENTS: &[&str] = &["visibilitychange", "freeze", "resume"];

#[wasm_bindgen]
extern "C" {
    /// A global scope, a document or a navigator; any of what is read may be missing, as in workers and in Node.
    type Target;

    #[wasm_bindgen(method, getter)]
    fn document(this: &Target) -> Option<Target>;

    #[wasm_bindgen(method, getter)]
    fn navigator(this: &Target) -> Option<Target>;

    #[wasm_bindgen(method, getter)]
    fn hidden(this: &Target) -> Option<bool>;

    #[wasm_bindgen(method, getter, js_name = onLine)]
    fn on_line(this: &Target) -> Option<bool>;

    /// Only asked for to see whether there is one.
    #[wasm_bindgen(method, getter, js_name = addEventListener)]
    fn listening(this: &Target) -> JsValue;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add(this: &Target, event: &str, listener: &JsValue);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove(this: &Target, event: &str, listener: &JsValue);

    type LifecycleEvent;

    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &LifecycleEvent) -> String;

    #[wasm_bindgen(method, getter)]
    fn persisted(this: &LifecycleEvent) -> Option<bool>;
}

fn scope() -> Target {
    super::scope().unchecked_into()
}

/// What the page and the network are like now, as signals.
pub(in crate::transport) fn present(mut signal: impl FnMut(Signal)) {
    if scope().document().and_then(|document| document.hidden()) == Some(true) {
        signal(Signal::Hidden);
    }
    if scope()
        .navigator()
        .and_then(|navigator| navigator.on_line())
        == Some(false)
    {
        signal(Signal::Offline);
    }
}

/// The listeners. Dropped, they are gone.
pub(in crate::transport) struct Lifecycle {
    listener: Handler,
}

impl Lifecycle {
    pub(in crate::transport) fn listen(on_signal: impl Fn(Signal) + 'static) -> Self {
        let listener = Handler::on_event(move |event| {
            if let Some(signal) = event.and_then(|event| signal_of(event.unchecked_ref())) {
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
    let visit = |scope: &Target, events: &[&str]| {
        if !scope.listening().is_undefined() {
            for event in events {
                act(scope, event);
            }
        }
    };
    visit(&scope(), SCOPE_EVENTS);
    if let Some(document) = scope().document() {
        visit(&document, DOCUMENT_EVENTS);
    }
}

fn signal_of(event: &LifecycleEvent) -> Option<Signal> {
    let persisted = event.persisted() == Some(true);
    Some(match event.kind().as_str() {
        "online" => Signal::Online,
        "offline" => Signal::Offline,
        "pagehide" if persisted => Signal::PageHidePersisted,
        "pageshow" if persisted => Signal::PageShowPersisted,
        "freeze" => Signal::Frozen,
        "resume" => Signal::Resumed,
        "visibilitychange" => {
            let hidden = scope().document().and_then(|document| document.hidden());
            if hidden == Some(true) {
                Signal::Hidden
            } else {
                Signal::Shown
            }
        }
        _ => return None,
    })
}
