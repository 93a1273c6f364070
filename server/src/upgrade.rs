//! From a WebSocket request to a driven connection: windows, faults, subprotocol, registry.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::connection::Connection;
use crate::driver::{self, Link};
use crate::endpoints::{self, Endpoint};
use crate::fault::Fault;
use crate::limits;
use crate::params::Params;
use crate::policy::Verdict;
use crate::server::App;
use crate::switch::Switch;

/// Subprotocols this server speaks, all with the same words.
const SUBPROTOCOLS: [&str; 4] = ["chat.v2", "chat.v1", "json", "echo"];
/// What is spoken on one path only.
const MQTT: [&str; 1] = [endpoints::mqtt::SUBPROTOCOL];

/// A WebSocket request whose query has been read.
pub struct Upgrade {
    pub params: Params,
    path: String,
    headers: HeaderMap,
    switch: Arc<Switch>,
    socket: WebSocketUpgrade,
}

impl FromRequestParts<App> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Query(params) = Query::<Params>::from_request_parts(parts, app)
            .await
            .map_err(|rejection| bad_request(&rejection.body_text()))?;
        params.check().map_err(|message| bad_request(&message))?;
        let switch = parts.extensions.get::<Arc<Switch>>().cloned();
        let switch = switch.expect("the accept loop puts the switch into every request");
        let path = parts.uri.path().to_owned();
        let headers = parts.headers.clone();
        let socket = WebSocketUpgrade::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self {
            params,
            path,
            headers,
            switch,
            socket,
        })
    }
}

impl Upgrade {
    /// Lets the request fail as asked, or upgrades it and drives the endpoint that `make` builds.
    pub async fn serve<E: Endpoint>(
        self,
        app: App,
        make: impl FnOnce(&Arc<Connection>) -> E,
    ) -> Response {
        let client = self.params.client.as_deref();
        app.registry.attempt(client);
        match app.policies.verdict(client) {
            Verdict::Welcome => {}
            Verdict::Refuse => return refuse(&self.switch).await,
            Verdict::Unavailable(status) => return unavailable(status),
        }
        let fault = match self.fault(&app) {
            Ok(fault) => fault,
            Err(message) => return bad_request(&message),
        };
        let later = match fault {
            None => None,
            Some(Fault::Refuse) => return refuse(&self.switch).await,
            Some(Fault::Silent) => {
                self.switch.stall(None);
                return std::future::pending().await;
            }
            Some(Fault::Http(status)) => return unavailable(status),
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                None
            }
            Some(Fault::Later(time, act)) => Some((time, act)),
        };
        self.accept(app, later, make)
    }

    fn fault(&self, app: &App) -> Result<Option<Fault>, String> {
        let Some(fault) = Fault::from_params(&self.params)? else {
            return Ok(None);
        };
        let due = match (&self.params.client, self.params.times) {
            (Some(client), Some(times)) => app.fault_counts.is_due(client, &self.path, times),
            _ => true,
        };
        Ok(due.then_some(fault))
    }

    fn accept<E: Endpoint>(
        self,
        app: App,
        later: Option<(Duration, crate::fault::Act)>,
        make: impl FnOnce(&Arc<Connection>) -> E,
    ) -> Response {
        let Self {
            params,
            path,
            headers,
            switch,
            mut socket,
        } = self;
        let pongs = match params.pongs() {
            Ok(pongs) => pongs,
            Err(message) => return bad_request(&message),
        };
        let spoken: &[&str] = if path == "/mqtt" {
            &MQTT
        } else {
            &SUBPROTOCOLS
        };
        match select_subprotocol(&headers, spoken, params.protocol.as_deref()) {
            Ok(Some(protocol)) => socket.set_selected_protocol(protocol),
            Ok(None) => {}
            Err(message) => return bad_request(&message),
        }
        // Entered before the answer leaves: whoever sees the socket open can already control it.
        let (guard, orders) = app.registry.enter(params.client, path, switch);
        if let Some(fault) = pongs {
            guard.connection.pongs.set(fault);
        }
        let endpoint = make(&guard.connection);
        let heartbeat = params.heartbeat.map(Duration::from_millis);
        let link = Link {
            app,
            guard,
            orders,
            heartbeat,
            later,
        };
        socket
            .max_message_size(limits::MESSAGE_BYTES)
            .max_frame_size(limits::MESSAGE_BYTES)
            .on_upgrade(move |socket| driver::drive(socket, endpoint, link))
    }
}

/// The first offered subprotocol that is known, or whatever `protocol=` demands.
fn select_subprotocol(
    headers: &HeaderMap,
    spoken: &[&'static str],
    wanted: Option<&str>,
) -> Result<Option<HeaderValue>, String> {
    match wanted {
        Some("none") => Ok(None),
        Some(name) => HeaderValue::from_str(name)
            .map(Some)
            .map_err(|_| "protocol must be a plain subprotocol name".to_owned()),
        None => {
            let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
            let mut names = offered
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','));
            let known = names.find_map(|name| spoken.iter().find(|known| **known == name.trim()));
            Ok(known.copied().map(HeaderValue::from_static))
        }
    }
}

async fn refuse(switch: &Switch) -> Response {
    switch.reset();
    // Hyper meets the broken stream and drops this future with it.
    std::future::pending().await
}

fn unavailable(status: StatusCode) -> Response {
    (status, "refused on request").into_response()
}

fn bad_request(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, message.to_owned()).into_response()
}
