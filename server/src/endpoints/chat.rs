//! `/ws/chat/{room}`: join, say, and hear what the others say.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::Message;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Batch, Endpoint};
use crate::doubles::Mid;
use crate::rooms::{Replay, Rooms, Seat};
use crate::server::App;
use crate::upgrade::Upgrade;
use crate::{limits, params, wire};

/// One connection's view of a room.
pub struct Chat {
    rooms: Arc<Rooms>,
    room: String,
    seat: Option<Seat>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Said {
    Join {
        name: String,
        #[serde(default)]
        since: Value,
    },
    Say {
        text: String,
        #[serde(rename = "ref")]
        reference: Option<Value>,
        mid: Option<Value>,
    },
}

pub async fn upgrade(
    State(app): State<App>,
    Path(room): Path<String>,
    upgrade: Upgrade,
) -> Response {
    match Chat::new(&app, room) {
        Ok(chat) => upgrade.serve(app, |_| chat).await,
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

impl Chat {
    /// Looks at a room from outside.
    ///
    /// # Errors
    /// The room's name does not fit.
    pub fn new(app: &App, room: String) -> Result<Self, String> {
        params::check_name("the room", &room)?;
        Ok(Self {
            rooms: Arc::clone(&app.rooms),
            room,
            seat: None,
        })
    }

    /// Takes a seat and says welcome; `extra` stands in the welcome too.
    pub fn join(&mut self, name: &str, replay: Replay, extra: Value, out: &mut Batch) {
        let name = name.trim();
        if name.is_empty()
            || name.chars().count() > limits::NAME_CHARS
            || name.chars().any(char::is_control)
        {
            out.push(wire::error(&format!(
                "name must have 1 to {} characters",
                limits::NAME_CHARS
            )));
            return;
        }
        let Some(joined) = self.rooms.join(&self.room, name, replay) else {
            out.push(wire::error("there are too many rooms; try again later"));
            return;
        };
        let mut welcome = json!({ "type": "welcome", "room": self.room, "members": joined.members, "latest": joined.latest });
        if let (Value::Object(welcome), Value::Object(extra)) = (&mut welcome, extra) {
            welcome.extend(extra);
        }
        out.push(wire::frame(&welcome));
        for line in joined.history {
            out.push(Message::Text(line));
        }
        // An old seat is given up only now: joining again under the same name is no leaving.
        self.seat = Some(joined.seat);
    }

    pub fn leave(&mut self) {
        self.seat = None;
    }

    /// The name of the member, once joined.
    pub fn name(&self) -> Option<&str> {
        self.seat.as_ref().map(Seat::name)
    }

    fn say(&self, text: &str, reference: Option<&Value>, mid: Option<&Value>, out: &mut Batch) {
        let Some(seat) = &self.seat else {
            out.push(wire::error("join first"));
            return;
        };
        if text.is_empty() || text.chars().count() > limits::TEXT_CHARS {
            out.push(wire::error(&format!(
                "text must have 1 to {} characters",
                limits::TEXT_CHARS
            )));
        } else if reference.is_some_and(|reference| reference.to_string().len() > limits::REF_BYTES)
        {
            out.push(wire::error(&format!(
                "ref must be shorter than {} bytes",
                limits::REF_BYTES
            )));
        } else {
            match mid.map(|mid| mid.as_str().and_then(Mid::parse)) {
                Some(None) => out.push(wire::error(
                    "mid must look like \"session:1\", the session without a colon and in at most 64 bytes",
                )),
                mid => seat.say(text, reference, mid.flatten().as_ref()),
            }
        }
    }
}

impl Endpoint for Chat {
    fn on_text(&mut self, text: &str, out: &mut Batch) {
        match serde_json::from_str(text) {
            Ok(Said::Join { name, since }) => match Replay::from_json(&since) {
                Some(replay) => self.join(&name, replay, Value::Null, out),
                None => out.push(wire::error("since must be the id of a message, or null")),
            },
            Ok(Said::Say {
                text,
                reference,
                mid,
            }) => self.say(&text, reference.as_ref(), mid.as_ref(), out),
            Err(_) => out.push(wire::error(
                "expected a join with a name or a say with a text, as JSON",
            )),
        }
    }

    fn on_binary(&mut self, _bytes: Bytes, out: &mut Batch) {
        out.push(wire::error("this room speaks JSON in text frames"));
    }

    async fn next(&mut self) -> Batch {
        let Some(seat) = &mut self.seat else {
            return std::future::pending().await;
        };
        let mut batch = Batch::default();
        match seat.lines().await {
            Ok(lines) => batch.messages = lines.into_iter().map(Message::Text).collect(),
            Err(_) => batch.close(1013, "too slow"),
        }
        batch
    }
}
