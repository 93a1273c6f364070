//! Frame by frame: what no server does on purpose.

use std::cell::RefCell;
use std::rc::Rc;

use tautline::client::{Invalid, RequestError};
use tautline::jsonrpc::{CallError, JsonRpc, SubscriptionError};
use wasm_bindgen_test::wasm_bindgen_test;

use super::ms;
use crate::client::{is_ready, some_turns};
use crate::support::browser::{Scripted, StandIns};
use crate::support::calm;

fn say(native: &Scripted, text: &str) {
    native.message(&text.into(), 1);
}

/// A client over a scripted socket that is open, and what it told of invalid frames.
async fn opened(stand_ins: &StandIns) -> (JsonRpc, Scripted, Rc<RefCell<Vec<String>>>) {
    let told: Rc<RefCell<Vec<String>>> = Rc::default();
    let inside = Rc::clone(&told);
    let rpc = JsonRpc::builder("wss://example.com/rpc")
        .socket(|it| it.backoff(ms(1), ms(1)))
        .on_invalid(move |invalid| {
            inside.borrow_mut().push(match invalid {
                Invalid::Frame { source, .. } => format!("{source}"),
                Invalid::Unmatched { payload } => format!("unmatched {}", payload.len()),
                other => format!("{other}"),
            });
        })
        .connect()
        .unwrap();
    let native = stand_ins.last();
    native.open();
    rpc.socket().opened().await.unwrap();
    (rpc, native, told)
}

/// Breaks the connection, and gives the next once it is open.
async fn broken(rpc: &JsonRpc, native: &Scripted, stand_ins: &StandIns) -> Scripted {
    native.end(1006, "");
    rpc.socket().reconnect();
    let next = stand_ins.last();
    next.open();
    some_turns().await;
    next
}

#[wasm_bindgen_test]
async fn ids_count_up_over_reconnections_and_a_late_reply_meets_no_newer_call() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, told) = opened(&stand_ins).await;
        let first = rpc.call::<u32>("a", ()).into_future();
        assert_eq!(
            native.last_sent().unwrap(),
            r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#
        );
        let again = rpc.call::<u32>("b", [1]).idempotent().into_future();
        let second = broken(&rpc, &native, &stand_ins).await;
        let error = first.await.unwrap_err();
        assert!(matches!(
            error,
            CallError::Unanswered(RequestError::Unanswered { .. })
        ));
        // With the same id.
        let repeated = r#"{"jsonrpc":"2.0","id":2,"method":"b","params":[1]}"#;
        assert_eq!(second.last_sent().unwrap(), repeated);
        let mut third = rpc.call::<u32>("c", ()).into_future();
        say(&second, r#"{"jsonrpc":"2.0","id":1,"result":7}"#);
        assert!(!is_ready(&mut third));
        say(&second, r#"[{"id":"3","result":9}]"#);
        say(&second, r#"{"id":2.0,"result":8}"#);
        assert_eq!((again.await.unwrap(), third.await.unwrap()), (8, 9));
        assert_eq!(*told.borrow(), ["unmatched 35"]);
        drop(rpc);
        stand_ins.end();
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_is_no_message_is_told_and_nothing_ends() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, told) = opened(&stand_ins).await;
        for text in [
            "x",
            "[]",
            r#"{"id":null,"error":{"code":-32700,"message":"Parse error"}}"#,
            r#"{"id":"auth","result":1}"#,
            r#"{"id":"step.1","result":1}"#,
            r#"{"id":"beat.1","result":1}"#,
            r#"{"method":"tick","params":{"subscription":1,"result":1}}"#,
        ] {
            say(&native, text);
        }
        assert_eq!(told.borrow().len(), 6);
        assert!(rpc.socket().state().is_open());
        some_turns().await;
        drop(rpc);
        stand_ins.end();
    })
    .await;
}

#[wasm_bindgen_test]
async fn values_that_come_before_the_id_of_their_subscription_are_kept() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, _) = opened(&stand_ins).await;
        let begun = rpc.subscribe::<u32>("s", ()).unsubscribe("u").into_future();
        say(
            &native,
            r#"{"method":"t","params":{"subscription":"x","result":1}}"#,
        );
        say(&native, r#"{"id":1,"result":"x"}"#);
        say(
            &native,
            r#"{"method":"t","params":{"subscription":"x","result":2}}"#,
        );
        let ticks = begun.await.unwrap();
        for tick in [1, 2] {
            assert_eq!(ticks.next().await.unwrap().unwrap(), tick);
        }
        drop(ticks);
        assert_eq!(
            native.last_sent().unwrap(),
            r#"{"jsonrpc":"2.0","id":2,"method":"u","params":["x"]}"#
        );
        drop(rpc);
        stand_ins.end();
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_break_right_after_the_answer_makes_the_subscription_again() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, _) = opened(&stand_ins).await;
        let begun = rpc.subscribe::<u32>("s", ()).into_future();
        say(&native, r#"{"id":1,"result":"x"}"#);
        // Nobody has looked at the answer yet.
        let next = broken(&rpc, &native, &stand_ins).await;
        assert_eq!(
            next.last_sent().unwrap(),
            r#"{"jsonrpc":"2.0","id":"step.1","method":"s"}"#
        );
        let ticks = begun.await.unwrap();
        // The old id means nothing any more.
        say(&next, r#"{"id":"step.1","result":"y"}"#);
        say(
            &next,
            r#"{"method":"t","params":{"subscription":"x","result":1}}"#,
        );
        say(
            &next,
            r#"{"method":"t","params":{"subscription":"y","result":2}}"#,
        );
        assert_eq!(ticks.next().await.unwrap().unwrap(), 2);
        let end =
            r#"{"method":"t","params":{"subscription":"y","error":{"code":5,"message":"e"}}}"#;
        say(&next, end);
        match ticks.next().await {
            Some(Err(SubscriptionError::Ended(error))) => assert_eq!(error.code(), 5),
            _ => panic!("the server has ended it"),
        }
        assert!(ticks.next().await.is_none());
        drop(rpc);
        stand_ins.end();
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_refusal_after_a_break_ends_one_subscription_and_the_others_go_on() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, _) = opened(&stand_ins).await;
        let (one, two) = (rpc.subscribe::<u32>("a", ()), rpc.subscribe::<u32>("b", ()));
        let (one, two) = (one.into_future(), two.into_future());
        say(&native, r#"{"id":1,"result":1}"#);
        say(&native, r#"{"id":2,"result":2}"#);
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        let next = broken(&rpc, &native, &stand_ins).await;
        say(
            &next,
            r#"{"id":"step.1","error":{"code":3,"message":"no"}}"#,
        );
        say(&next, r#"{"id":"step.2","result":1}"#);
        some_turns().await;
        assert!(rpc.socket().state().is_open());
        say(
            &next,
            r#"{"method":"t","params":{"subscription":1,"result":7}}"#,
        );
        assert!(matches!(
            one.next().await,
            Some(Err(SubscriptionError::Ended(_)))
        ));
        assert_eq!(two.next().await.unwrap().unwrap(), 7);
        drop((one, two, rpc));
        stand_ins.end();
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_batch_of_the_server_is_answered_as_one_and_a_flood_is_refused() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, _) = opened(&stand_ins).await;
        rpc.register("wait", |(): ()| async {
            some_turns().await;
            Ok(1)
        });
        rpc.register("now", |(n,): (u32,)| async move { Ok(n) });
        say(
            &native,
            r#"[{"id":"a","method":"wait"},{"method":"now","params":[1]},{"id":7,"method":"now","params":[2]}]"#,
        );
        for _ in 0..3 {
            some_turns().await;
        }
        let answer = concat!(
            r#"[{"jsonrpc":"2.0","id":"a","result":1},"#,
            r#"{"jsonrpc":"2.0","id":7,"result":2}]"#
        );
        assert_eq!(native.last_sent().unwrap(), answer);
        rpc.register("endless", |(): ()| std::future::pending::<Result<(), _>>());
        native.message(&r#"{"id":1,"method":"endless"}"#.into(), 1_024);
        say(&native, r#"{"id":2,"method":"now","params":[2]}"#);
        some_turns().await;
        assert!(native.last_sent().unwrap().contains("-32000"));
        drop(rpc);
        some_turns().await;
        stand_ins.end();
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_slow_reader_is_told_what_it_missed() {
    calm(async {
        let stand_ins = StandIns::new();
        let (rpc, native, _) = opened(&stand_ins).await;
        let begun = rpc.subscribe::<u32>("s", ()).high_water_mark(2);
        let begun = begun.into_future();
        say(&native, r#"{"id":1,"result":1}"#);
        let ticks = begun.await.unwrap();
        for tick in 1..=5 {
            let text = format!(r#"{{"method":"t","params":{{"subscription":1,"result":{tick}}}}}"#);
            say(&native, &text);
        }
        let lagged = ticks.next().await;
        assert!(matches!(
            lagged,
            Some(Err(SubscriptionError::Lagged { missed: 3 }))
        ));
        for tick in [4, 5] {
            assert_eq!(ticks.next().await.unwrap().unwrap(), tick);
        }
        drop((ticks, rpc));
        stand_ins.end();
    })
    .await;
}
