//! The MQTT client against Mosquitto, and against the broker of the test server where a test wants connections to break.

mod breaks;
mod memory;
mod messages;

use std::cell::Cell;
use std::time::Duration;

use tautline::client::State;
use tautline::mqtt::{Builder, Client, Message, Subscription};

use crate::support::calm::awaits;
use crate::support::server;

const MOSQUITTO: Option<&str> = option_env!("TAUTLINE_TEST_MOSQUITTO");

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A client of Mosquitto that comes back quickly.
fn mosquitto() -> Builder {
    let Some(address) = MOSQUITTO else {
        panic!("this test talks to Mosquitto: run `node scripts/test.mjs \"wasm in chromium\"`")
    };
    Client::builder(address).backoff(ms(20), ms(200))
}

/// The same of the test server's broker; the label is the client identifier, too.
fn embedded(label: &str) -> Builder {
    Client::builder(server::at("/mqtt", label, ""))
        .backoff(ms(20), ms(200))
        .client_id(unique(label))
}

/// No two runs of a test meet in a broker.
fn unique(name: &str) -> String {
    thread_local! {
        static RUN: Cell<u64> = const { Cell::new(0) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }
    if RUN.get() == 0 {
        RUN.set(1 + (js_sys::Math::random() * 1e12) as u64);
    }
    COUNT.set(COUNT.get() + 1);
    format!("{name}-{}-{}", RUN.get(), COUNT.get())
}

async fn open(client: &Client) {
    awaits("an open connection");
    client.opened().await.expect("open");
}

async fn close(client: Client) {
    awaits("the end of the closing handshake");
    client.close().await;
    assert!(matches!(client.state(), State::Closed { .. }));
}

async fn next(subscription: &Subscription) -> Message {
    awaits("a message");
    subscription
        .next()
        .await
        .expect("a message")
        .expect("none lost")
}

async fn texts(subscription: &Subscription, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(next(subscription).await.text().expect("text").to_owned());
    }
    texts
}
