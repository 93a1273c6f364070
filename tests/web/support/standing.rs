//! What is live at a moment, in Rust and in the browser.

use super::{allocator, browser};

/// Two of these are equal if nothing was left behind between them. After a test that failed they may differ by what
/// the garbage collector takes back of it, so look at the first failure first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    bytes: usize,
    blocks: usize,
    /// Pages of linear memory; they never shrink.
    pages: usize,
    /// JavaScript values that Rust holds: sockets, frames, closures.
    handles: u32,
    timers: u32,
    listeners: u32,
}

impl Standing {
    pub fn now() -> Self {
        Standing {
            bytes: allocator::live_bytes(),
            blocks: allocator::live_blocks(),
            pages: core::arch::wasm32::memory_size(0),
            handles: wasm_bindgen::externref_heap_live_count(),
            timers: browser::live_timers(),
            listeners: browser::live_listeners(),
        }
    }
}
