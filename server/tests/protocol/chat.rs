//! `/ws/chat/{room}`.

use serde_json::json;

use crate::client::{Client, Host};

async fn join(host: &Host, room: &str, name: &str) -> Client {
    let mut client = host.open(&format!("/ws/chat/{room}?client={name}")).await;
    client.say(json!({ "type": "join", "name": name })).await;
    assert_eq!(client.json().await["type"], "welcome");
    client
}

#[tokio::test]
async fn members_meet_talk_and_leave() {
    let host = Host::start().await;
    let mut ann = host.open("/ws/chat/r").await;
    ann.say(json!({ "type": "join", "name": " Ann ", "since": null }))
        .await;
    let welcome = json!({ "type": "welcome", "room": "r", "members": ["Ann"], "latest": 0 });
    assert_eq!(ann.json().await, welcome);

    let mut bob = host.open("/ws/chat/r").await;
    bob.say(json!({ "type": "join", "name": "Bob" })).await;
    assert_eq!(bob.json().await["members"], json!(["Ann", "Bob"]));
    assert_eq!(ann.json().await, json!({ "type": "joined", "name": "Bob" }));

    ann.say(json!({ "type": "say", "text": "hi", "ref": "a-1" }))
        .await;
    for client in [&mut ann, &mut bob] {
        let mut said = client.json().await;
        assert!(said["at"].take().as_u64().unwrap() > 1_600_000_000_000);
        assert_eq!(
            said,
            json!({ "type": "say", "id": 1, "name": "Ann", "text": "hi", "at": null, "ref": "a-1" })
        );
    }
    bob.close(1000, "").await;
    assert_eq!(ann.json().await, json!({ "type": "left", "name": "Bob" }));
    ann.is_silent().await;
}

#[tokio::test]
async fn rooms_are_apart() {
    let host = Host::start().await;
    let mut ann = join(&host, "one", "Ann").await;
    let mut bob = join(&host, "two", "Bob").await;
    ann.say(json!({ "type": "say", "text": "hi" })).await;
    assert_eq!(ann.json().await["type"], "say");
    bob.is_silent().await;
}

#[tokio::test]
async fn whoever_comes_back_hears_what_was_missed_once() {
    let host = Host::start().await;
    let mut ann = join(&host, "r", "Ann").await;
    for n in 1..=250 {
        ann.say(json!({ "type": "say", "text": n.to_string() }))
            .await;
        assert_eq!(ann.json().await["id"], n);
    }
    // At most 200; an id from the future belongs to an earlier room of this name.
    for (since, first) in [
        (json!(247), 248),
        (json!(250), 251),
        (json!(0), 51),
        (json!(null), 51),
        (json!(999), 51),
    ] {
        let mut bob = host.open("/ws/chat/r").await;
        bob.say(json!({ "type": "join", "name": "Bob", "since": since }))
            .await;
        assert_eq!(bob.json().await["latest"], 250);
        for n in first..=250 {
            let said = bob.json().await;
            assert_eq!(
                (&said["id"], &said["text"]),
                (&json!(n), &json!(n.to_string())),
                "since {since}"
            );
        }
        bob.is_silent().await;
    }
}

#[tokio::test]
async fn joining_again_is_no_leaving() {
    let host = Host::start().await;
    let mut ann = join(&host, "r", "Ann").await;
    let mut bob = join(&host, "r", "Bob").await;
    assert_eq!(ann.json().await["type"], "joined");
    bob.say(json!({ "type": "join", "name": "Bob", "since": 0 }))
        .await;
    assert_eq!(bob.json().await["type"], "welcome");
    ann.is_silent().await;
    bob.say(json!({ "type": "join", "name": "Bert" })).await;
    assert_eq!(
        ann.json().await,
        json!({ "type": "joined", "name": "Bert" })
    );
    assert_eq!(ann.json().await, json!({ "type": "left", "name": "Bob" }));
}

#[tokio::test]
async fn bad_input_gets_an_error_and_the_socket_lives() {
    let host = Host::start().await;
    let mut client = host.open("/ws/chat/r").await;
    client
        .say(json!({ "type": "say", "text": "too early" }))
        .await;
    assert_eq!(
        client.json().await,
        json!({ "type": "error", "message": "join first" })
    );
    client.say(json!({ "type": "join", "name": "Ann" })).await;
    client.json_of("welcome").await;
    let long = |n: usize| "é".repeat(n);
    for (bad, part) in [
        (json!({ "type": "join", "name": "  " }), "name"),
        (json!({ "type": "join", "name": long(41) }), "name"),
        (
            json!({ "type": "join", "name": "Ann", "since": "x" }),
            "since",
        ),
        (json!({ "type": "say", "text": "" }), "text"),
        (json!({ "type": "say", "text": long(2_001) }), "text"),
        (
            json!({ "type": "say", "text": "x", "ref": long(200) }),
            "ref",
        ),
        (json!({ "type": "shout" }), "expected"),
        (json!([1]), "expected"),
    ] {
        client.say(bad.clone()).await;
        let error = client.json().await;
        assert_eq!(error["type"], "error", "{bad}");
        assert!(
            error["message"].as_str().unwrap().contains(part),
            "{bad}: {error}"
        );
    }
    client.send_binary(b"x").await;
    assert_eq!(client.json().await["type"], "error");
    client
        .say(json!({ "type": "say", "text": long(2_000) }))
        .await;
    assert_eq!(client.json().await["id"], 1);
}

#[tokio::test]
async fn a_killed_member_has_left() {
    let host = Host::start().await;
    let mut ann = join(&host, "r", "Ann").await;
    let _bob = join(&host, "r", "Bob").await;
    ann.json_of("joined").await;
    assert_eq!(
        host.control(json!({ "action": "kill", "client": "Bob" }))
            .await,
        1
    );
    assert_eq!(ann.json().await, json!({ "type": "left", "name": "Bob" }));
}

#[tokio::test]
async fn a_name_too_long_for_a_room_is_refused() {
    let host = Host::start().await;
    let path = format!("/ws/chat/{}", "r".repeat(65));
    assert_eq!(
        host.refused(&path).await,
        crate::client::Refusal::Status(400)
    );
}
