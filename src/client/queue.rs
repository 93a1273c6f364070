//! Bounds of what waits while there is no connection.

use crate::session::QueueConfig;

/// Bounds of the queue, and of what at-least-once keeps until it is confirmed. What is sent while the connection is open is
/// bound by the browser's own buffer: see [`Sender::send`](super::Sender::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    pub(super) config: QueueConfig,
}

impl Default for Queue {
    /// 1,024 messages, 1 MiB, new messages refused when it is full, no time to live.
    fn default() -> Self {
        Queue {
            config: QueueConfig::default(),
        }
    }
}

impl Queue {
    /// Messages held at most; 0 queues nothing. Default 1,024.
    pub fn max_messages(mut self, messages: u32) -> Self {
        self.config.max_messages = messages;
        self
    }

    /// Bytes held at most. Default 1 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.max_bytes = bytes;
        self
    }

    pub(super) fn config(self) -> QueueConfig {
        self.config
    }
}
