//! What becomes of a message is told, whatever it is.

use tautline::client::{DeliverError, Delivery, Queue, SendOptions, State, TrySendError, Until};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, beat, close, is_ready, ms, next, open, quick};
use crate::support::{calm, server};

fn confirming(
    label: &str,
    query: &str,
) -> tautline::client::Builder<String, String, tautline::codec::Text> {
    quick(server::at("/ws/echo", label, query))
        .heartbeat(beat(ms(25_000)))
        .confirm_within(ms(5))
}

#[wasm_bindgen_test]
async fn it_is_sent_and_it_is_confirmed() {
    calm(async {
        let socket = confirming("fates", "").connect().unwrap();
        socket.deliver("sent".into()).await.unwrap();
        socket
            .deliver("confirmed".into())
            .until(Until::Confirmed)
            .await
            .unwrap();
        assert_eq!(socket.stats().unconfirmed, 0);
        assert_eq!(
            [next(&socket).await, next(&socket).await],
            ["sent", "confirmed"]
        );
        close(socket, "fates").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_break_leaves_it_unconfirmed_and_gives_it_back() {
    calm(async {
        let socket = confirming("cut", "pongs=drop").connect().unwrap();
        open(&socket).await;
        let mut delivery = socket
            .deliver("hello".into())
            .until(Until::Confirmed)
            .into_future();
        assert!(!is_ready(&mut delivery));
        assert_eq!(next(&socket).await, "hello");
        server::control("kill", "cut").await;
        let error = delivery.await.unwrap_err();
        assert!(matches!(error, DeliverError::Unconfirmed { .. }), "{error}");
        assert_eq!(error.into_message(), "hello");
        close(socket, "cut").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn its_time_may_be_over_before_or_after_it_left() {
    calm(async {
        let socket = confirming("late", "pongs=drop")
            .auto_connect(false)
            .connect()
            .unwrap();
        let error = socket.deliver("queued".into()).timeout(ms(20)).await;
        assert!(matches!(
            error,
            Err(DeliverError::Timeout { is_sent: false, .. })
        ));
        let error = socket.deliver("expired".into()).ttl(ms(20)).await;
        assert!(matches!(error, Err(DeliverError::Expired { .. })));
        socket.open();
        open(&socket).await;
        let sent = socket
            .deliver("sent".into())
            .until(Until::Confirmed)
            .timeout(ms(50));
        assert!(matches!(
            sent.await,
            Err(DeliverError::Timeout { is_sent: true, .. })
        ));
        assert_eq!(next(&socket).await, "sent");
        close(socket, "late").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_newer_one_replaces_it_and_a_closed_socket_gives_it_back() {
    calm(async {
        let socket = confirming("keys", "")
            .auto_connect(false)
            .connect()
            .unwrap();
        let mut older = socket.deliver("older".into()).key("cursor").into_future();
        assert!(!is_ready(&mut older));
        let options = SendOptions::new().key("cursor");
        socket.try_send_with("newer".into(), options).unwrap();
        assert!(matches!(older.await, Err(DeliverError::Replaced { .. })));
        let mut queued = socket.deliver("queued".into()).into_future();
        assert!(!is_ready(&mut queued));
        socket.close().await;
        assert!(matches!(queued.await, Err(DeliverError::Closed { .. })));
        let error = socket.deliver("closed".into()).await.unwrap_err();
        assert_eq!(error.into_message(), "closed");
        drop(socket);
        server::wait("keys", "open=0").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn nothing_confirms_without_pongs() {
    calm(async {
        let socket: Line = quick(server::echo("unbeaten")).connect().unwrap();
        let error = socket.deliver("hello".into()).until(Until::Confirmed).await;
        assert!(matches!(error, Err(DeliverError::NoHeartbeat { .. })));
        close(socket, "unbeaten").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn at_least_once_brings_everything_through_kills() {
    calm(async {
        let socket: Line = quick(server::at("/ws/sink", "least", ""))
            .heartbeat(beat(ms(25_000)))
            .confirm_within(ms(5))
            .delivery(Delivery::AtLeastOnce)
            .stamp(|message, id| *message = message.replace("MID", id))
            .queue(Queue::default().max_messages(10_000))
            .connect()
            .unwrap();
        for round in 0..5 {
            for number in 0..20 {
                let seq = round * 20 + number;
                let message = format!(r#"{{"mid":"MID","seq":{seq}}}"#);
                socket.send(message).await.unwrap();
            }
            open(&socket).await;
            server::control("kill", "least").await;
        }
        socket.flushed().await.unwrap();
        let record = server::get("/api/sink/", "least").await;
        let expected: Vec<_> = (0..100).map(|it| it.to_string()).collect();
        let unique = format!(r#""unique":[{}]"#, expected.join(","));
        assert!(record.contains(&unique), "{record}");
        close(socket, "least").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn whoever_outlives_the_socket_is_told_that_it_is_closed() {
    calm(async {
        let socket = confirming("outlived", "")
            .auto_connect(false)
            .connect()
            .unwrap();
        let sender = socket.sender();
        let mut waiting = sender.deliver("waiting".into()).into_future();
        assert!(!is_ready(&mut waiting));
        let mut opened = Box::pin(sender.opened());
        assert!(!is_ready(&mut opened));
        drop(socket);
        assert!(matches!(waiting.await, Err(DeliverError::Closed { .. })));
        assert!(opened.as_mut().await.is_err());
        assert!(matches!(sender.state(), State::Closed { .. }));
        let refused = sender.try_send("late".into());
        assert!(matches!(refused, Err(TrySendError::Closed { .. })));
        sender.close().await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_has_left_is_not_taken_back_though_nobody_waits_to_hear_of_it() {
    calm(async {
        let socket = confirming("unasked", "pongs=50")
            .delivery(Delivery::AtLeastOnce)
            .connect()
            .unwrap();
        open(&socket).await;
        drop(socket.deliver("hello".into()).into_future());
        assert_eq!(socket.stats().held_messages, 1, "it awaits a confirmation");
        socket.flushed().await.unwrap();
        assert_eq!(next(&socket).await, "hello");
        close(socket, "unasked").await;
    })
    .await;
}
