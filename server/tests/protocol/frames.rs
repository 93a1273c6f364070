//! Frames: echo, flood, sink, ticker, pings, heartbeats, subprotocols and limits.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Host, Seen, bounded};

#[tokio::test]
async fn echo_returns_text_and_bytes_verbatim() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo").await;
    for text in [
        "",
        "hello",
        "{ \"a\" : 1 }",
        "{\"type\":\"other\",\"n\":\"ping\"}",
        "grüße 🎻",
    ] {
        client.send(text).await;
        assert_eq!(client.text().await, text);
    }
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    client.send_binary(&bytes).await;
    assert_eq!(client.see().await, Seen::Binary(bytes));
}

#[tokio::test]
async fn every_json_endpoint_answers_pings_and_swallows_pongs() {
    let host = Host::start().await;
    for path in [
        "/ws/echo",
        "/ws/flood?count=1",
        "/ws/sink",
        "/ws/rpc?client=a",
        "/ws/chat/r",
        "/ws/ticker?interval=60000",
    ] {
        let mut client = host.open(path).await;
        client.send("pong").await;
        client.say(json!({ "type": "pong", "id": 1 })).await;
        client
            .say(json!({ "type": "ping", "id": { "deep": [1, null] } }))
            .await;
        assert_eq!(
            client.json_of("pong").await["id"],
            json!({ "deep": [1, null] }),
            "{path}"
        );
        client.say(json!({ "type": "ping" })).await;
        assert_eq!(client.json().await, json!({ "type": "pong" }), "{path}");
        client.send("ping").await;
        assert_eq!(client.text().await, "pong", "{path}");
        client.is_silent().await;
    }
}

#[tokio::test]
async fn a_raw_echo_returns_pings_too() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?raw=1").await;
    for text in ["ping", "pong", r#"{"type":"ping","id":1}"#] {
        client.send(text).await;
        assert_eq!(client.text().await, text);
    }
}

#[tokio::test]
async fn flood_numbers_and_pads_its_messages() {
    let host = Host::start().await;
    let mut client = host.open("/ws/flood?count=500&size=80&from=41").await;
    for seq in 41..541 {
        let text = client.text().await;
        assert_eq!(text.len(), 80);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["seq"], seq);
    }
    client.is_silent().await;
    client.answers().await;

    let mut binary = host.open("/ws/flood?count=1&binary=1").await;
    let Seen::Binary(bytes) = binary.see().await else {
        panic!("expected bytes")
    };
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap()["seq"], 1);
}

#[tokio::test]
async fn flood_keeps_its_rate() {
    let host = Host::start().await;
    let start = Instant::now();
    let mut client = host.open("/ws/flood?count=21&rate=50").await;
    for seq in 1..=21 {
        assert_eq!(client.json().await["seq"], seq);
    }
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(390),
        "20 intervals of 20 ms took only {took:?}"
    );
}

#[tokio::test]
async fn an_endless_flood_still_answers_pings() {
    let host = Host::start().await;
    let mut client = host.open("/ws/flood?count=0").await;
    client.say(json!({ "type": "ping", "id": 5 })).await;
    let mut expected = 1;
    loop {
        let value = client.json().await;
        if value["type"] == "pong" {
            break;
        }
        assert_eq!(value["seq"], expected);
        expected += 1;
    }
    client.close(1000, "enough").await;
}

#[tokio::test]
async fn sink_accounts_for_every_number_over_all_connections() {
    let host = Host::start().await;
    let mut first = host.open("/ws/sink?client=s").await;
    first.say(json!({ "seq": 1 })).await;
    first.send_binary(br#"{"seq":2,"x":[]}"#).await;
    first.send("no number").await;
    first.answers().await;
    let mut second = host.open("/ws/sink?client=s").await;
    second.say(json!({ "seq": 1.5 })).await;
    second.answers().await;
    let mut other = host.open("/ws/sink?client=t").await;
    other.say(json!({ "seq": 9 })).await;
    other.answers().await;
    let expected = json!({ "received": 4, "seqs": [1, 2, 1.5], "unique": [1, 2, 1.5], "doubles": 0, "connections": 2 });
    assert_eq!(host.get("/api/sink/s").await, expected);
    assert_eq!(host.http("DELETE", "/api/sink/s", "").await.0, 200);
    assert_eq!(
        host.get("/api/sink/s").await,
        json!({ "received": 0, "seqs": [], "unique": [], "doubles": 0, "connections": 0 })
    );
    assert_eq!(host.get("/api/sink/t").await["seqs"], json!([9]));
}

#[tokio::test]
async fn ticker_sends_history_and_then_ticks() {
    let host = Host::start().await;
    let mut client = host.open("/ws/ticker?symbols=ABC,XY.Z&interval=20").await;
    for symbol in ["ABC", "XY.Z"] {
        let history = client.json().await;
        assert_eq!(
            (&history["type"], &history["symbol"]),
            (&json!("history"), &json!(symbol))
        );
        let points = history["points"].as_array().unwrap();
        assert_eq!(points.len(), 120);
        for pair in points.windows(2) {
            assert_eq!(
                pair[1][0].as_u64().unwrap() - pair[0][0].as_u64().unwrap(),
                20
            );
            assert!(pair[0][1].as_f64().unwrap() > 1.0);
        }
    }
    for seq in 1..=10 {
        let tick = client.json().await;
        let symbol = if seq % 2 == 1 { "ABC" } else { "XY.Z" };
        assert_eq!(
            (&tick["type"], &tick["symbol"], &tick["seq"]),
            (&json!("tick"), &json!(symbol), &json!(seq))
        );
        assert!(tick["price"].as_f64().unwrap() > 1.0 && tick["at"].is_u64());
    }
}

#[tokio::test]
async fn the_first_known_subprotocol_is_selected() {
    let host = Host::start().await;
    for (query, offered, selected) in [
        ("", "", None),
        ("", "x, json, chat.v2", Some("json")),
        ("", "chat.v1", Some("chat.v1")),
        ("?protocol=chat.v1", "json, chat.v1", Some("chat.v1")),
    ] {
        let (_, got) = host.offer(&format!("/ws/echo{query}"), offered).await;
        assert_eq!(got.as_deref(), selected, "{query} {offered}");
    }
}

#[tokio::test]
async fn a_subprotocol_can_be_unknown_withheld_or_made_up() {
    let host = Host::start().await;
    // The client library would refuse these, as browsers do: look at the answer itself.
    let extra = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==";
    for (query, offered, answered) in [
        ("", "unknown", None),
        ("?protocol=none", "json", None),
        ("?protocol=mqtt", "json", Some("mqtt")),
    ] {
        let head = host
            .head(
                &format!("/ws/echo{query}"),
                &format!("{extra}\r\nsec-websocket-protocol: {offered}"),
            )
            .await;
        assert!(head.starts_with("http/1.1 101"), "{head}");
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix("sec-websocket-protocol: "));
        assert_eq!(line, answered);
    }
}

#[tokio::test]
async fn a_heartbeat_is_sent_and_its_answer_expected() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?heartbeat=60").await;
    for id in 1..=3 {
        assert_eq!(client.json().await, json!({ "type": "ping", "id": id }));
        client.say(json!({ "type": "pong", "id": id })).await;
    }
    assert_eq!(client.json().await["id"], 4);
    client.closed(4000, "no pong").await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_by_code() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=large").await;
    let (mut sender, mut receiver) = (&mut client.socket).split();
    let large = Message::binary(vec![0; (16 << 20) + 1]);
    // Both at once: the server stops reading half-way, so the send may never end.
    let seen = tokio::select! {
        biased;
        seen = receiver.next() => seen,
        sent = sender.send(large) => {
            sent.expect("sent, or still sending when the close arrives");
            bounded("a close frame", receiver.next()).await
        }
    };
    match seen {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1009),
        other => panic!("expected the close frame, saw {other:?}"),
    }
    assert_eq!(host.ended("large").await["close"]["code"], 1009);
}
