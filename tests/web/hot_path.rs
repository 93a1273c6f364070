//! Messages over an open connection cost no allocation, no timer and no look at the clock.

use tautline::codec::PayloadRef;
use tautline::session::{Config, HeartbeatConfig};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Call, Link, allocator, browser, calm};

const MESSAGES: u32 = 1_000;

/// Allocations, calls of `setTimeout` and `clearTimeout`, and readings of the clock so far.
fn costs() -> (usize, u32, u32) {
    let timers = browser::calls_of_timers();
    let clock = browser::reads_of_clock();
    (allocator::calls(), timers, clock)
}

fn costs_nothing(config: Config) {
    let (link, socket) = Link::opened(config);
    let (sent, received) = (PayloadRef::Text("out"), "in".into());
    // With a heartbeat the first send starts a watch over the peer, once in a while.
    assert!(link.pass(sent));
    socket.message(&received, 1);
    let before = costs();

    socket.message(&received, MESSAGES);
    assert_eq!(costs(), before, "received");

    for _ in 0..MESSAGES {
        link.pass(sent);
    }
    assert_eq!(costs(), before, "sent");

    for _ in 0..MESSAGES {
        socket.message(&received, 1);
        link.pass(sent);
    }
    assert_eq!(costs(), before, "in turn");

    assert_eq!(link.calls(Call::Receive), 1 + 2 * MESSAGES);
    assert_eq!(socket.sent(), 1 + 2 * MESSAGES);
}

#[wasm_bindgen_test]
async fn thousands_of_messages_allocate_nothing_arm_no_timer_and_read_no_clock() {
    calm(async { costs_nothing(Config::default()) }).await;
}

#[wasm_bindgen_test]
async fn nor_do_they_with_a_heartbeat() {
    calm(async {
        costs_nothing(Config {
            heartbeat: HeartbeatConfig {
                interval_ms: Some(25_000),
                ..HeartbeatConfig::default()
            },
            ..Config::default()
        });
    })
    .await;
}
