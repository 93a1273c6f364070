//! Calls, errors, notifications and batches.

use tautline::client::{Event, RequestError, SendStatus};
use tautline::jsonrpc::{Auth, CallError, Calls, Heartbeat, JsonRpcError};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, jsonrpsee, ms, node, open};
use crate::support::calm;
use crate::support::calm::awaits;

fn refused<T>(outcome: Result<T, CallError>) -> JsonRpcError {
    match outcome {
        Err(CallError::Refused(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was carried out"),
    }
}

#[wasm_bindgen_test]
async fn calls_have_results_or_the_errors_of_jsonrpsee() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        assert_eq!(rpc.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        let refusal = refused(rpc.call::<()>("refuse", ()).await);
        assert_eq!((refusal.code(), refusal.message()), (1001, "too much"));
        assert_eq!(refusal.data::<Vec<u32>>(), Some(vec![5, 6]));
        let unknown = refused(rpc.call::<()>("unknown", ()).await);
        assert_eq!(unknown.code(), JsonRpcError::METHOD_NOT_FOUND);
        let wrong = refused(rpc.call::<i64>("add", ("a", "b")).await);
        assert_eq!(wrong.code(), JsonRpcError::INVALID_PARAMS);
        let other = rpc.call::<String>("add", (1, 2)).await;
        assert!(matches!(other, Err(CallError::Result(_))));
        assert_eq!(rpc.notify("add", (1, 2)).unwrap(), SendStatus::Sent);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_calls_of_a_batch_are_settled_one_by_one() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        let mut batch = rpc.batch();
        let sum = batch.call::<i64>("add", (3, 4)).unwrap();
        batch.notify("add", (1, 1)).unwrap();
        let refusal = batch.call::<()>("refuse", ()).unwrap();
        awaits("the batch");
        batch.send().await.unwrap();
        assert_eq!(sum.await.unwrap(), 7);
        assert_eq!(refused(refusal.await).code(), 1001);
        let mut told = rpc.batch();
        told.notify("add", (1, 1)).unwrap();
        told.send().await.unwrap();
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_call_that_takes_too_long_ends_and_the_next_is_answered() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        open(&rpc).await;
        let late = rpc.call::<()>("never", (1,)).timeout(ms(30)).await;
        let Err(CallError::Unanswered(error)) = late else {
            panic!("it is never answered")
        };
        assert!(matches!(error, RequestError::Timeout { is_sent: true, .. }));
        assert_eq!(error.into_message().text(), Some("[1]"));
        assert_eq!(rpc.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_server_is_told_of_calls_that_nobody_waits_for_any_more() {
    calm(async {
        let calls = Calls::new().cancel("$/cancelRequest", |id| {
            std::collections::BTreeMap::from([("id", id)])
        });
        let rpc = node().calls(calls).connect().unwrap();
        open(&rpc).await;
        let _ = rpc.call::<()>("never", ()).timeout(ms(30)).await;
        let mut dropped = rpc.call::<()>("never", ()).into_future();
        assert!(!crate::client::is_ready(&mut dropped));
        drop(dropped);
        let mut batch = rpc.batch();
        let first = batch.call::<()>("never", ()).unwrap();
        batch.notify("log", ["line"]).unwrap();
        let second = batch.call::<()>("never", ()).unwrap();
        let error = batch.send().timeout(ms(30)).await.unwrap_err();
        assert!(matches!(error, RequestError::Timeout { .. }));
        awaits("the server's list");
        let list = rpc
            .call::<(u32, u32, String, String)>("cancelled", ())
            .await;
        let (one, two, three, four) = list.unwrap();
        assert_eq!(two, one + 1);
        let number = two + 1;
        assert_eq!(
            (three, four),
            (format!("{number}.0"), format!("{number}.2"))
        );
        drop(error);
        assert!(first.await.is_err() && second.await.is_err());
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_break_leaves_a_call_unanswered_unless_it_may_be_repeated() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        open(&rpc).await;
        let never = rpc.call::<()>("never", (1,)).into_future();
        awaits("the end of the server");
        let exit = rpc.call::<()>("exit", ()).await;
        assert!(matches!(
            exit,
            Err(CallError::Unanswered(RequestError::Unanswered { .. }))
        ));
        let error = never.await.unwrap_err();
        assert_eq!(error.into_params().unwrap().text(), Some("[1]"));
        // It left over the connection that broke, or waits for the next: it is answered either way.
        let sum = rpc.call::<i64>("add", (1, 2)).idempotent().into_future();
        rpc.socket().reconnect();
        awaits("the answer over the next connection");
        assert_eq!(sum.await.unwrap(), 3);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn any_answer_to_the_heartbeat_is_its_pong() {
    calm(async {
        let beat = Heartbeat::method("rpc.ping").every(ms(50));
        let rpc = jsonrpsee().heartbeat(beat).connect().unwrap();
        let mut events = rpc.socket().events();
        awaits("a round trip");
        loop {
            match events.next().await {
                Some(Event::Latency(_)) => break,
                Some(Event::Failed(failure)) => panic!("{failure}"),
                Some(_) => {}
                None => panic!("it is gone"),
            }
        }
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn credentials_are_a_call_on_each_connection() {
    calm(async {
        let token = |token: &'static str| {
            Auth::call("login", move |_| async move {
                Ok::<_, std::convert::Infallible>(std::collections::BTreeMap::from([(
                    "token", token,
                )]))
            })
        };
        let rpc = node().auth(token("good")).connect().unwrap();
        assert_eq!(rpc.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        awaits("the renewal");
        rpc.socket().reauthenticate().await.unwrap();
        rpc.socket().reconnect();
        assert_eq!(rpc.call::<i64>("add", (3, 4)).await.unwrap(), 7);
        close(rpc).await;
        let other = node().auth(token("good").accept(|_: Vec<u8>| true));
        let rpc = other.connect().unwrap();
        awaits("the refusal");
        assert!(rpc.socket().opened().await.is_err());
        drop(rpc);
    })
    .await;
}
