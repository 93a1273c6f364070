//! What is received comes out in order, once, through whatever happens to the connection.

use std::cell::RefCell;
use std::rc::Rc;

use tautline::client::State;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, close, ms, next, number, open, quick};
use crate::support::calm::awaits;
use crate::support::{calm, server};

#[wasm_bindgen_test]
async fn a_line_comes_back_as_it_was_sent() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "lines", "raw=1"))
            .connect()
            .unwrap();
        for text in ["hello", "", "grüße 🦀", &"long ".repeat(10_000)] {
            socket.send(text.to_owned()).await.unwrap();
            assert_eq!(next(&socket).await, text);
        }
        close(socket, "lines").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_flood_comes_in_order_and_in_whole() {
    calm(async {
        let socket = quick(server::at("/ws/flood", "flood", "count=1000"))
            .connect()
            .unwrap();
        for seq in 1..=1_000 {
            assert_eq!(number(&next(&socket).await, "seq"), Some(seq));
        }
        close(socket, "flood").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn messages_may_be_taken_inside_of_the_event() {
    calm(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let inside = Rc::clone(&seen);
        let socket: Line = quick(server::at("/ws/flood", "inside", "count=500"))
            .on_message(move |message| inside.borrow_mut().push(number(&message.unwrap(), "seq")))
            .connect()
            .unwrap();
        open(&socket).await;
        server::wait("inside", "open=1").await;
        awaits("all messages");
        while seen.borrow().len() < 500 {
            crate::support::browser::turn().await;
        }
        let expected: Vec<_> = (1..=500).map(Some).collect();
        assert_eq!(*seen.borrow(), expected);
        close(socket, "inside").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_is_received_goes_on_through_kills_in_order_and_from_where_it_was() {
    calm(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let (from, inside) = (Rc::clone(&seen), Rc::clone(&seen));
        // Each connection asks for what comes after the last one received.
        let socket: Line = quick(String::new())
            .endpoint(move |_| {
                let query = format!("count=0&rate=500&from={}", from.borrow().len() + 1);
                let url = server::at("/ws/flood", "kills", &query);
                async move { Ok::<_, std::convert::Infallible>(url.into()) }
            })
            .on_message(move |message| {
                let seq = number(&message.unwrap(), "seq").unwrap();
                inside.borrow_mut().push(seq);
            })
            .connect()
            .unwrap();
        for round in 1..=5 {
            awaits("messages");
            while seen.borrow().len() < 40 * round {
                crate::support::browser::turn().await;
            }
            server::control("kill", "kills").await;
        }
        awaits("the last connection");
        while socket.stats().reconnects < 5 {
            crate::support::browser::turn().await;
        }
        close(socket, "kills").await;
        let seen = seen.borrow();
        let expected: Vec<_> = (1..=seen.len() as u64).collect();
        assert_eq!(*seen, expected);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_stalled_connection_is_noticed_and_replaced() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "stall", ""))
            .heartbeat(super::beat(ms(300)))
            .connect()
            .unwrap();
        open(&socket).await;
        // A round trip is known, so that the pong is waited for two seconds, not ten.
        awaits("a pong");
        while socket.stats().latency_ms.is_none() {
            crate::support::browser::turn().await;
        }
        server::control("stall", "stall").await;
        awaits("the reconnection");
        let mut events = socket.events();
        loop {
            let event = events.next().await.unwrap();
            if let tautline::client::Event::State {
                state: State::Waiting { cause, .. },
                ..
            } = event
            {
                assert_eq!(cause.kind, tautline::client::CauseKind::Heartbeat);
                break;
            }
        }
        open(&socket).await;
        socket.send("still here".into()).await.unwrap();
        assert_eq!(next(&socket).await, "still here");
        drop(socket);
        // The stalled one hears of its end when the stall is over.
        server::control_with("stall", "stall", r#""ms":0"#).await;
        server::wait("stall", "open=0").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_is_sent_while_there_is_no_connection_follows_in_order() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "queue", "raw=1"))
            .auto_connect(false)
            .connect()
            .unwrap();
        for number in 0..100 {
            socket.try_send(format!("line {number}")).unwrap();
        }
        assert_eq!(socket.stats().queued_messages, 100);
        socket.open();
        for number in 0..100 {
            assert_eq!(next(&socket).await, format!("line {number}"));
        }
        close(socket, "queue").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_stream_that_is_read_too_slowly_says_how_much_is_missing() {
    calm(async {
        let socket = quick(server::at("/ws/flood", "slow", "count=100"))
            .high_water_mark(10)
            .connect()
            .unwrap();
        awaits("all messages");
        while socket.stats().messages_received < 100 {
            crate::support::browser::turn().await;
        }
        let invalid = super::next_invalid(&socket).await;
        assert!(matches!(
            invalid,
            tautline::client::Invalid::Lagged { missed: 90 }
        ));
        for seq in 91..=100 {
            assert_eq!(number(&next(&socket).await, "seq"), Some(seq));
        }
        close(socket, "slow").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_stream_ends_with_the_socket_and_begins_anew_with_it() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "anew", "raw=1"))
            .connect()
            .unwrap();
        open(&socket).await;
        socket.close().await;
        assert!(socket.next().await.is_none());
        socket.reconnect();
        open(&socket).await;
        socket.send("again".into()).await.unwrap();
        assert_eq!(next(&socket).await, "again");
        close(socket, "anew").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn several_tasks_use_one_socket() {
    calm(async {
        let socket = Rc::new(
            quick(server::at("/ws/echo", "tasks", "raw=1"))
                .connect()
                .unwrap(),
        );
        let received = Rc::new(RefCell::new(Vec::new()));
        for task in 0..4 {
            let (socket, sender) = (Rc::clone(&socket), socket.sender());
            let received = Rc::clone(&received);
            wasm_bindgen_futures::spawn_local(async move {
                for number in 0..25 {
                    sender.send(format!("{task} {number}")).await.unwrap();
                }
                for _ in 0..25 {
                    let text = socket.next().await.unwrap().unwrap();
                    received.borrow_mut().push(text);
                }
            });
        }
        awaits("the tasks");
        while received.borrow().len() < 100 {
            crate::support::browser::turn().await;
        }
        received.borrow_mut().sort();
        received.borrow_mut().dedup();
        assert_eq!(
            received.borrow().len(),
            100,
            "each message went to one task"
        );
        drop(socket);
        server::wait("tasks", "open=0").await;
    })
    .await;
}
