//! Good news is acted on at once where it may be, at most once per 5 s: sooner news takes its turn.

use tautline::session::{Event, Millis, Output, Signal, State, StateName, Wait, WaitKind};

use super::rows::Row;
use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Kind};
use crate::coverage::Coverage;

const BETWEEN_ACTS_MS: Millis = 5_000;
/// What arrived during a sleep is read for this long before the peer is asked.
const GRACE_MS: Millis = 1_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Online,
    Shown,
    Resumed,
    Cached,
    /// Came just before the break that is older.
    Late,
    Wake,
}

impl News {
    fn of(context: &Context) -> Option<News> {
        match context.call {
            _ if !context.config.lifecycle => None,
            // The application's own word, from inside a listener.
            Kind::Reconnect | Kind::Resume => None,
            Kind::Signal(Signal::Online) => Some(News::Online),
            Kind::Signal(Signal::Shown) => Some(News::Shown),
            Kind::Signal(Signal::Resumed) => Some(News::Resumed),
            Kind::Signal(Signal::PageShowPersisted) => Some(News::Cached),
            Kind::Broke if context.read_late => Some(News::Late),
            _ if context.woke() => Some(News::Wake),
            _ => None,
        }
    }

    fn dial_row(self) -> Row {
        match self {
            News::Online => Row::OnlineDials,
            News::Shown => Row::ShownDials,
            News::Resumed => Row::ResumedDials,
            News::Cached => Row::CachedDials,
            News::Late => Row::LateDials,
            News::Wake => Row::WakeDials,
        }
    }

    fn probe_row(self) -> Row {
        match self {
            News::Online => Row::OnlineProbes,
            News::Shown => Row::ShownProbes,
            News::Resumed => Row::ResumedProbes,
            News::Cached => Row::CachedProbes,
            News::Late | News::Wake => Row::WakeProbes,
        }
    }
}

#[derive(Default)]
pub struct Signals {
    /// When good news last made a dial, or will.
    last_dial: Option<Millis>,
    last_probe: Option<Millis>,
    /// Good news came during this wait: something must come of it.
    owed: bool,
    /// After a wake, an open connection is asked within moments.
    woke_at: Option<Millis>,
    /// Whether the page was hidden before the signal that is being answered, and is now.
    hidden: (bool, bool),
}

/// When a wait would be over without an act: back online, it has its own length again.
fn served(news: News, was: &Wait) -> Millis {
    match news {
        News::Online => was.due,
        _ => was.until,
    }
}

impl Signals {
    pub fn see(&mut self, context: &Context, seen: &Seen, coverage: &mut Coverage) -> Verdict {
        if let Seen::Call(Call::Signal(signal)) = *seen {
            self.hidden.0 = self.hidden.1;
            match signal {
                Signal::Hidden => self.hidden.1 = true,
                Signal::Shown => self.hidden.1 = false,
                _ => {}
            }
        }
        match *seen {
            Seen::Call(Call::Signal(_) | Call::Timeout | Call::News(..)) => {
                self.on_news(context, coverage);
            }
            Seen::Output(Output::Notify(Event::State { state, .. })) => {
                return self.on_state(context, state, coverage);
            }
            Seen::Output(Output::Ping(_)) => return self.on_ping(context, coverage),
            Seen::Settled { .. } => return self.on_settled(context),
            _ => {}
        }
        Ok(())
    }

    fn on_news(&mut self, context: &Context, coverage: &mut Coverage) {
        let Some(news) = News::of(context) else {
            return;
        };
        if news == News::Late {
            // What it is news of has yet to be told.
            return;
        }
        if news == News::Wake && context.shown == StateName::Open {
            self.woke_at = Some(context.now);
        }
        match context.waited().map(|wait| wait.kind) {
            Some(WaitKind::Backoff) => self.owed = true,
            Some(WaitKind::Told) => coverage.row(Row::KeepsTold),
            Some(WaitKind::Spread) => coverage.row(Row::KeepsSpread),
            Some(WaitKind::Authorization) => coverage.row(Row::KeepsAuthorization),
            None => {}
        }
    }

    /// A wait that good news came to is over, or will be as soon as five seconds are.
    fn on_settled(&mut self, context: &Context) -> Verdict {
        if !core::mem::take(&mut self.owed) {
            return Ok(());
        }
        let soon = context.now + BETWEEN_ACTS_MS;
        let idle = context.waited().is_some_and(|wait| wait.until > soon);
        ensure(!idle, Invariant::Signals, || {
            format!("{:?} did nothing for {:?}", context.call, context.state)
        })
    }

    fn on_state(&mut self, context: &Context, state: &State, coverage: &mut Coverage) -> Verdict {
        let now = context.now;
        let news = News::of(context);
        match (state, news, context.waited()) {
            // The next wait owes nothing to this news.
            (State::Waiting(_), None, None) => self.owed = false,
            // The network is gone again: that has the last word.
            (State::Waiting(wait), _, Some(was)) if wait.until > was.until => self.owed = false,
            (State::Connecting(_), Some(_), None) if context.shown == StateName::Suspended => {
                coverage.row(Row::PageShowReturns);
                self.last_dial = Some(now);
            }
            (State::Connecting(_), Some(news), Some(was))
                if now < was.until && was.kind == WaitKind::Backoff =>
            {
                coverage.row(news.dial_row());
                if now < served(news, was) {
                    return self.act(now, context);
                }
            }
            (State::Waiting(wait), Some(news), Some(was))
                if wait.until < was.until && wait.kind == WaitKind::Backoff =>
            {
                if wait.until < served(news, was) {
                    coverage.row(Row::TakesItsTurn);
                    return self.act(wait.until, context);
                }
                coverage.row(Row::Unstretched);
            }
            _ => {}
        }
        if let State::Connecting(_) = state {
            self.woke_at = None;
            self.owed = false;
        }
        Ok(())
    }

    fn on_ping(&mut self, context: &Context, coverage: &mut Coverage) -> Verdict {
        let now = context.now;
        let woke = self.woke_at.is_some_and(|at| now <= at + GRACE_MS);
        match (News::of(context), context.call) {
            // To show the page makes it look at its silence, too: that ping may be the heartbeat's own.
            (Some(News::Shown), _) if self.may_probe(now) => {
                coverage.row(Row::ShownProbes);
                if !self.hidden.0 {
                    self.last_probe = Some(now);
                }
            }
            (Some(News::Shown), _) => {}
            (Some(news), Kind::Signal(signal))
                if signal != Signal::Offline && news != News::Wake =>
            {
                coverage.row(news.probe_row());
                let may = self.may_probe(now);
                let last = self.last_probe.replace(now);
                return ensure(may, Invariant::Signals, || {
                    format!("{news:?} probed at {now}, {last:?} before")
                });
            }
            (_, Kind::Signal(Signal::Offline)) => coverage.row(Row::OfflineProbes),
            (_, Kind::Timeout) if woke => {
                self.woke_at = None;
                coverage.row(Row::WakeProbes);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the five seconds are over. An act whose turn was still to come, and which a dial for another reason
    /// forestalled, is none.
    fn may_act(&self, at: Millis, now: Millis) -> bool {
        self.last_dial
            .is_none_or(|last| at >= last.min(now) + BETWEEN_ACTS_MS)
    }

    fn may_probe(&self, now: Millis) -> bool {
        let asked = self.last_probe;
        self.may_act(now, now) && asked.is_none_or(|last| now >= last + BETWEEN_ACTS_MS)
    }

    fn act(&mut self, at: Millis, context: &Context) -> Verdict {
        let may = self.may_act(at, context.now);
        let last = self.last_dial.replace(at);
        ensure(may, Invariant::Signals, || {
            format!("{:?} acted on at {at}, {last:?} before", context.call)
        })
    }
}
