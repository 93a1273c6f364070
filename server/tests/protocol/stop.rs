//! Clean stops: of the library, and of the command by signal and by stdin.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use tautline_server::{Config, Server};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::client::{Host, bounded};

#[tokio::test]
async fn stop_closes_every_socket_and_frees_the_port() {
    let host = Host::start().await;
    let mut first = host.open("/ws/echo").await;
    let mut second = host.open("/ws/chat/r?client=a").await;
    let mut stalled = host.open("/ws/echo?client=stalled&fault=stall").await;
    host.stalled("stalled").await;
    let start = Instant::now();
    let stopping = async {
        host.server.stop().await;
        start.elapsed()
    };
    let seeing = async {
        first.closed(1001, "server stopping").await;
        second.closed(1001, "server stopping").await;
        // The answer to a close frame leaves with the next read.
        tokio::join!(first.see(), second.see());
        assert_eq!(stalled.see().await, crate::client::Seen::Reset);
    };
    let (took, ()) = bounded("stop", async { tokio::join!(stopping, seeing) }).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(
        TcpStream::connect(host.address).await.is_err(),
        "the port is free"
    );
    bounded("a second stop", host.server.stop()).await;
}

#[tokio::test]
async fn a_client_that_never_answers_does_not_hold_the_stop() {
    let host = Host::start().await;
    // Nobody reads: the close frame is never answered.
    let _mute = host.open("/ws/flood?count=0&size=100000").await;
    let _idle = host.tcp().await;
    let start = Instant::now();
    bounded("stop", host.server.stop()).await;
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_never_ran_stops_too() {
    let server = Server::bind(Config::default()).await.unwrap();
    bounded("stop", server.stop()).await;
    assert!(TcpStream::connect(server.address()).await.is_err());
    bounded("run after stop", server.run()).await.unwrap();
}

/// Starts the command and reads the address it prints.
pub async fn command(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tautline-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    bounded("the first line", stdout.read_line(&mut line))
        .await
        .unwrap();
    let address = line
        .strip_prefix("listening on http://")
        .expect(&line)
        .trim_end()
        .to_owned();
    assert!(
        address.starts_with("127.0.0.1:") && !address.ends_with(":0"),
        "{line}"
    );
    (child, address)
}

/// Opens a WebSocket of the command.
pub async fn open(address: &str, path: &str) -> crate::client::Client {
    let tcp = TcpStream::connect(address).await.unwrap();
    let (socket, _) = tokio_tungstenite::client_async(format!("ws://{address}{path}"), tcp)
        .await
        .unwrap();
    crate::client::Client { socket }
}

#[tokio::test]
async fn the_command_stops_when_stdin_closes() {
    let (mut child, address) = command(&["--watch-stdin"]).await;
    let mut client = open(&address, "/ws/echo").await;
    client.say(json!({ "type": "ping" })).await;
    assert_eq!(client.json().await["type"], "pong");
    drop(child.stdin.take());
    client.closed(1001, "server stopping").await;
    assert!(bounded("exit", child.wait()).await.unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_stops_on_signals() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, address) = command(&["--port", "0"]).await;
        let mut client = open(&address, "/ws/echo").await;
        // Without --watch-stdin a closed stdin means nothing.
        drop(child.stdin.take());
        client.answers().await;
        let start = Instant::now();
        let id = child.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .await
                .unwrap()
                .success()
        );
        client.closed(1001, "server stopping").await;
        assert!(
            bounded("exit", child.wait()).await.unwrap().success(),
            "{signal}"
        );
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{signal}: {:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn the_command_explains_what_it_cannot_do() {
    let busy = Host::start().await;
    let port = busy.address.port().to_string();
    for (arguments, part) in [
        (vec!["--prot", "1"], "see --help"),
        (vec!["--port", &port], "choose another"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tautline-server"))
            .args(&arguments)
            .output();
        let output = bounded("exit", output).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(part),
            "{arguments:?}: {said}"
        );
    }
}
