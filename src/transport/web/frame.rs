//! Received frames, and how they come into linear memory.

use wasm_bindgen::prelude::*;

use crate::codec::PayloadRef;

#[wasm_bindgen]
extern "C" {
    /// A frame as it comes from the native socket: text or an `ArrayBuffer`. It is the browser's value, untouched;
    /// [`Frame::read`] copies it into linear memory.
    #[wasm_bindgen(extends = js_sys::Object)]
    #[derive(Clone, Debug)]
    pub type Frame;

    #[wasm_bindgen(method, getter)]
    fn length(this: &Frame) -> f64;

    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &Frame) -> f64;

    type Bytes;

    #[wasm_bindgen(constructor, js_class = Uint8Array)]
    fn new(buffer: &Frame) -> Bytes;

    #[wasm_bindgen(js_namespace = ["Uint8Array", "prototype", "set"], js_name = call)]
    fn copy(to: &mut [u8], from: &Bytes);

    type TextEncoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;

    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &Frame, bytes: &mut [u8]) -> Encoded;

    type Encoded;

    #[wasm_bindgen(method, getter)]
    fn written(this: &Encoded) -> f64;
}

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
}

/// Up to so many units the generated copy, a loop in JavaScript, is quicker than `encodeInto`.
const SHORT: usize = 128;

/// Each UTF-16 unit takes at most so many bytes of UTF-8.
const BYTES_PER_UNIT: usize = 3;

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

    /// Copies the frame to the start of `buffer`, whatever that held before.
    pub fn read<'a>(&self, buffer: &'a mut Vec<u8>) -> PayloadRef<'a> {
        let length = self.length();
        if length.is_nan() {
            let room = room(buffer, self.byte_length() as usize);
            copy(room, &Bytes::new(self));
            PayloadRef::Binary(room)
        } else {
            self.read_text(length as usize, buffer)
        }
    }

    fn read_text<'a>(&self, length: usize, buffer: &'a mut Vec<u8>) -> PayloadRef<'a> {
        let written = if length <= SHORT {
            let text = self.as_string().unwrap_or_default();
            let room = room(buffer, text.len());
            // Both are of one length; `copy_from_slice` brings the message for when they are not.
            for (to, from) in room.iter_mut().zip(text.bytes()) {
                *to = from;
            }
            text.len()
        } else {
            let room = room(buffer, length * BYTES_PER_UNIT);
            ENCODER
                .with(|encoder| encoder.encode_into(self, room))
                .written() as usize
        };
        // Both write UTF-8, with U+FFFD for lone surrogates; the check is a fraction of the copy.
        let text = core::str::from_utf8(buffer.get(..written).unwrap_or_default());
        PayloadRef::Text(text.unwrap_or_default())
    }
}

/// So many bytes at the start. The buffer only grows: what it once was filled with is not cleared for each frame.
fn room(buffer: &mut Vec<u8>, bytes: usize) -> &mut [u8] {
    if buffer.len() < bytes {
        buffer.resize(bytes, 0);
    }
    buffer.get_mut(..bytes).unwrap_or_default()
}
