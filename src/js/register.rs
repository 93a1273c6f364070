//! An output of the session as numbers: its kind, and up to seven fields that the shell reads one by one.

use super::machine::FIELDS;
use crate::session::{Cause, CauseKind, Event, Output, Question, State};

/// The fields of one output.
pub(super) type Register = [f64; FIELDS];

/// Writes a cause into a field for its kind, its code, and whether it was clean.
fn put_cause(cause: Option<Cause>, [kind, code, clean]: [&mut f64; 3]) {
    let cause = cause.unwrap_or(Cause {
        kind: CauseKind::None,
        code: None,
        was_clean: false,
    });
    *kind = f64::from(cause.kind as u8);
    *code = f64::from(cause.code.unwrap_or(0));
    *clean = f64::from(cause.was_clean);
}

/// Writes the fields of an output and returns its number, in the order of `wire.ts`; 0 is none.
pub(super) fn write(fields: &mut Register, output: Output) -> u32 {
    let [a, b, c, d, e, f, g, ..] = fields;
    match output {
        Output::Ask(question, generation) => {
            *b = f64::from(generation);
            *a = match question {
                Question::Url { attempt } => {
                    *c = f64::from(attempt);
                    0.0
                }
                Question::Credentials => 1.0,
                Question::Restore(opening) => {
                    *d = opening.downtime_ms as f64;
                    *e = f64::from(opening.unconfirmed);
                    *f = f64::from(opening.reconnected);
                    2.0
                }
            };
            1
        }
        Output::AskRetry {
            cause: why,
            attempt,
        } => {
            put_cause(Some(why), [a, b, c]);
            *d = f64::from(attempt);
            2
        }
        Output::Dial(number) => {
            *a = f64::from(number);
            3
        }
        Output::Transmit(number) => {
            *a = f64::from(number);
            4
        }
        Output::Ping(number) => {
            *a = f64::from(number);
            5
        }
        Output::Pong => 6,
        Output::Close { code } => {
            *a = f64::from(code.unwrap_or(0));
            7
        }
        Output::Abandon { code } => {
            *a = f64::from(code.unwrap_or(0));
            8
        }
        Output::Notify(event) => match event {
            Event::State { state, cause: why } => {
                let (attempt, until, detail) = match state {
                    State::Waiting(wait) => (wait.attempt, wait.until, 0),
                    State::Suspended(why) => (0, 0, why as u8),
                    State::Closed(why) => (0, 0, why as u8),
                    _ => (0, 0, 0),
                };
                *a = f64::from(state.name() as u8);
                *b = f64::from(attempt);
                *c = until as f64;
                *d = f64::from(detail);
                put_cause(why, [e, f, g]);
                9
            }
            Event::Opened(opening) => {
                *a = f64::from(opening.reconnected);
                *b = opening.downtime_ms as f64;
                *c = f64::from(opening.unconfirmed);
                10
            }
            Event::Dropped(number, reason, progress) => {
                *a = f64::from(number);
                *b = f64::from(reason as u8);
                *c = f64::from(progress as u8);
                11
            }
            Event::Latency(number) => {
                *a = f64::from(number);
                12
            }
            Event::ProtocolNotSelected => 13,
            Event::Confirmed(number) => {
                *a = f64::from(number);
                14
            }
            Event::Renewed => 15,
            Event::RenewalFailed => 16,
        },
    }
}
