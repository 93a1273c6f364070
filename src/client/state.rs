//! Where the connection stands, as the application sees it.

use std::time::Duration;

use super::cause::Cause;
use crate::session::{self, ClosedWhy, StateName, Suspended, Wait};

/// Where the connection stands. The data of a state is in its variant; the diagram is in [`crate::session`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started yet: [`Sender::open`](super::Sender::open) starts it. On targets without a browser it stays so.
    Idle,
    /// An attempt is under way.
    Connecting,
    /// The handshake is done; the server judges the credentials.
    Authenticating,
    /// Accepted; the restore step runs before the queue leaves.
    Restoring,
    /// Messages flow.
    Open,
    /// Between two attempts.
    Waiting {
        /// The retry that will follow, from 1.
        attempt: u32,
        /// When it will be made: the time since 1970, as `Date.now()` tells it.
        until: Duration,
        /// What made it necessary.
        cause: Cause,
    },
    /// On hold until the page or the application comes back.
    Suspended {
        /// What put it on hold.
        why: Suspended,
    },
    /// The closing handshake, or the drain before it, is under way.
    Closing,
    /// Over, until [`Sender::reconnect`](super::Sender::reconnect).
    Closed {
        /// Why.
        why: ClosedWhy,
        /// What ended the last connection or attempt, if one was under way.
        cause: Option<Cause>,
    },
}

impl State {
    pub(super) fn new(state: session::State, cause: Option<Cause>, last: Option<&Cause>) -> Self {
        match state {
            session::State::Idle => State::Idle,
            session::State::Connecting(_) => State::Connecting,
            session::State::Authenticating(_) => State::Authenticating,
            session::State::Restoring { .. } => State::Restoring,
            session::State::Open { .. } => State::Open,
            session::State::Deciding(why) => State::waiting(0, 0, cause, last, why),
            session::State::Waiting(Wait {
                attempt,
                until,
                cause: why,
                ..
            }) => State::waiting(attempt, until, cause, last, why),
            session::State::Suspended(why) => State::Suspended { why },
            session::State::Closing => State::Closing,
            session::State::Closed(why) => State::Closed { why, cause },
        }
    }

    /// A wait that becomes longer or shorter has the cause that it had.
    fn waiting(
        attempt: u32,
        until_ms: u64,
        cause: Option<Cause>,
        last: Option<&Cause>,
        why: session::Cause,
    ) -> Self {
        let cause = cause.or_else(|| last.cloned());
        State::Waiting {
            attempt,
            until: Duration::from_millis(until_ms),
            cause: cause.unwrap_or_else(|| Cause::new(why, "")),
        }
    }

    /// Its name, which is the one that JavaScript knows it by.
    pub fn name(&self) -> StateName {
        match self {
            State::Idle => StateName::Idle,
            State::Connecting => StateName::Connecting,
            State::Authenticating => StateName::Authenticating,
            State::Restoring => StateName::Restoring,
            State::Open => StateName::Open,
            State::Waiting { .. } => StateName::Waiting,
            State::Suspended { .. } => StateName::Suspended,
            State::Closing => StateName::Closing,
            State::Closed { .. } => StateName::Closed,
        }
    }

    /// Whether messages flow.
    pub fn is_open(&self) -> bool {
        matches!(self, State::Open)
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        matches!(self, State::Closed { .. })
    }
}
