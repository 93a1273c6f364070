//! `/api/connections` and `/api/wait`: what the server knows, and when.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::client::Host;

#[tokio::test]
async fn a_record_tells_how_a_connection_ended() {
    let host = Host::start().await;

    let mut client = host.open("/ws/echo?client=close&token=secret").await;
    client.answers().await;
    client.close(3001, "bye").await;
    let record = host.ended("close").await;
    let expected = json!({
        "id": 1, "client": "close", "path": "/ws/echo", "how": "client-close",
        "close": { "code": 3001, "reason": "bye" }, "received": 1, "sent": 1, "stalled": false, "auths": 0,
        "opened_at": record["opened_at"], "closed_at": record["closed_at"],
    });
    assert_eq!(record, expected);
    assert!(record["closed_at"].as_u64().unwrap() >= record["opened_at"].as_u64().unwrap());

    let mut client = host.open("/ws/echo?client=code").await;
    crate::client::bounded("close", client.socket.close(None))
        .await
        .unwrap();
    assert_eq!(
        host.ended("code").await["close"],
        json!({ "code": 1005, "reason": "" })
    );

    let mut client = host.open("/ws/echo?client=eof").await;
    client.socket.get_mut().shutdown().await.unwrap();
    assert_eq!(host.ended("eof").await["how"], "eof");

    let client = host.open("/ws/echo?client=reset").await;
    socket2::SockRef::from(client.socket.get_ref())
        .set_linger(Some(std::time::Duration::ZERO))
        .unwrap();
    drop(client);
    assert_eq!(host.ended("reset").await["how"], "reset");

    let mut client = host
        .open("/ws/echo?client=server&fault=close&code=4000&reason=x")
        .await;
    client.closed(4000, "x").await;
    let record = host.ended("server").await;
    assert_eq!(
        (&record["how"], &record["close"]["code"]),
        (&json!("server"), &json!(4000))
    );
}

#[tokio::test]
async fn counts_are_per_label_and_overall() {
    let host = Host::start().await;
    let _a = host.open("/ws/echo?client=a").await;
    let mut b = host.open("/ws/echo?client=b").await;
    let _nameless = host.open("/ws/echo").await;
    host.refused("/ws/echo?client=b&fault=http").await;
    b.close(1000, "").await;
    host.ended("b").await;
    let counts = |all: &Value| {
        ["open", "total", "closed", "attempts"].map(|name| all[name].as_u64().unwrap())
    };
    assert_eq!(
        counts(&host.get("/api/connections?client=a").await),
        [1, 1, 0, 1]
    );
    assert_eq!(
        counts(&host.get("/api/connections?client=b").await),
        [0, 1, 1, 2]
    );
    let all = host.get("/api/connections").await;
    assert_eq!(counts(&all), [2, 3, 1, 4]);
    assert_eq!(all["connections"].as_array().unwrap().len(), 3);
    assert_eq!(
        counts(&host.get("/api/connections?client=nobody").await),
        [0; 4]
    );
}

#[tokio::test]
async fn wait_answers_when_it_happens() {
    let host = Host::start().await;
    let waiting = host.get("/api/wait?client=a&open=2&timeout=9000");
    let opening = async {
        let first = host.open("/ws/echo?client=a").await;
        (first, host.open("/ws/echo?client=a").await)
    };
    let (answer, (mut first, _second)) = tokio::join!(waiting, opening);
    assert_eq!(answer["open"], 2);
    let waiting = host.get("/api/wait?client=a&open=1&total=2&closed=1&attempts=2");
    let (answer, ()) = tokio::join!(waiting, first.close(1000, ""));
    assert_eq!((&answer["open"], &answer["closed"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn wait_gives_up_after_its_time() {
    let host = Host::start().await;
    let start = Instant::now();
    let (status, _, body) = host
        .http("GET", "/api/wait?client=a&total=1&timeout=200", "")
        .await;
    assert_eq!(status, 408);
    assert!(start.elapsed().as_millis() >= 200);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["total"], 0);
    assert_eq!(host.http("GET", "/api/wait?client=a", "").await.0, 400);
}

#[tokio::test]
async fn old_records_are_forgotten_but_open_ones_stay() {
    let host = Host::start().await;
    let _living = host.open("/ws/echo?client=living").await;
    for _ in 0..1_010 {
        let mut client = host.open("/ws/echo?client=many").await;
        client.close(1000, "").await;
    }
    let all = host.get("/api/wait?closed=1010").await;
    assert_eq!(all["total"], 1_011);
    assert!(all["connections"].as_array().unwrap().len() <= 1_001);
    assert_eq!(all["connections"][0]["client"], "living");
    assert_eq!(
        host.get("/api/connections?client=many").await["total"],
        1_010
    );
}
