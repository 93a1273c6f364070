//! What a token is worth: it says so itself.

use crate::limits;

/// What a token is worth.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Good {
        user: String,
    },
    Bad {
        code: u16,
        what: &'static str,
        reason: &'static str,
    },
}

pub const EXPIRED: Verdict = Verdict::Bad {
    code: 4401,
    what: "expired",
    reason: "token expired",
};
const REVOKED: Verdict = Verdict::Bad {
    code: 4403,
    what: "revoked",
    reason: "token revoked",
};
const UNKNOWN: Verdict = Verdict::Bad {
    code: 4401,
    what: "unknown",
    reason: "token unknown",
};

/// `good-ann` is Ann's token.
pub fn judge(token: &str) -> Verdict {
    if token.starts_with("expired") {
        return EXPIRED;
    }
    if token.starts_with("revoked") {
        return REVOKED;
    }
    let Some(rest) = token.strip_prefix("good") else {
        return UNKNOWN;
    };
    let user: String = rest
        .trim_start_matches(['-', '_', ':', '.', ' '])
        .chars()
        .filter(|c| !c.is_control())
        .take(limits::NAME_CHARS)
        .collect();
    let user = user.trim();
    Verdict::Good {
        user: if user.is_empty() {
            "user".to_owned()
        } else {
            user.to_owned()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_speak_for_themselves() {
        let user = |token| match judge(token) {
            Verdict::Good { user } => user,
            bad => panic!("{bad:?}"),
        };
        assert_eq!(
            (user("good"), user("good-ann"), user("good:Bob B")),
            ("user".into(), "ann".into(), "Bob B".into())
        );
        assert_eq!(
            user(&format!("good{}", "x".repeat(100))).len(),
            limits::NAME_CHARS
        );
        assert_eq!(
            [judge("expired-1"), judge("revoked"), judge("")],
            [EXPIRED, REVOKED, UNKNOWN]
        );
    }
}
