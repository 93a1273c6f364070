//! A sink that says when it takes more.

use std::future::poll_fn;
use std::pin::Pin;

use futures_sink::Sink;
use tautline::client::{Queue, SendStatus, SinkError, TrySendError};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, close, is_ready, next, open, quick};
use crate::support::calm::awaits;
use crate::support::{calm, server};

async fn ready(sink: &mut Line) -> Result<(), SinkError<String>> {
    awaits("room");
    poll_fn(|context| Pin::new(&mut *sink).poll_ready(context)).await
}

async fn flush(sink: &mut Line) -> Result<(), SinkError<String>> {
    awaits("a flush");
    poll_fn(|context| Pin::new(&mut *sink).poll_flush(context)).await
}

#[wasm_bindgen_test]
async fn a_full_queue_makes_the_sink_wait_until_it_has_left() {
    calm(async {
        let mut socket = quick(server::at("/ws/echo", "room", "raw=1"))
            .queue(Queue::default().max_messages(2))
            .auto_connect(false)
            .connect()
            .unwrap();
        for text in ["one", "two"] {
            ready(&mut socket).await.unwrap();
            Pin::new(&mut socket).start_send(text.into()).unwrap();
        }
        let mut sending = Box::pin(socket.send("three".into()));
        assert!(!is_ready(&mut sending), "the queue is full");
        let refused = socket.try_send("no".into()).unwrap_err();
        assert!(matches!(refused, TrySendError::Full { .. }));
        assert_eq!(refused.into_message(), "no");
        socket.open();
        awaits("room");
        assert_eq!(sending.await.unwrap(), SendStatus::Sent);
        flush(&mut socket).await.unwrap();
        for text in ["one", "two", "three"] {
            assert_eq!(next(&socket).await, text);
        }
        close(socket, "room").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_browser_that_holds_back_too_much_makes_the_sink_wait() {
    calm(async {
        const SIZE: usize = 256 * 1024;
        let socket: Line = quick(server::at("/ws/sink", "held", ""))
            .queue(Queue::default().max_bytes(SIZE as u64))
            .connect()
            .unwrap();
        open(&socket).await;
        // Within one task what the browser holds does not shrink.
        let big = "x".repeat(SIZE / 2);
        for _ in 0..3 {
            assert_eq!(socket.try_send(big.clone()).unwrap(), SendStatus::Sent);
        }
        let mut sending = Box::pin(socket.send(big));
        assert!(
            !is_ready(&mut sending),
            "the browser holds more than the bound"
        );
        awaits("the browser to send what it holds");
        assert_eq!(sending.await.unwrap(), SendStatus::Sent);
        socket.flushed().await.unwrap();
        close(socket, "held").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_a_full_queue_has_no_room_for_waits_in_the_sink() {
    calm(async {
        let mut socket = quick(server::at("/ws/echo", "slot", "raw=1"))
            .queue(Queue::default().max_bytes(8))
            .auto_connect(false)
            .connect()
            .unwrap();
        ready(&mut socket).await.unwrap();
        Pin::new(&mut socket).start_send("five!".into()).unwrap();
        // There is room for a little, and not for this.
        ready(&mut socket).await.unwrap();
        Pin::new(&mut socket).start_send("more!".into()).unwrap();
        let mut next_one = Box::pin(ready(&mut socket));
        assert!(!is_ready(&mut next_one));
        drop(next_one);
        socket.open();
        flush(&mut socket).await.unwrap();
        assert_eq!(
            [next(&socket).await, next(&socket).await],
            ["five!", "more!"]
        );
        close(socket, "slot").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn closing_the_sink_lets_everything_leave_first() {
    calm(async {
        let mut socket: Line = quick(server::at("/ws/sink", "last", "")).connect().unwrap();
        for seq in 0..50 {
            socket.try_send(format!(r#"{{"seq":{seq}}}"#)).unwrap();
        }
        awaits("the end of the sink");
        poll_fn(|context| Pin::new(&mut socket).poll_close(context))
            .await
            .unwrap();
        server::wait("last", "open=0&total=1").await;
        let record = server::get("/api/sink/", "last").await;
        assert!(record.contains(r#""received":50"#), "{record}");
        let error = Pin::new(&mut socket).start_send("late".into()).unwrap_err();
        let SinkError::Send(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.into_message(), "late");
    })
    .await;
}
