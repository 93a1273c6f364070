//! In place of the agreed heartbeat where no subprotocol is there: nothing is agreed, and nobody counts what leaves.

use super::Session;
use super::heartbeat::HeartbeatConfig;

/// Nothing must leave: more needs a subprotocol, such as the feature `mqtt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// Nothing must.
    #[default]
    None,
}

impl KeepAlive {
    pub(super) fn is_answered(self) -> bool {
        false
    }
}

#[derive(Clone, Debug)]
pub(super) struct Beat {}

impl Beat {
    pub(super) const fn new() -> Self {
        Beat {}
    }
}

impl Session {
    pub(super) fn rhythm(&self) -> &HeartbeatConfig {
        &self.config.heartbeat
    }

    pub(super) fn mark_sent(&mut self) {}

    pub(super) fn stop_keep_alive(&mut self) {}

    pub(super) fn arm_keep_alive(&mut self) {}

    pub(super) fn on_keep_alive(&mut self) {}
}
