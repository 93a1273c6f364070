//! The browser, as the driver sees it: windows and workers alike.

mod address;
mod clock;
mod frame;
mod handler;
#[cfg_attr(not(feature = "lifecycle"), path = "../without/lifecycle.rs")]
mod lifecycle;
mod socket;
mod task;
#[cfg_attr(not(feature = "long-text"), path = "../without/text.rs")]
mod text;
mod timer;
mod value;

pub use address::{Target, resolve};
pub(in crate::transport) use clock::Clock;
pub use frame::{Buffer, Frame};
pub(in crate::transport) use handler::Handler;
pub use lifecycle::holds_dials_back;
pub(in crate::transport) use lifecycle::{Lifecycle, present};
pub use socket::connect;
pub(in crate::transport) use socket::{Call, List, NativeSocket, list};
pub use task::spawn;
pub(in crate::transport) use timer::Alarm;
pub use web_sys::WebSocket;

/// Whether there is a browser here: an application that is rendered on a server finds none.
pub const IS_LIVE: bool = true;

/// A random number: two sessions of a page, or of a herd of pages, must not wait alike.
pub fn seed() -> u64 {
    // All the bits that there are in one.
    (js_sys::Math::random() * (1u64 << 53) as f64) as u64
}
