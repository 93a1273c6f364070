//! Futures that are dropped before they are done leave nothing behind, and what they had taken is given back.

use tautline::client::{Queue, Until};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{beat, close, is_ready, ms, next, open, quick, some_turns};
use crate::support::{calm, server};

#[wasm_bindgen_test]
async fn a_send_that_is_dropped_while_it_waits_for_room_sends_nothing() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "unsent", "raw=1"))
            .queue(Queue::default().max_messages(1))
            .auto_connect(false)
            .connect()
            .unwrap();
        socket.try_send("first".into()).unwrap();
        let mut dropped = Box::pin(socket.send("dropped".into()));
        assert!(!is_ready(&mut dropped));
        drop(dropped);
        socket.open();
        assert_eq!(next(&socket).await, "first");
        socket.send("second".into()).await.unwrap();
        assert_eq!(next(&socket).await, "second");
        close(socket, "unsent").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_delivery_that_is_dropped_takes_its_message_back() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "back", "raw=1"))
            .auto_connect(false)
            .connect()
            .unwrap();
        let mut dropped = socket.deliver("dropped".into()).into_future();
        assert!(!is_ready(&mut dropped));
        assert_eq!(socket.stats().queued_messages, 1);
        drop(dropped);
        assert_eq!(socket.stats().queued_messages, 0);
        socket.open();
        socket.deliver("kept".into()).await.unwrap();
        assert_eq!(next(&socket).await, "kept");
        close(socket, "back").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_confirmation_that_nobody_waits_for_any_more_hurts_nobody() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "unheard", "pongs=50"))
            .heartbeat(beat(ms(25_000)))
            .confirm_within(ms(1))
            .connect()
            .unwrap();
        open(&socket).await;
        let mut dropped = socket
            .deliver("one".into())
            .until(Until::Confirmed)
            .into_future();
        assert!(!is_ready(&mut dropped));
        drop(dropped);
        assert_eq!(next(&socket).await, "one");
        socket
            .deliver("two".into())
            .until(Until::Confirmed)
            .await
            .unwrap();
        assert_eq!(next(&socket).await, "two");
        close(socket, "unheard").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_reader_that_is_dropped_while_it_waits_has_taken_nothing() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "reader", "raw=1"))
            .connect()
            .unwrap();
        for _ in 0..10 {
            let mut reader = Box::pin(socket.next());
            assert!(!is_ready(&mut reader));
        }
        socket.send("hello".into()).await.unwrap();
        assert_eq!(next(&socket).await, "hello");
        close(socket, "reader").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_provider_of_an_attempt_that_is_over_is_dropped() {
    calm(async {
        struct Noted(std::rc::Rc<std::cell::Cell<u32>>);
        impl Drop for Noted {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let dropped = std::rc::Rc::<std::cell::Cell<u32>>::default();
        let noted = std::rc::Rc::clone(&dropped);
        let socket = quick(String::new())
            .endpoint(move |_| {
                let guard = Noted(std::rc::Rc::clone(&noted));
                async move {
                    std::future::pending::<()>().await;
                    drop(guard);
                    Ok::<_, std::convert::Infallible>("/never".into())
                }
            })
            .connect()
            .unwrap();
        socket.reconnect();
        some_turns().await;
        assert_eq!(dropped.get(), 1, "of the first attempt");
        drop(socket);
        some_turns().await;
        assert_eq!(dropped.get(), 2, "of the second");
    })
    .await;
}
