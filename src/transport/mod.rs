//! The only code that touches the browser: native socket, clock, timer, signals of page and network.
//!
//! ```text
//!   native WebSocket ──► handlers ──┐                       ┌──► socket: dial, transmit, close, abandon
//!   setTimeout ────────► timer ─────┼─► driver ─► session ──┤
//!   page and network ──► lifecycle ─┘     ▲        (pure)   └──► face: ask, classify, notify
//!                                     commands
//! ```
//!
//! * Every browser callback becomes an input in one function, every order leaves through one `match`, in
//!   [`Driver`]. Nothing is decided here.
//! * User code, behind [`Face`], is never called while anything is borrowed.
//! * Nothing here asks for a `window`: the global scope may be a page or any kind of worker.
//! * Every handle owns its closure and lets go of it on drop.

mod clock;
mod driver;
mod face;
mod handler;
mod lifecycle;
mod socket;
mod timer;

pub use driver::Driver;
pub use face::Face;
pub use socket::Frame;
