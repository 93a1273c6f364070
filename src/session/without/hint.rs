//! In place of what a server says in the reason of a close, where nobody reads it.

use super::Millis;

#[derive(Clone, Copy)]
pub(super) enum Hint {}

impl Hint {
    pub(super) fn delay(self) -> Option<Millis> {
        match self {}
    }

    pub(super) fn forbids(self) -> bool {
        match self {}
    }
}

pub(super) fn read(_: &str) -> Option<Hint> {
    None
}
