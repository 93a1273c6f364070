//! The STOMP client against RabbitMQ.

mod breaks;
mod memory;
mod messages;

use std::cell::Cell;
use std::time::Duration;

use tautline::client::State;
use tautline::stomp::{Builder, Client, Message, Subscription};

use crate::support::calm::awaits;

const RABBITMQ: Option<&str> = option_env!("TAUTLINE_TEST_RABBITMQ");

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A client that comes back quickly.
fn rabbit() -> Builder {
    let Some(address) = RABBITMQ else {
        panic!("this test talks to RabbitMQ: run `node scripts/test.mjs \"wasm in chromium\"`")
    };
    Client::builder(address)
        .login("guest", "guest")
        .backoff(ms(20), ms(200))
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

/// A queue that nobody else has, and that goes when nobody has it any more.
fn queue(name: &str) -> tautline::stomp::Subscribe {
    tautline::stomp::Subscribe::to(name).header("auto-delete", "true")
}

async fn open(client: &Client) {
    awaits("an open connection");
    client.opened().await.expect("open");
}

async fn close(client: Client) {
    awaits("the end of the goodbye");
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
