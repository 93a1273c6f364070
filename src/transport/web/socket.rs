//! The native socket of the current connection, and the handler that all of a driver's sockets share.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::address::Target;
use super::frame::Frame;
use super::handler::{Event, Handler};
use super::value::Value;
use crate::codec::PayloadRef;
use crate::session::{Close, Generation};
use crate::transport::Offer;

#[wasm_bindgen]
extern "C" {
    /// `WebSocket.send` for what lies in linear memory: the browser takes its copy within the call.
    type Sender;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn send_text(this: &Sender, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn send_binary(this: &Sender, bytes: &[u8]) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Sender, code: u16, reason: &str) -> Result<(), JsValue>;

    /// Without a code. One that is `undefined` is 0 for Chromium, which refuses it.
    #[wasm_bindgen(method, catch, js_name = close)]
    fn end(this: &Sender) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    fn buffered_amount(this: &Sender) -> f64;

    /// A socket that is being made: web-sys has a table of the binary types, and an array for want of subprotocols.
    type Dialled;

    #[wasm_bindgen(constructor, catch, js_class = WebSocket)]
    fn new(url: &JsValue, protocols: &JsValue) -> Result<Dialled, JsValue>;

    /// What is read of a socket's events; which one it is shows in what it has.
    type SocketEvent;

    #[wasm_bindgen(method, getter)]
    fn data(this: &SocketEvent) -> Option<Frame>;

    #[wasm_bindgen(method, getter)]
    fn code(this: &SocketEvent) -> Option<u16>;
}

/// What the browser calls back with.
pub(in crate::transport) enum Call {
    /// The time is up.
    Alarm,
    /// The handshake is done.
    Opened,
    /// A frame has arrived.
    Message(Frame),
    /// The socket is closed.
    Closed(Close),
}

impl Call {
    fn of(event: Option<Event>) -> Self {
        let Some(event) = event else {
            return Call::Alarm;
        };
        let event = event.unchecked_ref::<SocketEvent>();
        if let Some(frame) = event.data() {
            return Call::Message(frame);
        }
        match event.code() {
            Some(code) => Call::Closed(Close {
                code,
                reason: Value::of(event).text("reason"),
                was_clean: Value::of(event).get("wasClean").is_truthy(),
            }),
            None => Call::Opened,
        }
    }
}

impl Handler {
    /// One for the timer and for one socket after the other.
    pub(in crate::transport) fn new(act: impl Fn(Call) + 'static) -> Self {
        Handler::on_event(move |event| act(Call::of(event)))
    }
}

pub(in crate::transport) type List = js_sys::Array;

/// Subprotocols as the browser takes them.
pub(in crate::transport) fn list(names: &[String]) -> List {
    names.iter().map(|name| JsValue::from_str(name)).collect()
}

/// Dials. `None` if the browser refuses the address or the subprotocols.
pub fn connect(target: &Target, offer: &Offer) -> Option<WebSocket> {
    let protocols = offer.list().map_or(JsValue::UNDEFINED, JsValue::from);
    let socket = Dialled::new(&target.url, &protocols).ok()?;
    Value::of(&socket).set_text("binaryType", "arraybuffer");
    Some(socket.unchecked_into())
}

/// A native socket that has our handler. Dropped, it is abandoned.
pub(in crate::transport) struct NativeSocket {
    generation: Generation,
    socket: WebSocket,
}

impl NativeSocket {
    pub(in crate::transport) fn attach(
        socket: WebSocket,
        generation: Generation,
        handler: &Handler,
    ) -> Self {
        let native = NativeSocket { generation, socket };
        native.call_back(handler.function());
        native
    }

    pub(in crate::transport) fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether the server selected a subprotocol.
    pub(in crate::transport) fn has_protocol(&self) -> bool {
        Value::of(&self.socket).get("protocol").is_truthy()
    }

    /// The subprotocol that the server selected; empty for none.
    pub(in crate::transport) fn protocol(&self) -> String {
        self.socket.protocol()
    }

    /// Hands a payload to the browser. The session sends over open sockets only, so the one error left, sending
    /// while connecting, cannot happen; a socket that is closing drops the frame, and its close is news soon.
    pub(in crate::transport) fn send(&self, payload: PayloadRef<'_>) {
        let sender = self.socket.unchecked_ref::<Sender>();
        let _ = match payload {
            PayloadRef::Text(text) => sender.send_text(text),
            PayloadRef::Binary(bytes) => sender.send_binary(bytes),
        };
    }

    /// Bytes that the browser holds back.
    pub(in crate::transport) fn buffered(&self) -> u64 {
        // A stand-in may have no such figure, which is NaN here, and NaN becomes 0.
        self.socket.unchecked_ref::<Sender>().buffered_amount() as u64
    }

    /// Starts the closing handshake and goes on listening.
    pub(in crate::transport) fn close(&self, code: Option<u16>, reason: &str) {
        // Both were validated where they came in; the fallback keeps a close from being lost all the same.
        let socket = self.socket.unchecked_ref::<Sender>();
        if code.is_none_or(|code| socket.close(code, reason).is_err()) {
            let _ = socket.end();
        }
    }

    fn call_back(&self, handler: &JsValue) {
        for event in ["onopen", "onmessage", "onclose"] {
            Value::of(&self.socket).set(event, handler);
        }
    }

    /// Handlers off first, then `close()`, also while connecting: a browser may report the end of a dead link a
    /// minute later, and nobody waits for it.
    pub(in crate::transport) fn abandon(&self, code: Option<u16>) {
        self.call_back(&JsValue::NULL);
        self.close(code, "");
    }
}

impl Drop for NativeSocket {
    fn drop(&mut self) {
        self.abandon(None);
    }
}
