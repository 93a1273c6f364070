//! A WebSocket that stays taut.

pub mod session;
#[cfg(target_arch = "wasm32")]
pub mod transport;

#[cfg(all(target_arch = "wasm32", feature = "js"))]
mod js;
