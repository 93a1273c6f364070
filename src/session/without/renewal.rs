//! In place of authentication and restore where they are left out: the handshake leads to `open`.

use super::Session;
use super::output::Question;
use super::state::{Accepted, State};

/// Authentication needs the feature `steps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// No authentication step.
    #[default]
    None,
}

impl Auth {
    pub(super) fn needs_security(self) -> bool {
        false
    }
}

/// How far the authentication step has come: there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {}

#[derive(Clone, Debug)]
pub(super) struct Renewal {}

impl Renewal {
    pub(super) const fn new() -> Self {
        Renewal {}
    }
}

impl Session {
    pub(super) fn has_token_source(&self) -> bool {
        false
    }

    pub(super) fn enter_steps(&mut self) {
        self.enter_open(Accepted::NotAsked);
    }

    pub(super) fn question_of_step(&self, _: &State) -> Option<Question> {
        None
    }

    pub(super) fn on_credentials(&mut self) -> bool {
        false
    }

    pub(super) fn on_yes(&mut self) {}

    pub(super) fn on_no(&mut self) {}

    /// Whether the server is to judge credentials: there are none.
    pub fn awaits_judgement(&self) -> bool {
        false
    }

    pub(super) fn on_renewal_asked(&mut self, _: bool) -> bool {
        false
    }

    pub(super) fn on_renewal_due(&mut self) {}

    pub(super) fn arm_renewal(&mut self) {}

    pub(super) fn stop_renewal(&mut self) {}
}
