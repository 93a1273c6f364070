//! Signals of the network, which pages and workers hear, and the listeners for them.

use tautline::session::{Config, HeartbeatConfig, Session, State, StateName as S};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::{dispatch, live_listeners};
use crate::support::{Call, Link, calm};

#[wasm_bindgen_test]
async fn online_ends_a_wait() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        socket.end(1006, "");
        assert_eq!(link.state(), S::Waiting);
        dispatch("online");
        assert_eq!(link.state(), S::Connecting);
    })
    .await;
}

#[wasm_bindgen_test]
async fn offline_puts_a_dial_off() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        socket.end(1006, "");
        let until = || match link.full_state() {
            State::Waiting(wait) => wait.until,
            state => panic!("{state:?}"),
        };
        let before = until();
        dispatch("offline");
        // A dial every 30 s instead of within the first 4 s.
        assert!(until() > before + 20_000, "{} after {before}", until());
    })
    .await;
}

#[wasm_bindgen_test]
async fn offline_asks_an_open_connection_for_a_sign_of_life() {
    calm(async {
        let config = Config {
            heartbeat: HeartbeatConfig {
                interval_ms: Some(25_000),
                ..HeartbeatConfig::default()
            },
            ..Config::default()
        };
        let (link, socket) = Link::opened(config);
        dispatch("offline");
        assert_eq!((link.state(), link.calls(Call::Ping)), (S::Open, 1));
        assert_eq!(socket.last_sent().as_deref(), Some("ping"));
    })
    .await;
}

#[wasm_bindgen_test]
async fn listeners_come_with_open_and_go_with_close_and_drop() {
    calm(async {
        let before = live_listeners();
        let link = Link::scripted(Config::default());
        assert_eq!(live_listeners(), before, "idle");
        link.open();
        let listening = live_listeners();
        assert!(listening >= before + 4);
        link.close();
        assert_eq!(live_listeners(), before, "closed");

        let calls = link.all_calls();
        for kind in ["offline", "online", "pagehide", "pageshow"] {
            dispatch(kind);
        }
        assert_eq!((link.all_calls(), link.state()), (calls, S::Closed));

        link.command(Session::reconnect);
        assert_eq!(live_listeners(), listening, "opened again");
        drop(link);
        assert_eq!(live_listeners(), before, "dropped");
    })
    .await;
}

#[wasm_bindgen_test]
async fn without_lifecycle_nothing_is_listened_to() {
    calm(async {
        let before = live_listeners();
        let config = Config {
            lifecycle: false,
            ..Config::default()
        };
        let (link, socket) = Link::opened(config);
        assert_eq!(live_listeners(), before);
        socket.end(1006, "");
        dispatch("online");
        assert_eq!(link.state(), S::Waiting);
    })
    .await;
}
