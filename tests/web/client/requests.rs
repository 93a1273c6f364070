//! Requests and their replies.

use tautline::Requests;
use tautline::client::{Builder, Invalid, RequestError};
use tautline::codec::Text;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, is_ready, ms, next_invalid, number, open, quick, some_turns};
use crate::support::{calm, server};

fn rpc(label: &str) -> Builder<String, String, Text> {
    let requests = Requests::new(
        |message: &String| {
            let is_reply = message.contains(r#""type":"reply""#);
            is_reply.then(|| number(message, "id").unwrap_or(0) as u32)
        },
        |message: &mut String, id| *message = message.replace("ID", &id.to_string()),
    )
    .cancel(|id| format!(r#"{{"type":"cancel","id":{id}}}"#));
    quick(server::at("/ws/rpc", label, "")).requests(requests)
}

fn call(method: &str, params: &str) -> String {
    format!(r#"{{"type":"request","id":ID,"method":"{method}","params":{params}}}"#)
}

#[wasm_bindgen_test]
async fn replies_find_their_requests_in_any_order() {
    calm(async {
        let socket = rpc("order").connect().unwrap();
        let mut slow = socket.request(call("slow", r#"{"ms":60}"#)).into_future();
        assert!(!is_ready(&mut slow));
        let quick = socket.request(call("echo", "7")).await.unwrap();
        assert_eq!(number(&quick, "result"), Some(7));
        assert!(!is_ready(&mut slow));
        assert_eq!(number(&slow.await.unwrap(), "ms"), Some(60));
        close(socket, "order").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_reply_that_nobody_waits_for_is_told() {
    calm(async {
        let socket = rpc("twice").connect().unwrap();
        socket.request(call("twice", "1")).await.unwrap();
        match next_invalid(&socket).await {
            Invalid::Unmatched { payload } => assert!(!payload.is_empty()),
            other => panic!("{other:?}"),
        }
        close(socket, "twice").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_request_that_takes_too_long_or_is_dropped_is_cancelled() {
    calm(async {
        let socket = rpc("cancelled").connect().unwrap();
        open(&socket).await;
        let error = socket
            .request(call("never", "1"))
            .timeout(ms(30))
            .await
            .unwrap_err();
        assert!(matches!(error, RequestError::Timeout { is_sent: true, .. }));
        let mut dropped = socket.request(call("never", "2")).into_future();
        assert!(!is_ready(&mut dropped));
        drop(dropped);
        let overdue = socket.request(call("never", "3")).timeout(ms(30));
        let overdue = overdue.into_future();
        let slow = socket.request(call("slow", r#"{"ms":100}"#));
        slow.await.unwrap();
        drop(overdue);
        socket.request(call("echo", "5")).await.unwrap();
        let record = server::get("/api/rpc/", "cancelled").await;
        assert!(record.contains(r#""cancelled":[1,2,3]"#), "{record}");
        close(socket, "cancelled").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_break_leaves_a_request_unanswered_unless_it_may_be_repeated() {
    calm(async {
        let socket = rpc("broken").connect().unwrap();
        open(&socket).await;
        let error = socket.request(call("close", "1")).await.unwrap_err();
        assert!(matches!(error, RequestError::Unanswered { .. }));
        open(&socket).await;
        let mut repeated = socket
            .request(call("slow", r#"{"ms":100}"#))
            .idempotent()
            .into_future();
        assert!(!is_ready(&mut repeated));
        some_turns().await;
        server::control("kill", "broken").await;
        assert_eq!(number(&repeated.await.unwrap(), "ms"), Some(100));
        close(socket, "broken").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn without_a_way_to_match_replies_there_are_no_requests() {
    calm(async {
        let socket = quick(server::echo("unmatched")).connect().unwrap();
        let error = socket.request("hello".into()).await.unwrap_err();
        assert!(matches!(error, RequestError::NotConfigured { .. }));
        assert_eq!(error.into_message(), "hello");
        close(socket, "unmatched").await;
    })
    .await;
}
