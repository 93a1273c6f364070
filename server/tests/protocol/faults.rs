//! Faults a connection asks for in its own query.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Client, Host, Refusal, SILENCE, Seen};

/// A stalled connection takes what is written, says nothing, and stays up.
pub async fn is_half_open(client: &mut Client) {
    client.send("anybody there?").await;
    client.say(json!({ "type": "ping" })).await;
    client.is_silent().await;
}

#[tokio::test]
async fn refuse_resets_instead_of_answering() {
    let host = Host::start().await;
    assert_eq!(
        host.refused("/ws/echo?fault=refuse&client=r").await,
        Refusal::Reset
    );
    let records = host.get("/api/connections?client=r").await;
    assert_eq!(
        (&records["attempts"], &records["total"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn silent_never_answers_and_keeps_tcp_open() {
    let host = Host::start().await;
    let mut tcp = host.tcp().await;
    let request = "GET /ws/echo?fault=silent&client=s HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n";
    tcp.write_all(request.as_bytes()).await.unwrap();
    host.get("/api/wait?client=s&attempts=1").await;
    let read = tokio::time::timeout(SILENCE, tcp.read_u8()).await;
    assert!(read.is_err(), "expected silence, read {read:?}");
    tcp.write_all(b"more").await.expect("TCP is up");
}

#[tokio::test]
async fn slow_answers_late() {
    let host = Host::start().await;
    let start = Instant::now();
    let mut client = host.open("/ws/echo?fault=slow&ms=300").await;
    assert!(start.elapsed() >= Duration::from_millis(300));
    client.answers().await;
}

#[tokio::test]
async fn http_answers_with_the_status() {
    let host = Host::start().await;
    for status in [401, 403, 404, 502, 503] {
        let path = format!("/ws/echo?fault=http&status={status}");
        assert_eq!(host.refused(&path).await, Refusal::Status(status));
    }
    assert_eq!(
        host.refused("/ws/echo?fault=http").await,
        Refusal::Status(503)
    );
}

#[tokio::test]
async fn close_sends_code_and_reason_after_its_time() {
    let host = Host::start().await;
    for (code, query, reason) in [
        (1000, "", ""),
        (1012, "restart", "restart"),
        (
            4400,
            "%7B%22reconnect%22%3Afalse%7D",
            "{\"reconnect\":false}",
        ),
        (1011, "retry-after%3D500", "retry-after=500"),
    ] {
        let mut client = host
            .open(&format!("/ws/echo?fault=close&code={code}&reason={query}"))
            .await;
        client.closed(code, reason).await;
    }
    let start = Instant::now();
    let mut client = host
        .open("/ws/echo?fault=close&code=4999&reason=late&ms=300")
        .await;
    client.answers().await;
    client.closed(4999, "late").await;
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_close_is_clean_though_the_client_is_still_talking() {
    let host = Host::start().await;
    let mut client = host.open("/ws/auth/r").await;
    // The first frame is the offence, the others are in flight when the server closes.
    for _ in 0..300 {
        client.send(&"x".repeat(1_000)).await;
    }
    client.closed(4401, "authenticate first").await;
    assert_eq!(
        client.see().await,
        Seen::Eof,
        "the closing handshake ends without a reset"
    );
}

#[tokio::test]
async fn flap_and_kill_reset_an_open_connection() {
    let host = Host::start().await;
    let mut flapped = host.open("/ws/echo?fault=flap").await;
    assert_eq!(flapped.see().await, Seen::Reset);
    let start = Instant::now();
    let mut killed = host.open("/ws/echo?fault=kill&client=k").await;
    killed.answers().await;
    assert_eq!(killed.see().await, Seen::Reset);
    assert!(
        start.elapsed() >= Duration::from_millis(1_000),
        "the default delay"
    );
    let record = host.ended("k").await;
    assert_eq!(
        (&record["how"], &record["close"]),
        (&json!("server"), &json!(null))
    );
}

#[tokio::test]
async fn a_kill_strikes_while_a_send_is_blocked() {
    let host = Host::start().await;
    // Nobody reads this flood, so the server soon blocks in a send.
    let _client = host
        .open("/ws/flood?count=0&size=1000000&fault=kill&ms=300&client=b")
        .await;
    assert_eq!(host.ended("b").await["how"], "server");
}

#[tokio::test]
async fn stall_is_half_open() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?fault=stall&ms=150&client=s").await;
    client.answers().await;
    host.stalled("s").await;
    is_half_open(&mut client).await;
    assert_eq!(host.get("/api/connections?client=s").await["open"], 1);
}

#[tokio::test]
async fn a_stalled_connection_is_freed_when_its_peer_has_left() {
    let host = Host::start().await;
    let mut client = host.open("/ws/echo?fault=stall&client=s").await;
    is_half_open(&mut client).await;
    drop(client);
    assert_eq!(host.ended("s").await["how"], "eof");
}

#[tokio::test]
async fn times_limits_a_fault_to_the_first_connections_of_a_label() {
    let host = Host::start().await;
    let path = "/ws/echo?fault=http&status=502&times=2&client=t";
    for _ in 0..2 {
        assert_eq!(host.refused(path).await, Refusal::Status(502));
    }
    host.open(path).await.answers().await;
    let other_path = "/ws/sink?fault=http&status=502&times=1&client=t";
    assert_eq!(host.refused(other_path).await, Refusal::Status(502));
    host.open(other_path).await.answers().await;
    let other_label = "/ws/echo?fault=http&status=502&times=1&client=u";
    assert_eq!(host.refused(other_label).await, Refusal::Status(502));
}

#[tokio::test]
async fn nonsense_is_refused_with_400() {
    let host = Host::start().await;
    for query in [
        "fault=explode",
        "fault=http&status=200",
        "fault=close&code=1006",
        "fault=kill&ms=-1",
        "fault=kill&ms=99999999",
        "fault=refuse&times=1",
        "client=",
        "heartbeat=0",
        "deny=sometimes",
    ] {
        assert_eq!(
            host.refused(&format!("/ws/auth/r?{query}")).await,
            Refusal::Status(400),
            "{query}"
        );
    }
    for path in [
        "/ws/ticker?symbols=",
        "/ws/ticker?symbols=A%20B",
        "/ws/flood?rate=-1",
        "/ws/flood?size=99999999",
    ] {
        assert_eq!(host.refused(path).await, Refusal::Status(400), "{path}");
    }
}
