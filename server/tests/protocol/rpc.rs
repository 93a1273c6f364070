//! `/ws/rpc`: requests, replies, cancels and their record.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Host, Refusal, Seen};

async fn ask(client: &mut Client, id: Value, method: &str, params: Value) {
    client
        .say(json!({ "type": "request", "id": id, "method": method, "params": params }))
        .await;
}

fn reply(id: Value, result: Value) -> Value {
    json!({ "type": "reply", "id": id, "result": result })
}

#[tokio::test]
async fn a_reply_carries_the_id_of_its_request() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    for id in [json!(1), json!("x"), json!(null), json!({ "a": [1.5] })] {
        ask(&mut client, id.clone(), "echo", json!({ "n": [1] })).await;
        assert_eq!(client.json().await, reply(id, json!({ "n": [1] })));
    }
    client
        .say(json!({ "type": "request", "id": 2, "method": "echo" }))
        .await;
    assert_eq!(client.json().await, reply(json!(2), json!(null)));
    client.answers().await;
}

#[tokio::test]
async fn slow_replies_come_when_due_and_hold_nothing_back() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    let start = Instant::now();
    ask(&mut client, json!("late"), "slow", json!({ "ms": 1_500 })).await;
    ask(&mut client, json!("soon"), "slow", json!({ "ms": 700 })).await;
    ask(&mut client, json!("now"), "echo", json!(1)).await;
    assert_eq!(client.json().await, reply(json!("now"), json!(1)));
    assert_eq!(
        client.json().await,
        reply(json!("soon"), json!({ "ms": 700 }))
    );
    assert!(start.elapsed() >= Duration::from_millis(700));
    assert_eq!(client.json().await["id"], "late");
    assert!(start.elapsed() >= Duration::from_millis(1_500));
}

#[tokio::test]
async fn a_cancelled_request_gets_no_reply_and_is_recorded() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    ask(&mut client, json!(1), "slow", json!({ "ms": 1_000 })).await;
    ask(&mut client, json!(2), "slow", json!({ "ms": 1_000 })).await;
    client.say(json!({ "type": "cancel", "id": 1 })).await;
    client.say(json!({ "type": "cancel", "id": "?" })).await;
    assert_eq!(client.json().await["id"], 2);
    client.is_silent().await;
    let expected = json!({
        "executed": [{ "id": 1, "method": "slow" }, { "id": 2, "method": "slow" }], "cancelled": [1, "?"],
    });
    assert_eq!(host.get("/api/rpc/a").await, expected);
}

#[tokio::test]
async fn replies_can_fail_to_come_come_twice_or_to_nobody() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    ask(&mut client, json!(1), "never", json!(1)).await;
    ask(&mut client, json!(2), "twice", json!(2)).await;
    assert_eq!(client.json().await, reply(json!(2), json!(2)));
    assert_eq!(client.json().await, reply(json!(2), json!(2)));
    let mut ids = Vec::new();
    for _ in 0..2 {
        ask(&mut client, json!(3), "wrong-id", json!(3)).await;
        let answer = client.json().await;
        assert_eq!(answer["result"], 3);
        ids.push(answer["id"].as_str().expect("a string").to_owned());
    }
    assert_ne!(ids[0], ids[1]);
    client.is_silent().await;
}

#[tokio::test]
async fn a_connection_can_break_between_execution_and_reply() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    ask(&mut client, json!(1), "close", json!(null)).await;
    assert_eq!(client.see().await, Seen::Reset);
    assert_eq!(host.ended("a").await["how"], "server");
    // The client asks again on a new connection: executed twice.
    let mut client = host.open("/ws/rpc?client=a").await;
    ask(&mut client, json!(1), "count", json!(null)).await;
    assert_eq!(client.json().await, reply(json!(1), json!(2)));
    ask(&mut client, json!("1"), "count", json!(null)).await;
    assert_eq!(client.json().await["result"], 1);
    let mut other = host.open("/ws/rpc?client=b").await;
    ask(&mut other, json!(1), "count", json!(null)).await;
    assert_eq!(other.json().await["result"], 1);
    let executed = json!([
        { "id": 1, "method": "close" }, { "id": 1, "method": "count" }, { "id": "1", "method": "count" },
    ]);
    assert_eq!(host.get("/api/rpc/a").await["executed"], executed);
    assert_eq!(host.http("DELETE", "/api/rpc/a", "").await.0, 200);
    assert_eq!(
        host.get("/api/rpc/a").await,
        json!({ "executed": [], "cancelled": [] })
    );
}

#[tokio::test]
async fn what_does_not_fit_is_explained_and_not_executed() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    for (method, params) in [
        (json!("explode"), json!(null)),
        (json!(1), json!(null)),
        (json!("slow"), json!(null)),
        (json!("slow"), json!({ "ms": 60_001 })),
        (json!("slow"), json!({ "ms": -1 })),
    ] {
        client
            .say(json!({ "type": "request", "id": 7, "method": method, "params": params }))
            .await;
        let answer = client.json().await;
        assert_eq!(
            (&answer["type"], &answer["id"]),
            (&json!("reply"), &json!(7))
        );
        assert!(answer["error"].is_string(), "{answer}");
        assert_eq!(answer.get("result"), None);
    }
    for frame in [
        "no json".to_owned(),
        "[]".to_owned(),
        json!({ "type": "join" }).to_string(),
        json!({ "type": "cancel" }).to_string(),
        json!({ "type": "request", "method": "echo" }).to_string(),
        json!({ "type": "request", "method": "echo", "id": "x".repeat(127) }).to_string(),
    ] {
        client.send(&frame).await;
        assert_eq!(client.json().await["type"], "error", "{frame}");
    }
    client.send_binary(b"{}").await;
    assert_eq!(client.json().await["type"], "error");
    assert_eq!(
        host.get("/api/rpc/a").await,
        json!({ "executed": [], "cancelled": [] })
    );
    assert_eq!(host.refused("/ws/rpc").await, Refusal::Status(400));
}

#[tokio::test]
async fn slow_requests_of_a_connection_are_bounded() {
    let host = Host::start().await;
    let mut client = host.open("/ws/rpc?client=a").await;
    for n in 0..=1_024 {
        ask(&mut client, json!(n), "slow", json!({ "ms": 60_000 })).await;
    }
    let answer = client.json().await;
    assert_eq!(answer["id"], 1_024);
    assert!(answer["error"].is_string(), "{answer}");
}
