//! Pongs that come late, twice or unasked.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Host, Refusal, bounded};

async fn ping(client: &mut Client, id: u64) {
    client.say(json!({ "type": "ping", "id": id })).await;
}

fn pong(id: u64) -> Value {
    json!({ "type": "pong", "id": id })
}

#[tokio::test]
async fn delay_pongs_holds_back_pongs_alone_and_keeps_their_order() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    let delay = |ms: u64| json!({ "action": "delay-pongs", "client": "a", "ms": ms });
    assert_eq!(host.control(delay(1_000)).await, 1);
    let start = Instant::now();
    ping(&mut client, 1).await;
    client.send("hello").await;
    assert_eq!(client.text().await, "hello");
    // A pong waits for those before it, even if nothing holds back new ones any more.
    assert_eq!(host.control(delay(0)).await, 1);
    ping(&mut client, 2).await;
    assert_eq!(client.json().await, pong(1));
    assert!(start.elapsed() >= Duration::from_millis(1_000));
    assert_eq!(client.json().await, pong(2));
    ping(&mut client, 3).await;
    client.send("hello").await;
    assert_eq!(client.json().await, pong(3), "at once");
    assert_eq!(client.text().await, "hello");
    let long = json!({ "action": "delay-pongs", "ms": 3_600_001 }).to_string();
    assert_eq!(host.http("POST", "/api/control", &long).await.0, 400);
}

#[tokio::test]
async fn a_late_pong_comes_even_to_a_busy_client() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?pongs=100").await;
    ping(&mut client, 1).await;
    client.send("x").await;
    // Each answer brings the next message.
    bounded("the pong", async {
        while client.text().await == "x" {
            client.send("x").await;
        }
    })
    .await;
    assert_eq!(client.text().await, "x");
}

#[tokio::test]
async fn double_pongs_answers_twice_until_it_is_off() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?client=a").await;
    let double = |on: bool| json!({ "action": "double-pongs", "client": "a", "on": on });
    assert_eq!(host.control(double(true)).await, 1);
    ping(&mut client, 1).await;
    assert_eq!(
        [client.json().await, client.json().await],
        [pong(1), pong(1)]
    );
    client.send("ping").await;
    assert_eq!([client.text().await, client.text().await], ["pong", "pong"]);
    // Late and twice.
    host.control(json!({ "action": "delay-pongs", "client": "a", "ms": 50 }))
        .await;
    ping(&mut client, 2).await;
    assert_eq!(
        [client.json().await, client.json().await],
        [pong(2), pong(2)]
    );
    host.control(double(false)).await;
    ping(&mut client, 3).await;
    assert_eq!(client.json().await, pong(3));
    client.is_silent().await;
}

#[tokio::test]
async fn a_pong_can_come_unasked() {
    let host = Host::start().await;
    let mut client = host.open("/ws/sink?client=a").await;
    let unasked = json!({ "action": "pong", "client": "a", "id": [7] });
    assert_eq!(host.control(unasked).await, 1);
    assert_eq!(client.json().await, json!({ "type": "pong", "id": [7] }));
    client
        .say(json!({ "type": "control", "action": "pong" }))
        .await;
    assert_eq!(client.json().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn the_query_sets_the_fault_of_the_pongs() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?pongs=double").await;
    client.send("ping").await;
    assert_eq!([client.text().await, client.text().await], ["pong", "pong"]);
    let mut client = host.open("/ws/echo?client=d&pongs=drop").await;
    client.send("ping").await;
    client.is_silent().await;
    host.control(json!({ "action": "drop-pongs", "client": "d", "on": false }))
        .await;
    client.answers().await;
    let mut client = host.open("/ws/echo?pongs=300").await;
    let start = Instant::now();
    client.answers().await;
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        host.refused("/ws/echo?pongs=late").await,
        Refusal::Status(400)
    );
}
