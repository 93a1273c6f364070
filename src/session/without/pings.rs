//! In place of the heartbeat where nothing is pinged: silence is judged, and nothing else.
//!
//! A received frame leaves a mark, and a timer looks at it every quarter of the expected rhythm.

use super::cause::{Cause, CauseKind};
use super::keep_alive::KeepAlive;
use super::output::{Event, Output};
use super::timer::Timer;
use super::{IS_SUBPROTOCOL_MODULE, Millis, Session};

/// Looks per rhythm.
const LOOKS: Millis = 4;
/// How much later than its rhythm a sign of life may come: a quarter of the rhythm, and at least this.
const MIN_RHYTHM_SLACK_MS: Millis = 2_000;

/// The heartbeat. Pings need the feature `heartbeat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// The server is expected to say something this often; `None`, the default, expects nothing.
    pub expect_every_ms: Option<Millis>,
    /// What must leave however much arrives. Default: nothing. Subprotocols only.
    pub keep_alive: KeepAlive,
}

impl HeartbeatConfig {
    pub(super) const DEFAULT: Self = HeartbeatConfig {
        expect_every_ms: None,
        keep_alive: KeepAlive::None,
    };
}

#[derive(Clone, Debug)]
pub(super) struct Heartbeat {
    /// Whether something was received since the last look.
    is_heard: bool,
    /// No earlier than the last sign of life.
    heard_before: Millis,
    /// Whether time was given since then because a timer fired far too late.
    is_graced: bool,
    is_held: bool,
    /// Messages sent in the session's life before the current connection: no pong confirms any of those after.
    pub(super) confirmed: u64,
}

impl Heartbeat {
    pub(super) const fn new() -> Self {
        Heartbeat {
            is_heard: false,
            heard_before: 0,
            is_graced: false,
            is_held: false,
            confirmed: 0,
        }
    }

    pub(super) fn mark_heard(&mut self) {
        self.is_heard = true;
    }

    fn heard_just_now(&mut self, now: Millis) {
        self.is_heard = false;
        self.heard_before = now;
        self.is_graced = false;
    }
}

impl Session {
    pub(super) fn wants_send_time(&self) -> bool {
        false
    }

    pub(super) fn can_ping(&self) -> bool {
        false
    }

    pub(super) fn has_heartbeat(&self) -> bool {
        self.rhythm().expect_every_ms.is_some()
    }

    /// The connection has opened: silence starts now.
    pub(super) fn start_heartbeat(&mut self) {
        self.heartbeat.confirmed = self.counters.messages_sent;
        self.heartbeat.heard_just_now(self.now);
        self.arm_look();
        self.arm_keep_alive();
    }

    /// Another rhythm is in effect on the open connection.
    #[cfg(feature = "subprotocol")]
    pub(super) fn restart_heartbeat(&mut self) {
        self.heartbeat.heard_just_now(self.now);
        self.timers.cancel(Timer::Heartbeat);
        self.timers.cancel(Timer::Wake);
        self.arm_look();
        self.arm_wake_look();
        self.arm_keep_alive();
    }

    pub(super) fn stop_heartbeat(&mut self) {
        self.stop_keep_alive();
        self.heartbeat.is_held = false;
        self.timers.cancel(Timer::Heartbeat);
        self.timers.cancel(Timer::Wake);
    }

    pub(super) fn arm_look(&mut self) {
        if let Some(every) = self.rhythm().expect_every_ms {
            self.arm_in(Timer::Heartbeat, (every / LOOKS).max(1));
        }
    }

    /// A quarter of the rhythm has passed.
    pub(super) fn on_look(&mut self) {
        if self.heartbeat.is_heard {
            self.heartbeat.heard_just_now(self.now);
        }
        let silent_ms = self.now.saturating_sub(self.heartbeat.heard_before);
        if let Some(every) = self.rhythm().expect_every_ms
            && !self.is_held()
        {
            let slack = (every / LOOKS).max(MIN_RHYTHM_SLACK_MS);
            if silent_ms >= every.saturating_add(slack) {
                return self.on_break(Cause::new(CauseKind::Heartbeat));
            }
        }
        self.arm_look();
    }

    /// Tells that the application has no room, and reads nothing from the open connection until
    /// [`release_reading`](Session::release_reading): silence is not judged.
    pub fn hold_reading(&mut self, now: Millis) {
        self.advance(now);
        self.heartbeat.is_held = self.is_open();
    }

    /// Tells that the application reads again: silence starts now.
    pub fn release_reading(&mut self, now: Millis) {
        self.advance(now);
        if core::mem::replace(&mut self.heartbeat.is_held, false) {
            self.heartbeat.heard_just_now(self.now);
            self.arm_look();
        }
    }

    pub(super) fn is_held(&self) -> bool {
        !IS_SUBPROTOCOL_MODULE && self.heartbeat.is_held
    }

    pub(super) fn probe(&mut self) {}

    /// A timer fired far too late: what arrived meanwhile is read first, and only then judged.
    pub(super) fn give_grace(&mut self, _: Millis) {
        let heartbeat = &mut self.heartbeat;
        if !core::mem::replace(&mut heartbeat.is_graced, true) {
            heartbeat.heard_before = self.now;
            self.arm_look();
        }
    }

    pub(super) fn on_send_watched(&mut self) {}

    pub(super) fn watch_send(&mut self) {}

    pub(super) fn on_ping(&mut self) {}

    pub(super) fn on_pong(&mut self, _: Option<u32>) {}

    pub(super) fn on_pong_overdue(&mut self) {}

    #[cfg(feature = "subprotocol")]
    pub(super) fn ping_again(&mut self) {}

    pub(super) fn record_round_trip(&mut self, round_trip_ms: Millis) {
        self.latency.record(round_trip_ms);
        if let Some(last) = self.latency.last_ms() {
            self.outputs.push(Output::Notify(Event::Latency(last)));
        }
    }

    /// Tells how many bytes the browser holds back, right before [`handle_timeout`](Session::handle_timeout). Nothing here
    /// is judged by it.
    pub fn note_buffered(&mut self, _: u64) {}
}
