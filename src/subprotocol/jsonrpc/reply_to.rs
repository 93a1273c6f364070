//! What a reply answers. Ids are JSON text here.

use serde_json::value::RawValue;

/// Which message of ours a reply answers. Ids of calls count up for the life of a socket, also over reconnections, so a late
/// reply never meets a newer call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyTo {
    /// A call: `7`.
    Call(u32),
    /// A member of a batch, by the batch's number and its own place: `"7.0"`.
    Member(u32, u32),
    /// A heartbeat: `"beat.7"`.
    Beat(u32),
    /// A call of the restore step: `"step.7"`.
    Step(u32),
    /// The credentials: `"auth"`.
    Auth,
    /// Nothing of ours.
    Unknown,
    /// A message that the other side could not read: it has no id then, or `null` (JSON-RPC 2.0, section 5).
    Unread,
}

impl ReplyTo {
    /// Reads an id. A server may have made a text of a number, or a number with a fraction of a whole one.
    pub(super) fn read(id: Option<&RawValue>) -> Self {
        let text = id.map_or("null", RawValue::get);
        if text == "null" {
            return ReplyTo::Unread;
        }
        let known = match text.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(inside) => ReplyTo::of_text(inside),
            None => number(text.strip_suffix(".0").unwrap_or(text)).map(ReplyTo::Call),
        };
        known.unwrap_or(ReplyTo::Unknown)
    }

    fn of_text(text: &str) -> Option<Self> {
        let Some((first, second)) = text.split_once('.') else {
            return match text {
                "auth" => Some(ReplyTo::Auth),
                _ => number(text).map(ReplyTo::Call),
            };
        };
        let second = number(second)?;
        match first {
            "beat" => Some(ReplyTo::Beat(second)),
            "step" => Some(ReplyTo::Step(second)),
            _ => Some(ReplyTo::Member(number(first)?, second)),
        }
    }

    /// The number of the call or batch, which is what the socket's requests go by.
    pub fn ticket(self) -> Option<u32> {
        match self {
            ReplyTo::Call(ticket) | ReplyTo::Member(ticket, _) => Some(ticket),
            _ => None,
        }
    }
}

/// Digits only: no sign, no space, no exponent.
fn number(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|it| it.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}
