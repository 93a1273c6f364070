//! Why a connection ended or an attempt failed.

use crate::session::{self, CauseKind};

/// What ended a connection or an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What happened.
    pub kind: CauseKind,
    /// The close code that the browser reported (RFC 6455, section 7.4); `None` where we let go ourselves. 1006 stands for
    /// refused dials, too: browsers do not tell them apart.
    pub code: Option<u16>,
    /// The reason that the server gave; empty for none.
    pub reason: String,
    /// Whether the browser reported that the closing handshake completed.
    pub was_clean: bool,
}

impl Cause {
    pub(super) fn new(cause: session::Cause, reason: &str) -> Self {
        Cause {
            kind: cause.kind,
            code: cause.code,
            reason: reason.into(),
            was_clean: cause.was_clean,
        }
    }
}
