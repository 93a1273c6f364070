//! What a connection talks about: one endpoint per path.

mod auth;
mod chat;
mod echo;
mod flood;
pub mod mqtt;
mod rpc;
mod sink;
mod ticker;
pub mod token;

use std::future::Future;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::Message;
use axum::routing::get;

use crate::server::App;

pub use sink::{Sink, SinkRecord};

/// What an endpoint wants sent, and whether the connection ends after it.
#[derive(Debug, Default)]
pub struct Batch {
    pub messages: Vec<Message>,
    pub close: Option<(u16, String)>,
}

impl Batch {
    pub fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Closes after the messages so far.
    pub fn close(&mut self, code: u16, reason: &str) {
        self.close = Some((code, reason.to_owned()));
    }
}

/// One side of a conversation. The driver deals with pings, pongs, control, close and faults.
pub trait Endpoint: Send + 'static {
    /// Called once, when the connection is open.
    fn on_open(&mut self, _out: &mut Batch) {}

    /// Called for each text frame that the driver does not deal with itself.
    fn on_text(&mut self, text: &str, out: &mut Batch);

    /// Called for each binary frame.
    fn on_binary(&mut self, bytes: Bytes, out: &mut Batch);

    /// The next messages of the endpoint's own accord. Must be safe to cancel at every await.
    fn next(&mut self) -> impl Future<Output = Batch> + Send {
        std::future::pending()
    }

    /// Whether pings and pongs are content here, left to the endpoint.
    fn takes_pings(&self) -> bool {
        false
    }
}

/// All routes below `/ws`, and the broker.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/ws/echo", get(echo::upgrade))
        .route("/ws/flood", get(flood::upgrade))
        .route("/ws/sink", get(sink::upgrade))
        .route("/ws/rpc", get(rpc::upgrade))
        .route("/ws/chat/{room}", get(chat::upgrade))
        .route("/ws/ticker", get(ticker::upgrade))
        .route("/ws/auth/{room}", get(auth::upgrade))
        .route("/mqtt", get(mqtt::upgrade))
}
