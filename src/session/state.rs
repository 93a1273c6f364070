//! The states and the edges between them. The diagram is at the top of [`session`](super).

use super::Millis;
use super::cause::Cause;
use super::names::named;
use super::renewal::Credentials;

/// Where the connection stands. Data lives in the variant it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started yet.
    Idle,
    /// An attempt is under way.
    Connecting(Dial),
    /// The handshake is done; credentials are on their way or being judged.
    Authenticating(Credentials),
    /// Accepted; the application restores its subscriptions before the queue leaves.
    Restoring {
        /// Whether the server has said yes to credentials on this connection.
        accepted: Accepted,
    },
    /// Messages flow.
    Open {
        /// When it opened.
        since: Millis,
        /// Whether the server has said yes to credentials on this connection.
        accepted: Accepted,
    },
    /// The user's retry function is being asked about a break. Lasts no longer than that call.
    Deciding(Cause),
    /// Between two attempts.
    Waiting(Wait),
    /// On hold until the page or the application comes back.
    Suspended(Suspended),
    /// The closing handshake is under way.
    Closing,
    /// Over, until the application reconnects.
    Closed(ClosedWhy),
}

/// How far an attempt has come before the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// The provider of URL and subprotocols has been asked.
    Asking,
    /// The native socket is connecting.
    Handshaking,
}

/// Whether the server has accepted credentials on this connection, and said anything since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// No authentication step.
    NotAsked,
    /// The server said yes.
    Yes {
        /// Messages received in the session's life up to that yes.
        received_before: u64,
    },
}

/// The time between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The retry that will follow, from 1.
    pub attempt: u32,
    /// When it will be made.
    pub until: Millis,
    /// When it would be made if the machine did not seem to be offline.
    pub due: Millis,
    /// What made it necessary.
    pub cause: Cause,
    /// What the delay is for.
    pub kind: WaitKind,
}

/// What a delay is for; decides whether good news cuts it short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// Plain backoff: good news cuts it short.
    Backoff,
    /// A server that restarts must not be stormed: served in full.
    Spread,
    /// The server or the user named the delay: served in full.
    Told,
    /// Before a fresh token is asked for: served in full.
    Authorization,
}

named! {
    /// The public names of the states.
    pub enum StateName {
        /// Not started yet.
        Idle = "idle",
        /// An attempt is under way.
        Connecting = "connecting",
        /// Credentials are being judged.
        Authenticating = "authenticating",
        /// The application restores its subscriptions.
        Restoring = "restoring",
        /// Messages flow.
        Open = "open",
        /// Between two attempts.
        Waiting = "waiting",
        /// On hold.
        Suspended = "suspended",
        /// The closing handshake is under way.
        Closing = "closing",
        /// Over.
        Closed = "closed",
    }
}

named! {
    /// Why the connection is on hold.
    pub enum Suspended {
        /// The page is in the back/forward cache.
        Frozen = "frozen",
        /// The application paused it.
        Paused = "paused",
    }
}

named! {
    /// Why the connection is over.
    pub enum ClosedWhy {
        /// The application closed it.
        User = "user",
        /// The server said that coming back is pointless, or a rule did.
        Final = "final",
        /// Credentials were refused, and a fresh token too.
        Unauthorized = "unauthorized",
        /// `max_attempts` or `max_elapsed` was reached.
        Exhausted = "exhausted",
        /// The peer broke the protocol or a limit three times in a row.
        Peer = "peer",
        /// Only `wss:` is allowed, and the address is not.
        Insecure = "insecure",
        /// The engine failed; a bug of ours.
        Internal = "internal",
        /// The application aborted it.
        Aborted = "aborted",
    }
}

impl State {
    /// The public name.
    pub fn name(&self) -> StateName {
        match self {
            State::Idle => StateName::Idle,
            State::Connecting(_) => StateName::Connecting,
            State::Authenticating(_) => StateName::Authenticating,
            State::Restoring { .. } => StateName::Restoring,
            State::Open { .. } => StateName::Open,
            State::Deciding(_) | State::Waiting(_) => StateName::Waiting,
            State::Suspended(_) => StateName::Suspended,
            State::Closing => StateName::Closing,
            State::Closed(_) => StateName::Closed,
        }
    }

    /// Whether a native socket belongs to this state.
    pub fn has_socket(&self) -> bool {
        self.is_linked() || matches!(self, State::Connecting(Dial::Handshaking) | State::Closing)
    }

    /// Whether the handshake is done and frames may be exchanged.
    pub fn is_linked(&self) -> bool {
        matches!(
            self,
            State::Authenticating(_) | State::Restoring { .. } | State::Open { .. }
        )
    }

    /// Whether an attempt is under way or has succeeded.
    pub(super) fn is_active(&self) -> bool {
        self.is_linked() || matches!(self, State::Connecting(_))
    }

    /// Whether the diagram has an edge from this state to `next`.
    pub fn may_become(&self, next: &State) -> bool {
        use StateName as N;
        let to = next.name();
        let given_up = matches!(to, N::Waiting | N::Suspended | N::Closing | N::Closed);
        match self {
            State::Idle => matches!(to, N::Connecting | N::Closed),
            State::Connecting(_) => {
                given_up
                    || matches!(
                        to,
                        N::Connecting | N::Authenticating | N::Restoring | N::Open
                    )
            }
            State::Authenticating(_) => {
                given_up
                    || matches!(
                        to,
                        N::Connecting | N::Authenticating | N::Restoring | N::Open
                    )
            }
            State::Restoring { .. } => given_up || matches!(to, N::Connecting | N::Open),
            State::Open { .. } => given_up || to == N::Connecting,
            State::Deciding(_) | State::Waiting(_) => {
                matches!(to, N::Connecting | N::Waiting | N::Suspended | N::Closed)
            }
            State::Suspended(_) => matches!(to, N::Connecting | N::Suspended | N::Closed),
            State::Closing => to == N::Closed,
            State::Closed(why) => {
                *why != ClosedWhy::Aborted && matches!(to, N::Connecting | N::Closed)
            }
        }
    }
}

impl WaitKind {
    pub(super) fn may_be_cut_short(self) -> bool {
        self == WaitKind::Backoff
    }
}
