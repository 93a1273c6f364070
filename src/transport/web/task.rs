//! Futures of the application's providers.

use core::future::Future;

/// Runs a future in the microtasks of this thread.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(future);
}
