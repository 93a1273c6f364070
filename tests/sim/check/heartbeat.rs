//! The heartbeat finds a silent peer within its bounds, and gives up none that spoke.
//!
//! The bounds count from the last sign of life that reached the session. A page whose timers are late can act only
//! so much later: the lateness of each timer since then is added. A peer whose words stand unread is not judged, and goes
//! on hearing of us.

use tautline::session::{
    CauseKind, Event, Heard, Millis, News, Output, Signal, State, StateName, Timer,
    Verdict as Frame,
};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind, Reply};

/// A pong is waited for at most this long …
const PONG_MS: Millis = 10_000;
/// … and at least this long.
const SHORTEST_PONG_MS: Millis = 2_000;
/// A send finds a dead peer within this.
const AFTER_SEND_MS: Millis = 12_000;
/// And a wake within this.
const AFTER_WAKE_MS: Millis = 5_000;

#[derive(Default)]
pub struct Heartbeat {
    hidden: bool,
    heard_at: Millis,
    /// The last look before that: silence is known to that grain.
    heard_after: Millis,
    looked_at: Millis,
    /// The longest interval in effect since then, and whether it changed.
    longest_ms: Millis,
    changed: bool,
    late_ms: Millis,
    send_due: Option<Millis>,
    woke_at: Option<Millis>,
    wake_due: Option<Millis>,
    /// A ping has been sent on this connection.
    pinged: bool,
    /// When the peer was last asked for a sign of life.
    asked_at: Millis,
    /// And nothing was heard since.
    unanswered: bool,
    /// While nothing is read: when the peer must hear of us.
    beat_due: Millis,
}

impl Heartbeat {
    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        let now = context.now;
        match *seen {
            Seen::Call(Call::Signal(signal)) if context.config.lifecycle => {
                self.on_late(context);
                // A probe: a ping under way serves for it.
                self.ask(now);
                match signal {
                    Signal::Hidden => self.turn(context, true),
                    Signal::Shown => self.turn(context, false),
                    _ => {}
                }
            }
            Seen::Call(Call::Timeout | Call::News(..)) => {
                self.on_late(context);
                self.on_timer(context);
            }
            Seen::Call(Call::Pass { .. }) | Seen::Output(Output::Transmit(_)) => {
                self.send_due.get_or_insert(now + AFTER_SEND_MS);
            }
            Seen::Reply(call, _) if context.agrees(call).is_some() => {
                // Silence starts now, and a ping under way is no longer judged.
                let agreed = context.agrees(call).unwrap_or_default();
                self.looked_at = now;
                self.heard(context);
                self.pinged = false;
                let longest = agreed.interval_ms.unwrap_or(0);
                self.longest_ms = longest.max(agreed.hidden_interval_ms * u64::from(self.hidden));
                self.beat_due = now + 2 * agreed.hidden_interval_ms.max(longest);
            }
            Seen::Call(Call::HoldReading) => self.beat_due = now + self.rhythm(context),
            Seen::Call(Call::ReleaseReading) if context.held => {
                self.heard(context);
                // A pong that is due has its time anew.
                if self.pinged {
                    self.ask(now);
                }
            }
            // One that expects no answer asks for nothing.
            Seen::Output(Output::Ping(0)) => {}
            Seen::Output(Output::Ping(_)) => {
                self.beat_due = now + self.rhythm(context);
                self.ask(now);
                self.pinged = true;
            }
            Seen::Reply(Call::Heard(..), Reply::Heard(Heard::Deliver)) => self.heard(context),
            // A pong that is read after a wake is life, too.
            Seen::Reply(Call::News(_, News::Classified(Frame::Pong(_))), Reply::Taken(true)) => {
                self.heard(context);
            }
            Seen::Output(Output::Notify(Event::State { state, cause })) => {
                if matches!(state, State::Open { .. }) {
                    self.pinged = false;
                    self.heard(context);
                }
                let missed = cause.as_ref().map(|cause| cause.kind) == Some(CauseKind::Heartbeat);
                if missed {
                    return self.check_missed(context);
                }
            }
            Seen::Settled { .. }
                if context.call == Kind::Timeout && context.shown == StateName::Open =>
            {
                return self.check_silence(context);
            }
            _ => {}
        }
        Ok(())
    }

    fn interval(&self, context: &Context) -> Option<Millis> {
        let heartbeat = &context.rhythm;
        let interval = heartbeat.interval_ms?;
        let hidden = heartbeat.hidden_interval_ms.max(interval);
        Some(if self.hidden { hidden } else { interval })
    }

    /// So often a peer hears of us whose words stand unread; looks are a quarter of the interval apart, and begin anew when
    /// the page is shown or hidden.
    fn rhythm(&self, context: &Context) -> Millis {
        let interval = self.interval(context).unwrap_or(0);
        let hidden = context.rhythm.hidden_interval_ms;
        let longest = self.longest_ms.max(interval).max(hidden);
        longest + 2 * (longest / 4 + 1)
    }

    fn heard(&mut self, context: &Context) {
        *self = Heartbeat {
            beat_due: self.beat_due,
            hidden: self.hidden,
            pinged: self.pinged,
            asked_at: self.asked_at,
            heard_at: context.now,
            heard_after: self.looked_at,
            looked_at: self.looked_at,
            longest_ms: self.interval(context).unwrap_or(0),
            ..Heartbeat::default()
        };
    }

    fn turn(&mut self, context: &Context, hidden: bool) {
        self.changed |= self.hidden != hidden;
        self.hidden = hidden;
        let interval = self.interval(context).unwrap_or(0);
        self.longest_ms = self.longest_ms.max(interval);
    }

    /// Some timers ask for a sign of life, also when a ping is under way already.
    fn on_timer(&mut self, context: &Context) {
        if context.call != Kind::Timeout && !context.woke() {
            // News fires no timer, unless it shows that the machine slept.
            return;
        }
        let silence = context.now - self.heard_after;
        let interval = self.interval(context).unwrap_or(0);
        let asks = match context.due.map(|(_, timer)| timer) {
            Some(Timer::Send | Timer::Probe | Timer::KeepAlive) => true,
            Some(Timer::Heartbeat) => silence >= interval,
            Some(_) => context.late_ms > 0,
            None => false,
        };
        if context
            .due
            .is_some_and(|(_, timer)| timer == Timer::Heartbeat)
        {
            self.looked_at = context.now;
        }
        if asks {
            self.ask(context.now);
        }
    }

    /// The first question since the last sign of life counts.
    fn ask(&mut self, now: Millis) {
        if !self.unanswered {
            self.unanswered = true;
            self.asked_at = now;
        }
    }

    fn on_late(&mut self, context: &Context) {
        let late = context.late_ms;
        // To hide or to show the page makes it look, as a timer would.
        let looks = match context.call {
            Kind::Timeout => true,
            Kind::Signal(Signal::Hidden) => !self.hidden,
            Kind::Signal(Signal::Shown) => self.hidden,
            _ => false,
        };
        if !looks && !context.woke() {
            // It notices nothing, and the timer is still to come.
            return;
        }
        self.late_ms += late;
        self.beat_due += late;
        self.send_due = self.send_due.map(|due| due + late);
        self.wake_due = self.wake_due.map(|due| due + late);
        if context.woke() {
            let judged = context.now + AFTER_WAKE_MS;
            self.send_due = self.send_due.map(|due| due.max(judged));
        }
        if context.woke() && self.woke_at.is_none() {
            self.woke_at = Some(context.now);
            self.wake_due = Some(context.now + AFTER_WAKE_MS);
        }
    }

    /// Still open: is anything overdue?
    fn check_silence(&self, context: &Context) -> Verdict {
        let now = context.now;
        let in_time = |bound: Millis, what: &str| {
            ensure(now <= bound, Invariant::Heartbeat, || {
                format!(
                    "silent since {}, to be found {what} by {bound}",
                    self.heard_at
                )
            })
        };
        let heartbeat = &context.rhythm;
        if context.held {
            let due = self.beat_due;
            let beats = heartbeat.interval_ms.is_none() || now <= due;
            return ensure(beats, Invariant::Heartbeat, || {
                format!("nothing is read, and a ping was due at {due}")
            });
        }
        let every = heartbeat.expect_every_ms;
        if heartbeat.interval_ms.is_some() {
            let coarse = self.changed || every.is_some() || !self.longest_ms.is_multiple_of(4);
            let grain = if coarse { self.longest_ms / 4 + 1 } else { 0 };
            let grace = self.woke_at.map_or(0, |_| AFTER_WAKE_MS);
            let bound = self.heard_at + self.longest_ms + grain + PONG_MS + grace + self.late_ms;
            in_time(bound, "idle")?;
            in_time(self.send_due.unwrap_or(now), "after a send")?;
            in_time(self.wake_due.unwrap_or(now), "after a wake")?;
        }
        if let Some(every) = every {
            let from = self.heard_at.max(self.woke_at.unwrap_or(0));
            let bound = from + every + slack(every) + 2 * (every / 4 + 1) + self.late_ms;
            in_time(bound, "out of rhythm")?;
        }
        Ok(())
    }

    /// Given up: was it silent for long enough?
    fn check_missed(&self, context: &Context) -> Verdict {
        let now = context.now;
        let unanswered = self.pinged && self.unanswered && now >= self.asked_at + SHORTEST_PONG_MS;
        let out_of_rhythm = context
            .rhythm
            .expect_every_ms
            .is_some_and(|every| now >= self.heard_at + every + slack(every));
        ensure(!context.held, Invariant::Heartbeat, || {
            "given up while nothing is read".into()
        })?;
        ensure(unanswered || out_of_rhythm, Invariant::Heartbeat, || {
            let (heard, asked) = (self.heard_at, self.asked_at);
            format!("given up; heard at {heard}, asked at {asked}")
        })
    }
}

/// How much later than its rhythm a server's ping may come.
fn slack(every: Millis) -> Millis {
    (every / 4).clamp(2_000, 10_000)
}
