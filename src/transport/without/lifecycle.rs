//! In place of the signals of page and network, where there are none or they are left out.

use crate::session::Signal;

pub(in crate::transport) fn present(_: impl FnMut(Signal)) {}

pub(in crate::transport) struct Lifecycle;

impl Lifecycle {
    pub(in crate::transport) fn listen(_: impl Fn(Signal) + 'static) -> Self {
        Lifecycle
    }
}

/// Whether the browser itself holds dials back: where nobody looks, it does not seem to.
pub fn holds_dials_back() -> bool {
    false
}
