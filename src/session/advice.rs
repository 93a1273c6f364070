//! The user's own retry function: what it says comes before rules and table.

use super::cause::{Cause, CauseKind};
use super::output::Output;
use super::retry::Action;
use super::state::State;
use super::{Millis, Session};

/// What the user's retry function says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the table decides.
    #[default]
    Default,
    /// Do not retry.
    Stop,
    /// Retry with jitter.
    Retry,
    /// Retry after this many milliseconds.
    After(Millis),
}

impl Advice {
    /// What is to be done, and the delay of [`Action::Delay`]; `None` if it says nothing.
    pub(super) fn action(self) -> Option<(Action, Millis)> {
        match self {
            Advice::Default => None,
            Advice::Stop => Some((Action::Final, 0)),
            Advice::Retry => Some((Action::Jitter, 0)),
            Advice::After(delay) => Some((Action::Delay, delay)),
        }
    }
}

impl Session {
    /// Asks the function, if there is one.
    pub(super) fn asks_for_advice(&mut self, cause: Cause) -> bool {
        let asks = self.config.retry_asks && cause.kind != CauseKind::Insecure;
        if asks {
            let attempt = self.attempts + 1;
            self.outputs.push(Output::AskRetry { cause, attempt });
            self.transition(State::Deciding(cause), None);
        }
        asks
    }

    /// Takes the answer to [`Output::AskRetry`].
    pub fn advise(&mut self, now: Millis, advice: Advice) {
        self.advance(now);
        if let State::Deciding(cause) = &self.state {
            let cause = *cause;
            self.settle(cause, advice);
        }
    }
}
