//! The browser, as the driver sees it: windows and workers alike.

mod address;
mod clock;
mod frame;
mod handler;
#[cfg_attr(not(feature = "lifecycle"), path = "../without/lifecycle.rs")]
mod lifecycle;
mod socket;
mod task;
#[cfg_attr(not(feature = "long-text"), path = "../without/text.rs")]
mod text;
mod timer;

pub use address::{Target, resolve};
pub(in crate::transport) use clock::Clock;
pub use frame::{Buffer, Frame};
pub(in crate::transport) use handler::Handler;
pub(in crate::transport) use lifecycle::{Lifecycle, present};
pub use socket::connect;
pub(in crate::transport) use socket::{Call, List, NativeSocket, list};
pub use task::spawn;
pub(in crate::transport) use timer::Alarm;
pub use web_sys::WebSocket;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The global scope of a page or a worker; any of what is read may be missing, as in Node.
    type Scope;

    #[wasm_bindgen(method, getter)]
    fn document(this: &Scope) -> Option<Place>;

    #[wasm_bindgen(method, getter)]
    fn location(this: &Scope) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn origin(this: &Scope) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn navigator(this: &Scope) -> Option<Navigator>;

    type Place;

    #[wasm_bindgen(method, getter, js_name = baseURI)]
    fn base_uri(this: &Place) -> JsValue;

    type Navigator;

    #[wasm_bindgen(method, getter, js_name = userAgent)]
    fn user_agent(this: &Navigator) -> Option<Agent>;

    type Agent;

    #[wasm_bindgen(method)]
    fn includes(this: &Agent, part: &str) -> bool;
}

/// Never `window()`: that is missing in workers.
fn scope() -> Scope {
    js_sys::global().unchecked_into()
}

/// Whether there is a browser here: an application that is rendered on a server finds none.
pub const IS_LIVE: bool = true;

/// A random number: two sessions of a page, or of a herd of pages, must not wait alike.
pub fn seed() -> u64 {
    // All the bits that there are in one.
    (js_sys::Math::random() * (1u64 << 53) as f64) as u64
}

/// Whether the browser itself holds dials back after failures, as Firefox does.
pub fn holds_dials_back() -> bool {
    let agent = scope().navigator().and_then(|it| it.user_agent());
    agent.is_some_and(|agent| agent.includes("Firefox/"))
}
