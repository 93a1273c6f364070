//! Subscriptions, through breaks.

use std::cell::Cell;
use std::rc::Rc;

use tautline::jsonrpc::{CallError, JsonRpc, Subscription, SubscriptionError};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, jsonrpsee, ms, node, open};
use crate::support::calm;
use crate::support::calm::awaits;

async fn next(ticks: &Subscription<u64>) -> u64 {
    awaits("a tick");
    ticks.next().await.expect("it goes on").expect("a tick")
}

/// Publishes a tick, and gives how many subscriptions were told. The server is one for all tests, and notices an end later
/// than it says.
async fn publish(rpc: &JsonRpc, tick: u64) -> u64 {
    awaits("the server to publish");
    rpc.call::<u64>("publish", (tick,)).await.unwrap()
}

/// Publishes ticks from this on until as many are told, and gives the last.
async fn publish_until(rpc: &JsonRpc, told: u64, mut tick: u64) -> u64 {
    while publish(rpc, tick).await != told {
        tick += 1;
    }
    tick
}

#[wasm_bindgen_test]
async fn a_subscription_goes_on_through_a_kill_of_the_server_and_ends_when_it_is_left() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        let last = Rc::new(Cell::new(0));
        let since = Rc::clone(&last);
        let ticks = rpc
            .subscribe::<u64>("subscribe_ticks", ())
            .params_with(move || [since.get()])
            .unsubscribe("unsubscribe_ticks")
            .await
            .unwrap();
        for tick in [1, 2] {
            publish(&rpc, tick).await;
            assert_eq!(next(&ticks).await, tick);
            last.set(tick);
        }
        // As when somebody kills it: it is started again.
        awaits("the end of the server");
        rpc.call::<()>("exit", ()).await.unwrap_err();
        publish(&rpc, 2).await; // it asked for what is newer
        assert_eq!(publish(&rpc, 3).await, 1);
        assert_eq!(next(&ticks).await, 3);
        assert!(!ticks.is_ended());
        awaits("the end of the subscription");
        ticks.unsubscribe().await;
        publish_until(&rpc, 0, 4).await;
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_subscription_that_is_dropped_is_ended_at_the_server() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        let subscribe = || {
            rpc.subscribe::<u64>("subscribe_ticks", [0])
                .unsubscribe("unsubscribe_ticks")
        };
        let one = subscribe().await.unwrap();
        let two = subscribe().await.unwrap();
        let first = publish_until(&rpc, 2, 1).await;
        for tick in 1..=first {
            assert_eq!((next(&one).await, next(&two).await), (tick, tick));
        }
        drop(one);
        let second = publish_until(&rpc, 1, first + 1).await;
        // Before the server could say anything.
        let mut begun = subscribe().into_future();
        assert!(!crate::client::is_ready(&mut begun));
        drop(begun);
        let third = publish_until(&rpc, 1, second + 1).await;
        for tick in first + 1..=third {
            assert_eq!(next(&two).await, tick);
        }
        rpc.close().await;
        assert!(two.is_ended() && two.next().await.is_none());
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_the_server_makes_too_late_is_ended() {
    calm(async {
        let rpc = node().connect().unwrap();
        open(&rpc).await;
        let late = rpc
            .subscribe::<u64>("subscribe_late", ())
            .unsubscribe("unsubscribe_late")
            .timeout(ms(30))
            .await;
        assert!(matches!(late, Err(CallError::Unanswered(_))));
        rpc.call::<()>("release", ()).await.unwrap();
        awaits("the server's list");
        let ended = rpc.call::<Vec<String>>("ended", ()).await.unwrap();
        assert_eq!(ended, ["late"]);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_refusal_is_an_error_and_so_is_a_value_of_another_type() {
    calm(async {
        let rpc = jsonrpsee().connect().unwrap();
        let refused = rpc.subscribe::<u64>("refuse", ()).await;
        let Err(CallError::Refused(error)) = refused else {
            panic!("it refuses")
        };
        assert_eq!(error.code(), 1001);
        let texts = rpc.subscribe::<String>("subscribe_ticks", [0]).await;
        let texts = texts.unwrap();
        publish(&rpc, 9).await;
        let value = texts.next().await;
        assert!(matches!(value, Some(Err(SubscriptionError::Value(_)))));
        assert!(!texts.is_ended());
        close(rpc).await;
    })
    .await;
}
