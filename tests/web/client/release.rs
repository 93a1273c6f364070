//! What is dropped or closed leaves nothing behind, in Rust and in the browser.

use tautline::Heartbeat;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, ms, open, quick};
use crate::support::browser::turn;
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
    let events = socket.events();
    socket.reconnect();
    drop((events, socket, delivery));
}

#[wasm_bindgen_test]
async fn ten_thousand_rounds_leave_memory_handles_timers_and_listeners_as_they_were() {
    calm(async {
        awaits("the rounds");
        for number in 0..6 {
            real(number, "rounds").await;
        }
        settle().await;
        let before = Standing::now();
        for _ in 0..9_900 {
            dry();
        }
        settle().await;
        assert_eq!(Standing::now(), before, "without a connection");
        for number in 0..100 {
            real(number, "rounds").await;
        }
        server::wait("rounds", "open=0").await;
        settle().await;
        assert_eq!(Standing::now(), before, "over real connections");
    })
    .await;
}

/// A round that makes all there is but a native socket.
fn dry() {
    let socket: Line = quick("ws://127.0.0.1:1/".into())
        .auto_connect(false)
        .connect()
        .unwrap();
    let _ = socket.try_send("queued".into());
    let mut delivery = socket.deliver("waits".into()).into_future();
    assert!(!super::is_ready(&mut delivery));
    drop((socket.events(), socket.sender()));
    drop(socket.close());
    drop(delivery);
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
