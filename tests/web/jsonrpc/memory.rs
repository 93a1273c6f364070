//! Nothing of a call, a value or a connection stays behind.

use tautline::jsonrpc::{Calls, Heartbeat, JsonRpc};
use tautline::subprotocol::jsonrpc::RawValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, jsonrpsee, ms, node};
use crate::client::some_turns;
use crate::support::calm::awaits;
use crate::support::{Standing, calm};

/// What a client does, over and over.
async fn round(rpc: &JsonRpc, number: u64) {
    assert_eq!(
        rpc.call::<u64>("add", (number, 1)).await.unwrap(),
        number + 1
    );
    rpc.call::<()>("refuse", ()).await.unwrap_err();
    rpc.notify("add", (1, 2)).unwrap();
    let mut batch = rpc.batch();
    let sum = batch.call::<u64>("add", (number, 2)).unwrap();
    let refused = batch.call::<u64>("refuse", ()).unwrap();
    batch.send().await.unwrap();
    assert_eq!(sum.await.unwrap(), number + 2);
    refused.await.unwrap_err();
    let never = rpc.call::<()>("never", ());
    drop(never.into_future());
    let ticks = rpc
        .subscribe::<u64>("subscribe_ticks", [0])
        .unsubscribe("unsubscribe_ticks");
    let ticks = ticks.await.unwrap();
    rpc.call::<u64>("publish", (7,)).await.unwrap();
    assert_eq!(ticks.next().await.unwrap().unwrap(), 7);
    ticks.unsubscribe().await;
}

#[wasm_bindgen_test]
async fn memory_is_flat_over_many_calls_and_subscriptions() {
    calm(async {
        let rpc = jsonrpsee()
            .heartbeat(Heartbeat::method("rpc.ping"))
            .calls(Calls::new().cancel("cancel", |id| [id]))
            .connect()
            .unwrap();
        awaits("calls");
        // Until ids have four digits, for the room that frames are read into is kept.
        for number in 0..180 {
            round(&rpc, number).await;
        }
        some_turns().await;
        let before = Standing::now();
        for number in 0..200 {
            round(&rpc, number).await;
        }
        some_turns().await;
        assert_eq!(Standing::now(), before);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn memory_is_flat_over_many_calls_of_the_server() {
    calm(async {
        let rpc = node().connect().unwrap();
        rpc.register("later", |(): ()| async {
            crate::support::browser::turn().await;
            Ok(1)
        });
        let relay = || {
            let text = r#"{"method":"later"}"#.to_owned();
            RawValue::from_string(text).unwrap()
        };
        let mut before = None;
        for number in 0..400 {
            awaits("the server's call");
            let answer = rpc.call::<std::collections::BTreeMap<String, u32>>("relay", relay());
            assert_eq!(answer.await.unwrap()["result"], 1);
            // Ids have three digits from here on: the room that frames are read into is kept.
            if number == 150 {
                some_turns().await;
                before = Some(Standing::now());
            }
        }
        some_turns().await;
        assert_eq!(Some(Standing::now()), before);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_client_that_is_dropped_leaves_nothing_behind() {
    calm(async {
        let life = async || {
            let rpc = jsonrpsee().socket(|it| it.connect_timeout(ms(10_000)));
            let rpc = rpc.connect().unwrap();
            let caller = rpc.caller();
            let inside = rpc.caller();
            rpc.register("it", move |(): ()| {
                let inside = inside.clone();
                async move { Ok(inside.socket().state().is_open()) }
            });
            let ticks = rpc.subscribe::<u64>("subscribe_ticks", [0]).await.unwrap();
            let waiting = caller.call::<()>("never", ()).into_future();
            let begun = caller.subscribe::<u64>("never", ()).into_future();
            drop(rpc);
            assert!(waiting.await.is_err() && begun.await.is_err());
            assert!(ticks.next().await.is_none());
        };
        awaits("a connection");
        for _ in 0..3 {
            life().await;
        }
        some_turns().await;
        let before = Standing::now();
        for _ in 0..10 {
            life().await;
        }
        some_turns().await;
        assert_eq!(Standing::now(), before);
    })
    .await;
}
