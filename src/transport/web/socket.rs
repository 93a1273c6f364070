//! The native socket of the current connection, and the handlers that all of a driver's sockets share.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::address::Target;
use super::frame::Frame;
use super::handler::{Call, Handler};
use crate::codec::PayloadRef;
use crate::session::{Close, Generation};

#[wasm_bindgen]
extern "C" {
    /// `WebSocket.send` for what lies in linear memory: the browser takes its copy within the call.
    type Sender;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn send_text(this: &Sender, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn send_binary(this: &Sender, bytes: &[u8]) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    fn buffered_amount(this: &Sender) -> f64;

    /// The parts of the events that are read; web-sys' own types would be cast to by hand as well.
    #[wasm_bindgen(extends = Call)]
    type SocketEvent;

    #[wasm_bindgen(method, getter)]
    fn data(this: &SocketEvent) -> Frame;

    #[wasm_bindgen(method, getter)]
    fn code(this: &SocketEvent) -> u16;

    #[wasm_bindgen(method, getter)]
    fn reason(this: &SocketEvent) -> String;

    #[wasm_bindgen(method, getter, js_name = wasClean)]
    fn was_clean(this: &SocketEvent) -> bool;
}

/// Dials. `None` if the browser refuses the address or the subprotocols.
pub fn connect(target: &Target, protocols: &[String]) -> Option<WebSocket> {
    let names: js_sys::Array = protocols
        .iter()
        .map(|name| JsValue::from_str(name))
        .collect();
    let socket = WebSocket::new_with_str_sequence(&target.href, &names).ok()?;
    socket.set_binary_type(web_sys::BinaryType::Arraybuffer);
    Some(socket)
}

/// The handlers, made once and attached to one socket after the other.
pub(in crate::transport) struct Handlers {
    open: Handler,
    message: Handler,
    close: Handler,
}

impl Handlers {
    pub(in crate::transport) fn new(
        on_open: impl Fn() + 'static,
        on_message: impl Fn(Frame) + 'static,
        on_close: impl Fn(Close) + 'static,
    ) -> Self {
        Handlers {
            open: Handler::new(move |_| on_open()),
            message: Handler::new(move |event| {
                on_message(event.unchecked_ref::<SocketEvent>().data());
            }),
            close: Handler::new(move |event| {
                let event = event.unchecked_ref::<SocketEvent>();
                on_close(Close {
                    code: event.code(),
                    reason: event.reason(),
                    was_clean: event.was_clean(),
                });
            }),
        }
    }
}

/// A native socket that has our handlers. Dropped, it is abandoned.
pub(in crate::transport) struct NativeSocket {
    generation: Generation,
    socket: WebSocket,
}

impl NativeSocket {
    pub(in crate::transport) fn attach(
        socket: WebSocket,
        generation: Generation,
        handlers: &Handlers,
    ) -> Self {
        socket.set_onopen(Some(handlers.open.function()));
        socket.set_onmessage(Some(handlers.message.function()));
        socket.set_onclose(Some(handlers.close.function()));
        NativeSocket { generation, socket }
    }

    pub(in crate::transport) fn generation(&self) -> Generation {
        self.generation
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
