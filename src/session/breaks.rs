//! What follows when a connection or an attempt ends: wait and dial again, or stop.

use super::advice::Advice;
use super::backoff::{first_spread, jitter, window_ms};
use super::cause::{Cause, CauseKind};
use super::hint::{self, Hint};
use super::output::{Event, Output};
use super::renewal::Auth;
use super::retry::{self, Action};
use super::state::{Accepted, ClosedWhy, Dial, State, Suspended, Wait, WaitKind};
use super::{Millis, Session};

/// A connection that lasted this long was a good one: the next break starts counting anew.
const HEALTHY_MS: Millis = 10_000;
/// And one this long clears the strikes against the peer.
const FORGIVEN_MS: Millis = 60_000;
/// This many closes by us in a row, because the peer misbehaved, end the session.
const MAX_STRIKES: u32 = 3;
/// Before a fresh token is asked for, so that a revocation does not storm the token server.
const FRESH_TOKEN_WINDOW_MS: Millis = 4_000;
/// A server-told delay is stretched by up to a fifth, so that a herd told the same does not come back as one.
pub(super) const TOLD_SPREAD: Millis = 5;

/// Whether a fresh token may still be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenAllowance {
    Available,
    Used,
}

enum Plan {
    Stop(ClosedWhy),
    Wait(Millis, WaitKind),
}

impl Session {
    /// The connection or the attempt has ended.
    pub(super) fn on_break(&mut self, cause: Cause) {
        self.let_go(&cause);
        if self.is_said() {
            return self.finish(ClosedWhy::User, Some(cause));
        }
        if !self.asks_for_advice(cause) {
            self.settle(cause, Advice::Default);
        }
    }

    /// Ends the link: the socket is given up, its news becomes old, and what it was worth is counted.
    pub(super) fn let_go(&mut self, cause: &Cause) {
        // A socket whose end the browser has reported needs no farewell.
        if self.state.has_socket() && cause.code.is_none() {
            self.outputs.push(Output::Abandon {
                code: cause.own_code(),
            });
        }
        self.generation = self.generation.wrapping_add(1);
        self.stop_heartbeat();
        self.stop_renewal();
        let outputs = &mut self.outputs;
        self.outbox.recall(|ticket, reason, progress| {
            outputs.push(Output::Notify(Event::Dropped(ticket, reason, progress)));
        });
        if let State::Open { since, accepted } = self.state {
            let uptime = self.now.saturating_sub(since);
            let spoke_after_yes = matches!(accepted, Accepted::Yes { received_before }
                if self.counters.messages_received > received_before);
            // Its last word is no sign that all is well.
            let spoke_after_yes = spoke_after_yes && self.dismissed(cause).is_none();
            if uptime >= HEALTHY_MS || spoke_after_yes {
                self.attempts = 0;
            }
            if uptime >= HEALTHY_MS {
                self.allowance = TokenAllowance::Available;
            }
            if uptime >= FORGIVEN_MS {
                self.strikes = 0;
            }
            self.counters.connected_ms += uptime;
            self.unconfirmed = self.counters.messages_sent - self.heartbeat.confirmed;
            self.trying_since = self.now;
        }
        if !matches!(self.state, State::Idle) {
            self.lost_at.get_or_insert(self.now);
        }
    }

    pub(super) fn settle(&mut self, cause: Cause, advice: Advice) {
        let plan = self.plan(&cause, advice);
        let (delay, kind) = match plan {
            Plan::Stop(why) => return self.finish(why, Some(cause)),
            Plan::Wait(delay, kind) => (delay, kind),
        };
        let attempt = self.attempts + 1;
        let due = self.now.saturating_add(delay);
        let until = due.max(self.page.earliest_dial(self.last_dial));
        let gave_it_all = self.config.max_attempts.is_some_and(|max| attempt > max)
            || self
                .config
                .max_elapsed_ms
                .is_some_and(|max| until.saturating_sub(self.trying_since) > max);
        if gave_it_all {
            return self.finish(ClosedWhy::Exhausted, Some(cause));
        }
        self.attempts = attempt;
        let wait = Wait {
            attempt,
            until,
            due,
            cause,
            kind,
        };
        self.transition(State::Waiting(wait), Some(cause));
        if cause.kind == CauseKind::Closed && cause.code == Some(1006) {
            self.on_plain_break();
        }
    }

    fn plan(&mut self, cause: &Cause, advice: Advice) -> Plan {
        if cause.kind == CauseKind::Insecure {
            return Plan::Stop(ClosedWhy::Insecure);
        }
        if cause.is_strike() {
            self.strikes += 1;
            if self.strikes >= MAX_STRIKES && advice == Advice::Default {
                return Plan::Stop(ClosedWhy::Peer);
            }
        }
        let code = cause.code;
        let told = code.and_then(|_| hint::read(&self.close_reason));
        let (action, delay) = match advice.action() {
            Some(advised) => advised,
            None => self.action(cause, code, told),
        };
        match (action, told.and_then(Hint::delay)) {
            (Action::Final, _) => Plan::Stop(ClosedWhy::Final),
            (Action::Unauthorized, _) => self.plan_fresh_token(),
            (Action::Delay, _) => Plan::Wait(delay, WaitKind::Told),
            (Action::Jitter | Action::Spread, Some(delay)) => {
                let stretch = jitter(&mut self.rng, delay / TOLD_SPREAD);
                Plan::Wait(delay.saturating_add(stretch), WaitKind::Told)
            }
            (Action::Jitter, _) => Plan::Wait(self.jitter_for(self.attempts), WaitKind::Backoff),
            (Action::Spread, _) => {
                let kind = if matches!(code, Some(1012 | 1013)) || self.dismissed(cause).is_some() {
                    WaitKind::Spread
                } else {
                    WaitKind::Backoff
                };
                Plan::Wait(self.jitter_for(first_spread(self.attempts)), kind)
            }
        }
    }

    /// The user's rules, then the server's word, then preset and table.
    fn action(&self, cause: &Cause, code: Option<u16>, told: Option<Hint>) -> (Action, Millis) {
        if cause.kind == CauseKind::Unauthorized {
            return (Action::Unauthorized, 0);
        }
        if let Some(asked) = self.dismissed(cause) {
            return asked;
        }
        let Some(code) = code else {
            return (Action::Jitter, 0);
        };
        if let Some(rule) = retry::user_rule(&self.config.rules, code) {
            return (rule.action, rule.delay_ms);
        }
        if told.is_some_and(Hint::forbids) {
            return (Action::Final, 0);
        }
        let rule = retry::built_in_rule(self.config.preset, self.config.auth != Auth::None, code);
        (rule.action, rule.delay_ms)
    }

    fn plan_fresh_token(&mut self) -> Plan {
        if self.allowance == TokenAllowance::Used || !self.has_token_source() {
            return Plan::Stop(ClosedWhy::Unauthorized);
        }
        self.allowance = TokenAllowance::Used;
        Plan::Wait(
            jitter(&mut self.rng, FRESH_TOKEN_WINDOW_MS),
            WaitKind::Authorization,
        )
    }

    fn jitter_for(&mut self, retry: u32) -> Millis {
        let (initial, max) = (self.config.backoff_initial_ms, self.config.backoff_max_ms);
        jitter(&mut self.rng, window_ms(initial, max, retry))
    }

    /// Nothing is left that a goodbye could wait for on another connection.
    fn is_said(&self) -> bool {
        self.farewell.is_some() && self.outbox.is_empty()
    }

    /// Gives up what is there and dials at once.
    pub(super) fn replace(&mut self, cause: Cause) {
        self.let_go(&cause);
        if self.is_said() {
            return self.finish(ClosedWhy::User, Some(cause));
        }
        self.dial(Some(cause));
    }

    /// Gives up what is there until the page or the application comes back.
    pub(super) fn suspend(&mut self, why: Suspended, cause: Cause) {
        self.let_go(&cause);
        if self.farewell.is_some() {
            // The application has said goodbye already.
            return self.finish(ClosedWhy::User, None);
        }
        self.transition(State::Suspended(why), Some(cause));
    }

    /// Starts an attempt. Whatever was there before has been let go.
    pub(super) fn dial(&mut self, cause: Option<Cause>) {
        if matches!(
            self.state,
            State::Idle | State::Suspended(_) | State::Closed(_)
        ) {
            self.trying_since = self.now;
            self.lost_at.get_or_insert(self.now);
        }
        self.generation = self.generation.wrapping_add(1);
        self.last_dial = self.now;
        self.page.note_dial();
        self.counters.attempts += 1;
        self.transition(State::Connecting(Dial::Asking), cause);
    }
}
