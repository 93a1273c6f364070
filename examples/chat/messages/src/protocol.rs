//! The frames of `/ws/chat/{room}`, as JSON: `{"type":"say","text":"hello"}`.

use serde::{Deserialize, Serialize};

/// What a page says to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientMessage {
    /// Takes a seat, and asks for all lines after `since`; without one for all there are.
    Join { name: String, since: Option<u64> },
    /// Says a line. The server drops what comes a second time under the same `mid`.
    Say {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mid: Option<String>,
    },
    /// Asks whether the link is alive.
    Ping { id: u32 },
}

impl ClientMessage {
    /// A line without a mark.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Say {
            text: text.into(),
            mid: None,
        }
    }

    /// Marks a line, so that it is said once however often it is sent.
    pub fn mark(&mut self, mark: &str) {
        if let Self::Say { mid, .. } = self {
            *mid = Some(mark.to_owned());
        }
    }
}

/// What the server says to a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ServerMessage {
    /// The answer to a join; the lines that were missed come next.
    Welcome {
        room: String,
        members: Vec<String>,
        latest: u64,
    },
    /// Somebody said a line. The ids of a room grow from 1 without a gap.
    Say { id: u64, name: String, text: String },
    /// Somebody came.
    Joined { name: String },
    /// Somebody left.
    Left { name: String },
    /// The answer to a ping, with its id.
    Pong { id: Option<u32> },
    /// Something we said was refused, such as a name that is too long.
    Error { message: String },
    /// A newer server may say more.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn client_messages_are_what_the_server_reads() {
        let cases = [
            (
                ClientMessage::Join {
                    name: "Ann".into(),
                    since: None,
                },
                json!({ "type": "join", "name": "Ann", "since": null }),
            ),
            (
                ClientMessage::Join {
                    name: "Ann".into(),
                    since: Some(7),
                },
                json!({ "type": "join", "name": "Ann", "since": 7 }),
            ),
            (
                ClientMessage::Say {
                    text: "hi".into(),
                    mid: Some("s:1".into()),
                },
                json!({ "type": "say", "text": "hi", "mid": "s:1" }),
            ),
            (
                ClientMessage::say("hi"),
                json!({ "type": "say", "text": "hi" }),
            ),
            (
                ClientMessage::Ping { id: 3 },
                json!({ "type": "ping", "id": 3 }),
            ),
        ];
        for (message, frame) in cases {
            assert_eq!(to_value(&message).unwrap(), frame);
            assert_eq!(from_value::<ClientMessage>(frame).unwrap(), message);
        }
    }

    #[test]
    fn only_lines_are_marked() {
        let mut line = ClientMessage::say("hi");
        line.mark("s:2");
        let mid = Some("s:2".to_owned());
        assert!(matches!(line, ClientMessage::Say { mid: marked, .. } if marked == mid));
        let mut ping = ClientMessage::Ping { id: 1 };
        ping.mark("s:3");
        assert_eq!(ping, ClientMessage::Ping { id: 1 });
    }

    #[test]
    fn server_frames_are_read_with_and_without_what_we_do_not_use() {
        let cases = [
            (
                json!({ "type": "welcome", "room": "lobby", "members": ["Ann"], "latest": 3 }),
                ServerMessage::Welcome {
                    room: "lobby".into(),
                    members: vec!["Ann".into()],
                    latest: 3,
                },
            ),
            (
                json!({ "type": "say", "id": 4, "name": "Ann", "text": "hi", "at": 1.5, "ref": null }),
                ServerMessage::Say {
                    id: 4,
                    name: "Ann".into(),
                    text: "hi".into(),
                },
            ),
            (
                json!({ "type": "joined", "name": "Ben" }),
                ServerMessage::Joined { name: "Ben".into() },
            ),
            (
                json!({ "type": "left", "name": "Ben" }),
                ServerMessage::Left { name: "Ben".into() },
            ),
            (
                json!({ "type": "pong", "id": 3 }),
                ServerMessage::Pong { id: Some(3) },
            ),
            (json!({ "type": "pong" }), ServerMessage::Pong { id: None }),
            (
                json!({ "type": "error", "message": "join first" }),
                ServerMessage::Error {
                    message: "join first".into(),
                },
            ),
            (
                json!({ "type": "topic", "text": "ropes" }),
                ServerMessage::Unknown,
            ),
        ];
        for (frame, message) in cases {
            assert_eq!(from_value::<ServerMessage>(frame).unwrap(), message);
        }
    }
}
