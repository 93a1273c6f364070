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
        Stats {
            connected_ms: self.connected_ms(now),
            unconfirmed: self.unconfirmed(),
            queued_messages: self.outbox.len() as u64,
            queued_bytes: self.outbox.bytes(),
            held_messages: self.outbox.held() as u64,
            held_bytes: self.outbox.held_bytes(),
            latency_ms: self.latency.last_ms(),
            latency_p50_ms: self.latency.percentile_ms(50),
            latency_p95_ms: self.latency.percentile_ms(95),
            ..self.counters
        }
    }

    /// One of these figures by its number, without the work for all others; `None` where nothing is known.
    #[cfg(any(feature = "js", feature = "js-mqtt", feature = "js-stomp"))]
    pub(crate) fn stat(&self, now: Millis, index: u32) -> Option<u64> {
        let Stats {
            messages_sent,
            messages_received,
            bytes_sent,
            bytes_received,
            attempts,
            reconnects,
            ..
        } = &self.counters;
        Some(match index {
            0 => *messages_sent,
            1 => *messages_received,
            2 => *bytes_sent,
            3 => *bytes_received,
            4 => *attempts,
            5 => *reconnects,
            6 => self.connected_ms(now),
            7 => self.outbox.len() as u64,
            8 => self.outbox.bytes(),
            9 => return self.latency.last_ms().map(u64::from),
            10 => return self.latency.percentile_ms(50).map(u64::from),
            11 => return self.latency.percentile_ms(95).map(u64::from),
            12 => self.unconfirmed(),
            13 => self.outbox.held() as u64,
            14 => self.outbox.held_bytes(),
            _ => return None,
        })
    }

    fn connected_ms(&self, now: Millis) -> Millis {
        let current = match self.state {
            State::Open { since, .. } => now.saturating_sub(since),
            _ => 0,
        };
        self.counters.connected_ms + current
    }

    fn unconfirmed(&self) -> u64 {
        if self.is_open() {
            self.counters.messages_sent - self.heartbeat.confirmed
        } else {
            self.unconfirmed
        }
    }

    /// Messages that count against the bounds of the queue, and their bytes.
    pub fn held(&self) -> (u64, u64) {
        (self.outbox.held() as u64, self.outbox.held_bytes())
    }
}
