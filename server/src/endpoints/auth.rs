//! `/ws/auth/{room}`: a chat room behind a token.
//!
//! ```text
//!   waiting ──good──▶ member ◀──good── denied
//!      │                │ bad token       ▲
//!      └── bad token ───┴─────────────────┘  only with ?deny=message; otherwise the connection closes
//! ```

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::chat::Chat;
use super::token::{self, Verdict};
use super::{Batch, Endpoint};
use crate::limits;
use crate::rooms::Replay;
use crate::server::App;
use crate::upgrade::Upgrade;
use crate::wire::{self, Shared};

enum Stage {
    Waiting { until: Instant },
    Member,
    Denied,
}

struct Auth {
    app: App,
    client: Option<String>,
    chat: Chat,
    stage: Stage,
    keeps_open: bool,
    url_token: Option<String>,
}

pub async fn upgrade(
    State(app): State<App>,
    Path(room): Path<String>,
    upgrade: Upgrade,
) -> Response {
    let chat = match Chat::new(&app, room) {
        Ok(chat) => chat,
        Err(message) => return (StatusCode::BAD_REQUEST, message).into_response(),
    };
    let auth = Auth {
        app: app.clone(),
        client: upgrade.params.client.clone(),
        chat,
        stage: Stage::Waiting {
            until: Instant::now() + limits::AUTH_WAIT,
        },
        keeps_open: upgrade.params.deny.is_some(),
        url_token: upgrade.params.token.clone(),
    };
    upgrade.serve(app, |_| auth).await
}

impl Auth {
    fn judge(&self, token: &str) -> Verdict {
        if self.app.policies.refuses_tokens(self.client.as_deref()) {
            return token::EXPIRED;
        }
        token::judge(token)
    }

    fn admit(&mut self, user: &str, replay: Replay, out: &mut Batch) {
        self.stage = Stage::Member;
        self.chat.join(user, replay, json!({ "user": user }), out);
    }

    fn authenticate(&mut self, frame: &Value, out: &mut Batch) {
        let Some(token) = frame.get("token").and_then(Value::as_str) else {
            return out.close(4401, "authenticate first");
        };
        match self.judge(token) {
            Verdict::Good { user } => {
                let replay = frame
                    .get("since")
                    .and_then(Replay::from_json)
                    .unwrap_or(Replay::Nothing);
                self.admit(&user, replay, out);
            }
            Verdict::Bad { code, what, reason } => {
                let denied = wire::frame(&json!({ "type": "denied", "reason": what }));
                if self.keeps_open {
                    out.push(denied);
                    self.chat.leave();
                    self.stage = Stage::Denied;
                } else {
                    if code == 4401 {
                        out.push(denied);
                    }
                    out.close(code, reason);
                }
            }
        }
    }

    fn member_says(&mut self, text: &str, frame: Option<&Value>, out: &mut Batch) {
        let joins = frame.filter(|frame| frame["type"] == "join");
        match (joins, self.chat.name().map(str::to_owned)) {
            // The name is the token's, whatever the frame says.
            (Some(frame), Some(name)) => match frame
                .get("since")
                .map_or(Some(Replay::Recent), Replay::from_json)
            {
                Some(replay) => self.chat.join(&name, replay, Value::Null, out),
                None => out.push(wire::error("since must be the id of a message, or null")),
            },
            _ => self.chat.on_text(text, out),
        }
    }
}

impl Endpoint for Auth {
    fn on_open(&mut self, out: &mut Batch) {
        self.stage = Stage::Waiting {
            until: Instant::now() + limits::AUTH_WAIT,
        };
        let Some(token) = self.url_token.take() else {
            return;
        };
        match self.judge(&token) {
            Verdict::Good { user } => self.admit(&user, Replay::Nothing, out),
            Verdict::Bad { reason, .. } => out.close(4401, reason),
        }
    }

    fn on_text(&mut self, text: &str, out: &mut Batch) {
        let frame: Option<Value> = serde_json::from_str(text).ok();
        if let Some(frame) = frame.as_ref().filter(|frame| frame["type"] == "auth") {
            return self.authenticate(frame, out);
        }
        match self.stage {
            // An answer to our own heartbeat is no message of the client's.
            Stage::Waiting { .. } if wire::shared(text) == Some(Shared::Pong) => {}
            Stage::Waiting { .. } => out.close(4401, "authenticate first"),
            Stage::Denied => out.push(wire::error("authenticate first")),
            Stage::Member => self.member_says(text, frame.as_ref(), out),
        }
    }

    fn on_binary(&mut self, bytes: Bytes, out: &mut Batch) {
        match self.stage {
            Stage::Waiting { .. } => out.close(4401, "authenticate first"),
            Stage::Denied | Stage::Member => self.chat.on_binary(bytes, out),
        }
    }

    async fn next(&mut self) -> Batch {
        let Stage::Waiting { until } = self.stage else {
            return self.chat.next().await;
        };
        tokio::time::sleep_until(until).await;
        let mut batch = Batch::default();
        batch.close(4401, "authenticate first");
        batch
    }

    /// Before authentication a ping is as wrong as anything else: nothing may leave a client earlier.
    fn takes_pings(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }
}
