//! In place of the named sets of rules where they are left out.

use super::retry::Rule;

/// A named set of rules for a well-known server. They need the feature `retry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// No preset.
    None,
}

impl Preset {
    pub(super) fn rules(self) -> &'static [Rule] {
        &[]
    }
}
