//! What follows from a close: a table by code, the user's own rules before it, named presets between.
//!
//! | code | action |
//! |---|---|
//! | 1001, 1012, 1013, 4408, 4425, 4429 | spread: jitter with the first window doubled |
//! | 3000, 3003, 4401, 4403, and 1008 where authentication is configured | unauthorized: one fresh token, then stop |
//! | 1002, 1003, 1007, 1009, 1010, other 4400–4499 | final: no retry |
//! | everything else | jitter |

use super::Millis;
use super::names::named;
use super::preset::Preset;

named! {
    /// The action of a rule.
    pub enum Action {
        /// Retry with jitter.
        Jitter = "jitter",
        /// Retry with jitter, the first window doubled.
        Spread = "spread",
        /// Do not retry.
        Final = "final",
        /// Ask for a fresh token once, then stop.
        Unauthorized = "unauthorized",
        /// Retry after the rule's delay.
        Delay = "delay",
    }
}

/// What to do after closes whose code lies in `from..=to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The first code of the band.
    pub from: u16,
    /// The last code of the band.
    pub to: u16,
    /// What to do.
    pub action: Action,
    /// The delay of [`Action::Delay`], in milliseconds.
    pub delay_ms: Millis,
}

pub(super) const fn rule(from: u16, to: u16, action: Action) -> Rule {
    Rule {
        from,
        to,
        action,
        delay_ms: 0,
    }
}

const TABLE: &[Rule] = &[
    rule(1001, 1001, Action::Spread),
    rule(1002, 1003, Action::Final),
    rule(1007, 1007, Action::Final),
    rule(1009, 1010, Action::Final),
    rule(1012, 1013, Action::Spread),
    rule(3000, 3000, Action::Unauthorized),
    rule(3003, 3003, Action::Unauthorized),
    rule(4401, 4401, Action::Unauthorized),
    rule(4403, 4403, Action::Unauthorized),
    rule(4408, 4408, Action::Spread),
    rule(4425, 4425, Action::Spread),
    rule(4429, 4429, Action::Spread),
    rule(4400, 4499, Action::Final),
];

/// Where policy violations are how a server refuses credentials.
const POLICY_IS_AUTH: &[Rule] = &[rule(1008, 1008, Action::Unauthorized)];

fn find(rules: &[Rule], code: u16) -> Option<Rule> {
    rules
        .iter()
        .copied()
        .find(|rule| rule.from <= code && code <= rule.to)
}

/// The user's own rule for a code.
pub(super) fn user_rule(rules: &[Rule], code: u16) -> Option<Rule> {
    find(rules, code)
}

/// The rule of the preset or the table.
pub(super) fn built_in_rule(preset: Preset, auth: bool, code: u16) -> Rule {
    find(preset.rules(), code)
        .or_else(|| {
            if auth {
                find(POLICY_IS_AUTH, code)
            } else {
                None
            }
        })
        .or_else(|| find(TABLE, code))
        .unwrap_or(rule(code, code, Action::Jitter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::*;

    #[test]
    fn every_row_of_the_table_holds() {
        for code in [
            1000, 1005, 1006, 1008, 1011, 1014, 1015, 3001, 3999, 4000, 4399, 4500, 4999,
        ] {
            assert_eq!(
                built_in_rule(Preset::None, false, code).action,
                Jitter,
                "{code}"
            );
        }
        for code in [1001, 1012, 1013, 4408, 4425, 4429] {
            assert_eq!(
                built_in_rule(Preset::None, false, code).action,
                Spread,
                "{code}"
            );
        }
        for code in [3000, 3003, 4401, 4403] {
            assert_eq!(
                built_in_rule(Preset::None, false, code).action,
                Unauthorized,
                "{code}"
            );
        }
        for code in [1002, 1003, 1007, 1009, 1010, 4400, 4402, 4404, 4499] {
            assert_eq!(
                built_in_rule(Preset::None, false, code).action,
                Final,
                "{code}"
            );
        }
        assert_eq!(built_in_rule(Preset::None, true, 1008).action, Unauthorized);
    }
}
