//! Bounds of what waits while there is no connection.

use std::borrow::Cow;
use std::time::Duration;

use super::millis;
use crate::session::{Overflow, QueueConfig};

/// Bounds of the queue, and of what at-least-once keeps until it is confirmed. What is sent while the connection is open is
/// bound by the browser's own buffer: see [`Sender::send`](super::Sender::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    config: QueueConfig,
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

    /// What gives way when a message does not fit. Default [`Overflow::Reject`]: the new one.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.config.overflow = overflow;
        self
    }

    /// How long a message may wait. Default: for ever.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.config.ttl_ms = Some(millis(ttl));
        self
    }

    pub(super) fn config(self) -> QueueConfig {
        self.config
    }
}

/// Names what a message is about, so that a newer one replaces an older one that is still queued.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// By text.
    Name(Cow<'static, str>),
    /// By number.
    Number(u64),
}

impl From<&'static str> for Key {
    fn from(name: &'static str) -> Self {
        Key::Name(name.into())
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Key::Name(name.into())
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Key::Number(number)
    }
}

/// What a single message may ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendOptions {
    pub(super) ttl: Option<Duration>,
    pub(super) key: Option<Key>,
}

impl SendOptions {
    /// Nothing in particular.
    pub fn new() -> Self {
        SendOptions::default()
    }

    /// How long the message may wait in the queue. Default: what [`Queue::ttl`] says.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// A newer message with the same key replaces this one while it is queued.
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.key = Some(key.into());
        self
    }
}
