//! What a connection comes after.

use std::time::Duration;

use crate::session;

/// What a new connection follows on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Whether there was a connection before.
    pub reconnected: bool,
    /// How long there was none.
    pub downtime: Duration,
    /// Messages handed to the previous connection that no pong has confirmed.
    pub unconfirmed: u32,
}

impl From<session::Opening> for Opening {
    fn from(opening: session::Opening) -> Self {
        Opening {
            reconnected: opening.reconnected,
            downtime: Duration::from_millis(opening.downtime_ms),
            unconfirmed: opening.unconfirmed,
        }
    }
}
