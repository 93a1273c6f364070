//! Addresses, read as the WHATWG standard says: relative to the page, `http(s):` for `ws(s):`, no fragment.

use wasm_bindgen::prelude::*;

use crate::session::Address;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = URL)]
    type Url;

    #[wasm_bindgen(constructor, js_class = URL, catch)]
    fn new(input: &str, base: Option<&str>) -> Result<Url, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn protocol(this: &Url) -> String;

    #[wasm_bindgen(method, setter)]
    fn set_protocol(this: &Url, protocol: &str);

    #[wasm_bindgen(method, setter)]
    fn set_hash(this: &Url, hash: &str);

    #[wasm_bindgen(method, getter)]
    fn hostname(this: &Url) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn href(this: &Url) -> String;

    /// The browser's own: searching in strings brings more code than all of this module.
    type RegExp;

    #[wasm_bindgen(constructor)]
    fn new(pattern: &str) -> RegExp;

    #[wasm_bindgen(method)]
    fn test(this: &RegExp, text: &JsValue) -> bool;

    type Place;

    #[wasm_bindgen(method, getter, js_name = baseURI)]
    fn base_uri(this: &Place) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = href)]
    fn location_href(this: &Place) -> Option<String>;

    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Option<Place>;

    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Option<Place>;

    #[wasm_bindgen(thread_local_v2, js_name = origin)]
    static ORIGIN: Option<String>;

    #[wasm_bindgen(js_namespace = console)]
    fn warn(line: &str);
}

/// Where to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(in crate::transport) href: String,
    /// What the session needs to know of it, without the subprotocols.
    pub address: Address,
}

/// Hosts that no network outage reaches. The URL parser has made IPv4 addresses canonical.
const LOOPBACK: &str = r"^((.+\.)?localhost\.?|127(\.\d+){3}|\[::1])$";

/// Reads an address; `None` if it is none, or not one of a WebSocket.
pub fn resolve(input: &str) -> Option<Target> {
    let base = DOCUMENT
        .with(|it| it.as_ref().and_then(|it| it.base_uri()))
        .or_else(|| LOCATION.with(|it| it.as_ref().and_then(|it| it.location_href())));
    let url = Url::new(input, base.as_deref()).ok()?;
    match url.protocol().as_str() {
        "http:" => url.set_protocol("ws:"),
        "https:" => url.set_protocol("wss:"),
        "ws:" | "wss:" => {}
        _ => return None,
    }
    url.set_hash("");
    let origin = ORIGIN.with(Clone::clone).unwrap_or_default();
    let address = Address {
        secure: url.protocol() == "wss:",
        loopback: RegExp::new(LOOPBACK).test(&url.hostname()),
        offers_protocols: false,
        from_secure_page: origin.starts_with("https:"),
    };
    if !address.secure && !address.loopback && origin.starts_with("http:") {
        warn_once();
    }
    Some(Target {
        href: url.href(),
        address,
    })
}

fn warn_once() {
    thread_local! {
        static WARNED: core::cell::Cell<bool> = const { core::cell::Cell::new(false) };
    }
    if !WARNED.replace(true) {
        warn("tautline: ws: is not encrypted: use wss:");
    }
}
