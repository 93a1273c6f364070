//! The peer ends the conversation by its subprotocol, and says why: what follows is what follows a close of such a meaning.
//!
//! It is told as a [`CauseKind::Closed`] without a code, and refused credentials as [`CauseKind::Unauthorized`].

use super::backoff::jitter;
use super::breaks::TOLD_SPREAD;
use super::cause::{Cause, CauseKind};
use super::retry::Action;
use super::{Millis, Session};

/// What the peer's last word asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dismissal {
    action: Action,
    delay_ms: Millis,
}

impl Dismissal {
    pub(super) const fn new() -> Self {
        Dismissal {
            action: Action::Jitter,
            delay_ms: 0,
        }
    }
}

impl Session {
    pub(super) fn on_dismissed(&mut self, action: Action, delay_ms: Millis) {
        if action == Action::Unauthorized {
            return self.on_break(Cause::new(CauseKind::Unauthorized));
        }
        // A herd told the same does not come back as one.
        let stretch = jitter(&mut self.rng, delay_ms / TOLD_SPREAD);
        self.dismissal = Dismissal {
            action,
            delay_ms: delay_ms.saturating_add(stretch),
        };
        self.on_break(Cause::new(CauseKind::Closed));
    }

    /// What the peer asked for, if this is how it ended.
    pub(super) fn dismissed(&self, cause: &Cause) -> Option<(Action, Millis)> {
        let is_dismissed = cause.kind == CauseKind::Closed && cause.code.is_none();
        is_dismissed.then_some((self.dismissal.action, self.dismissal.delay_ms))
    }
}
