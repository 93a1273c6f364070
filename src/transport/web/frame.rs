//! Received frames, and how they come into linear memory.

use wasm_bindgen::prelude::*;

use super::text;
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
}

/// What frames are read into, kept from one to the next, so that none has to be allocated.
#[derive(Debug, Default)]
pub struct Buffer {
    pub(super) bytes: Vec<u8>,
    pub(super) text: String,
}

impl Buffer {
    /// How much it can hold by now.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity() + self.text.capacity()
    }

    /// So many bytes at the start. It only grows: what it once was filled with is not cleared for each frame.
    pub(super) fn room(&mut self, bytes: usize) -> &mut [u8] {
        if self.bytes.len() < bytes {
            self.bytes.resize(bytes, 0);
        }
        self.bytes.get_mut(..bytes).unwrap_or_default()
    }
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

    /// Copies the frame into `buffer`, whatever that held before.
    pub fn read<'a>(&self, buffer: &'a mut Buffer) -> PayloadRef<'a> {
        let length = self.length();
        if length.is_nan() {
            let room = buffer.room(self.byte_length() as usize);
            copy(room, &Bytes::new(self));
            PayloadRef::Binary(room)
        } else {
            PayloadRef::Text(text::read(self, length as usize, buffer))
        }
    }

    /// Copies it by a loop in JavaScript, which is what `wasm-bindgen` generates.
    pub(super) fn read_short_text<'a>(&self, buffer: &'a mut Buffer) -> &'a str {
        buffer.text = self.as_string().unwrap_or_default();
        &buffer.text
    }
}
