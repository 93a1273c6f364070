//! The clock of the session: wall time that never runs backwards.
//!
//! Wall time, because `performance.now()` stands still while a machine sleeps, and sleep is what the session must see.

use std::cell::Cell;

use crate::session::Millis;

/// Milliseconds since 1970, moved on by whatever the wall clock was ever set back.
#[derive(Debug, Default)]
pub(in crate::transport) struct Clock {
    latest: Cell<f64>,
    set_back: Cell<f64>,
}

impl Clock {
    pub(in crate::transport) fn now(&self) -> Millis {
        let mut now = js_sys::Date::now() + self.set_back.get();
        let latest = self.latest.get();
        if now < latest {
            self.set_back.set(self.set_back.get() + latest - now);
            now = latest;
        }
        self.latest.set(now);
        now as Millis
    }
}
