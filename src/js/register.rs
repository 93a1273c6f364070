//! An output of the session as numbers: its kind, and up to seven fields that the shell reads one by one.

use super::machine::FIELDS;
use crate::session::{Cause, CauseKind, Event, Output, Question, State};

/// The fields of one output.
pub(super) type Register = [f64; FIELDS];

/// A cause as it crosses: kind, code, clean.
fn cause(cause: Option<Cause>) -> [f64; 3] {
    let (kind, code, clean) = match cause {
        Some(cause) => (cause.kind, cause.code.unwrap_or(0), cause.was_clean),
        None => (CauseKind::None, 0, false),
    };
    [f64::from(kind as u8), f64::from(code), f64::from(clean)]
}

/// Writes the fields of an output and returns its number, in the order of `wire.ts`; 0 is none.
pub(super) fn write(fields: &mut Register, output: Output) -> u32 {
    let mut put = |values: &[f64]| {
        for (field, value) in fields.iter_mut().zip(values) {
            *field = *value;
        }
    };
    match output {
        Output::Ask(question, generation) => {
            let generation = f64::from(generation);
            match question {
                Question::Url { attempt } => put(&[0.0, generation, f64::from(attempt)]),
                Question::Credentials => put(&[1.0, generation]),
                Question::Restore(opening) => put(&[
                    2.0,
                    generation,
                    0.0,
                    opening.downtime_ms as f64,
                    f64::from(opening.unconfirmed),
                    f64::from(opening.reconnected),
                ]),
            }
            1
        }
        Output::AskRetry {
            cause: why,
            attempt,
        } => {
            let [kind, code, clean] = cause(Some(why));
            put(&[kind, code, clean, f64::from(attempt)]);
            2
        }
        Output::Dial(generation) => {
            put(&[f64::from(generation)]);
            3
        }
        Output::Transmit(ticket) => {
            put(&[f64::from(ticket)]);
            4
        }
        Output::Ping(id) => {
            put(&[f64::from(id)]);
            5
        }
        Output::Pong => 6,
        Output::Close { code } => {
            put(&[f64::from(code.unwrap_or(0))]);
            7
        }
        Output::Abandon { code } => {
            put(&[f64::from(code.unwrap_or(0))]);
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
                let [kind, code, clean] = cause(why);
                put(&[
                    f64::from(state.name() as u8),
                    f64::from(attempt),
                    until as f64,
                    f64::from(detail),
                    kind,
                    code,
                    clean,
                ]);
                9
            }
            Event::Opened(opening) => {
                put(&[
                    f64::from(opening.reconnected),
                    opening.downtime_ms as f64,
                    f64::from(opening.unconfirmed),
                ]);
                10
            }
            Event::Dropped(ticket, reason, progress) => {
                put(&[
                    f64::from(ticket),
                    f64::from(reason as u8),
                    f64::from(progress as u8),
                ]);
                11
            }
            Event::Latency(ms) => {
                put(&[f64::from(ms)]);
                12
            }
            Event::ProtocolNotSelected => 13,
            Event::Confirmed(ticket) => {
                put(&[f64::from(ticket)]);
                14
            }
            Event::Renewed => 15,
            Event::RenewalFailed => 16,
        },
    }
}
