//! Windows of time in which new upgrades or tokens are refused, opened by control.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use crate::limits;

#[derive(Clone, Copy, Debug, Default)]
struct Windows {
    refuse: Option<Instant>,
    unavailable: Option<(Instant, StatusCode)>,
    tokens: Option<Instant>,
}

/// What becomes of an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Welcome,
    Refuse,
    Unavailable(StatusCode),
}

/// Open windows per label; `None` stands for everybody.
#[derive(Debug, Default)]
pub struct Policies(Mutex<HashMap<Option<String>, Windows>>);

impl Policies {
    pub fn refuse(&self, client: Option<&str>, time: Duration) {
        self.edit(client, |windows| {
            windows.refuse = Some(Instant::now() + time)
        });
    }

    pub fn unavailable(&self, client: Option<&str>, time: Duration, status: StatusCode) {
        self.edit(client, |windows| {
            windows.unavailable = Some((Instant::now() + time, status))
        });
    }

    pub fn refuse_tokens(&self, client: Option<&str>, time: Duration) {
        self.edit(client, |windows| {
            windows.tokens = Some(Instant::now() + time)
        });
    }

    /// Judges a new upgrade.
    pub fn verdict(&self, client: Option<&str>) -> Verdict {
        let now = Instant::now();
        for windows in self.of(client) {
            if windows.refuse.is_some_and(|until| now < until) {
                return Verdict::Refuse;
            }
            if let Some((until, status)) = windows.unavailable
                && now < until
            {
                return Verdict::Unavailable(status);
            }
        }
        Verdict::Welcome
    }

    /// Whether every token counts as expired now.
    pub fn refuses_tokens(&self, client: Option<&str>) -> bool {
        let now = Instant::now();
        self.of(client)
            .any(|windows| windows.tokens.is_some_and(|until| now < until))
    }

    fn of(&self, client: Option<&str>) -> impl Iterator<Item = Windows> {
        let all = self.0.lock().expect("no panic while windows are held");
        let everybody = all.get(&None).copied();
        let own = client.and_then(|label| all.get(&Some(label.to_owned())).copied());
        everybody.into_iter().chain(own)
    }

    fn edit(&self, client: Option<&str>, edit: impl FnOnce(&mut Windows)) {
        let mut all = self.0.lock().expect("no panic while windows are held");
        if all.len() >= limits::LABELS {
            let now = Instant::now();
            let open = |until: Instant| now < until;
            all.retain(|_, w| {
                w.refuse.is_some_and(open)
                    || w.tokens.is_some_and(open)
                    || w.unavailable.is_some_and(|(u, _)| open(u))
            });
        }
        if all.len() < limits::LABELS {
            edit(all.entry(client.map(str::to_owned)).or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_window_holds_for_its_label_or_for_all() {
        let policies = Policies::default();
        policies.refuse(Some("a"), LONG);
        assert_eq!(policies.verdict(Some("a")), Verdict::Refuse);
        assert_eq!(policies.verdict(Some("b")), Verdict::Welcome);
        assert_eq!(policies.verdict(None), Verdict::Welcome);
        policies.unavailable(None, LONG, StatusCode::BAD_GATEWAY);
        assert_eq!(
            policies.verdict(None),
            Verdict::Unavailable(StatusCode::BAD_GATEWAY)
        );
    }

    #[test]
    fn a_window_of_no_time_closes_an_open_one() {
        let policies = Policies::default();
        policies.refuse_tokens(Some("a"), LONG);
        assert!(policies.refuses_tokens(Some("a")) && !policies.refuses_tokens(None));
        policies.refuse_tokens(Some("a"), Duration::ZERO);
        assert!(!policies.refuses_tokens(Some("a")));
    }
}
