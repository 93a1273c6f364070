//! The typed client against the test server.

mod cancel;
mod codec;
mod deliver;
mod events;
mod hot_path;
mod reentry;
mod release;
mod requests;
mod sink;
mod steps;
mod streams;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tautline::client::{Builder, Invalid, State};
use tautline::codec::Text;
use tautline::{Heartbeat, Socket};

use crate::support::browser::turn;
use crate::support::calm::awaits;
use crate::support::server;

/// Text both ways.
pub type Line = Socket<String, String>;

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A socket that comes back quickly.
pub fn quick(url: String) -> Builder<String, String, Text> {
    Socket::builder(url).codec(Text).backoff(ms(20), ms(200))
}

/// The pings that every endpoint of the test server answers.
pub fn beat(every: Duration) -> Heartbeat<String, String> {
    Heartbeat::every(every)
        .ping_with(|id| format!(r#"{{"type":"ping","id":{id}}}"#))
        .pong_with(|text: &String| {
            let is_pong = text.contains(r#""type":"pong""#);
            is_pong.then(|| match number(text, "id") {
                Some(id) => tautline::client::Pong::Of(id as u32),
                None => tautline::client::Pong::Unnumbered,
            })
        })
}

/// A member of a JSON text that is a number.
pub fn number(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    let end = rest
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

pub async fn open(socket: &Line) {
    awaits("an open connection");
    socket.opened().await.expect("open");
}

/// The next message.
pub async fn next(socket: &Line) -> String {
    awaits("a message");
    socket.next().await.expect("a message").expect("text")
}

pub async fn next_invalid(socket: &Line) -> Invalid {
    awaits("something invalid");
    socket
        .next()
        .await
        .expect("something")
        .expect_err("invalid")
}

/// Closes, and waits until the server knows.
pub async fn close(socket: Line, label: &str) {
    awaits("the end of the closing handshake");
    socket.close().await;
    assert!(matches!(socket.state(), State::Closed { .. }));
    drop(socket);
    server::wait(label, "open=0").await;
}

/// Whether a future is ready now.
pub fn is_ready<F: Future + Unpin>(future: &mut F) -> bool {
    poll(future).is_ready()
}

pub fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Some turns of the browser's event loop, for what is to be seen not to happen.
pub async fn some_turns() {
    for _ in 0..5 {
        turn().await;
    }
}
