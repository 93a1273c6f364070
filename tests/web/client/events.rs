//! What happens beside the messages, in order, for every listener.

use tautline::client::{CauseKind, ClosedWhy, DropReason, Event, Failure, Queue, StateName};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, beat, close, ms, open, quick};
use crate::support::calm::awaits;
use crate::support::{calm, server};

#[wasm_bindgen_test]
async fn states_come_in_order_with_their_causes() {
    calm(async {
        let socket = quick(server::echo("states"))
            .auto_connect(false)
            .connect()
            .unwrap();
        let mut events = socket.events();
        socket.open();
        open(&socket).await;
        server::control("kill", "states").await;
        awaits("the states");
        let mut seen = Vec::new();
        while seen.len() < 5 {
            match events.next().await.unwrap() {
                Event::State { state, previous } => {
                    if let tautline::client::State::Waiting { attempt, cause, .. } = &state {
                        assert_eq!(
                            (*attempt, cause.kind, cause.code),
                            (1, CauseKind::Closed, Some(1006))
                        );
                    }
                    seen.push((previous.name(), state.name()));
                }
                Event::Opened(opening) => assert_eq!(opening.reconnected, seen.len() > 2),
                other => panic!("{other:?}"),
            }
        }
        use StateName as S;
        assert_eq!(
            seen,
            [
                (S::Idle, S::Connecting),
                (S::Connecting, S::Open),
                (S::Open, S::Waiting),
                (S::Waiting, S::Connecting),
                (S::Connecting, S::Open),
            ]
        );
        close(socket, "states").await;
        while let Some(event) = events.next().await {
            assert!(matches!(event, Event::State { .. } | Event::Opened(_)));
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn round_trips_are_told() {
    calm(async {
        let socket = quick(server::echo("trips"))
            .heartbeat(beat(ms(40)))
            .connect()
            .unwrap();
        let mut events = socket.events();
        awaits("a round trip");
        loop {
            if let Event::Latency(latency) = events.next().await.unwrap() {
                assert!(latency < ms(10_000));
                break;
            }
        }
        close(socket, "trips").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_a_full_queue_gives_up_is_told_to_every_listener() {
    calm(async {
        let queue = Queue::default()
            .max_messages(1)
            .overflow(tautline::client::Overflow::DropOldest);
        let socket = quick(server::echo("given-up"))
            .queue(queue)
            .auto_connect(false)
            .connect()
            .unwrap();
        let (mut first, mut second) = (socket.events(), socket.events());
        socket.try_send("oldest".into()).unwrap();
        socket.try_send("newest".into()).unwrap();
        for events in [&mut first, &mut second] {
            match events.next().await.unwrap() {
                Event::Dropped(dropped) => {
                    assert_eq!(dropped.message, "oldest");
                    assert_eq!(
                        (dropped.reason, dropped.is_sent),
                        (DropReason::QueueFull, false)
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_refused_dial_is_a_failure_and_a_reason_to_give_up() {
    calm(async {
        let socket: Line = quick(server::at("/ws/echo", "refused", "fault=http&status=503"))
            .max_attempts(2)
            .connect()
            .unwrap();
        let mut events = socket.events();
        awaits("the end");
        let closed = socket.opened().await.unwrap_err();
        assert_eq!(closed.why, ClosedWhy::Exhausted);
        drop(socket);
        let mut failures = 0;
        while let Some(event) = events.next().await {
            failures += usize::from(matches!(event, Event::Failed(Failure::Refused)));
        }
        assert_eq!(failures, 3);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_server_that_says_goodbye_for_good_is_believed() {
    calm(async {
        let socket = quick(server::echo("good")).connect().unwrap();
        open(&socket).await;
        server::control_with("close", "good", r#""code":4404,"reason":"no such room""#).await;
        awaits("the end of the stream");
        assert!(socket.next().await.is_none());
        let closed = socket.opened().await.unwrap_err();
        assert_eq!(closed.why, ClosedWhy::Final);
        let cause = closed.cause.unwrap();
        assert_eq!(
            (cause.code, cause.reason.as_str()),
            (Some(4404), "no such room")
        );
        assert!(cause.was_clean);
    })
    .await;
}
