//! One `setTimeout` for one driver, and none where nothing is due.

use tautline::session::{Config, HeartbeatConfig, Session, StateName as S};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::{live_timers, most_timers};
use crate::support::{Call, Link, calm};

fn heartbeat() -> HeartbeatConfig {
    HeartbeatConfig {
        interval_ms: Some(25_000),
        expect_every_ms: Some(30_000),
        ..HeartbeatConfig::default()
    }
}

#[wasm_bindgen_test]
async fn at_most_one_timer_is_live_in_any_state_and_none_after_close() {
    calm(async {
        most_timers();
        let mut config = Config {
            heartbeat: heartbeat(),
            ..Config::default()
        };
        config.queue.ttl_ms = Some(30_000);
        let link = Link::scripted(config);
        assert_eq!(live_timers(), 0, "idle");
        link.open();
        link.send(1);
        assert_eq!((live_timers(), link.state()), (1, S::Connecting));
        link.socket().open();
        link.send(2);
        assert_eq!((live_timers(), link.state()), (1, S::Open));
        link.socket().end(1006, "");
        link.send(3);
        assert_eq!((live_timers(), link.state()), (1, S::Waiting));
        link.command(Session::reconnect);
        link.socket().open();
        link.command(Session::pause);
        assert_eq!((live_timers(), link.state()), (0, S::Suspended));
        link.command(Session::resume);
        link.socket().open();
        link.close();
        assert_eq!((live_timers(), link.state()), (1, S::Closing));
        link.socket().end(1000, "bye");
        assert_eq!((live_timers(), link.state()), (0, S::Closed));
        link.command(Session::reconnect);
        assert_eq!(live_timers(), 1);
        drop(link);
        assert_eq!(live_timers(), 0, "dropped");
        assert_eq!(most_timers(), 1);
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_open_connection_without_heartbeat_and_lifecycle_has_no_timer() {
    calm(async {
        let config = Config {
            lifecycle: false,
            ..Config::default()
        };
        let (link, socket) = Link::opened(config);
        assert_eq!(live_timers(), 0);
        link.send(1);
        socket.message(&"hello".into(), 1);
        assert_eq!(live_timers(), 0);
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_timer_that_fires_is_the_one_that_the_face_was_told_of() {
    calm(async {
        let config = Config {
            backoff_initial_ms: 5,
            max_attempts: Some(3),
            ..Config::default()
        };
        let link = Link::scripted(config);
        link.open();
        for attempt in 0..3 {
            assert_eq!(link.calls(Call::Dial), attempt + 1);
            link.socket().end(1006, "");
            link.until("the next dial", |link| {
                link.calls(Call::Dial) == attempt + 2
            })
            .await;
        }
        assert!(link.calls(Call::Armed) >= 7, "four dials and three waits");
        link.socket().end(1006, "");
        assert_eq!((link.state(), live_timers()), (S::Closed, 0));
    })
    .await;
}
