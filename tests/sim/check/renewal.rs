//! New credentials for an open connection: asked for one at a time and for a reason, sent only when asked for, renewed
//! only by a yes to them.

use tautline::session::{
    Auth, Event, Millis, News, Output, Question, State, StateName, Timer, Verdict as Frame,
};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Reply};

/// A failed renewal is tried again while this much is left.
const MIN_LEFT_MS: Millis = 2_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Rest,
    Asked,
    Sent,
    /// The yes has come, its event not yet.
    Accepted,
}

#[derive(Default)]
pub struct Renewal {
    step: Step,
    /// When the renewal under way must be over.
    over_by: Millis,
    /// The first credentials of this connection were sent, and not answered.
    first_sent: bool,
    /// The state before the call that is being answered.
    before: Option<StateName>,
    holds_ms: Option<Millis>,
    expire_at: Option<Millis>,
    /// Between when the next renewal begins by itself.
    due: Option<(Millis, Millis)>,
    /// The application has asked, in this call.
    wanted: bool,
    /// And it must be heard.
    must_ask: bool,
    /// The server has said no to what it was sent: the link must end.
    refused: bool,
}

impl Renewal {
    /// Whether credentials may be handed in on the open connection.
    pub fn is_asking(&self) -> bool {
        self.step == Step::Asked
    }

    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        match *seen {
            Seen::Call(call) => self.on_call(context, call),
            Seen::Reply(Call::News(_, news), Reply::Taken(true)) => {
                return self.on_news(context, news);
            }
            Seen::CredentialsSent => {
                if self.before == Some(StateName::Open) {
                    return ensure(self.step == Step::Sent, Invariant::Renewal, || {
                        "credentials that nobody asked for".into()
                    });
                }
                self.first_sent = true;
            }
            Seen::Output(Output::Ask(Question::Credentials, _))
                if context.shown == StateName::Open =>
            {
                return self.on_ask(context);
            }
            Seen::Output(Output::Notify(Event::Renewed)) => {
                let may = core::mem::take(&mut self.step) == Step::Accepted;
                return ensure(may, Invariant::Renewal, || "renewed without a yes".into());
            }
            Seen::Output(Output::Notify(Event::RenewalFailed)) => return self.on_failed(context),
            Seen::Output(Output::Abandon { .. } | Output::Dial(_)) => self.end(),
            Seen::Settled { state, deadline } => return self.on_settled(context, state, deadline),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        *self = Renewal {
            before: self.before,
            wanted: self.wanted,
            ..Renewal::default()
        };
    }

    fn on_call(&mut self, context: &Context, call: &Call) {
        self.before = Some(context.actual);
        match *call {
            Call::Hold(holds_ms) => self.holds_ms = Some(holds_ms),
            // The answer may have stood unread, and has its time anew.
            Call::ReleaseReading if context.held && self.step == Step::Sent => {
                self.over_by = context.now + context.config.connect_timeout_ms;
            }
            Call::Reauthenticate => {
                self.wanted = true;
                let can = context.config.auth != Auth::None && !context.farewell;
                let open = context.actual == StateName::Open && context.shown == StateName::Open;
                self.must_ask |= can && open && self.step == Step::Rest;
            }
            _ => {}
        }
    }

    fn on_news(&mut self, context: &Context, news: &News) -> Verdict {
        let open = self.before == Some(StateName::Open);
        match news {
            News::CredentialsReady if open => {
                let may = core::mem::replace(&mut self.step, Step::Sent) == Step::Asked;
                return ensure(may, Invariant::Renewal, || {
                    "credentials taken that nobody asked for".into()
                });
            }
            News::Failed if open => {
                return ensure(self.step == Step::Asked, Invariant::Renewal, || {
                    "a failure taken that nobody waits for".into()
                });
            }
            News::Classified(Frame::Accepted) => {
                let holds_ms = self.holds_ms.take();
                if open && self.step == Step::Sent {
                    self.step = Step::Accepted;
                    self.hold(context.now, holds_ms);
                } else if core::mem::take(&mut self.first_sent) {
                    self.hold(context.now, holds_ms);
                }
            }
            News::Classified(Frame::Refused) => self.refused = open && self.step == Step::Sent,
            News::Closed(_) => self.end(),
            _ => {}
        }
        Ok(())
    }

    /// Renewed when a tenth to a fifth of the time is left.
    fn hold(&mut self, now: Millis, holds_ms: Option<Millis>) {
        self.expire_at = holds_ms.map(|holds| now + holds);
        self.due = holds_ms.map(|holds| (now + holds - 2 * (holds / 10), now + holds - holds / 10));
    }

    fn on_ask(&mut self, context: &Context) -> Verdict {
        let now = context.now;
        let renewal =
            |holds: bool, what: &dyn Fn() -> String| ensure(holds, Invariant::Renewal, what);
        renewal(context.config.auth != Auth::None, &|| {
            "credentials that are not configured".into()
        })?;
        renewal(self.step == Step::Rest, &|| {
            format!("asked twice: {:?}", self.step)
        })?;
        let due = self.due.is_some_and(|(from, _)| from <= now);
        renewal(due || self.wanted, &|| {
            format!("asked at {now}, due {:?}", self.due)
        })?;
        self.step = Step::Asked;
        self.must_ask = false;
        self.over_by = now + context.config.connect_timeout_ms;
        Ok(())
    }

    /// It is tried again when half of what is left has passed.
    fn on_failed(&mut self, context: &Context) -> Verdict {
        let now = context.now;
        let may = core::mem::take(&mut self.step) != Step::Rest;
        let left = self.expire_at.map(|at| at.saturating_sub(now));
        self.due = left
            .filter(|&left| left >= MIN_LEFT_MS)
            .map(|left| (now + left / 2, now + left / 2));
        ensure(may, Invariant::Renewal, || "a failure of nothing".into())
    }

    fn on_settled(
        &mut self,
        context: &Context,
        state: &State,
        deadline: Option<(Millis, Timer)>,
    ) -> Verdict {
        self.wanted = false;
        let must_ask = core::mem::take(&mut self.must_ask);
        let timer = deadline.map(|(_, timer)| timer);
        ensure(!self.refused, Invariant::Renewal, || {
            "a no to new credentials did nothing".into()
        })?;
        ensure(
            timer != Some(Timer::Renewal) || context.config.auth != Auth::None,
            Invariant::Renewal,
            || "renews credentials that are not configured".into(),
        )?;
        if context.farewell || !matches!(state, State::Open { .. }) {
            return Ok(());
        }
        ensure(!must_ask, Invariant::Renewal, || {
            "reauthenticate() did nothing".into()
        })?;
        let by = match self.step {
            Step::Rest => self.due.map(|(_, by)| by),
            Step::Sent if context.held => None,
            _ => Some(self.over_by),
        };
        // What fell due before the connection was open begins at once.
        let by = by.map(|by| by.max(context.now));
        let woken = by.is_none_or(|by| deadline.is_some_and(|(at, _)| at <= by));
        ensure(woken, Invariant::Renewal, || {
            format!("{:?} until {by:?}, woken at {deadline:?}", self.step)
        })
    }
}
