//! Counters of one session.

use super::state::State;
use super::{Millis, Session};

/// What has happened in a session's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages handed to native sockets; pings, pongs, credentials and the restore step not counted.
    pub messages_sent: u64,
    /// Frames received, pongs and replies to credentials too.
    pub messages_received: u64,
    /// Bytes of the messages sent. The shell may count text in UTF-16 units.
    pub bytes_sent: u64,
    /// Bytes of the frames received, likewise.
    pub bytes_received: u64,
    /// Dials.
    pub attempts: u64,
    /// Connections that opened after an earlier one.
    pub reconnects: u64,
    /// Time in `open`, the current connection included, in milliseconds.
    pub connected_ms: Millis,
    /// Messages in the queue.
    pub queued_messages: u64,
    /// Bytes in the queue.
    pub queued_bytes: u64,
    /// The last round trip, in milliseconds.
    pub latency_ms: Option<u32>,
    /// The median of the last 64 round trips.
    pub latency_p50_ms: Option<u32>,
    /// The 95th percentile of the last 64 round trips.
    pub latency_p95_ms: Option<u32>,
    /// Messages handed to the current connection, or the last one, that no pong has confirmed.
    pub unconfirmed: u64,
    /// Messages that count against the bounds of the queue: those in it, and those kept until they are confirmed.
    pub held_messages: u64,
    /// Their bytes.
    pub held_bytes: u64,
}

impl Stats {
    pub(super) const NONE: Self = Stats {
        messages_sent: 0,
        messages_received: 0,
        bytes_sent: 0,
        bytes_received: 0,
        attempts: 0,
        reconnects: 0,
        connected_ms: 0,
        queued_messages: 0,
        queued_bytes: 0,
        latency_ms: None,
        latency_p50_ms: None,
        latency_p95_ms: None,
        unconfirmed: 0,
        held_messages: 0,
        held_bytes: 0,
    };
}

impl Session {
    /// What has happened so far.
    pub fn stats(&self, now: Millis) -> Stats {
        let mut stats = self.counters;
        if let State::Open { since, .. } = self.state {
            stats.connected_ms += now.saturating_sub(since);
            stats.unconfirmed = stats.messages_sent - self.heartbeat.confirmed;
        } else {
            stats.unconfirmed = self.unconfirmed;
        }
        stats.queued_messages = self.outbox.len() as u64;
        stats.queued_bytes = self.outbox.bytes();
        stats.held_messages = self.outbox.held() as u64;
        stats.held_bytes = self.outbox.held_bytes();
        stats.latency_ms = self.latency.last_ms();
        stats.latency_p50_ms = self.latency.percentile_ms(50);
        stats.latency_p95_ms = self.latency.percentile_ms(95);
        stats
    }

    /// Messages that count against the bounds of the queue, and their bytes.
    pub fn held(&self) -> (u64, u64) {
        (self.outbox.held() as u64, self.outbox.held_bytes())
    }
}
