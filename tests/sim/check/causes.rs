//! Each break has the consequence that the table names, and each delay lies within its window.

use tautline::session::{
    Action, Advice, Cause, CauseKind, Close, ClosedWhy, Config, Event, Generation, Heard, Millis,
    News, Opening, Output, Question, Signal, State, StateName, Verdict as Frame, Wait, WaitKind,
};

use super::ledger::Ledger;
use super::rows::{Plan, Row, plan, told};
use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind, Reply};
use crate::coverage::Coverage;

/// While the browser says that there is no network.
const OFFLINE_DIAL_MS: Millis = 30_000;
/// Without a heartbeat, a link is replaced after a longer sleep …
const SLEEP_MS: Millis = 30_000;
/// … which may have begun up to this long before the look that came too late.
const WAKE_LOOK_MS: Millis = 5_000;
/// Before a fresh token is asked for.
const FRESH_TOKEN_MS: Millis = 4_000;

pub struct Causes {
    ledger: Ledger,
    advice: Advice,
    /// The advice on the break that is being judged.
    advised: Advice,
    offline: bool,
    loopback: bool,
    generation: Generation,
    last_dial: Millis,
    /// What the wait under way is for.
    plan: Plan,
    /// The last close that was reported of the present link.
    reported: Option<Close>,
    opening: Opening,
    /// Credentials have left over the present link, and no answer has come.
    judged: bool,
    /// When a no to them came last.
    refused_at: Option<Millis>,
    /// When the server broke the subprotocol last.
    violated_at: Option<Millis>,
    /// Its last word of the subprotocol, and when it came.
    word: ((Action, Millis), Option<Millis>),
    /// Under a goodbye the link is open, which is not told.
    quietly_open: bool,
    /// The link dialled last has ended, though that may not have been told yet: a listener may speak before.
    ended: bool,
    rows: Vec<Row>,
}

impl Causes {
    pub fn new(config: &Config) -> Self {
        Causes {
            ledger: Ledger::new(config),
            advice: Advice::Default,
            advised: Advice::Default,
            offline: false,
            loopback: false,
            generation: 0,
            last_dial: 0,
            plan: Plan::Jitter,
            reported: None,
            opening: Opening::default(),
            judged: false,
            refused_at: None,
            violated_at: None,
            word: ((Action::Jitter, 0), None),
            quietly_open: false,
            ended: false,
            rows: Vec::new(),
        }
    }

    pub fn see(&mut self, context: &Context, seen: &Seen, coverage: &mut Coverage) -> Verdict {
        match *seen {
            Seen::Output(Output::Dial(_)) => self.ended = false,
            Seen::Output(Output::Abandon { .. })
            | Seen::Reply(Call::News(_, News::Closed(_)), Reply::Taken(true)) => self.ended = true,
            _ => {}
        }
        match *seen {
            Seen::Call(Call::Advise(advice)) => {
                self.advice = *advice;
            }
            Seen::Call(Call::Signal(signal)) if context.config.lifecycle => match signal {
                Signal::Online => self.offline = false,
                Signal::Offline => self.offline = true,
                _ => {}
            },
            Seen::Call(Call::News(_, News::Closed(close))) => self.reported = Some(close.clone()),
            Seen::Call(Call::News(_, News::Classified(Frame::Refused)))
                if self.judged || context.shown == StateName::Authenticating =>
            {
                self.refused_at = Some(context.now);
            }
            Seen::CredentialsSent => self.judged = true,
            Seen::Settled {
                state: State::Open { .. },
                ..
            } if context.farewell && !self.quietly_open => {
                self.quietly_open = true;
                self.ledger.opens(context.now);
            }
            Seen::Reply(Call::News(generation, news), Reply::Taken(true)) => {
                self.on_news(context, *generation, news);
            }
            Seen::Reply(Call::Heard(..), Reply::Heard(Heard::Deliver)) => self.ledger.hears(),
            Seen::Output(output) if !context.farewell => {
                return self.on_output(context, output, coverage);
            }
            Seen::Output(Output::Close { .. }) if !core::mem::take(&mut self.quietly_open) => {
                self.ledger.opens(context.now);
            }
            Seen::Output(Output::Abandon { .. }) => self.end_quietly(context.now),
            Seen::Output(Output::Notify(Event::State {
                state: State::Closed(_),
                ..
            })) => {
                self.end_quietly(context.now);
                self.ledger.ends(context.now);
                self.ledger.ceases(context.now, context.shown);
                coverage.row(Row::UserClose);
            }
            Seen::Output(Output::Ask(Question::Url { .. }, generation)) => {
                self.generation = *generation;
                self.judged = false;
            }
            _ => {}
        }
        Ok(())
    }

    fn on_news(&mut self, context: &Context, generation: Generation, news: &News) {
        match news {
            News::UrlReady(address) if generation == self.generation => {
                self.loopback = address.loopback;
            }
            News::Classified(Frame::Accepted)
                if core::mem::take(&mut self.judged)
                    && context.shown == StateName::Authenticating =>
            {
                self.ledger.accepts();
            }
            News::Violated => self.violated_at = Some(context.now),
            &News::Dismissed { action, delay_ms } => {
                self.word = ((action, delay_ms), Some(context.now));
                if action == Action::Unauthorized {
                    self.refused_at = Some(context.now);
                } else {
                    self.ledger.hears_the_last();
                }
            }
            News::Closed(_) if context.farewell => self.end_quietly(context.now),
            _ => {}
        }
    }

    fn end_quietly(&mut self, now: Millis) {
        if core::mem::take(&mut self.quietly_open) {
            self.ledger.ends(now);
        }
    }

    fn on_output(
        &mut self,
        context: &Context,
        output: &Output,
        coverage: &mut Coverage,
    ) -> Verdict {
        match output {
            Output::Ask(Question::Url { attempt }, generation) => {
                self.generation = *generation;
                self.judged = false;
                self.last_dial = context.now;
                let attempts = self.ledger.attempts;
                ensure(*attempt == attempts, Invariant::Causes, || {
                    format!("attempt {attempt}, though {attempts} were made")
                })
            }
            Output::Ask(Question::Restore(opening), _) => {
                self.opening = self.opening(context.now);
                self.check_opening(*opening)
            }
            Output::Notify(Event::RenewalFailed) => {
                self.judged = false;
                Ok(())
            }
            Output::Notify(Event::Opened(opening)) => self.check_opening(*opening),
            Output::Notify(Event::State { state, cause }) => {
                if let Some(cause) = cause {
                    coverage.causes[cause.kind as usize] += 1;
                }
                self.on_state(context, state, cause.as_ref(), coverage)
            }
            Output::AskRetry { cause, attempt } => {
                // The link ends here; its consequence follows at once.
                self.ledger.ends(context.now);
                let expected = self.ledger.attempts + 1;
                ensure(*attempt == expected, Invariant::Causes, || {
                    format!("{cause:?}: asked about attempt {attempt} instead of {expected}")
                })
            }
            _ => Ok(()),
        }
    }

    fn on_state(
        &mut self,
        context: &Context,
        state: &State,
        cause: Option<&Cause>,
        coverage: &mut Coverage,
    ) -> Verdict {
        match state {
            State::Open { .. } => {
                self.opening = self.opening(context.now);
                self.ledger.opens(context.now);
                Ok(())
            }
            State::Connecting(_) => self.on_connecting(context, cause, coverage),
            State::Waiting(wait) if cause.is_none() => self.on_rearmed(context, wait, coverage),
            State::Waiting(wait) => self.on_break(context, Ok(wait), &wait.cause, coverage),
            State::Suspended(_) => {
                self.ledger.ends(context.now);
                let hidden = cause.is_some_and(|cause| cause.kind == CauseKind::PageHide);
                coverage.row_if(hidden, Row::PageHideSuspends);
                Ok(())
            }
            State::Closed(why) => {
                if matches!(why, ClosedWhy::User | ClosedWhy::Aborted) {
                    self.ledger.ends(context.now);
                    self.ledger.ceases(context.now, context.shown);
                    coverage.row_if(*why == ClosedWhy::User, Row::UserClose);
                    return Ok(());
                }
                let none = || format!("closed as {why:?} without a cause");
                ensure(cause.is_some(), Invariant::Causes, none)?;
                let Some(cause) = cause else { return Ok(()) };
                self.on_break(context, Err(*why), cause, coverage)
            }
            State::Closing => {
                self.ledger.ends(context.now);
                if context.shown == StateName::Open && !self.ended {
                    self.ledger.lost_at = None;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A dial: what was under way is over, and a wait must not have been cut short without a right to it.
    fn on_connecting(
        &mut self,
        context: &Context,
        cause: Option<&Cause>,
        coverage: &mut Coverage,
    ) -> Verdict {
        let slept = cause.is_some_and(|cause| cause.kind == CauseKind::Sleep);
        coverage.row_if(slept, Row::SleepReplaces);
        if let Some(wait) = context.waited()
            && context.now < wait.until
            && context.call != Kind::Reconnect
        {
            let full = !matches!(
                self.plan,
                Plan::Jitter
                    | Plan::Spread {
                        served_in_full: false
                    }
            );
            let served = context.now >= wait.due && !self.is_held();
            ensure(!full || served, Invariant::Delays, || {
                format!("{wait:?} cut short at {}", context.now)
            })?;
            let good_news = [context.call, context.outer].iter().any(|call| match call {
                Kind::Signal(Signal::Offline) => context.woke(),
                Kind::Signal(_) => true,
                Kind::Broke => context.read_late,
                _ => context.woke(),
            });
            ensure(good_news, Invariant::Delays, || {
                format!("{wait:?} cut short by {:?}", context.call)
            })?;
        }
        let may = match context.shown {
            StateName::Idle | StateName::Waiting => true,
            StateName::Suspended => matches!(
                context.call,
                Kind::Resume
                    | Kind::Reconnect
                    | Kind::Signal(Signal::Resumed | Signal::PageShowPersisted)
            ),
            StateName::Open if slept => context.late_ms + WAKE_LOOK_MS > SLEEP_MS,
            _ => context.call == Kind::Reconnect,
        };
        ensure(may, Invariant::Causes, || {
            format!("a dial out of {:?} by {:?}", context.state, context.call)
        })?;
        let rested = matches!(
            context.shown,
            StateName::Idle | StateName::Suspended | StateName::Closed
        );
        self.ledger.ends(context.now);
        if context.shown == StateName::Closed {
            self.ledger.starts_anew();
        }
        self.ledger.dials(context.now, rested);
        Ok(())
    }

    /// The wait goes on to another time: longer while the browser says that there is no network, shorter when
    /// good news takes its turn or the network is back.
    fn on_rearmed(&mut self, context: &Context, wait: &Wait, coverage: &mut Coverage) -> Verdict {
        let Some(was) = context.waited() else {
            return ensure(false, Invariant::Delays, || {
                format!("{wait:?} without a cause")
            });
        };
        let same = Wait {
            until: wait.until,
            ..*was
        };
        ensure(same == *wait, Invariant::Delays, || {
            format!("{was:?} became {wait:?}")
        })?;
        let held = self.last_dial + OFFLINE_DIAL_MS;
        let may = if wait.until > was.until {
            coverage.row(Row::OfflineStretches);
            self.is_held() && wait.until == held
        } else if wait.kind == WaitKind::Backoff {
            // When, is for the invariant of signals to say.
            true
        } else {
            coverage.row(Row::Unstretched);
            wait.until >= wait.due
        };
        ensure(may, Invariant::Delays, || {
            format!("{was:?} became {wait:?} by {:?}", context.call)
        })
    }

    /// A break, and what followed: a wait, or the end.
    fn on_break(
        &mut self,
        context: &Context,
        outcome: Result<&Wait, ClosedWhy>,
        cause: &Cause,
        coverage: &mut Coverage,
    ) -> Verdict {
        self.check_cause(context, cause)?;
        self.ledger.ends(context.now);
        self.rows.clear();
        let advice = core::mem::take(&mut self.advice);
        self.advised = advice;
        let reason = self.reported.as_ref().map_or("", |close| &close.reason);
        let told = told(cause, reason);
        self.plan = plan(
            context.config,
            cause,
            told,
            self.word.0,
            advice,
            &mut self.rows,
        );
        let end = self.end(context, cause);
        for &row in &self.rows {
            coverage.row(row);
        }
        let causes = |holds: bool, expected: &dyn Fn() -> String| {
            ensure(holds, Invariant::Causes, || {
                format!("{cause:?} led to {outcome:?}, not to {}", expected())
            })
        };
        match (end, outcome) {
            (Some(end), outcome) => causes(outcome == Err(end), &|| format!("{end:?}")),
            (None, Err(ClosedWhy::Exhausted)) => {
                let (_, longest) = self.window(context);
                let held = if self.is_held() { OFFLINE_DIAL_MS } else { 0 };
                let until = context.now + longest.max(held);
                let config = context.config;
                let attempt = self.ledger.attempts + 1;
                let attempts = config.max_attempts.is_some_and(|max| attempt > max);
                let elapsed = self.ledger.elapsed(until);
                let time = config.max_elapsed_ms.is_some_and(|max| elapsed > max);
                coverage.row_if(attempts, Row::MaxAttempts);
                coverage.row_if(!attempts && time, Row::MaxElapsed);
                causes(attempts || time, &|| {
                    format!("a wait: {} tries, {elapsed} ms", self.ledger.attempts)
                })
            }
            (None, Err(_)) => causes(false, &|| format!("{:?}", self.plan)),
            (None, Ok(wait)) => self.check_wait(context, wait),
        }
    }

    /// The end that must follow, if one must.
    fn end(&mut self, context: &Context, cause: &Cause) -> Option<ClosedWhy> {
        if matches!(cause.kind, CauseKind::TooLarge | CauseKind::Protocol) {
            self.ledger.strikes += 1;
            if self.ledger.strikes >= 3 && self.advised == Advice::Default {
                self.rows.push(Row::ThirdStrike);
                return Some(ClosedWhy::Peer);
            }
        }
        match self.plan {
            Plan::Insecure => Some(ClosedWhy::Insecure),
            Plan::Final => Some(ClosedWhy::Final),
            Plan::Unauthorized => {
                let source = context.config.token_source
                    || context.config.auth != tautline::session::Auth::None;
                if source && !self.ledger.allowance_used {
                    self.ledger.allowance_used = true;
                    self.rows.push(Row::FreshToken);
                    return None;
                }
                self.rows.push(if source {
                    Row::Unauthorized
                } else {
                    Row::NoTokenSource
                });
                Some(ClosedWhy::Unauthorized)
            }
            _ => None,
        }
    }

    /// The shortest and the longest delay that the plan allows.
    fn window(&self, context: &Context) -> (Millis, Millis) {
        let config = context.config;
        let doubled = |n: u32| {
            let window = u128::from(config.backoff_initial_ms) << n.min(60);
            window.min(config.backoff_max_ms.into()) as Millis
        };
        let n = self.ledger.attempts;
        let (least, most) = match self.plan {
            Plan::Jitter => (0, doubled(n)),
            Plan::Spread { .. } if n == 0 => (0, doubled(1)),
            Plan::Spread { .. } => (0, doubled(n)),
            Plan::Told(delay) => (delay, delay + delay / 5),
            Plan::Exact(delay) => (delay, delay),
            Plan::Unauthorized => (0, FRESH_TOKEN_MS),
            Plan::Final | Plan::Insecure => (0, 0),
        };
        (least, most)
    }

    /// Whether dials are 30 s apart.
    fn is_held(&self) -> bool {
        self.offline && !self.loopback
    }

    fn check_wait(&mut self, context: &Context, wait: &Wait) -> Verdict {
        let (least, most) = self.window(context);
        let delay = wait.due.saturating_sub(context.now);
        ensure((least..=most).contains(&delay), Invariant::Delays, || {
            format!("{wait:?}: {delay} ms is not within {least}..={most}")
        })?;
        let held = if self.is_held() {
            self.last_dial + OFFLINE_DIAL_MS
        } else {
            0
        };
        ensure(wait.until == wait.due.max(held), Invariant::Delays, || {
            format!("{wait:?}: held until {held}")
        })?;
        let kind = match self.plan {
            Plan::Told(_) | Plan::Exact(_) => WaitKind::Told,
            Plan::Unauthorized => WaitKind::Authorization,
            Plan::Spread {
                served_in_full: true,
            } => WaitKind::Spread,
            _ => WaitKind::Backoff,
        };
        ensure(wait.kind == kind, Invariant::Causes, || {
            format!("{wait:?}: should be {kind:?}")
        })?;
        let expected = self.ledger.attempts + 1;
        ensure(wait.attempt == expected, Invariant::Causes, || {
            format!("{wait:?}: should be attempt {expected}")
        })?;
        self.ledger.attempts = expected;
        let config = context.config;
        let elapsed = self.ledger.elapsed(wait.until);
        let exhausted = config.max_attempts.is_some_and(|max| expected > max)
            || config.max_elapsed_ms.is_some_and(|max| elapsed > max);
        ensure(!exhausted, Invariant::Causes, || {
            format!("{wait:?} after {elapsed} ms: beyond the limits")
        })
    }

    /// A break must have happened as it is told.
    fn check_cause(&self, context: &Context, cause: &Cause) -> Verdict {
        use StateName::{Authenticating, Connecting, Open, Restoring};
        let shown = context.shown;
        let linked = matches!(shown, Authenticating | Restoring | Open);
        let timeout = self.last_dial + context.config.connect_timeout_ms;
        let happened = match cause.kind {
            CauseKind::Closed if cause.code.is_none() => linked && self.word.1 == Some(context.now),
            CauseKind::Closed => linked && self.is_reported(cause),
            CauseKind::Refused => shown == Connecting && self.is_reported(cause),
            CauseKind::ConnectTimeout => shown != Open && context.now >= timeout,
            CauseKind::Provider => matches!(shown, Connecting | Authenticating),
            // A no to the first credentials, or to new ones for the open connection.
            CauseKind::Unauthorized => {
                let refused = self.refused_at == Some(context.now);
                let by_word = linked && self.word.1 == Some(context.now);
                by_word || (refused && matches!(shown, Authenticating | Open))
            }
            CauseKind::Restore => shown == Restoring,
            CauseKind::Heartbeat => shown == Open,
            CauseKind::TooLarge => linked,
            CauseKind::Protocol if linked => self.violated_at == Some(context.now),
            CauseKind::Protocol | CauseKind::Insecure => shown == Connecting,
            _ => false,
        };
        ensure(happened, Invariant::Causes, || {
            format!("{cause:?} in {:?}", context.state)
        })
    }

    fn is_reported(&self, cause: &Cause) -> bool {
        self.reported.as_ref().is_some_and(|close| {
            cause.code == Some(close.code) && cause.was_clean == close.was_clean
        })
    }

    fn opening(&self, now: Millis) -> Opening {
        Opening {
            reconnected: self.ledger.ever_opened,
            downtime_ms: self.ledger.lost_at.map_or(0, |at| now - at),
            unconfirmed: 0,
        }
    }

    fn check_opening(&self, told: Opening) -> Verdict {
        let same = told.reconnected == self.opening.reconnected
            && told.downtime_ms == self.opening.downtime_ms;
        ensure(same, Invariant::Stats, || {
            format!("{told:?} instead of {:?}", self.opening)
        })
    }
}
