//! `/mqtt`: the broker, in binary frames.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::Message;
use axum::response::Response;
use tokio::sync::Notify;

use super::{Batch, Endpoint};
use crate::mqtt::{Broker, LinkId, Output};
use crate::server::App;
use crate::upgrade::Upgrade;

/// The subprotocol, of all versions of MQTT (MQTT 5.0, section 6).
pub const SUBPROTOCOL: &str = "mqtt";

struct Mqtt {
    broker: Arc<Mutex<Broker>>,
    id: LinkId,
    wake: Arc<Notify>,
}

pub async fn upgrade(State(app): State<App>, upgrade: Upgrade) -> Response {
    let broker = Arc::clone(&app.mqtt);
    upgrade
        .serve(app, |_| {
            let (id, wake) = lock(&broker).open();
            Mqtt { broker, id, wake }
        })
        .await
}

/// A panic under the lock has ended the connection that caused it; the others go on.
fn lock(broker: &Mutex<Broker>) -> MutexGuard<'_, Broker> {
    broker.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put(output: Output, out: &mut Batch) {
    for packet in output.packets {
        out.push(Message::Binary(packet.into()));
    }
    if let Some((code, reason)) = output.close {
        out.close(code, reason);
    }
}

impl Endpoint for Mqtt {
    fn on_text(&mut self, _text: &str, out: &mut Batch) {
        out.close(1003, "MQTT speaks in binary frames");
    }

    fn on_binary(&mut self, bytes: Bytes, out: &mut Batch) {
        put(lock(&self.broker).receive(self.id, &bytes), out);
    }

    async fn next(&mut self) -> Batch {
        let deadline = lock(&self.broker).deadline(self.id);
        match deadline {
            Some(at) => {
                let _ = tokio::time::timeout_at(at, self.wake.notified()).await;
            }
            None => self.wake.notified().await,
        }
        let mut batch = Batch::default();
        put(lock(&self.broker).pump(self.id), &mut batch);
        batch
    }

    fn takes_pings(&self) -> bool {
        true
    }
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        lock(&self.broker).close(self.id);
    }
}
