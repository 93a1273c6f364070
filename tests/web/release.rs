//! What is dropped or closed leaves nothing behind: no byte, no JavaScript value, no timer, no listener, whatever
//! the socket was doing.

use std::cell::RefCell;
use std::rc::Rc;

use tautline::session::{Config, HeartbeatConfig, Session, StateName as S};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::{self, let_go, turn};
use crate::support::{Call, Link, Standing, calm, server};

const SCRIPTED: usize = 9_950;
const REAL: usize = 50;

/// With all that a driver can hold: listeners, the timer, a heartbeat.
fn config() -> Config {
    Config {
        heartbeat: HeartbeatConfig {
            interval_ms: Some(25_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    }
}

/// The lives of a scripted socket. What the browser would report after the end comes in vain.
const LIVES: &[fn()] = &[
    dropped_while_connecting,
    closed_while_connecting,
    dropped_while_open,
    closed_while_open,
    dropped_while_closing,
    dropped_while_waiting,
    dropped_from_inside,
    closed_and_opened_again,
    never_opened,
];

fn dropped_while_connecting() {
    let link = Link::scripted(config());
    link.open();
    let socket = link.socket();
    drop(link);
    assert!(let_go(&socket));
    socket.open();
    socket.end(1006, "");
}

fn closed_while_connecting() {
    let link = Link::scripted(config());
    link.open();
    link.send(1);
    let socket = link.socket();
    link.close();
    assert_eq!(link.state(), S::Closed);
    assert!(let_go(&socket));
    let calls = link.all_calls();
    socket.end(1006, "");
    assert_eq!(link.all_calls(), calls);
}

fn dropped_while_open() {
    let (link, socket) = Link::opened(config());
    socket.message(&"hello".into(), 1);
    link.send(1);
    drop(link);
    assert!(let_go(&socket));
    socket.message(&"late".into(), 1);
    socket.end(1005, "");
}

fn closed_while_open() {
    let (link, socket) = Link::opened(config());
    link.send(1);
    link.close();
    assert_eq!(socket.closed_with().as_deref(), Some("1000 bye"));
    socket.message(&"the last words".into(), 1);
    socket.end(1000, "bye");
    assert_eq!(link.state(), S::Closed);
    assert!(let_go(&socket));
}

fn dropped_while_closing() {
    let (link, socket) = Link::opened(config());
    link.close();
    assert_eq!(link.state(), S::Closing);
    drop(link);
    assert!(let_go(&socket));
    socket.end(1000, "bye");
}

fn dropped_while_waiting() {
    let (link, socket) = Link::opened(config());
    socket.end(1006, "");
    assert_eq!(link.state(), S::Waiting);
    link.send(1);
    assert!(let_go(&socket));
}

fn dropped_from_inside() {
    let (link, socket) = Link::opened(config());
    let holder = Rc::new(RefCell::new(None));
    let inside = Rc::clone(&holder);
    link.at(Call::Receive, move || drop(inside.take()));
    holder.replace(Some(link));
    socket.message(&"the last one".into(), 2);
    assert!(holder.borrow().is_none());
    assert!(let_go(&socket));
}

fn closed_and_opened_again() {
    let (link, first) = Link::opened(config());
    link.close();
    first.end(1000, "bye");
    link.command(Session::reconnect);
    let second = link.socket();
    second.open();
    assert_eq!(link.state(), S::Open);
    drop(link);
    assert!(let_go(&first) && let_go(&second));
}

fn never_opened() {
    drop(Link::scripted(config()));
}

#[wasm_bindgen_test]
async fn each_life_of_a_socket_gives_back_all_it_took() {
    calm(async {
        for (number, life) in LIVES.iter().enumerate() {
            life(); // the first time may fill what is kept for good, such as tables of the glue
            let before = Standing::now();
            life();
            assert_eq!(Standing::now(), before, "life {number}");
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn ten_thousand_sockets_leave_memory_handles_timers_and_listeners_as_they_were() {
    calm(async {
        scripted(100);
        real(12, "warm").await;
        let before = Standing::now();
        scripted(SCRIPTED);
        assert_eq!(Standing::now(), before, "over scripted sockets");
        real(REAL, "many").await;
        assert_eq!(Standing::now(), before, "over real sockets");
        // Each that opened, and nothing is left open.
        server::wait("many", "open=0&total=40").await;
    })
    .await;
}

fn scripted(count: usize) {
    for life in LIVES.iter().cycle().take(count) {
        life();
    }
}

/// Of ten, one is dropped and one closed while connecting, half of the others while open. They are few, and the last
/// one opens: Firefox holds back dials to an address where the one before ended like that.
async fn real(count: usize, label: &str) {
    for number in 0..count {
        let link = Link::real(config(), server::echo(label));
        link.open();
        let socket = link.native();
        match number % 10 {
            0 => drop(link),
            1 => link.close(),
            _ => {
                link.until("open", |link| link.state() == S::Open).await;
                if number % 2 == 0 {
                    link.close();
                    link.until("closed", |link| link.state() == S::Closed).await;
                }
                drop(link);
            }
        }
        assert!(let_go(&socket));
        browser::ended(&socket).await;
    }
    turn().await;
}
