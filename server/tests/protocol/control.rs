//! Control actions, from outside and in-band.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Host, Refusal, Seen, bounded};
use crate::faults::is_half_open;

#[tokio::test]
async fn an_action_meets_its_label_or_everybody() {
    let host = Host::start().await;
    let mut first = host.open("/ws/echo?client=a").await;
    let mut second = host.open("/ws/echo?client=a").await;
    let mut other = host.open("/ws/echo?client=b").await;
    let mut nameless = host.open("/ws/echo").await;
    assert_eq!(
        host.control(json!({ "action": "kill", "client": "nobody" }))
            .await,
        0
    );
    assert_eq!(
        host.control(json!({ "action": "kill", "client": "a" }))
            .await,
        2
    );
    assert_eq!(
        (first.see().await, second.see().await),
        (Seen::Reset, Seen::Reset)
    );
    other.answers().await;
    nameless.answers().await;
    assert_eq!(
        host.control(json!({ "action": "kill", "client": null }))
            .await,
        2
    );
    assert_eq!(
        (other.see().await, nameless.see().await),
        (Seen::Reset, Seen::Reset)
    );
}

#[tokio::test]
async fn stall_holds_until_its_time_is_over() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    assert_eq!(
        host.control(json!({ "action": "stall", "client": "a", "ms": 600 }))
            .await,
        1
    );
    let start = Instant::now();
    is_half_open(&mut client).await;
    assert_eq!(
        client.text().await,
        "anybody there?",
        "what was held back comes now"
    );
    assert!(start.elapsed() >= Duration::from_millis(550));
    assert_eq!(client.json().await["type"], "pong");
    client.answers().await;
}

#[tokio::test]
async fn stall_without_a_time_lasts_and_can_be_killed() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    host.control(json!({ "action": "stall", "client": "a" }))
        .await;
    is_half_open(&mut client).await;
    // An order waits in vain, a kill does not.
    host.control(json!({ "action": "close", "client": "a", "code": 1000 }))
        .await;
    client.is_silent().await;
    assert_eq!(host.get("/api/connections?client=a").await["open"], 1);
    host.control(json!({ "action": "kill", "client": "a" }))
        .await;
    assert_eq!(client.see().await, Seen::Reset);
    let record = host.ended("a").await;
    assert_eq!(
        (&record["how"], &record["close"]),
        (&json!("server"), &json!(null))
    );
}

#[tokio::test]
async fn an_order_given_during_a_stall_is_carried_out_after_it() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    host.control(json!({ "action": "stall", "client": "a" }))
        .await;
    host.control(json!({ "action": "close", "client": "a", "code": 4000, "reason": "late" }))
        .await;
    client.is_silent().await;
    // A stall of no time ends the one that lasts.
    host.control(json!({ "action": "stall", "client": "a", "ms": 0 }))
        .await;
    client.closed(4000, "late").await;
}

#[tokio::test]
async fn a_stall_is_not_held_against_the_client() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a&heartbeat=150").await;
    let ping = client.json().await;
    host.control(json!({ "action": "stall", "client": "a" }))
        .await;
    client
        .say(json!({ "type": "pong", "id": ping["id"] }))
        .await;
    // Two silences are more than two heartbeats.
    client.is_silent().await;
    client.is_silent().await;
    host.control(json!({ "action": "stall", "client": "a", "ms": 0 }))
        .await;
    assert_eq!(
        client.json().await,
        json!({ "type": "ping", "id": 2 }),
        "not closed for a missing pong"
    );
}

#[tokio::test]
async fn a_new_stall_outlives_the_timer_of_an_old_one() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    host.control(json!({ "action": "stall", "client": "a", "ms": 100 }))
        .await;
    host.control(json!({ "action": "stall", "client": "a" }))
        .await;
    is_half_open(&mut client).await;
}

#[tokio::test]
async fn close_sends_its_code() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    assert_eq!(
        host.control(json!({ "action": "close", "client": "a", "code": 4408, "reason": "why" }))
            .await,
        1
    );
    client.closed(4408, "why").await;
    for bad in [
        json!({ "code": 1006 }),
        json!({ "code": 1000, "reason": "x".repeat(124) }),
        json!({}),
    ] {
        let mut action = json!({ "action": "close" });
        action
            .as_object_mut()
            .unwrap()
            .extend(bad.as_object().unwrap().clone());
        assert_eq!(
            host.http("POST", "/api/control", &action.to_string())
                .await
                .0,
            400,
            "{action}"
        );
    }
}

#[tokio::test]
async fn drop_pongs_leaves_everything_else_alive() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    host.control(json!({ "action": "drop-pongs", "client": "a", "on": true }))
        .await;
    client.send("ping").await;
    client.say(json!({ "type": "ping", "id": 1 })).await;
    client.send("hello").await;
    assert_eq!(client.text().await, "hello");
    host.control(json!({ "action": "drop-pongs", "client": "a", "on": false }))
        .await;
    client.answers().await;
}

#[tokio::test]
async fn refuse_resets_new_upgrades_for_a_while() {
    let host = Host::start().await;
    let mut living = host.open("/ws/echo?client=a").await;
    let start = Instant::now();
    let refuse = json!({ "action": "refuse", "client": "a", "ms": 400 });
    assert_eq!(host.control(refuse).await, 0);
    assert_eq!(host.refused("/ws/echo?client=a").await, Refusal::Reset);
    host.open("/ws/echo?client=b").await.answers().await;
    living.answers().await;
    let mut later = bounded("the end of the window", async {
        loop {
            match host.attempt("/ws/echo?client=a").await {
                Ok(client) => return client,
                Err(refusal) => assert_eq!(refusal, Refusal::Reset),
            }
        }
    })
    .await;
    assert!(start.elapsed() >= Duration::from_millis(400));

    let refuse = json!({ "action": "refuse", "client": "a", "ms": 60_000, "kill": true });
    assert_eq!(host.control(refuse).await, 2);
    assert_eq!(
        (living.see().await, later.see().await),
        (Seen::Reset, Seen::Reset)
    );
    assert_eq!(host.refused("/ws/echo?client=a").await, Refusal::Reset);
    host.open("/ws/echo").await.answers().await;
    host.control(json!({ "action": "refuse", "ms": 60_000 }))
        .await;
    assert_eq!(host.refused("/ws/echo").await, Refusal::Reset);
    assert_eq!(
        host.get("/api/health").await["ok"],
        true,
        "only upgrades are refused"
    );
}

#[tokio::test]
async fn unavailable_answers_new_upgrades_with_a_status() {
    let host = Host::start().await;
    let mut living = host.open("/ws/echo?client=a").await;
    host.control(json!({ "action": "unavailable", "client": "a", "ms": 60_000, "status": 502 }))
        .await;
    assert_eq!(
        host.refused("/ws/echo?client=a").await,
        Refusal::Status(502)
    );
    living.answers().await;
    host.open("/ws/echo").await.answers().await;
    host.control(json!({ "action": "unavailable", "client": "a", "ms": 0 }))
        .await;
    host.open("/ws/echo?client=a").await.answers().await;
    let bad = json!({ "action": "unavailable", "status": 200 }).to_string();
    assert_eq!(host.http("POST", "/api/control", &bad).await.0, 400);
}

#[tokio::test]
async fn restart_closes_with_1012_and_is_away() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    let mut other = host.open("/ws/echo?client=b").await;
    assert_eq!(
        host.control(json!({ "action": "restart", "client": "a" }))
            .await,
        1
    );
    client.closed(1012, "restart").await;
    assert_eq!(host.refused("/ws/echo?client=a").await, Refusal::Reset);
    other.answers().await;
    assert_eq!(host.control(json!({ "action": "restart" })).await, 1);
    other.closed(1012, "restart").await;
    assert_eq!(host.refused("/ws/echo?client=c").await, Refusal::Reset);
}

#[tokio::test]
async fn send_and_ping_speak_to_the_client() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    assert_eq!(
        host.control(json!({ "action": "send", "client": "a", "data": "not json {" }))
            .await,
        1
    );
    assert_eq!(client.text().await, "not json {");
    host.control(json!({ "action": "send", "client": "a", "data": { "n": 1 } }))
        .await;
    assert_eq!(client.json().await, json!({ "n": 1 }));
    host.control(json!({ "action": "ping", "client": "a" }))
        .await;
    assert_eq!(client.json().await, json!({ "type": "ping" }));
}

#[tokio::test]
async fn a_client_controls_itself_in_band() {
    let host = Host::start().await;
    let mut nameless = host.open("/ws/echo").await;
    let mut bystander = host.open("/ws/echo").await;
    nameless
        .say(json!({ "type": "control", "action": "send", "data": "me" }))
        .await;
    assert_eq!(nameless.text().await, "me");
    nameless
        .say(json!({ "type": "control", "action": "refuse", "ms": 1 }))
        .await;
    let error = nameless.json().await;
    assert_eq!(error["type"], "error");
    assert!(
        error["message"].as_str().unwrap().contains("client=LABEL"),
        "{error}"
    );
    nameless
        .say(json!({ "type": "control", "action": "explode" }))
        .await;
    assert_eq!(nameless.json().await["type"], "error");
    nameless
        .say(json!({ "type": "control", "action": "kill" }))
        .await;
    assert_eq!(nameless.see().await, Seen::Reset);
    bystander.answers().await;

    let mut first = host.open("/ws/chat/r?client=a").await;
    let mut second = host.open("/ws/sink?client=a").await;
    first
        .say(json!({ "type": "control", "action": "restart", "ms": 60_000 }))
        .await;
    first.closed(1012, "restart").await;
    second.closed(1012, "restart").await;
    assert_eq!(host.refused("/ws/echo?client=a").await, Refusal::Reset);
    bystander.answers().await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_explained() {
    let host = Host::start().await;
    for body in [
        "",
        "{}",
        "[]",
        r#"{"action":"explode"}"#,
        r#"{"action":"drop-pongs"}"#,
        r#"{"action":"kill","client":""}"#,
    ] {
        let (status, _, answer) = host.http("POST", "/api/control", body).await;
        assert_eq!(status, 400, "{body}");
        assert!(
            answer.contains("\"ok\":false") && answer.contains("\"message\""),
            "{answer}"
        );
    }
}
