//! Plain HTTP below `/api`: control, the list of connections, waiting for a change, the records of sink and rpc.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::registry::Counts;
use crate::server::App;
use crate::{control, limits};

const DEFAULT_WAIT_MS: u64 = 10_000;

/// All routes below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/health",
            get(|| async { answer(StatusCode::OK, &json!({ "ok": true })) }),
        )
        .route("/api/control", post(control))
        .route("/api/connections", get(connections))
        .route("/api/wait", get(wait))
        .route("/api/sink/{label}", get(read_sink).delete(clear_sink))
        .route("/api/rpc/{label}", get(read_calls).delete(clear_calls))
        .layer(middleware::from_fn(any_origin))
}

async fn control(State(app): State<App>, body: Bytes) -> Response {
    match control::from_body(&app, &body) {
        Ok(affected) => answer(StatusCode::OK, &json!({ "ok": true, "affected": affected })),
        Err(message) => answer(
            StatusCode::BAD_REQUEST,
            &json!({ "ok": false, "message": message }),
        ),
    }
}

#[derive(Deserialize)]
struct Which {
    client: Option<String>,
}

async fn connections(State(app): State<App>, Query(which): Query<Which>) -> Response {
    answer(
        StatusCode::OK,
        &app.registry.to_json(which.client.as_deref()),
    )
}

#[derive(Deserialize)]
struct Wait {
    client: Option<String>,
    open: Option<u64>,
    total: Option<u64>,
    closed: Option<u64>,
    attempts: Option<u64>,
    timeout: Option<u64>,
}

impl Wait {
    fn is_met(&self, counts: Counts) -> bool {
        let at_least = |wanted: Option<u64>, have: u64| wanted.is_none_or(|wanted| have >= wanted);
        self.open.is_none_or(|open| counts.open() == open)
            && at_least(self.total, counts.total)
            && at_least(self.closed, counts.closed)
            && at_least(self.attempts, counts.attempts)
    }
}

async fn wait(State(app): State<App>, Query(wait): Query<Wait>) -> Response {
    let client = wait.client.as_deref();
    if [wait.open, wait.total, wait.closed, wait.attempts]
        .iter()
        .all(Option::is_none)
    {
        let message = "say what to wait for: open, total, closed or attempts";
        return answer(
            StatusCode::BAD_REQUEST,
            &json!({ "ok": false, "message": message }),
        );
    }
    let time = Duration::from_millis(wait.timeout.unwrap_or(DEFAULT_WAIT_MS).min(limits::WAIT_MS));
    // Subscribed before the first look, so that no change slips between look and wait.
    let mut changes = app.registry.changes();
    let met = tokio::time::timeout(time, async {
        while !wait.is_met(app.registry.counts(client)) {
            // The registry outlives its receivers.
            let _ = changes.changed().await;
        }
    });
    let status = if met.await.is_ok() {
        StatusCode::OK
    } else {
        StatusCode::REQUEST_TIMEOUT
    };
    answer(status, &app.registry.to_json(client))
}

async fn read_sink(State(app): State<App>, Path(label): Path<String>) -> Response {
    answer(StatusCode::OK, &app.sink.to_json(&label))
}

async fn clear_sink(State(app): State<App>, Path(label): Path<String>) -> Response {
    app.sink.clear(&label);
    answer(StatusCode::OK, &json!({ "ok": true }))
}

async fn read_calls(State(app): State<App>, Path(label): Path<String>) -> Response {
    answer(StatusCode::OK, &app.calls.to_json(&label))
}

async fn clear_calls(State(app): State<App>, Path(label): Path<String>) -> Response {
    app.calls.clear(&label);
    answer(StatusCode::OK, &json!({ "ok": true }))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}

/// Test pages come from other ports of this machine: everybody may ask.
async fn any_origin(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, DELETE"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    response
}
