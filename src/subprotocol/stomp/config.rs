//! What the application asks for. Durations are milliseconds.

use super::parser::Limits;
use super::version::Versions;
use crate::session::{Auth, Config, HeartbeatConfig, KeepAlive, Millis};

/// Everything a [`Stomp`](super::Stomp) can be told before it starts, besides what a session can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StompConfig {
    /// The versions that are offered. Default: all.
    pub versions: Versions,
    /// Whether the frame STOMP asks for the connection, which servers of 1.1 and later know, and not CONNECT. Default false.
    pub stomp_frame: bool,
    /// We offer to send something at least this often; 0 offers nothing. Default 10,000 ms.
    pub outgoing_ms: u32,
    /// We ask the broker to send something at least this often; 0 asks for nothing. Default 10,000 ms.
    pub incoming_ms: u32,
    /// So many hundredths of the agreed time the broker may be late, on top of a quarter and at least 2 s for the way.
    /// Default 25.
    pub tolerance_percent: u32,
    /// What is read at most.
    pub limits: Limits,
}

impl Default for StompConfig {
    fn default() -> Self {
        StompConfig {
            versions: Versions::ALL,
            stomp_frame: false,
            outgoing_ms: 10_000,
            incoming_ms: 10_000,
            tolerance_percent: 25,
            limits: Limits::default(),
        }
    }
}

impl StompConfig {
    /// The heart-beats of a connection whose server says `theirs`: what it can send how often, and what it wants
    /// ("Heart-beating").
    #[allow(
        clippy::field_reassign_with_default,
        reason = "where pings are left out, there are no other fields"
    )]
    pub(crate) fn agree(&self, theirs: (u32, u32)) -> HeartbeatConfig {
        let both = |a: u32, b: u32| (a > 0 && b > 0).then_some(Millis::from(a.max(b)));
        let expect_every_ms = both(self.incoming_ms, theirs.0).map(|every| {
            // Each is below 2^32.
            let late = Millis::from(self.tolerance_percent) * every / 100;
            every.saturating_add(late)
        });
        let mut agreed = HeartbeatConfig::default();
        agreed.expect_every_ms = expect_every_ms;
        agreed.keep_alive =
            both(self.outgoing_ms, theirs.1).map_or(KeepAlive::None, KeepAlive::Unanswered);
        agreed
    }
}

/// What of a session's configuration the protocol decides: CONNECT is the authentication step, and subscribing again the
/// restore step.
pub(crate) fn prepare(config: &mut Config) {
    if config.auth == Auth::None {
        config.auth = Auth::AllowInsecure;
    }
    config.restore = true;
    config.heartbeat = HeartbeatConfig::default();
}
