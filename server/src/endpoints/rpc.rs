//! `/ws/rpc`: requests, and replies that come as a client hopes or fears.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::Message;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Batch, Endpoint};
use crate::connection::Connection;
use crate::rpc::{Calls, Method};
use crate::server::App;
use crate::upgrade::Upgrade;
use crate::{limits, wire};

struct Rpc {
    calls: Arc<Calls>,
    label: String,
    connection: Arc<Connection>,
    /// Slow requests by due time; the number tells those of one instant apart.
    slow: BTreeMap<(Instant, u64), Slow>,
    slow_ones: u64,
    wrong_ids: u64,
}

struct Slow {
    id: Value,
    ms: u64,
}

pub async fn upgrade(State(app): State<App>, upgrade: Upgrade) -> Response {
    let Some(label) = upgrade.params.client.clone() else {
        let message = "/ws/rpc keeps records per client: add client=LABEL";
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    let calls = Arc::clone(&app.calls);
    upgrade
        .serve(app, |connection| Rpc {
            calls,
            label,
            connection: Arc::clone(connection),
            slow: BTreeMap::new(),
            slow_ones: 0,
            wrong_ids: 0,
        })
        .await
}

impl Rpc {
    fn request(&mut self, frame: &Value, id: &Value, out: &mut Batch) {
        let Some(name) = frame.get("method").and_then(Value::as_str) else {
            return out.push(failure(id, "method must be a string"));
        };
        let Some(method) = Method::from_name(name) else {
            return out.push(failure(
                id,
                "method must be echo, slow, never, twice, wrong-id, close or count",
            ));
        };
        let params = frame.get("params").unwrap_or(&Value::Null);
        if method == Method::Slow {
            return match self.slow(params, id) {
                Ok(()) => self.calls.execute(&self.label, id, method),
                Err(message) => out.push(failure(id, &message)),
            };
        }
        self.calls.execute(&self.label, id, method);
        match method {
            Method::Echo => out.push(reply(id, params)),
            Method::Twice => {
                out.push(reply(id, params));
                out.push(reply(id, params));
            }
            Method::WrongId => {
                self.wrong_ids += 1;
                let wrong = format!("nobody-{}-{}", self.connection.id, self.wrong_ids);
                out.push(reply(&json!(wrong), params));
            }
            Method::Count => {
                let count = self.calls.count(&self.label, id);
                out.push(reply(id, &json!(count)));
            }
            Method::Close => self.connection.kill(),
            Method::Never | Method::Slow => {}
        }
    }

    fn slow(&mut self, params: &Value, id: &Value) -> Result<(), String> {
        let ms = params.get("ms").and_then(Value::as_u64);
        let Some(ms) = ms.filter(|ms| *ms <= limits::SLOW_MS) else {
            return Err(format!(
                "params must be {{\"ms\":n}}, n a whole number up to {}",
                limits::SLOW_MS
            ));
        };
        if self.slow.len() >= limits::SLOW_REQUESTS {
            return Err(format!(
                "{} slow requests wait already",
                limits::SLOW_REQUESTS
            ));
        }
        self.slow_ones += 1;
        let due = Instant::now() + Duration::from_millis(ms);
        let id = id.clone();
        self.slow.insert((due, self.slow_ones), Slow { id, ms });
        Ok(())
    }

    fn cancel(&mut self, id: &Value) {
        self.calls.cancel(&self.label, id);
        self.slow.retain(|_, slow| slow.id != *id);
    }
}

impl Endpoint for Rpc {
    fn on_text(&mut self, text: &str, out: &mut Batch) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let kind = frame.get("type").and_then(Value::as_str);
        if !matches!(kind, Some("request" | "cancel")) {
            return out.push(wire::error("expected a request or a cancel, as JSON"));
        }
        let Some(id) = frame.get("id") else {
            return out.push(wire::error("id is missing"));
        };
        if id.to_string().len() > limits::REF_BYTES {
            return out.push(wire::error(&format!(
                "id must have at most {} bytes",
                limits::REF_BYTES
            )));
        }
        if kind == Some("cancel") {
            self.cancel(id);
        } else {
            self.request(&frame, id, out);
        }
    }

    fn on_binary(&mut self, _bytes: Bytes, out: &mut Batch) {
        out.push(wire::error("requests are JSON in text frames"));
    }

    async fn next(&mut self) -> Batch {
        let Some((due, _)) = self.slow.keys().next() else {
            return std::future::pending().await;
        };
        tokio::time::sleep_until(*due).await;
        let mut batch = Batch::default();
        if let Some((_, Slow { id, ms })) = self.slow.pop_first() {
            batch.push(reply(&id, &json!({ "ms": ms })));
        }
        batch
    }
}

fn reply(id: &Value, result: &Value) -> Message {
    wire::frame(&json!({ "type": "reply", "id": id, "result": result }))
}

fn failure(id: &Value, message: &str) -> Message {
    wire::frame(&json!({ "type": "reply", "id": id, "error": message }))
}
