//! The few frames every endpoint shares: pings, pongs, control, and what may stand in a close frame.

use axum::extract::ws::Message;
use serde_json::{Value, json};

use crate::limits;

/// A text frame the driver itself deals with.
#[derive(Debug, PartialEq)]
pub enum Shared {
    /// A ping and the answer it wants.
    Ping { answer: String },
    /// An answer to one of our pings.
    Pong,
    /// `{"type":"control", …}`, still to be read.
    Control(Value),
}

/// Recognises a shared frame; `None` is for the endpoint.
pub fn shared(text: &str) -> Option<Shared> {
    match text {
        "ping" => {
            return Some(Shared::Ping {
                answer: "pong".to_owned(),
            });
        }
        "pong" => return Some(Shared::Pong),
        _ => {}
    }
    // Parsing every frame of a busy echo would cost more than the echo.
    let worth_parsing = text.starts_with('{')
        && ["\"ping\"", "\"pong\"", "\"control\""]
            .iter()
            .any(|word| text.contains(word));
    if !worth_parsing {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    match value.get("type")?.as_str()? {
        "ping" => Some(Shared::Ping {
            answer: pong(value.get("id")),
        }),
        "pong" => Some(Shared::Pong),
        "control" => Some(Shared::Control(value)),
        _ => None,
    }
}

/// A pong, with the id of its ping if there was one.
pub fn pong(id: Option<&Value>) -> String {
    let mut pong = json!({ "type": "pong" });
    if let Some(id) = id {
        pong["id"] = id.clone();
    }
    pong.to_string()
}

/// A JSON text frame.
pub fn frame(value: &Value) -> Message {
    Message::Text(value.to_string().into())
}

/// The answer to bad input.
pub fn error(message: &str) -> Message {
    frame(&json!({ "type": "error", "message": message }))
}

/// Checks what a close frame may carry (RFC 6455, section 7.4).
///
/// # Errors
/// A sentence naming the value and what is allowed.
pub fn check_close(code: u16, reason: &str) -> Result<(), String> {
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(format!(
            "close code {code} cannot stand in a frame; use 1000-1003, 1007-1014 or 3000-4999"
        ));
    }
    if reason.len() > limits::REASON_BYTES {
        return Err(format!(
            "the close reason is longer than {} bytes",
            limits::REASON_BYTES
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_keep_their_id_whatever_it_is() {
        for (ping, answer) in [
            (r#"{"type":"ping","id":7}"#, r#"{"id":7,"type":"pong"}"#),
            (
                r#"{"type":"ping","id":{"a":[1]}}"#,
                r#"{"id":{"a":[1]},"type":"pong"}"#,
            ),
            (
                r#"{"type":"ping","id":null}"#,
                r#"{"id":null,"type":"pong"}"#,
            ),
            (r#"{"type":"ping"}"#, r#"{"type":"pong"}"#),
            ("ping", "pong"),
        ] {
            assert_eq!(
                shared(ping),
                Some(Shared::Ping {
                    answer: answer.to_owned()
                }),
                "{ping}"
            );
        }
    }

    #[test]
    fn ordinary_frames_are_left_alone() {
        for text in [
            "",
            "pings",
            r#"{"type":"say","text":"\"ping\""}"#,
            r#"{"type":"ping""#,
            r#"["ping"]"#,
        ] {
            assert_eq!(shared(text), None, "{text}");
        }
    }

    #[test]
    fn close_frames_are_checked() {
        assert!(check_close(1000, "").is_ok() && check_close(4999, &"x".repeat(123)).is_ok());
        for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
            assert!(check_close(code, "").is_err(), "{code}");
        }
        assert!(check_close(1000, &"x".repeat(124)).is_err());
    }
}
