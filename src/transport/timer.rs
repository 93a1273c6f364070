//! The one real timer, armed for the session's next deadline.

use std::cell::{Cell, RefCell};

use gloo_timers::callback::Timeout;

use crate::session::Millis;

/// The longest delay that `setTimeout` takes. A timer that fires too early does nothing and is armed again.
const MAX_DELAY_MS: Millis = i32::MAX as Millis;

/// At most one `setTimeout`.
#[derive(Default)]
pub(super) struct Alarm {
    due: Cell<Option<Millis>>,
    timeout: RefCell<Option<Timeout>>,
}

impl Alarm {
    /// Arms for `due`; true if the timer was not armed for this time already.
    pub(super) fn set(&self, now: Millis, due: Millis, ring: impl FnOnce() + 'static) -> bool {
        if self.due.get() == Some(due) {
            return false;
        }
        self.clear();
        let delay = due.saturating_sub(now).min(MAX_DELAY_MS) as u32;
        let timeout = Timeout::new(delay, ring);
        self.due.set(Some(due));
        self.timeout.replace(Some(timeout));
        true
    }

    /// Cancels the timer. Safe within its own callback too.
    pub(super) fn clear(&self) {
        self.due.set(None);
        drop(self.timeout.take());
    }
}
