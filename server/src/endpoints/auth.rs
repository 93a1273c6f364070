//! `/ws/auth/{room}`: a chat room behind a token.
//!
//! ```text
//!   waiting ──good──▶ member ◀──good── denied
//!      │                │ bad token       ▲
//!      └── bad token ───┴─────────────────┘  only with ?deny=message; otherwise the connection closes
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::chat::Chat;
use super::token::{self, Verdict};
use super::{Batch, Endpoint};
use crate::connection::Connection;
use crate::limits;
use crate::rooms::Replay;
use crate::server::App;
use crate::upgrade::Upgrade;
use crate::wire::{self, Shared};

enum Stage {
    /// For the first frame, until then; for ever once its answer is on the way.
    Waiting {
        until: Option<Instant>,
    },
    Member,
    Denied,
}

struct Auth {
    app: App,
    connection: Arc<Connection>,
    chat: Chat,
    stage: Stage,
    keeps_open: bool,
    url_token: Option<String>,
    /// `slow-auth=`: how much later auth frames are dealt with.
    delay: Duration,
    late: VecDeque<(Instant, Value)>,
    /// `expires=`: how long a yes is good for.
    lifetime: Option<Duration>,
    expires_at: Option<Instant>,
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
    let keeps_open = upgrade.params.deny.is_some();
    let url_token = upgrade.params.token.clone();
    let delay = Duration::from_millis(upgrade.params.slow_auth.unwrap_or(0));
    let lifetime = upgrade.params.expires.map(Duration::from_millis);
    let make = {
        let app = app.clone();
        |connection: &Arc<Connection>| Auth {
            app,
            connection: Arc::clone(connection),
            chat,
            stage: Stage::Waiting { until: None },
            keeps_open,
            url_token,
            delay,
            late: VecDeque::new(),
            lifetime,
            expires_at: None,
        }
    };
    upgrade.serve(app, make).await
}

impl Auth {
    fn judge(&self, token: &str) -> Verdict {
        let client = self.connection.client.as_deref();
        if self.app.policies.refuses_tokens(client) {
            return token::EXPIRED;
        }
        token::judge(token)
    }

    fn admit(&mut self, user: &str, replay: Replay, out: &mut Batch) {
        self.stage = Stage::Member;
        let mut extra = json!({ "user": user });
        if let Some(lifetime) = self.lifetime {
            self.expires_at = Some(Instant::now() + lifetime);
            extra["expires_in"] = json!(lifetime.as_millis() as u64);
        }
        self.chat.join(user, replay, extra, out);
    }

    /// Deals with an auth frame, now or later.
    fn hear(&mut self, frame: Value, out: &mut Batch) {
        self.connection.auths.fetch_add(1, Ordering::Relaxed);
        if self.delay.is_zero() {
            self.authenticate(&frame, out);
        } else if self.late.len() >= limits::LATE_AUTHS {
            out.push(wire::error("too many auth frames wait for their answer"));
        } else {
            if let Stage::Waiting { until } = &mut self.stage {
                *until = None;
            }
            self.late.push_back((Instant::now() + self.delay, frame));
        }
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

    /// When something happens if nothing comes.
    fn timer(&self) -> Option<Instant> {
        let first = match self.stage {
            Stage::Waiting { until } => until,
            Stage::Member | Stage::Denied => None,
        };
        let late = self.late.front().map(|(due, _)| *due);
        [first, late, self.expires_at].into_iter().flatten().min()
    }

    fn on_timer(&mut self, time: Instant, out: &mut Batch) {
        let answers = self.late.front().is_some_and(|(due, _)| *due == time);
        if answers && let Some((_, frame)) = self.late.pop_front() {
            self.authenticate(&frame, out);
        } else if self.expires_at == Some(time) {
            out.close(4401, "token expired");
        } else {
            out.close(4401, "authenticate first");
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
            until: Some(Instant::now() + limits::AUTH_WAIT),
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
        if frame.as_ref().is_some_and(|frame| frame["type"] == "auth") {
            return self.hear(frame.unwrap_or_default(), out);
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
        let Some(time) = self.timer() else {
            return self.chat.next().await;
        };
        tokio::select! {
            // Before the room, or a busy one could keep an expired member.
            biased;
            () = tokio::time::sleep_until(time) => {
                let mut batch = Batch::default();
                self.on_timer(time, &mut batch);
                batch
            }
            batch = self.chat.next() => batch,
        }
    }

    /// Before authentication a ping is as wrong as anything else: nothing may leave a client earlier.
    fn takes_pings(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }
}
