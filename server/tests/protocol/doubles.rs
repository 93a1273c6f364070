//! Messages that come twice: in rooms and in the sink.

use serde_json::{Value, json};

use crate::client::{Client, Host};

async fn join(host: &Host, path: &str, first: Value) -> Client {
    let mut client = host.open(path).await;
    client.say(first).await;
    client.json_of("welcome").await;
    client
}

fn say(text: &str, mid: &str) -> Value {
    json!({ "type": "say", "text": text, "mid": mid })
}

#[tokio::test]
async fn a_room_says_a_message_once() {
    let host = Host::start().await;
    let name = json!({ "type": "join", "name": "Ann" });
    let mut ann = join(&host, "/ws/chat/r", name.clone()).await;
    ann.say(say("one", "s:1")).await;
    ann.say(say("three", "s:3")).await;
    let said = ann.json().await;
    assert_eq!((&said["text"], &said["id"]), (&json!("one"), &json!(1)));
    assert_eq!(said.get("mid"), None);
    assert_eq!(ann.json().await["text"], "three");
    drop(ann);

    // After a break, on a new connection, in order.
    let mut ann = join(&host, "/ws/chat/r", name).await;
    while ann.json().await["text"] != "three" {}
    for (text, mid) in [("one", "s:1"), ("three", "s:3"), ("four", "s:4")] {
        ann.say(say(text, mid)).await;
    }
    let said = ann.json().await;
    assert_eq!((&said["text"], &said["id"]), (&json!("four"), &json!(3)));
    // Another session, and no session at all.
    ann.say(say("other", "t:1")).await;
    assert_eq!(ann.json().await["text"], "other");
    for _ in 0..2 {
        ann.say(json!({ "type": "say", "text": "plain" })).await;
        assert_eq!(ann.json().await["text"], "plain");
    }
    ann.is_silent().await;
}

#[tokio::test]
async fn a_room_behind_a_token_says_a_message_once() {
    let host = Host::start().await;
    let token = json!({ "type": "auth", "token": "good-ann" });
    let mut first = join(&host, "/ws/auth/r", token.clone()).await;
    let mut second = join(&host, "/ws/auth/r", token).await;
    first.say(say("hi", "s:1")).await;
    assert_eq!(second.json().await["text"], "hi");
    second.say(say("hi", "s:1")).await;
    second.is_silent().await;
    assert_eq!(first.json().await["text"], "hi");
    first.is_silent().await;
}

#[tokio::test]
async fn sessions_of_two_rooms_are_apart() {
    let host = Host::start().await;
    for room in ["one", "two"] {
        let name = json!({ "type": "join", "name": "Ann" });
        let mut ann = join(&host, &format!("/ws/chat/{room}"), name).await;
        ann.say(say("hi", "s:1")).await;
        assert_eq!(ann.json().await["text"], "hi", "{room}");
    }
}

#[tokio::test]
async fn a_malformed_mid_is_an_error_and_says_nothing() {
    let host = Host::start().await;
    let mut ann = join(
        &host,
        "/ws/chat/r",
        json!({ "type": "join", "name": "Ann" }),
    )
    .await;
    for mid in [json!("s"), json!("s:0"), json!("s:+1"), json!(1), json!({})] {
        ann.say(json!({ "type": "say", "text": "hi", "mid": mid }))
            .await;
        let error = ann.json().await;
        assert_eq!(error["type"], "error", "{mid}");
        assert!(error["message"].as_str().unwrap().contains("mid"));
    }
    // What was refused was not counted.
    ann.say(json!({ "type": "say", "text": "", "mid": "s:1" }))
        .await;
    assert_eq!(ann.json().await["type"], "error");
    ann.say(say("hi", "s:1")).await;
    assert_eq!(ann.json().await["text"], "hi");
}

#[tokio::test]
async fn the_sink_tells_doubles_from_arrivals() {
    let host = Host::start().await;
    let mut client = host.open("/ws/sink?client=a").await;
    for (seq, mid) in [
        (1, json!("s:1")),
        (2, json!("s:2")),
        (2, json!("s:2")),
        (3, json!("s:3")),
        (1, json!("t:1")),
        // No mid, a malformed one, a number: each message is new.
        (7, json!(null)),
        (7, json!("s:03")),
        (7, json!(3)),
    ] {
        client.say(json!({ "seq": seq, "mid": mid })).await;
    }
    client
        .send_binary(json!({ "seq": 3, "mid": "s:3" }).to_string().as_bytes())
        .await;
    client.say(json!({ "mid": "s:3" })).await;
    client.say(json!({ "seq": "4", "mid": "s:4" })).await;
    client.send("no json").await;
    client.answers().await;
    let expected = json!({
        "received": 12, "seqs": [1, 2, 2, 3, 1, 7, 7, 7, 3], "unique": [1, 2, 3, 1, 7, 7, 7], "doubles": 3, "connections": 1,
    });
    assert_eq!(host.get("/api/sink/a").await, expected);
}

#[tokio::test]
async fn labels_of_the_sink_are_apart_and_forget_their_sessions() {
    let host = Host::start().await;
    let unique = async |label: &str| {
        let mut client = host.open(&format!("/ws/sink?client={label}")).await;
        client.say(json!({ "seq": 1, "mid": "s:1" })).await;
        client.answers().await;
        let record = host.get(&format!("/api/sink/{label}")).await;
        (record["unique"].clone(), record["doubles"].clone())
    };
    assert_eq!(unique("a").await, (json!([1]), json!(0)));
    assert_eq!(unique("b").await, (json!([1]), json!(0)));
    assert_eq!(unique("a").await, (json!([1]), json!(1)));
    host.http("DELETE", "/api/sink/a", "").await;
    assert_eq!(unique("a").await, (json!([1]), json!(0)));
    assert_eq!(unique("b").await, (json!([1]), json!(1)));
}
