//! The native socket of the current connection, and the handler that all of a driver's sockets share.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::address::Target;
use super::frame::Frame;
use super::handler::{Event, Handler};
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

    #[wasm_bindgen(method, getter)]
    fn protocol(this: &Sender) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    fn buffered_amount(this: &Sender) -> f64;

    /// A socket that is being made: web-sys has a table of the binary types, and an array for want of subprotocols.
    type Dialled;

    #[wasm_bindgen(constructor, catch, js_class = WebSocket)]
    fn new(url: &str, protocols: &JsValue) -> Result<Dialled, JsValue>;

    #[wasm_bindgen(method, setter, js_name = binaryType)]
    fn set_binary_type(this: &Dialled, kind: &str);

    /// What is read of a socket's events; which one it is shows in what it has.
    type SocketEvent;

    #[wasm_bindgen(method, getter)]
    fn data(this: &SocketEvent) -> Option<Frame>;

    #[wasm_bindgen(method, getter)]
    fn code(this: &SocketEvent) -> Option<u16>;

    #[wasm_bindgen(method, getter)]
    fn reason(this: &SocketEvent) -> String;

    #[wasm_bindgen(method, getter, js_name = wasClean)]
    fn was_clean(this: &SocketEvent) -> bool;
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
                reason: event.reason(),
                was_clean: event.was_clean(),
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
    let socket = Dialled::new(&target.href, &protocols).ok()?;
    socket.set_binary_type("arraybuffer");
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
        let handler = Some(handler.function());
        socket.set_onopen(handler);
        socket.set_onmessage(handler);
        socket.set_onclose(handler);
        NativeSocket { generation, socket }
    }

    pub(in crate::transport) fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether the server selected a subprotocol.
    pub(in crate::transport) fn has_protocol(&self) -> bool {
        self.socket.unchecked_ref::<Sender>().protocol().is_truthy()
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
        let closed = match code {
            Some(code) => self.socket.close_with_code_and_reason(code, reason),
            None => self.socket.close(),
        };
        if closed.is_err() {
            let _ = self.socket.close();
        }
    }

    /// Handlers off first, then `close()`, also while connecting: a browser may report the end of a dead link a
    /// minute later, and nobody waits for it.
    pub(in crate::transport) fn abandon(&self, code: Option<u16>) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        self.close(code, "");
    }
}

impl Drop for NativeSocket {
    fn drop(&mut self) {
        self.abandon(None);
    }
}
