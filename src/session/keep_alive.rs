//! What a subprotocol adds to the heartbeat: something leaves at least so often, and both sides may agree on that after
//! the yes.
//!
//! A send leaves the time that the session knew then, which is that of the last look or later: no clock is read for it. A
//! timer looks four times in the agreed time, and has something sent where nothing has left for more than half of it. So
//! three quarters pass without a send at most, and a quarter is left for a timer that is late.

use super::heartbeat::HeartbeatConfig;
use super::output::Output;
use super::timer::Timer;
use super::{Millis, Session};

/// Looks in the time within which something must leave.
const LOOKS: Millis = 4;

/// What must leave while the connection is open, whatever arrives: the peer judges us by our silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// Nothing must.
    #[default]
    None,
    /// Something within this time, in milliseconds: a ping that expects a pong where nothing else leaves (PINGREQ of MQTT
    /// 5.0, section 3.1.2.10).
    Answered(Millis),
    /// The same with a ping of id 0, which expects no pong: the peer is judged by [`expect_every_ms`] alone (EOL of STOMP
    /// 1.2, "Heart-beating").
    ///
    /// [`expect_every_ms`]: HeartbeatConfig::expect_every_ms
    Unanswered(Millis),
}

impl KeepAlive {
    /// Whether its pings are answered, so that they can ask whether the peer is there.
    pub(super) fn is_answered(self) -> bool {
        matches!(self, KeepAlive::Answered(1..))
    }

    fn within_ms(self) -> Option<Millis> {
        match self {
            KeepAlive::Answered(ms @ 1..) | KeepAlive::Unanswered(ms @ 1..) => Some(ms),
            _ => None,
        }
    }
}

/// What was agreed for the current connection, and when something left last.
#[derive(Clone, Debug)]
pub(super) struct Beat {
    agreed: Option<HeartbeatConfig>,
    /// No later than the last send.
    sent_after: Millis,
}

impl Beat {
    pub(super) const fn new() -> Self {
        Beat {
            agreed: None,
            sent_after: 0,
        }
    }
}

impl Session {
    /// The heartbeat that is in effect.
    pub(super) fn rhythm(&self) -> &HeartbeatConfig {
        self.beat.agreed.as_ref().unwrap_or(&self.config.heartbeat)
    }

    /// Sets the heartbeat that was agreed on for this connection; the next one begins with that of the configuration. Takes
    /// effect at once: on an open connection silence starts now, and a ping under way is no longer judged. Does nothing
    /// where there is no connection.
    pub fn set_heartbeat(&mut self, now: Millis, heartbeat: HeartbeatConfig) {
        self.advance(now);
        if !self.state.is_linked() || *self.rhythm() == heartbeat {
            return;
        }
        self.beat.agreed = Some(heartbeat);
        if self.is_open() {
            self.restart_heartbeat();
        }
    }

    /// Notes that the subprotocol has sent something of its own, besides what the session has ordered. Reads no clock.
    pub fn note_sent(&mut self) {
        self.mark_sent();
    }

    /// Tells of a round trip that the subprotocol has measured.
    pub fn note_round_trip(&mut self, now: Millis, round_trip_ms: Millis) {
        self.advance(now);
        self.record_round_trip(round_trip_ms);
    }

    /// The hot path: something leaves.
    pub(super) fn mark_sent(&mut self) {
        self.beat.sent_after = self.now;
    }

    pub(super) fn stop_keep_alive(&mut self) {
        self.beat.agreed = None;
        self.timers.cancel(Timer::KeepAlive);
    }

    /// The connection is open, or another rhythm is in effect. What left before counts.
    pub(super) fn arm_keep_alive(&mut self) {
        let Some(within_ms) = self.rhythm().keep_alive.within_ms() else {
            return self.timers.cancel(Timer::KeepAlive);
        };
        let look_ms = (within_ms / LOOKS).max(1);
        let silent_ms = self.now.saturating_sub(self.beat.sent_after);
        let left_ms = (within_ms - look_ms).saturating_sub(silent_ms);
        self.arm_in(Timer::KeepAlive, look_ms.min(left_ms));
    }

    /// A quarter of the time has passed.
    pub(super) fn on_keep_alive(&mut self) {
        let keep_alive = self.rhythm().keep_alive;
        let Some(within_ms) = keep_alive.within_ms() else {
            return;
        };
        if self.now.saturating_sub(self.beat.sent_after) > within_ms / 2 {
            if keep_alive.is_answered() {
                self.ping_again();
            } else {
                self.outputs.push(Output::Ping(0));
                self.mark_sent();
            }
        }
        self.arm_in(Timer::KeepAlive, (within_ms / LOOKS).max(1));
    }
}
