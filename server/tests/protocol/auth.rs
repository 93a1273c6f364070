//! `/ws/auth/{room}`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Host, Refusal, Seen};

fn auth(token: &str) -> Value {
    json!({ "type": "auth", "token": token })
}

#[tokio::test]
async fn a_good_token_opens_the_room() {
    let host = Host::start().await;
    let mut ann = host.open("/ws/auth/r").await;
    ann.say(auth("good-ann")).await;
    let welcome =
        json!({ "type": "welcome", "user": "ann", "room": "r", "members": ["ann"], "latest": 0 });
    assert_eq!(ann.json().await, welcome);
    ann.say(json!({ "type": "say", "text": "hi" })).await;
    let said = ann.json().await;
    assert_eq!(
        (&said["name"], &said["text"]),
        (&json!("ann"), &json!("hi"))
    );
    ann.answers().await;

    let mut bob = host.open("/ws/auth/r").await;
    bob.say(json!({ "type": "auth", "token": "good-bob", "since": 0 }))
        .await;
    assert_eq!(bob.json().await["members"], json!(["ann", "bob"]));
    assert_eq!(bob.json().await["text"], "hi");
    assert_eq!(ann.json().await, json!({ "type": "joined", "name": "bob" }));
    bob.say(json!({ "type": "join", "name": "ann", "since": 0 }))
        .await;
    assert_eq!(bob.json().await["type"], "welcome");
    assert_eq!(bob.json().await["id"], 1);
    bob.say(json!({ "type": "say", "text": "me" })).await;
    assert_eq!(bob.json().await["name"], "bob", "the name is the token's");
}

#[tokio::test]
async fn bad_tokens_are_denied_and_closed_by_code() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r").await;
    client.say(auth("expired-1")).await;
    assert_eq!(
        client.json().await,
        json!({ "type": "denied", "reason": "expired" })
    );
    client.closed(4401, "token expired").await;

    let mut client = host.open("/ws/auth/r").await;
    client.say(auth("revoked-1")).await;
    client.closed(4403, "token revoked").await;

    let mut client = host.open("/ws/auth/r").await;
    client.say(auth("whatever")).await;
    assert_eq!(client.json().await["reason"], "unknown");
    client.closed(4401, "token unknown").await;
}

#[tokio::test]
async fn a_denial_may_leave_the_socket_open() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?deny=message").await;
    for (token, reason) in [
        ("expired", "expired"),
        ("revoked", "revoked"),
        ("?", "unknown"),
    ] {
        client.say(auth(token)).await;
        assert_eq!(
            client.json().await,
            json!({ "type": "denied", "reason": reason })
        );
    }
    client.answers().await;
    client.say(json!({ "type": "say", "text": "hi" })).await;
    assert_eq!(
        client.json().await,
        json!({ "type": "error", "message": "authenticate first" })
    );
    client.say(auth("good-ann")).await;
    assert_eq!(client.json().await["user"], "ann");
}

#[tokio::test]
async fn anything_else_first_is_refused() {
    let host = Host::start().await;
    for first in [
        "hello",
        "ping",
        r#"{"type":"ping"}"#,
        r#"{"type":"join","name":"Ann"}"#,
        r#"{"type":"auth"}"#,
    ] {
        let mut client = host.open("/ws/auth/r").await;
        client.send(first).await;
        client.closed(4401, "authenticate first").await;
    }
    let mut client = host.open("/ws/auth/r").await;
    client.send_binary(b"x").await;
    client.closed(4401, "authenticate first").await;
}

#[tokio::test]
async fn a_server_heartbeat_may_be_answered_before_authentication() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?heartbeat=100").await;
    for _ in 0..3 {
        let ping = client.json().await;
        client
            .say(json!({ "type": "pong", "id": ping["id"] }))
            .await;
    }
    client.say(auth("good-ann")).await;
    assert_eq!(client.json_of("welcome").await["user"], "ann");
}

#[tokio::test]
async fn silence_is_refused_after_five_seconds() {
    let host = Host::start().await;
    let start = Instant::now();
    let mut client = host.open("/ws/auth/r").await;
    client.closed(4401, "authenticate first").await;
    let took = start.elapsed().as_millis();
    assert!((4_900..8_000).contains(&took), "{took} ms");
}

#[tokio::test]
async fn a_living_socket_authenticates_anew() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r").await;
    client.say(auth("good-ann")).await;
    client.json_of("welcome").await;
    client.say(auth("good-ann")).await;
    let again = client.json().await;
    assert_eq!(
        (&again["type"], &again["user"], &again["members"]),
        (&json!("welcome"), &json!("ann"), &json!(["ann"]))
    );
    client.say(auth("expired")).await;
    assert_eq!(client.json().await["type"], "denied");
    client.closed(4401, "token expired").await;
}

#[tokio::test]
async fn a_token_in_the_url_needs_no_frame() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?client=url&token=good-ann").await;
    assert_eq!(client.json().await["user"], "ann");
    for (token, reason) in [
        ("expired", "token expired"),
        ("revoked", "token revoked"),
        ("x", "token unknown"),
    ] {
        let mut client = host.open(&format!("/ws/auth/r?token={token}")).await;
        client.closed(4401, reason).await;
    }
    let records = host.http("GET", "/api/connections", "").await.2;
    assert!(
        !records.contains("good-ann"),
        "a token stands in the records"
    );
}

#[tokio::test]
async fn refuse_token_refuses_for_a_while() {
    let host = Host::start().await;
    let mut living = host.open("/ws/auth/r?client=a").await;
    living.say(auth("good-ann")).await;
    living.json_of("welcome").await;
    let mut echo = host.open("/ws/echo?client=a").await;
    let refuse = |ms: u64| json!({ "action": "refuse-token", "client": "a", "ms": ms });
    assert_eq!(host.control(refuse(60_000)).await, 1);
    living.closed(4401, "token expired").await;
    echo.answers().await;

    let mut again = host.open("/ws/auth/r?client=a").await;
    again.say(auth("good-ann")).await;
    assert_eq!(again.json().await["reason"], "expired");
    again.closed(4401, "token expired").await;
    let mut other = host.open("/ws/auth/r?client=b").await;
    other.say(auth("good-bob")).await;
    assert_eq!(other.json().await["user"], "bob");

    host.control(refuse(0)).await;
    let mut after = host.open("/ws/auth/r?client=a").await;
    after.say(auth("good-ann")).await;
    assert_eq!(after.json().await["user"], "ann");
}

#[tokio::test]
async fn a_yes_is_good_for_as_long_as_it_says() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?client=a&expires=1500").await;
    let start = Instant::now();
    client.say(auth("good-ann")).await;
    let welcome = json!({
        "type": "welcome", "user": "ann", "room": "r", "members": ["ann"], "latest": 0, "expires_in": 1500,
    });
    assert_eq!(client.json().await, welcome);
    client.is_silent().await;
    client.say(auth("good-ann")).await;
    assert_eq!(client.json().await["expires_in"], 1500);
    // A later join is no yes.
    client.say(json!({ "type": "join", "name": "ann" })).await;
    assert_eq!(client.json().await.get("expires_in"), None);
    client.closed(4401, "token expired").await;
    assert!(start.elapsed() >= Duration::from_millis(1_750));
    let record = host.ended("a").await;
    assert_eq!(
        (&record["how"], &record["close"]["code"], &record["auths"]),
        (&json!("server"), &json!(4401), &json!(2))
    );
    assert_eq!(
        host.refused("/ws/auth/r?expires=0").await,
        Refusal::Status(400)
    );
}

#[tokio::test]
async fn a_yes_to_the_url_and_a_busy_member_expire_too() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?token=good-ann&expires=300").await;
    assert_eq!(client.json().await["expires_in"], 300);
    let start = Instant::now();
    // Each answer brings the next message, until there is none.
    let seen = loop {
        client.say(json!({ "type": "say", "text": "hi" })).await;
        match client.see().await {
            Seen::Text(_) => assert!(start.elapsed() < Duration::from_secs(5)),
            other => break other,
        }
    };
    assert_eq!(seen, Seen::Close(Some((4401, "token expired".to_owned()))));
}

#[tokio::test]
async fn a_denial_leaves_the_time_of_the_last_yes() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?deny=message&expires=1500").await;
    client.say(auth("good-ann")).await;
    client.json_of("welcome").await;
    client.say(auth("revoked")).await;
    assert_eq!(client.json().await["type"], "denied");
    client.closed(4401, "token expired").await;
}

#[tokio::test]
async fn slow_auth_answers_later_and_holds_nothing_else_back() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?client=a&slow-auth=1500").await;
    let start = Instant::now();
    client.say(auth("good-ann")).await;
    client.is_silent().await;
    assert_eq!(client.json().await["type"], "welcome");
    assert!(start.elapsed() >= Duration::from_millis(1_500));
    let start = Instant::now();
    client.say(auth("good-ann")).await;
    client.say(auth("expired")).await;
    client.say(json!({ "type": "say", "text": "hi" })).await;
    assert_eq!(client.json().await["text"], "hi");
    client.answers().await;
    assert_eq!(client.json().await["type"], "welcome");
    assert_eq!(client.json().await["type"], "denied");
    client.closed(4401, "token expired").await;
    assert!(start.elapsed() >= Duration::from_millis(1_500));
    assert_eq!(host.ended("a").await["auths"], 3);

    // Nothing may come before the yes.
    let mut client = host.open("/ws/auth/r?slow-auth=60000").await;
    client.say(auth("good-ann")).await;
    client.send("ping").await;
    client.closed(4401, "authenticate first").await;
}

#[tokio::test]
async fn a_slow_answer_outlives_the_wait_for_the_first_frame() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?slow-auth=5500").await;
    client.say(auth("good-ann")).await;
    assert_eq!(client.json().await["type"], "welcome");
}

#[tokio::test]
async fn auth_frames_that_wait_are_bounded() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r?slow-auth=60000").await;
    for _ in 0..=64 {
        client.say(auth("good-ann")).await;
    }
    assert_eq!(client.json().await["type"], "error");
    client.is_silent().await;
}
