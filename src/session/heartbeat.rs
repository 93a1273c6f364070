//! The heartbeat in both directions.
//!
//! Messages only leave a mark; a timer looks at the marks every quarter of the interval. So silence is known to
//! that grain, and a message costs neither a clock reading nor a timer.
//!
//! While the application holds the reading back, what the peer has said stands unread in the socket, pongs too. Silence then
//! proves nothing: it is pinged on, so that it hears of us, and judged only when it is read again.

use super::cause::{Cause, CauseKind};
use super::keep_alive::KeepAlive;
use super::output::{Event, Output};
use super::state::State;
use super::timer::Timer;
use super::{IS_SUBPROTOCOL_MODULE, Millis, Session};

/// Looks per interval.
const LOOKS: Millis = 4;
/// A send after this much silence pulls the ping forward …
const SILENCE_BEFORE_SEND_MS: Millis = 5_000;
/// … so far that a dead peer is known this long after the send.
const KNOWN_AFTER_SEND_MS: Millis = 12_000;
/// A probe's pong is waited for at most this long.
const MAX_PROBE_DEADLINE_MS: Millis = 4_000;
/// How much later than its rhythm the server's ping may come: a quarter of the rhythm, and at least this.
const MIN_RHYTHM_SLACK_MS: Millis = 2_000;

/// So much held back by the browser means that the buffers below it are full, and empty only as the peer takes it. Less
/// than that disappears into those buffers, over a dead link too.
const BACKLOG_BYTES: u64 = 65_536;
/// Whether such a backlog moves is seen after this.
const BACKLOG_LOOK_MS: Millis = 2_000;

/// So many pings may go unanswered on a link that lives, before pongs without an id confirm nothing more there.
const MAX_OWED: usize = 8;

/// The heartbeat. Browsers cannot send ping frames, so both directions are messages of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// Ping after this much silence; `None`, the default, never pings.
    pub interval_ms: Option<Millis>,
    /// The same while the page is hidden. Default 50,000 ms, and never less than the interval.
    pub hidden_interval_ms: Millis,
    /// The server is expected to ping this often; `None`, the default, expects nothing.
    pub expect_every_ms: Option<Millis>,
    /// What must leave however much arrives. Default: nothing. Subprotocols only.
    pub keep_alive: KeepAlive,
}

impl HeartbeatConfig {
    pub(super) const DEFAULT: Self = HeartbeatConfig {
        interval_ms: None,
        hidden_interval_ms: 50_000,
        expect_every_ms: None,
        keep_alive: KeepAlive::None,
    };
}

impl Default for HeartbeatConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The ping that waits for its pong. There is at most one.
#[derive(Clone, Copy, Debug)]
struct Outstanding {
    id: u32,
    /// How often it was sent: so many pongs answer it.
    times: u32,
    /// Whether a pong without an id was taken for that of an earlier ping, and may have been that of this one.
    may_be_answered: bool,
    /// `None` once the machine slept or nothing was read meanwhile: the round trip would measure that.
    sent_at: Option<Millis>,
    /// Messages sent before it: its pong confirms these.
    sent_before: u64,
    /// Whether anything was received since it was sent, or last asked for: that is life, though no pong.
    since: Mark,
    /// Where the ping stands behind data that the browser holds back: how much of all had left it when last looked at.
    left: Option<i64>,
}

/// Whether something was received since a look, a ping or a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Silent,
    Heard,
}

/// A send that is being watched for an answer.
#[derive(Clone, Copy, Debug)]
struct SendWatch {
    /// Messages sent in the session's life, this one included.
    sent: u64,
    /// Whether anything was received since.
    since: Mark,
}

/// Whether the peer has been given time since its last sign of life because a timer fired far too late.
/// Given once only: in a throttled page every timer is late, and a dead peer must be found there too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grace {
    Available,
    Used,
}

/// The heartbeat of the current connection.
#[derive(Clone, Debug)]
pub(super) struct Heartbeat {
    mark: Mark,
    send_watch: Option<SendWatch>,
    /// No later than the last sign of life: when it had been seen at the look before.
    heard_after: Millis,
    /// No earlier than the last sign of life.
    heard_before: Millis,
    last_look: Millis,
    outstanding: Option<Outstanding>,
    /// Of each ping that was given up, oldest first, the messages sent before it, and how many pongs of it may still come:
    /// without an id they look like that of a later ping.
    owed: Vec<(u64, u32)>,
    /// Whether a ping was due for a confirmation while another was outstanding.
    pub(super) wants_ping: bool,
    grace: Grace,
    /// Whether the application reads nothing for now.
    is_held: bool,
    /// Bytes that the browser holds back, as last told.
    buffered: u64,
    next_id: u32,
    /// Messages sent in the session's life that pongs have confirmed.
    pub(super) confirmed: u64,
}

impl Heartbeat {
    pub(super) const fn new() -> Self {
        Heartbeat {
            mark: Mark::Silent,
            send_watch: None,
            heard_after: 0,
            heard_before: 0,
            last_look: 0,
            outstanding: None,
            owed: Vec::new(),
            wants_ping: false,
            grace: Grace::Available,
            is_held: false,
            buffered: 0,
            next_id: 1,
            confirmed: 0,
        }
    }

    fn is_held(&self) -> bool {
        !IS_SUBPROTOCOL_MODULE && self.is_held
    }

    /// The hot path: something was received.
    pub(super) fn mark_heard(&mut self) {
        self.mark = Mark::Heard;
    }

    /// Turns the mark into times: what was heard was heard between the last look and now.
    fn read_mark(&mut self, now: Millis) {
        if core::mem::replace(&mut self.mark, Mark::Silent) == Mark::Heard {
            self.heard_after = self.heard_after.max(self.last_look);
            self.heard_before = now;
            self.grace = Grace::Available;
            if let Some(ping) = &mut self.outstanding {
                ping.since = Mark::Heard;
            }
            if let Some(watch) = &mut self.send_watch {
                watch.since = Mark::Heard;
            }
        }
    }

    /// A pong without an id answers the oldest ping that has none, or a later one: it confirms no more than what was
    /// sent before the oldest.
    fn pop_owed(&mut self) -> Option<u64> {
        match self.owed.len() {
            0 => None,
            // So many pongs are missing that nothing can be said any more.
            MAX_OWED => Some(0),
            _ => {
                let (covered, times) = &mut self.owed[0];
                let covered = *covered;
                *times -= 1;
                if *times == 0 {
                    self.owed.remove(0);
                }
                Some(covered)
            }
        }
    }

    fn owe(&mut self, sent_before: u64, times: u32) {
        if times > 0 && self.owed.len() < MAX_OWED {
            self.owed.push((sent_before, times));
        }
    }

    fn heard_just_now(&mut self, now: Millis) {
        self.mark = Mark::Silent;
        self.heard_after = now;
        self.heard_before = now;
        self.grace = Grace::Available;
    }
}

impl Session {
    /// The hot path: whether a send needs the clock, which is at most once per watch.
    pub(super) fn wants_send_time(&self) -> bool {
        self.can_ping() && self.heartbeat.send_watch.is_none()
    }

    pub(super) fn can_ping(&self) -> bool {
        let rhythm = self.rhythm();
        rhythm.interval_ms.is_some() || rhythm.keep_alive.is_answered()
    }

    fn pings(&self) -> Option<Millis> {
        let config = self.rhythm();
        let interval = config.interval_ms?;
        Some(if self.page.is_hidden() {
            interval.max(config.hidden_interval_ms)
        } else {
            interval
        })
    }

    pub(super) fn has_heartbeat(&self) -> bool {
        self.can_ping() || self.rhythm().expect_every_ms.is_some()
    }

    /// The connection has opened: silence starts now.
    pub(super) fn start_heartbeat(&mut self) {
        let now = self.now;
        let heartbeat = &mut self.heartbeat;
        heartbeat.heard_just_now(now);
        heartbeat.send_watch = None;
        heartbeat.confirmed = self.counters.messages_sent;
        self.arm_look();
        self.arm_keep_alive();
    }

    /// Another rhythm is in effect on the open connection. A pong that is due may still come, and answers nothing.
    #[cfg(feature = "subprotocol")]
    pub(super) fn restart_heartbeat(&mut self) {
        let heartbeat = &mut self.heartbeat;
        if let Some(ping) = heartbeat.outstanding.take() {
            heartbeat.owe(ping.sent_before, ping.times);
        }
        heartbeat.wants_ping = false;
        heartbeat.send_watch = None;
        heartbeat.heard_just_now(self.now);
        for timer in [
            Timer::Confirm,
            Timer::Heartbeat,
            Timer::Pong,
            Timer::Probe,
            Timer::Send,
            Timer::Wake,
        ] {
            self.timers.cancel(timer);
        }
        self.arm_look();
        self.arm_wake_look();
        self.arm_keep_alive();
        self.await_confirmation();
    }

    pub(super) fn stop_heartbeat(&mut self) {
        self.stop_keep_alive();
        self.heartbeat.outstanding = None;
        self.heartbeat.owed.clear();
        self.heartbeat.wants_ping = false;
        self.heartbeat.is_held = false;
        for timer in [
            Timer::Confirm,
            Timer::Heartbeat,
            Timer::Pong,
            Timer::Probe,
            Timer::Send,
            Timer::Wake,
        ] {
            self.timers.cancel(timer);
        }
    }

    pub(super) fn arm_look(&mut self) {
        let grain = match (self.pings(), self.rhythm().expect_every_ms) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return,
        };
        self.heartbeat.last_look = self.now;
        self.arm_in(Timer::Heartbeat, (grain / LOOKS).max(1));
    }

    /// A quarter of the interval has passed.
    pub(super) fn on_look(&mut self) {
        let now = self.now;
        let heartbeat = &mut self.heartbeat;
        heartbeat.read_mark(now);
        let silent_at_most = now.saturating_sub(heartbeat.heard_after);
        let silent_at_least = now.saturating_sub(heartbeat.heard_before);
        let is_held = heartbeat.is_held();
        if let Some(every) = self.rhythm().expect_every_ms
            && !is_held
        {
            let slack = (every / LOOKS).max(MIN_RHYTHM_SLACK_MS);
            if silent_at_least >= every.saturating_add(slack) {
                return self.on_break(Cause::new(CauseKind::Heartbeat));
            }
        }
        if self
            .pings()
            .is_some_and(|interval| silent_at_most >= interval)
        {
            if is_held {
                self.ping_on();
            }
            self.ping(self.latency.pong_deadline_ms());
        }
        self.arm_look();
    }

    /// What was said since the last ping stands unread, its pong too: the peer hears of us again after an interval.
    fn ping_on(&mut self) {
        self.heartbeat.heard_just_now(self.now);
        if let Some(ping) = &mut self.heartbeat.outstanding {
            ping.times += 1;
            self.outputs.push(Output::Ping(ping.id));
            self.mark_sent();
        }
    }

    /// Tells that the application has no room, and reads nothing from the open connection until
    /// [`release_reading`](Session::release_reading): what the peer says stands in the socket, and it is not judged by its
    /// silence. Does nothing where there is no open connection; a hold ends with its connection.
    pub fn hold_reading(&mut self, now: Millis) {
        self.advance(now);
        if self.is_open() {
            self.heartbeat.is_held = true;
            if let Some(ping) = &mut self.heartbeat.outstanding {
                ping.sent_at = None;
            }
        }
    }

    /// Tells that the application reads again: silence starts now, and a pong that is due has its time anew.
    pub fn release_reading(&mut self, now: Millis) {
        self.advance(now);
        let heartbeat = &mut self.heartbeat;
        if core::mem::replace(&mut heartbeat.is_held, false) {
            heartbeat.read_mark(self.now);
            heartbeat.heard_just_now(self.now);
            if heartbeat.outstanding.is_some() {
                self.arm_in(Timer::Pong, self.latency.pong_deadline_ms());
            }
            self.arm_look();
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.heartbeat.is_held()
    }

    /// Sends a ping unless one is outstanding; either way a sign of life is due within `deadline_ms`.
    pub(super) fn ping(&mut self, deadline_ms: Millis) {
        let mut due = self.now.saturating_add(deadline_ms);
        let heartbeat = &mut self.heartbeat;
        // What was heard before this ping is no answer to it.
        heartbeat.read_mark(self.now);
        if let Some(ping) = &mut heartbeat.outstanding {
            // Its pong will do, but what was heard since will not.
            if core::mem::replace(&mut ping.since, Mark::Silent) == Mark::Silent {
                due = self.timers.deadline(Timer::Pong).unwrap_or(due).min(due);
            } else if core::mem::replace(&mut ping.may_be_answered, false) {
                ping.times += 1;
                ping.sent_at = None;
                self.outputs.push(Output::Ping(ping.id));
                self.mark_sent();
            }
            return self.timers.arm(Timer::Pong, due);
        }
        let id = heartbeat.next_id;
        heartbeat.next_id = id.wrapping_add(1).max(1);
        heartbeat.outstanding = Some(Outstanding {
            id,
            times: 1,
            may_be_answered: false,
            sent_at: (!heartbeat.is_held()).then_some(self.now),
            sent_before: self.counters.messages_sent,
            since: Mark::Silent,
            left: None,
        });
        self.outputs.push(Output::Ping(id));
        self.mark_sent();
        self.timers.arm(Timer::Pong, due);
        // It confirms all that has been sent.
        self.heartbeat.wants_ping = false;
        self.timers.cancel(Timer::Confirm);
    }

    /// Something must leave: a ping, and where one is outstanding the same again, though its pong is judged as before.
    #[cfg(feature = "subprotocol")]
    pub(super) fn ping_again(&mut self) {
        match &mut self.heartbeat.outstanding {
            Some(ping) => {
                ping.times += 1;
                self.outputs.push(Output::Ping(ping.id));
                self.mark_sent();
            }
            None => self.ping(self.latency.pong_deadline_ms()),
        }
    }

    /// Asks an open connection for a sign of life, with a short deadline.
    pub(super) fn probe(&mut self) {
        if self.can_ping() {
            self.ping(self.latency.pong_deadline_ms().min(MAX_PROBE_DEADLINE_MS));
        }
    }

    /// A timer fired far too late: the machine slept or the page was throttled. What arrived meanwhile is read
    /// first, then the peer is asked, and only then judged.
    pub(super) fn give_grace(&mut self, grace_ms: Millis) {
        let now = self.now;
        let short = self.latency.pong_deadline_ms().min(MAX_PROBE_DEADLINE_MS);
        let heartbeat = &mut self.heartbeat;
        heartbeat.read_mark(now);
        if heartbeat.grace == Grace::Used {
            return;
        }
        heartbeat.grace = Grace::Used;
        heartbeat.heard_before = now;
        let mut unanswered = false;
        if let Some(ping) = &mut heartbeat.outstanding {
            ping.sent_at = None;
            unanswered = ping.since == Mark::Silent;
        }
        if unanswered {
            self.arm_in(Timer::Pong, short);
        } else if self.can_ping() {
            // Also where something was heard since the last ping: it may have stood in the page's task queue, and
            // be as old as the sleep.
            self.arm_in(Timer::Probe, grace_ms);
        }
        self.arm_look();
    }

    /// A send has been watched for a while.
    pub(super) fn on_send_watched(&mut self) {
        self.heartbeat.read_mark(self.now);
        match self.heartbeat.send_watch.take() {
            Some(watch) if watch.since == Mark::Heard => {
                // The peer was there, but what was sent meanwhile may have missed it.
                if self.counters.messages_sent > watch.sent {
                    self.watch_send();
                }
            }
            _ => self.ping(self.latency.pong_deadline_ms()),
        }
    }

    /// A message was sent, and nothing watches yet whether the peer is there: a dead one is known 12 s later.
    pub(super) fn watch_send(&mut self) {
        if !self.wants_send_time() {
            return;
        }
        let now = self.now;
        let deadline = self.latency.pong_deadline_ms();
        let heartbeat = &mut self.heartbeat;
        heartbeat.read_mark(now);
        heartbeat.send_watch = Some(SendWatch {
            sent: self.counters.messages_sent,
            since: Mark::Silent,
        });
        let silence_over = heartbeat
            .heard_before
            .saturating_add(SILENCE_BEFORE_SEND_MS);
        // Half of the time there is: a send that follows during this watch gets a second one, and is in time too.
        let known_in_time = now + KNOWN_AFTER_SEND_MS.saturating_sub(deadline) / 2;
        let mut at = silence_over.min(known_in_time);
        if at <= now {
            self.ping(deadline);
            at = known_in_time;
        }
        self.timers.arm(Timer::Send, at);
    }

    /// The server pings. Nothing but the credentials leaves before the yes.
    pub(super) fn on_ping(&mut self) {
        if !matches!(self.state, State::Authenticating(_)) {
            self.outputs.push(Output::Pong);
            self.mark_sent();
        }
    }

    /// A pong arrived. One that answers no outstanding ping is a sign of life and nothing more.
    pub(super) fn on_pong(&mut self, id: Option<u32>) {
        let now = self.now;
        let heartbeat = &mut self.heartbeat;
        let Some(ping) = heartbeat.outstanding else {
            // Too late, or never asked for.
            heartbeat.pop_owed();
            return;
        };
        match id {
            Some(id) if id != ping.id => return,
            Some(_) => heartbeat.owed.clear(),
            None => {
                if let Some(covered) = heartbeat.pop_owed() {
                    heartbeat.outstanding = Some(Outstanding {
                        may_be_answered: true,
                        ..ping
                    });
                    return self.confirm(covered);
                }
                heartbeat.owe(ping.sent_before, ping.times - 1);
            }
        }
        let heartbeat = &mut self.heartbeat;
        heartbeat.outstanding = None;
        heartbeat.heard_just_now(now);
        // It answers every send before its ping, and tells nothing of those after.
        if self.counters.messages_sent == ping.sent_before {
            heartbeat.send_watch = None;
            self.timers.cancel(Timer::Send);
        } else if let Some(watch) = &mut heartbeat.send_watch
            && watch.sent <= ping.sent_before
        {
            watch.since = Mark::Heard;
        }
        self.timers.cancel(Timer::Pong);
        self.timers.cancel(Timer::Probe);
        if let Some(sent_at) = ping.sent_at {
            self.record_round_trip(now.saturating_sub(sent_at));
        }
        self.arm_look();
        self.confirm(ping.sent_before);
        self.confirm_further();
    }

    pub(super) fn record_round_trip(&mut self, round_trip_ms: Millis) {
        self.latency.record(round_trip_ms);
        if let Some(last) = self.latency.last_ms() {
            self.outputs.push(Output::Notify(Event::Latency(last)));
        }
    }

    /// The pong is overdue: the peer is gone, unless it said something else meanwhile.
    pub(super) fn on_pong_overdue(&mut self) {
        if self.heartbeat.is_held() {
            return;
        }
        self.heartbeat.read_mark(self.now);
        match self.heartbeat.outstanding.take() {
            Some(ping) if ping.since == Mark::Heard => {
                self.heartbeat.owe(ping.sent_before, ping.times);
                self.heartbeat.wants_ping = false;
                self.await_confirmation();
            }
            Some(ping) if self.may_be_moving(&ping) => {
                let look = if ping.left.is_none() {
                    BACKLOG_LOOK_MS
                } else {
                    self.latency.pong_deadline_ms()
                };
                let left = self.has_backlog().then(|| self.left());
                self.heartbeat.outstanding = Some(Outstanding { left, ..ping });
                self.arm_in(Timer::Pong, look);
            }
            _ => self.on_break(Cause::new(CauseKind::Heartbeat)),
        }
    }

    /// Tells how many bytes the browser holds back, right before [`handle_timeout`](Session::handle_timeout).
    pub fn note_buffered(&mut self, bytes: u64) {
        self.heartbeat.buffered = bytes;
    }

    fn has_backlog(&self) -> bool {
        self.heartbeat.buffered >= BACKLOG_BYTES
    }

    /// How much of what was sent has left the browser; only the difference between two looks means anything.
    fn left(&self) -> i64 {
        self.counters.bytes_sent as i64 - self.heartbeat.buffered as i64
    }

    /// Whether the ping stands behind data that goes on leaving: a slow way up is no dead link. The first look only
    /// notes where it stands.
    fn may_be_moving(&self, ping: &Outstanding) -> bool {
        match ping.left {
            None => self.has_backlog(),
            Some(left) => self.left() > left,
        }
    }

    pub(super) fn pong_is_due(&self) -> bool {
        self.heartbeat.outstanding.is_some()
    }
}
