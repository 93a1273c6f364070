//! `/ws/echo`: every frame comes back as it was.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::Message;
use axum::response::Response;

use super::{Batch, Endpoint};
use crate::server::App;
use crate::upgrade::Upgrade;

struct Echo {
    raw: bool,
}

pub async fn upgrade(State(app): State<App>, upgrade: Upgrade) -> Response {
    let raw = upgrade.params.raw.is_some_and(|raw| raw != 0);
    upgrade.serve(app, |_| Echo { raw }).await
}

impl Endpoint for Echo {
    fn on_text(&mut self, text: &str, out: &mut Batch) {
        out.push(Message::Text(text.into()));
    }

    fn on_binary(&mut self, bytes: Bytes, out: &mut Batch) {
        out.push(Message::Binary(bytes));
    }

    fn takes_pings(&self) -> bool {
        self.raw
    }
}
