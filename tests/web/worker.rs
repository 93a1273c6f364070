//! The tests of `main.rs` that need no page, in a dedicated worker, where there is no `window`.

#![cfg(all(target_arch = "wasm32", not(feature = "js")))]

mod client;
mod connection;
mod hot_path;
#[cfg(feature = "jsonrpc")]
mod jsonrpc;
mod network;
mod reentry;
mod release;
mod strays;
mod support;
mod timer;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test::wasm_bindgen_test]
fn there_is_no_window_here() {
    assert!(!support::browser::has_window());
}
