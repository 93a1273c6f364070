//! The session as its surroundings see it: the real one, or one with a planted bug in between.

use tautline::session::{
    Accepted, CauseKind, Config, DropReason, Event, Generation, Millis, News, Output, Question,
    Session, Signal, State, StateName, Stats, Timer, Verdict, WaitKind,
};

use crate::bugs::Bug;
use crate::call::{Call, Reply};
use crate::sabotage::Memory;

/// A session, honest unless a bug is planted.
pub struct View {
    pub(crate) session: Session,
    bug: Option<Bug>,
    /// What the bug holds back, or makes up.
    pub(crate) extra: Option<Output>,
    pub(crate) memory: Memory,
    openings: u32,
}

impl View {
    pub fn new(config: Config, seed: u64, bug: Option<Bug>) -> Self {
        let config = bug.map_or(config.clone(), |bug| bug.tamper(config));
        View {
            session: Session::new(config, seed),
            bug,
            extra: None,
            memory: Memory::default(),
            openings: 0,
        }
    }

    pub fn state(&self) -> &State {
        self.session.state()
    }

    pub fn generation(&self) -> Generation {
        self.session.generation()
    }

    pub fn stats(&self, now: Millis) -> Stats {
        let mut stats = self.session.stats(now);
        if self.bug == Some(Bug::FalseConfirmation) {
            stats.unconfirmed = 0;
        }
        stats
    }

    /// Whether something was settled, or is to leave, that has not been polled yet.
    pub fn has_untold(&self) -> bool {
        let sent = self.session.stats(0).messages_sent;
        let mut probe = self.session.clone();
        while let Some(output) = probe.poll_output() {
            match output {
                // The queue leaves when everything else is out.
                Output::Transmit(_) => return probe.stats(0).messages_sent == sent,
                Output::Notify(Event::Dropped(..) | Event::Confirmed(_))
                | Output::Abandon { .. }
                | Output::Close { .. } => return true,
                _ => {}
            }
        }
        self.extra.is_some()
    }

    pub fn can_pass(&self) -> bool {
        self.session.can_pass()
    }

    pub fn may_restore(&self, generation: Generation) -> bool {
        self.session.may_restore(generation)
    }

    pub fn poll_timeout(&self) -> Option<(Millis, Timer)> {
        let (at, timer) = self.session.poll_timeout()?;
        match self.bug {
            Some(bug) if bug.hides(timer) => None,
            Some(bug) if bug.puts_off(timer) => Some((at + 60_000, timer)),
            _ => Some((at, timer)),
        }
    }

    /// Makes the call.
    pub fn apply(&mut self, now: Millis, call: &Call) -> Reply {
        let Some(bug) = self.bug else {
            return self.apply_honestly(now, call);
        };
        self.memory.note_call(call, self.session.config().delivery);
        match (bug, call) {
            (Bug::SlowClose, &Call::Close { drain_ms }) => {
                let drain_ms = drain_ms + 5_000;
                self.apply_honestly(now, &Call::Close { drain_ms })
            }
            (Bug::RetriedFinal, Call::News(generation, News::Closed(close)))
                if close.code == 1002 =>
            {
                let mut close = close.clone();
                close.code = 1011;
                self.apply_honestly(now, &Call::News(*generation, News::Closed(close)))
            }
            (Bug::EagerTimeout, Call::Timeout) => {
                let due = self.session.poll_timeout().map_or(now, |(at, _)| at);
                self.session.handle_timeout(due.max(now));
                Reply::Done
            }
            (Bug::Revenant, Call::Signal(Signal::Shown))
                if matches!(self.state(), State::Closed(_)) =>
            {
                self.session.reconnect(now);
                Reply::Done
            }
            (Bug::CutTold, Call::Signal(Signal::Online)) if self.waits(WaitKind::Told) => {
                self.session.reconnect(now);
                Reply::Done
            }
            (Bug::EagerSignal, Call::Signal(Signal::Online | Signal::Shown)) => {
                let reply = self.apply_honestly(now, call);
                if self.waits(WaitKind::Backoff) && !self.is_leaving(now) {
                    self.session.reconnect(now);
                }
                reply
            }
            (Bug::DeafToOpening, Call::News(generation, News::Opened { .. }))
                if *generation == self.session.generation()
                    && self.session.state().name() == StateName::Connecting =>
            {
                self.openings += 1;
                if self.openings > 3 {
                    return Reply::Taken(true);
                }
                self.apply_honestly(now, call)
            }
            (Bug::SkippedYes, Call::News(generation, News::CredentialsReady))
                if matches!(self.state(), State::Authenticating(_)) =>
            {
                let reply = self.apply_honestly(now, call);
                let yes = News::Classified(Verdict::Accepted);
                self.session.handle_news(now, *generation, yes);
                reply
            }
            (Bug::Miscounted, Call::Pass { bytes, .. }) => {
                self.session.note_passed(*bytes);
                self.apply_honestly(now, call)
            }
            _ => self.call_wrongly(bug, now, call),
        }
    }

    /// The next output.
    pub fn poll_output(&mut self, now: Millis) -> Option<Output> {
        if let Some(extra) = self.extra.take() {
            return Some(extra);
        }
        let output = self.session.poll_output()?;
        let Some(bug) = self.bug else {
            return Some(output);
        };
        self.memory.note_output(&output);
        // The older bugs leave promises alone: those have bugs and invariants of their own.
        match (bug, &output) {
            (Bug::ImpossibleEdge, Output::Notify(Event::State { state, cause }))
                if state.name() == StateName::Connecting =>
            {
                let state = State::Open {
                    since: now,
                    accepted: Accepted::NotAsked,
                };
                let cause = *cause;
                Some(Output::Notify(Event::State { state, cause }))
            }
            (Bug::IgnoredAbandon, Output::Abandon { .. }) if self.memory.is_unpromised() => {
                self.poll_output(now)
            }
            (Bug::LostMessage, &Output::Transmit(ticket)) if self.memory.is_first(ticket) => {
                self.poll_output(now)
            }
            (
                Bug::ForgottenDrop,
                &Output::Notify(Event::Dropped(
                    ticket,
                    DropReason::Expired | DropReason::Closed | DropReason::Replaced,
                    _,
                )),
            ) if self.memory.is_plain(ticket) => self.poll_output(now),
            (Bug::DoubledDial, Output::Dial(_)) | (Bug::DoubledMessage, Output::Transmit(_)) => {
                self.extra = Some(output);
                Some(output)
            }
            (Bug::ReorderedMessages, &Output::Transmit(ticket)) if self.memory.is_first(ticket) => {
                match self.session.poll_output() {
                    Some(next) => {
                        self.extra = Some(output);
                        Some(next)
                    }
                    None => Some(output),
                }
            }
            (Bug::SkippedRestore, Output::Ask(Question::Restore(_), generation)) => {
                self.session.handle_news(now, *generation, News::Restored);
                Some(output)
            }
            (Bug::ForgottenAttempts, Output::Notify(Event::State { state, cause })) => {
                let mut state = *state;
                if let State::Waiting(wait) = &mut state
                    && wait.cause.kind == CauseKind::Refused
                {
                    wait.attempt = 1;
                }
                let cause = *cause;
                Some(Output::Notify(Event::State { state, cause }))
            }
            _ => self.put_out_wrongly(bug, now, output),
        }
    }

    /// Whether a goodbye is under way, which a reconnect would cut short.
    fn is_leaving(&self, now: Millis) -> bool {
        let mut probe = self.session.clone();
        while probe.poll_output().is_some() {}
        probe.reconnect(now);
        let closed = |output| {
            matches!(
                output,
                Output::Notify(Event::State {
                    state: State::Closed(_),
                    ..
                })
            )
        };
        std::iter::from_fn(|| probe.poll_output()).any(closed)
    }

    fn waits(&self, kind: WaitKind) -> bool {
        matches!(self.state(), State::Waiting(wait) if wait.kind == kind)
    }

    pub(crate) fn apply_honestly(&mut self, now: Millis, call: &Call) -> Reply {
        let session = &mut self.session;
        match call {
            Call::Open => session.open(now),
            Call::Reconnect => session.reconnect(now),
            Call::Close { drain_ms } => session.close(now, Some(1000), "bye", *drain_ms),
            Call::Abort => session.abort(now),
            Call::Pause => session.pause(now),
            Call::Resume => session.resume(now),
            Call::HoldReading => session.hold_reading(now),
            Call::ReleaseReading => session.release_reading(now),
            Call::Advise(advice) => session.advise(now, *advice),
            Call::Signal(signal) => session.handle_signal(now, *signal),
            Call::Timeout => session.handle_timeout(now),
            Call::Sent => session.handle_sent(now),
            Call::News(generation, news) => {
                return Reply::Taken(session.handle_news(now, *generation, news.clone()));
            }
            Call::Heard(generation, bytes) => {
                return Reply::Heard(session.heard(*generation, *bytes));
            }
            Call::Enqueue(message) => return Reply::Fate(session.enqueue(now, *message)),
            Call::Pass { bytes, .. } => return Reply::WantsSent(session.note_passed(*bytes)),
            Call::Withdraw(ticket) => return Reply::Withdrawn(session.withdraw(now, *ticket)),
            Call::Reauthenticate => session.reauthenticate(now),
            Call::Hold(holds_ms) => session.note_credentials_hold(*holds_ms),
            Call::Agree(heartbeat) => session.set_heartbeat(now, *heartbeat),
        }
        Reply::Done
    }
}
