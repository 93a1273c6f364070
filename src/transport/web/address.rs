//! Addresses, read as the WHATWG standard says: relative to the page, `http(s):` for `ws(s):`, no fragment.

use wasm_bindgen::prelude::*;

use super::value::Value;
use crate::session::Address;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = URL)]
    type Url;

    #[wasm_bindgen(constructor, js_class = URL, catch)]
    fn new(input: &str, base: &JsValue) -> Result<Url, JsValue>;

    #[wasm_bindgen(js_namespace = console)]
    fn warn(line: &str);
}

/// Where to dial.
#[derive(Clone, Debug)]
pub struct Target {
    /// The browser's own, which it makes text of by itself.
    pub(in crate::transport) url: JsValue,
    /// What the session needs to know of it, without the subprotocols.
    pub address: Address,
}

/// Reads an address; `None` if it is none, or not one of a WebSocket.
pub fn resolve(input: &str) -> Option<Target> {
    let scope = Value::scope();
    let document = scope.get("document");
    let base = if document.is_truthy() {
        Value::of(&document).get("baseURI")
    } else {
        scope.get("location")
    };
    let url = Url::new(input, &base).ok()?.unchecked_into::<Value>();
    let secure = match url.text("protocol").as_str() {
        "ws:" | "http:" => false,
        "wss:" | "https:" => true,
        _ => return None,
    };
    url.set_text("protocol", if secure { "wss:" } else { "ws:" });
    url.set_text("hash", "");
    let origin = scope.text("origin");
    let address = Address {
        secure,
        loopback: is_loopback(&url.text("hostname")),
        offers_protocols: false,
        from_secure_page: origin.starts_with("https:"),
    };
    if !address.secure && !address.loopback && origin.starts_with("http:") {
        warn_once();
    }
    Some(Target {
        url: url.into(),
        address,
    })
}

/// Whether no network outage reaches a host. The URL parser has made it canonical: what ends in a number is an IPv4 address of
/// four.
fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix(".").unwrap_or(host);
    let is_ipv4 = name.bytes().all(|it| it == b'.' || it.is_ascii_digit());
    (is_ipv4 && name.starts_with("127."))
        || name == "[::1]"
        || name == "localhost"
        || name.ends_with(".localhost")
}

fn warn_once() {
    thread_local! {
        static WARNED: core::cell::Cell<bool> = const { core::cell::Cell::new(false) };
    }
    if !WARNED.replace(true) {
        warn("tautline: ws: is not encrypted: use wss:");
    }
}
