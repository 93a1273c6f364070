//! The transport in real browsers, in a page: against the test server, and over scripted sockets where a test wants
//! every step in its own hand.
//!
//! ```text
//! node scripts/test.mjs "wasm in chromium" "wasm in firefox"
//! ```
//!
//! `worker.rs` runs the same in a dedicated worker. Without the feature `js`, whose allocator does not count.

#![cfg(all(target_arch = "wasm32", not(feature = "js")))]

mod client;
mod connection;
mod hot_path;
#[cfg(feature = "jsonrpc")]
mod jsonrpc;
#[cfg(feature = "mqtt")]
mod mqtt;
mod network;
mod page;
mod reentry;
mod release;
#[cfg(feature = "stomp")]
mod stomp;
mod strays;
mod support;
mod timer;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
