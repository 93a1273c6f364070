//! The native socket of the current connection, and the handlers that all of a driver's sockets share.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::handler::{Call, Handler};
use crate::session::{Close, Generation};

#[wasm_bindgen]
extern "C" {
    /// A frame as it goes to or comes from the native socket: text or an `ArrayBuffer`. The browser's value is handed
    /// on untouched; it is copied into linear memory only by who needs it there.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone, Debug)]
    pub type Frame;

    #[wasm_bindgen(method, getter)]
    fn length(this: &Frame) -> f64;

    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &Frame) -> f64;

    /// `WebSocket.send` for a frame of any kind; web-sys has one method for each.
    type Sender;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Sender, frame: &Frame) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    fn buffered_amount(this: &Sender) -> f64;

    /// The parts of the three events that are read; web-sys' own types would be cast to by hand as well.
    #[wasm_bindgen(extends = Call)]
    pub(super) type SocketEvent;

    #[wasm_bindgen(method, getter)]
    pub(super) fn data(this: &SocketEvent) -> Frame;

    #[wasm_bindgen(method, getter)]
    fn code(this: &SocketEvent) -> u16;

    #[wasm_bindgen(method, getter)]
    fn reason(this: &SocketEvent) -> String;

    #[wasm_bindgen(method, getter, js_name = wasClean)]
    fn was_clean(this: &SocketEvent) -> bool;
}

impl Frame {
    /// The size in bytes; text counts its UTF-16 length, which costs nothing to know.
    pub fn size(&self) -> u64 {
        // An absent property is NaN, and NaN becomes 0.
        let length = self.length() as u64;
        if length > 0 {
            length
        } else {
            self.byte_length() as u64
        }
    }
}

impl SocketEvent {
    pub(super) fn close(&self) -> Close {
        Close {
            code: self.code(),
            reason: self.reason(),
            was_clean: self.was_clean(),
        }
    }
}

/// The handlers, made once and attached to one socket after the other.
pub(super) struct Handlers {
    pub(super) open: Handler,
    pub(super) message: Handler,
    pub(super) close: Handler,
}

/// A native socket that has our handlers. Dropped, it is abandoned.
pub(super) struct NativeSocket {
    generation: Generation,
    socket: WebSocket,
}

impl NativeSocket {
    pub(super) fn attach(socket: WebSocket, generation: Generation, handlers: &Handlers) -> Self {
        socket.set_onopen(Some(handlers.open.function()));
        socket.set_onmessage(Some(handlers.message.function()));
        socket.set_onclose(Some(handlers.close.function()));
        NativeSocket { generation, socket }
    }

    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    pub(super) fn has_protocol(&self) -> bool {
        !self.socket.protocol().is_empty()
    }

    /// Hands a frame to the browser. The session sends over open sockets only, so the one error left, sending
    /// while connecting, cannot happen; a socket that is closing drops the frame, and its close is news soon.
    pub(super) fn send(&self, frame: &Frame) {
        let _ = self.socket.unchecked_ref::<Sender>().send(frame);
    }

    /// Bytes that the browser holds back.
    pub(super) fn buffered(&self) -> u64 {
        // A stand-in may have no such figure, which is NaN here, and NaN becomes 0.
        self.socket.unchecked_ref::<Sender>().buffered_amount() as u64
    }

    /// Starts the closing handshake and goes on listening.
    pub(super) fn close(&self, code: Option<u16>, reason: &str) {
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
    pub(super) fn abandon(&self, code: Option<u16>) {
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
