//! The session as its surroundings see it: the real one, or one with a planted bug in between.

use tautline::session::{
    Accepted, CauseKind, Config, DropReason, Event, Generation, Millis, News, Output, Question,
    Session, Signal, State, StateName, Stats, Timer, Verdict, WaitKind,
};

use crate::bugs::Bug;
use crate::call::{Call, Reply};

/// A session, honest unless a bug is planted.
pub struct View {
    session: Session,
    bug: Option<Bug>,
    /// What the bug holds back, or makes up.
    extra: Option<Output>,
    openings: u32,
}

impl View {
    pub fn new(config: Config, seed: u64, bug: Option<Bug>) -> Self {
        let config = bug.map_or(config.clone(), |bug| bug.tamper(config));
        View {
            session: Session::new(config, seed),
            bug,
            extra: None,
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

    pub fn can_pass(&self) -> bool {
        self.session.can_pass()
    }

    pub fn may_restore(&self, generation: Generation) -> bool {
        self.session.may_restore(generation)
    }

    pub fn poll_timeout(&self) -> Option<(Millis, Timer)> {
        let hidden = |timer| self.bug.is_some_and(|bug| bug.hides(timer));
        self.session
            .poll_timeout()
            .filter(|&(_, timer)| !hidden(timer))
    }

    /// Makes the call.
    pub fn apply(&mut self, now: Millis, call: &Call) -> Reply {
        let Some(bug) = self.bug else {
            return self.apply_honestly(now, call);
        };
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
                if self.waits(WaitKind::Backoff) {
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
            (Bug::SkippedYes, Call::News(generation, News::CredentialsReady)) => {
                let reply = self.apply_honestly(now, call);
                let yes = News::Classified(Verdict::Accepted);
                self.session.handle_news(now, *generation, yes);
                reply
            }
            (Bug::Miscounted, Call::Pass { bytes, .. }) => {
                self.session.note_passed(*bytes);
                self.apply_honestly(now, call)
            }
            _ => self.apply_honestly(now, call),
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
            (Bug::IgnoredAbandon, Output::Abandon { .. })
            | (Bug::LostMessage, Output::Transmit(_))
            | (
                Bug::ForgottenDrop,
                Output::Notify(Event::Dropped(
                    _,
                    DropReason::Expired | DropReason::Closed | DropReason::Replaced,
                    _,
                )),
            ) => self.poll_output(now),
            (Bug::DoubledDial, Output::Dial(_)) | (Bug::DoubledMessage, Output::Transmit(_)) => {
                self.extra = Some(output);
                Some(output)
            }
            (Bug::ReorderedMessages, Output::Transmit(_)) => match self.session.poll_output() {
                Some(next) => {
                    self.extra = Some(output);
                    Some(next)
                }
                None => Some(output),
            },
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
            _ => Some(output),
        }
    }

    fn waits(&self, kind: WaitKind) -> bool {
        matches!(self.state(), State::Waiting(wait) if wait.kind == kind)
    }

    fn apply_honestly(&mut self, now: Millis, call: &Call) -> Reply {
        let session = &mut self.session;
        match call {
            Call::Open => session.open(now),
            Call::Reconnect => session.reconnect(now),
            Call::Close { drain_ms } => session.close(now, Some(1000), "bye", *drain_ms),
            Call::Abort => session.abort(now),
            Call::Pause => session.pause(now),
            Call::Resume => session.resume(now),
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
        }
        Reply::Done
    }
}
