//! The only code that touches the browser: native socket, clock, timer, signals of page and network.
//!
//! ```text
//!   native WebSocket ──► handlers ──┐                       ┌──► socket: dial, transmit, close, abandon
//!   setTimeout ────────► timer ─────┼─► driver ─► session ──┤
//!   page and network ──► lifecycle ─┘     ▲        (pure,   └──► face: ask, classify, notify
//!                                         │ or a subprotocol around one)
//!                                     commands
//! ```
//!
//! * Every browser callback becomes an input in one function, every order leaves through one `match`, in
//!   [`Driver`]. Nothing is decided here.
//! * User code, behind [`Face`], is never called while anything is borrowed.
//! * Nothing here asks for a `window`: the global scope may be a page or any kind of worker.
//! * Every handle owns its closure and lets go of it on drop.
//! * Where there is no browser all of it compiles and is inert: see [`IS_LIVE`].

mod driver;
mod face;
mod offer;
#[cfg_attr(target_arch = "wasm32", path = "web/mod.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "inert.rs")]
mod platform;

pub use driver::Driver;
pub use face::Face;
pub use offer::Offer;
pub use platform::{
    Buffer, Frame, IS_LIVE, Target, WebSocket, connect, holds_dials_back, resolve, seed, spawn,
};
