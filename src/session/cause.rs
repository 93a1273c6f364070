//! Why a connection ended or an attempt failed.

use super::names::named;

named! {
    /// What ended a connection or an attempt.
    pub enum CauseKind {
        /// Nothing ended.
        None = "none",
        /// The connection was closed, by the server or by the network; without a code, by the server's word in a
        /// subprotocol.
        Closed = "closed",
        /// The handshake failed: a browser does not tell whether by the network or by an HTTP status.
        Refused = "refused",
        /// The attempt did not reach `open` in time.
        ConnectTimeout = "connect-timeout",
        /// The peer did not answer the heartbeat.
        Heartbeat = "heartbeat",
        /// A provider of URL, subprotocols or credentials failed.
        Provider = "provider",
        /// The server answered the credentials with no.
        Unauthorized = "unauthorized",
        /// The restore step failed.
        Restore = "restore",
        /// The machine slept, and there is no heartbeat to ask whether the connection survived.
        Sleep = "sleep",
        /// A received frame was above the limit; closed by us with 4009.
        TooLarge = "too-large",
        /// The peer broke the protocol; closed by us with 4002.
        Protocol = "protocol",
        /// The address is `ws:` where only `wss:` is allowed.
        Insecure = "insecure",
        /// The application asked for a new connection.
        Reconnect = "reconnect",
        /// The page went into the back/forward cache.
        PageHide = "page-hide",
        /// The application paused the connection.
        Paused = "paused",
        /// The application closed the connection.
        User = "user",
    }
}

/// A close as the browser reports it, see the
/// [`CloseEvent`](https://websockets.spec.whatwg.org/#the-closeevent-interface) interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Close {
    /// The close code of RFC 6455, section 7.4; 1005 for none, 1006 for a broken connection.
    pub code: u16,
    /// The reason the server gave, at most 123 bytes.
    pub reason: String,
    /// Whether the closing handshake completed.
    pub was_clean: bool,
}

/// What ended a connection or an attempt. The reason of a close is [`Session::close_reason`](super::Session::close_reason).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What happened.
    pub kind: CauseKind,
    /// The close code that the browser reported; `None` where we let go ourselves.
    pub code: Option<u16>,
    /// Whether the browser reported that the closing handshake completed.
    pub was_clean: bool,
}

impl Cause {
    pub(super) fn new(kind: CauseKind) -> Self {
        Cause {
            kind,
            code: None,
            was_clean: false,
        }
    }

    pub(super) fn from_close(kind: CauseKind, close: &Close) -> Self {
        Cause {
            kind,
            code: Some(close.code),
            was_clean: close.was_clean,
        }
    }

    /// The close code of our own when we let go because of this; `None` closes without a code.
    pub(super) fn own_code(&self) -> Option<u16> {
        match self.kind {
            CauseKind::TooLarge => Some(4009),
            CauseKind::Protocol => Some(4002),
            CauseKind::Reconnect | CauseKind::PageHide | CauseKind::Paused | CauseKind::User => {
                Some(1000)
            }
            _ => None,
        }
    }

    /// Whether we closed because the peer misbehaved: three such in a row end the session.
    pub(super) fn is_strike(&self) -> bool {
        matches!(self.kind, CauseKind::TooLarge | CauseKind::Protocol)
    }
}
