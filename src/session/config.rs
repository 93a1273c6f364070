//! What the user asked for. Plain data with the documented defaults; durations are milliseconds.

use super::Millis;
use super::delivery::Delivery;
use super::heartbeat::HeartbeatConfig;
use super::preset::Preset;
use super::renewal::Auth;
use super::retry::Rule;
use super::stay::Overflow;

/// Everything a [`Session`](super::Session) can be told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The first retry waits a random time up to this. Default 4,000 ms.
    pub backoff_initial_ms: Millis,
    /// No retry waits longer than this. Default 30,000 ms.
    pub backoff_max_ms: Millis,
    /// Covers provider, handshake, authentication and restore. Default 10,000 ms.
    pub connect_timeout_ms: Millis,
    /// Retries in a row before giving up; `None`, the default, means no limit.
    pub max_attempts: Option<u32>,
    /// Time without a connection before giving up; `None`, the default, means no limit.
    pub max_elapsed_ms: Option<Millis>,
    /// How the session finds out that the peer is gone. Default: it does not.
    pub heartbeat: HeartbeatConfig,
    /// Bounds of the queue that holds messages while there is no connection.
    pub queue: QueueConfig,
    /// What becomes of messages that a break leaves unconfirmed.
    pub delivery: Delivery,
    /// A message that awaits a confirmation is followed by a ping within this time. Default 1,000 ms. Feature `delivery`.
    pub confirm_within_ms: Millis,
    /// Requests that may wait for their replies at a time. Default 1,024. Feature `delivery`.
    pub max_requests: u32,
    /// Received frames above this end the connection with 4009. Default 128 MiB.
    pub max_message_bytes: u64,
    /// Whether page and network signals and sleep are acted on. Default yes. Feature `lifecycle`.
    pub lifecycle: bool,
    /// Whether `ws:` is refused, loopback excepted. Default no.
    pub require_secure: bool,
    /// The authentication step right after the handshake. Default none.
    pub auth: Auth,
    /// Whether a restore step runs before the queue leaves. Default no. Feature `steps`.
    pub restore: bool,
    /// Whether URL or subprotocols come from a provider, which may bring a fresh token. Default no. Feature `steps`.
    pub token_source: bool,
    /// Whether each break is put to the user's own retry function first. Default no. Feature `retry`.
    pub retry_asks: bool,
    /// The user's own rules by close code; the first that matches wins.
    pub rules: Vec<Rule>,
    /// A named set of rules for a well-known server.
    pub preset: Preset,
    /// When an earlier session of the same user lost its connection; makes the next open a reconnection.
    pub lost_at: Option<Millis>,
    /// Whether the browser itself holds dials back after failures, as Firefox does for up to 60 s:
    /// the connect timeout then grows with the failures, because ending a held-back dial restarts the delay. Feature
    /// `lifecycle`.
    pub patient_dials: bool,
}

impl Config {
    pub(super) const DEFAULT: Self = Config {
        backoff_initial_ms: 4_000,
        backoff_max_ms: 30_000,
        connect_timeout_ms: 10_000,
        max_attempts: None,
        max_elapsed_ms: None,
        heartbeat: HeartbeatConfig::DEFAULT,
        queue: QueueConfig::DEFAULT,
        delivery: Delivery::AtMostOnce,
        confirm_within_ms: 1_000,
        max_requests: 1_024,
        max_message_bytes: 128 * 1024 * 1024,
        lifecycle: true,
        require_secure: false,
        auth: Auth::None,
        restore: false,
        token_source: false,
        retry_asks: false,
        rules: Vec::new(),
        preset: Preset::None,
        lost_at: None,
        patient_dials: false,
    };
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Bounds of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueConfig {
    /// Messages held at most. Default 1,024.
    pub max_messages: u32,
    /// Bytes held at most. Default 1 MiB.
    pub max_bytes: u64,
    /// What happens when a message does not fit. Default: it is rejected.
    pub overflow: Overflow,
    /// How long a message may wait; `None`, the default, means for ever. Feature `queue`.
    pub ttl_ms: Option<Millis>,
}

impl QueueConfig {
    const DEFAULT: Self = QueueConfig {
        max_messages: 1_024,
        max_bytes: 1024 * 1024,
        overflow: Overflow::Reject,
        ttl_ms: None,
    };
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}
