//! Faults a connection asks for in its own query.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::StatusCode;

use crate::params::Params;
use crate::{limits, wire};

/// What goes wrong, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// RST instead of an answer to the upgrade.
    Refuse,
    /// No answer to the upgrade, ever.
    Silent,
    /// The upgrade is answered late.
    Slow(Duration),
    /// The upgrade is answered with an HTTP error.
    Http(StatusCode),
    /// Accepts, then acts after a delay.
    Later(Duration, Act),
}

/// What happens to an open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Close { code: u16, reason: String },
    Kill,
    Stall,
}

impl Fault {
    /// Reads `fault=…` and its parameters.
    ///
    /// # Errors
    /// A sentence naming the parameter and the cure.
    pub fn from_params(params: &Params) -> Result<Option<Self>, String> {
        let Some(name) = params.fault.as_deref() else {
            return Ok(None);
        };
        let after = |default| Duration::from_millis(params.ms.unwrap_or(default));
        let fault = match name {
            "refuse" => Self::Refuse,
            "silent" => Self::Silent,
            "slow" => Self::Slow(after(1_000)),
            "http" => Self::Http(refusal(params.status.unwrap_or(503))?),
            "close" => {
                let code = params.code.unwrap_or(1000);
                let reason = params.reason.clone().unwrap_or_default();
                wire::check_close(code, &reason)?;
                Self::Later(after(0), Act::Close { code, reason })
            }
            "flap" => Self::Later(after(0), Act::Kill),
            "kill" => Self::Later(after(1_000), Act::Kill),
            "stall" => Self::Later(after(0), Act::Stall),
            _ => {
                return Err(
                    "fault must be refuse, silent, slow, http, close, flap, kill or stall"
                        .to_owned(),
                );
            }
        };
        Ok(Some(fault))
    }
}

/// An HTTP status that refuses an upgrade.
///
/// # Errors
/// A sentence naming the range.
pub fn refusal(status: u16) -> Result<StatusCode, String> {
    StatusCode::from_u16(status)
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error())
        .ok_or_else(|| format!("status {status} does not refuse an upgrade; use 400 to 599"))
}

/// Counts connections per label and path, for `times=K`.
#[derive(Debug, Default)]
pub struct FaultCounts(Mutex<HashMap<(String, String), u64>>);

impl FaultCounts {
    /// Whether this connection is among the first `times` of its label on its path.
    pub fn is_due(&self, client: &str, path: &str, times: u64) -> bool {
        let mut counts = self.0.lock().expect("no panic while counts are held");
        let key = (client.to_owned(), path.to_owned());
        if counts.len() >= limits::LABELS && !counts.contains_key(&key) {
            // Labels are made up per test: whichever goes is almost surely finished.
            if let Some(old) = counts.keys().next().cloned() {
                counts.remove(&old);
            }
        }
        let count = counts.entry(key).or_default();
        *count += 1;
        *count <= times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(params: Params) -> Result<Option<Fault>, String> {
        Fault::from_params(&params)
    }

    fn named(name: &str) -> Params {
        Params {
            fault: Some(name.to_owned()),
            ..Params::default()
        }
    }

    #[test]
    fn defaults_of_each_fault() {
        let ms = Duration::from_millis;
        assert_eq!(fault(Params::default()), Ok(None));
        for (name, expected) in [
            ("refuse", Fault::Refuse),
            ("silent", Fault::Silent),
            ("slow", Fault::Slow(ms(1_000))),
            ("http", Fault::Http(StatusCode::SERVICE_UNAVAILABLE)),
            (
                "close",
                Fault::Later(
                    ms(0),
                    Act::Close {
                        code: 1000,
                        reason: String::new(),
                    },
                ),
            ),
            ("flap", Fault::Later(ms(0), Act::Kill)),
            ("kill", Fault::Later(ms(1_000), Act::Kill)),
            ("stall", Fault::Later(ms(0), Act::Stall)),
        ] {
            assert_eq!(fault(named(name)), Ok(Some(expected)));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(fault(named("explode")).is_err());
        assert!(
            fault(Params {
                status: Some(200),
                ..named("http")
            })
            .is_err()
        );
        assert!(
            fault(Params {
                code: Some(1006),
                ..named("close")
            })
            .is_err()
        );
    }

    #[test]
    fn times_counts_per_label_and_path() {
        let counts = FaultCounts::default();
        let due = |client, path| counts.is_due(client, path, 2);
        assert_eq!(
            [due("a", "/x"), due("a", "/x"), due("a", "/x")],
            [true, true, false]
        );
        assert!(due("a", "/y") && due("b", "/x"));
    }
}
