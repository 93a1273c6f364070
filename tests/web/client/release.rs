//! What is dropped or closed leaves nothing behind, in Rust and in the browser.

use tautline::Heartbeat;
use tautline::client::SendStatus;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, ms, open, quick};
use crate::support::browser::{StandIns, let_go, turn};
use crate::support::calm::awaits;
use crate::support::{Standing, calm, server};

/// With all that a socket can hold.
fn socket(label: &str) -> Line {
    quick(server::at("/ws/echo", label, "raw=1"))
        .heartbeat(
            Heartbeat::every(ms(25_000))
                .ping("ping".into())
                .pong(|it| it == "pong"),
        )
        .restore(|restoring| async move { restoring.send(&"restored".to_owned()) })
        .connect()
        .unwrap()
}

/// One life over a real connection: opened, used, ended in one of several ways.
async fn real(number: usize, label: &str) {
    let socket = socket(label);
    let sender = socket.sender();
    let mut events = socket.events();
    open(&socket).await;
    socket.send("hello".into()).await.unwrap();
    for text in ["restored", "hello"] {
        assert_eq!(super::next(&socket).await, text);
    }
    match number % 3 {
        0 => socket.close().await,
        1 => drop(socket.split().0),
        _ => drop(socket),
    }
    assert!(sender.try_send("late".into()).is_err());
    while events.next().await.is_some() {
        if sender.state().is_closed() && number.is_multiple_of(3) {
            break;
        }
    }
}

/// One that ends before anything could happen.
fn brief() {
    let socket = socket("brief");
    let _ = socket.try_send("queued".into());
    let mut delivery = socket.deliver("waits".into()).into_future();
    assert!(!super::is_ready(&mut delivery));
    let events = socket.events();
    drop((events, socket, delivery));
}

/// A socket that never dials.
fn idle() {
    let socket: Line = quick("ws://127.0.0.1:1/".into())
        .auto_connect(false)
        .connect()
        .unwrap();
    let _ = socket.try_send("queued".into());
    let mut delivery = socket.deliver("waits".into()).into_future();
    assert!(!super::is_ready(&mut delivery));
    drop((socket.events(), socket.sender()));
    drop((socket.close(), delivery));
}

/// One round over a scripted connection: some end before it opens, the others exchange messages, and are closed or dropped.
fn scripted(number: usize, stand_ins: &StandIns) {
    let socket: Line = quick("wss://example.com/live".into())
        .heartbeat(super::beat(ms(25_000)))
        .connect()
        .unwrap();
    let events = socket.events();
    let native = stand_ins.last();
    socket.try_send("queued".into()).unwrap();
    if !number.is_multiple_of(5) {
        native.open();
        assert_eq!(socket.try_send("sent".into()).unwrap(), SendStatus::Sent);
        assert_eq!(native.sent(), 2);
        native.message(&"received".into(), 1);
        let mut next = Box::pin(socket.next());
        assert!(super::is_ready(&mut next));
    }
    if number.is_multiple_of(2) {
        let mut closing = socket.close();
        native.end(1_000, "");
        assert!(super::is_ready(&mut closing));
    }
    drop((events, socket));
    assert!(let_go(&native));
}

#[wasm_bindgen_test]
async fn ten_thousand_rounds_leave_memory_handles_timers_and_listeners_as_they_were() {
    calm(async {
        awaits("the rounds");
        for number in 0..6 {
            real(number, "rounds").await;
        }
        let stand_ins = StandIns::new();
        for number in 0..10 {
            scripted(number, &stand_ins);
        }
        settle().await;
        let before = Standing::now();
        for number in 0..9_900 {
            scripted(number, &stand_ins);
        }
        stand_ins.end();
        settle().await;
        assert_eq!(Standing::now(), before, "over scripted connections");
        for number in 0..100 {
            real(number, "rounds").await;
        }
        server::wait("rounds", "open=0").await;
        settle().await;
        assert_eq!(Standing::now(), before, "over real connections");
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_socket_that_is_dropped_while_it_connects_leaves_nothing() {
    calm(async {
        brief();
        idle();
        settle().await;
        let before = Standing::now();
        brief();
        idle();
        settle().await;
        assert_eq!(Standing::now(), before);
        server::wait("brief", "open=0").await;
    })
    .await;
}

/// Tasks that were ended are dropped in the microtasks that follow.
async fn settle() {
    for _ in 0..3 {
        turn().await;
    }
}
