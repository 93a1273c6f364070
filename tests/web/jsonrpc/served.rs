//! What the server calls, and the restore step.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tautline::jsonrpc::{CallError, JsonRpc, JsonRpcError};
use tautline::subprotocol::jsonrpc::RawValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, node, open};
use crate::client::some_turns;
use crate::support::calm;
use crate::support::calm::awaits;

/// Has the server call us, and gives the text of what it says of our answer.
async fn relay(rpc: &JsonRpc, method: &str, params: &str) -> String {
    let text = format!(r#"{{"method":"{method}","params":{params}}}"#);
    let params: Box<RawValue> = RawValue::from_string(text).unwrap();
    awaits("the server to have our answer");
    let answer = rpc.call::<Box<RawValue>>("relay", params).await;
    answer.unwrap().get().to_owned()
}

#[wasm_bindgen_test]
async fn the_server_calls_and_is_answered() {
    calm(async {
        let rpc = node().connect().unwrap();
        rpc.register("double", |(n,): (i64,)| async move { Ok(n * 2) });
        rpc.register("later", |(): ()| async {
            some_turns().await;
            Ok("late")
        });
        rpc.register("refuse", |(): ()| async {
            Err::<(), _>(JsonRpcError::new(7, "no").with_data(&["because"]))
        });
        rpc.register("no-form", |(): ()| async {
            Ok(std::collections::BTreeMap::from([((1, 2), 3)]))
        });
        assert_eq!(relay(&rpc, "double", "[21]").await, r#"{"result":42}"#);
        assert_eq!(relay(&rpc, "later", "[]").await, r#"{"result":"late"}"#);
        assert_eq!(relay(&rpc, "later", "{}").await, r#"{"result":"late"}"#);
        let refused = r#"{"error":{"code":7,"message":"no","data":["because"]}}"#;
        assert_eq!(relay(&rpc, "refuse", "[]").await, refused);
        for (method, params, code) in [
            ("unknown", "[]", -32601),
            ("double", r#"["a"]"#, -32602),
            ("no-form", "[]", -32603),
        ] {
            let answer = relay(&rpc, method, params).await;
            let begins = format!(r#"{{"error":{{"code":{code},"#);
            assert!(answer.starts_with(&begins), "{answer}");
        }
        rpc.unregister("double");
        assert!(relay(&rpc, "double", "[1]").await.contains("-32601"));
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_server_tells_and_is_not_answered() {
    calm(async {
        let rpc = node().connect().unwrap();
        let lines: Rc<RefCell<Vec<String>>> = Rc::default();
        let inside = Rc::clone(&lines);
        rpc.register("told", move |(line,): (String,)| {
            inside.borrow_mut().push(line);
            async { Ok(()) }
        });
        let tell = RawValue::from_string(r#"{"method":"told","params":["hello"]}"#.into());
        rpc.call::<()>("tell", tell.unwrap()).await.unwrap();
        assert_eq!(*lines.borrow(), ["hello"]);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_a_handler_is_at_ends_with_the_connection() {
    calm(async {
        struct Told(Rc<Cell<bool>>);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let rpc = node().connect().unwrap();
        open(&rpc).await;
        let (began, ended) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (begins, ends) = (Rc::clone(&began), Rc::clone(&ended));
        rpc.register("endless", move |(): ()| {
            begins.set(true);
            let told = Told(Rc::clone(&ends));
            async move {
                std::future::pending::<()>().await;
                drop(told);
                Ok(())
            }
        });
        let relayed = rpc.call::<()>(
            "relay",
            RawValue::from_string(r#"{"method":"endless"}"#.into()).unwrap(),
        );
        let relayed = relayed.into_future();
        rpc.call::<i64>("add", (1, 2)).await.unwrap();
        assert!(began.get() && !ended.get());
        rpc.notify("drop", ()).unwrap();
        awaits("the break");
        assert!(relayed.await.is_err());
        some_turns().await;
        assert!(ended.get());
        assert_eq!(rpc.call::<i64>("add", (3, 4)).await.unwrap(), 7);
        close(rpc).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_restore_step_calls_and_answers_before_what_was_queued() {
    calm(async {
        let restored: Rc<RefCell<Vec<bool>>> = Rc::default();
        let inside = Rc::clone(&restored);
        let rpc = node()
            .restore(move |restoring| {
                inside.borrow_mut().push(restoring.opening().reconnected);
                async move {
                    restoring.notify("log", ["restored"]).unwrap();
                    // The server has our answer before it answers the call of the step.
                    let relay = RawValue::from_string(r#"{"method":"who"}"#.into());
                    let who = restoring
                        .call::<std::collections::BTreeMap<String, String>>("relay", relay.unwrap())
                        .await?;
                    assert_eq!(who["result"], "me");
                    Ok::<_, CallError>(())
                }
            })
            .connect()
            .unwrap();
        rpc.register("who", |(): ()| async { Ok("me") });
        rpc.notify("log", ["queued"]).unwrap();
        awaits("the server's list");
        let told = rpc.call::<Vec<(String,)>>("told", ()).await.unwrap();
        assert_eq!(told, [("restored".to_owned(),), ("queued".into(),)]);
        rpc.socket().reconnect();
        rpc.call::<i64>("add", (1, 2)).await.unwrap();
        assert_eq!(*restored.borrow(), [false, true]);
        close(rpc).await;
    })
    .await;
}
