//! A server in this process, and a WebSocket client that says exactly what it saw.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tautline_server::{Config, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Nothing here takes longer unless it is broken.
pub const BOUND: Duration = Duration::from_secs(10);
/// How long silence is listened to before it is believed.
pub const SILENCE: Duration = Duration::from_millis(250);

pub async fn bounded<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(BOUND, future).await {
        Ok(value) => value,
        Err(_) => panic!("still waiting after {BOUND:?}: {what}"),
    }
}

/// A running server that belongs to one test.
pub struct Host {
    pub server: Server,
    pub address: SocketAddr,
}

/// What an upgrade request met.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Status(u16),
    Reset,
}

impl Host {
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let server = Server::bind(config).await.expect("a free port");
        let running = server.clone();
        tokio::spawn(async move { running.run().await });
        Self {
            address: server.address(),
            server,
        }
    }

    pub async fn tcp(&self) -> TcpStream {
        bounded("TCP connect", TcpStream::connect(self.address))
            .await
            .expect("TCP connects")
    }

    /// Opens a WebSocket that must succeed.
    pub async fn open(&self, path: &str) -> Client {
        self.offer(path, "").await.0
    }

    /// Opens a WebSocket offering subprotocols; returns the selected one too.
    pub async fn offer(&self, path: &str, protocols: &str) -> (Client, Option<String>) {
        let mut request = self.request(path);
        if !protocols.is_empty() {
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocols.parse().unwrap());
        }
        let shaken = bounded("handshake", client_async(request, self.tcp().await)).await;
        let (socket, response) = shaken.unwrap_or_else(|e| panic!("{path} opens: {e}"));
        let selected = response
            .headers()
            .get("sec-websocket-protocol")
            .map(|name| name.to_str().unwrap().to_owned());
        (Client { socket }, selected)
    }

    /// Opens a WebSocket that must be refused.
    pub async fn refused(&self, path: &str) -> Refusal {
        match self.attempt(path).await {
            Ok(_) => panic!("{path} opened"),
            Err(refusal) => refusal,
        }
    }

    /// Tries to open a WebSocket.
    pub async fn attempt(&self, path: &str) -> Result<Client, Refusal> {
        match bounded(
            "handshake",
            client_async(self.request(path), self.tcp().await),
        )
        .await
        {
            Ok((socket, _)) => Ok(Client { socket }),
            Err(Error::Http(response)) => Err(Refusal::Status(response.status().as_u16())),
            Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionReset => {
                Err(Refusal::Reset)
            }
            Err(error) => panic!("{path}: {error:?}"),
        }
    }

    fn request(&self, path: &str) -> tokio_tungstenite::tungstenite::handshake::client::Request {
        format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap()
    }

    /// One HTTP exchange: status, lower-case head, body.
    pub async fn http(&self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let mut tcp = self.tcp().await;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        tcp.write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        let mut answer = Vec::new();
        bounded(path, tcp.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    /// The lower-case head of the answer to a request with these header lines; the connection is then dropped.
    pub async fn head(&self, path: &str, lines: &str) -> String {
        let mut tcp = self.tcp().await;
        tcp.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(bounded(path, tcp.read_u8()).await.expect("a whole head"));
        }
        String::from_utf8(head).unwrap().to_lowercase()
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, _, body) = self.http("GET", path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Posts a control action that must succeed, and returns how many connections it touched.
    pub async fn control(&self, action: Value) -> u64 {
        let (status, _, body) = self.http("POST", "/api/control", &action.to_string()).await;
        assert_eq!(status, 200, "{action}: {body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["ok"], true);
        answer["affected"].as_u64().unwrap()
    }

    /// Waits until the only connection of a label is stalled; nothing announces that, so it asks again and again.
    pub async fn stalled(&self, label: &str) {
        let path = format!("/api/connections?client={label}");
        bounded("the stall", async {
            while self.get(&path).await["connections"][0]["stalled"] != true {}
        })
        .await;
    }

    /// The only connection of a label, once it has ended.
    pub async fn ended(&self, label: &str) -> Value {
        let answer = self
            .get(&format!("/api/wait?client={label}&closed=1&timeout=9000"))
            .await;
        assert_eq!(
            answer["connections"].as_array().unwrap().len(),
            1,
            "{answer}"
        );
        answer["connections"][0].clone()
    }
}

pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
}

/// What a client saw next.
#[derive(Debug, PartialEq)]
pub enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Close(Option<(u16, String)>),
    Reset,
    Eof,
}

impl Client {
    pub async fn send(&mut self, text: &str) {
        bounded("send", self.socket.send(Message::text(text)))
            .await
            .expect("send");
    }

    pub async fn say(&mut self, value: Value) {
        self.send(&value.to_string()).await;
    }

    pub async fn send_binary(&mut self, bytes: &[u8]) {
        bounded("send", self.socket.send(Message::binary(bytes.to_vec())))
            .await
            .expect("send");
    }

    pub async fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        bounded("close", self.socket.close(Some(frame)))
            .await
            .expect("close");
    }

    pub async fn see(&mut self) -> Seen {
        bounded("a frame", self.see_unbounded()).await
    }

    async fn see_unbounded(&mut self) -> Seen {
        loop {
            return match self.socket.next().await {
                Some(Ok(Message::Text(text))) => Seen::Text(text.to_string()),
                Some(Ok(Message::Binary(bytes))) => Seen::Binary(bytes.to_vec()),
                Some(Ok(Message::Close(frame))) => {
                    Seen::Close(frame.map(|frame| (frame.code.into(), frame.reason.to_string())))
                }
                Some(Ok(_)) => continue,
                Some(Err(Error::Io(error))) if error.kind() == ErrorKind::ConnectionReset => {
                    Seen::Reset
                }
                None | Some(Err(Error::Protocol(_))) => Seen::Eof,
                Some(Err(error)) => panic!("{error:?}"),
            };
        }
    }

    pub async fn text(&mut self) -> String {
        match self.see().await {
            Seen::Text(text) => text,
            other => panic!("expected text, saw {other:?}"),
        }
    }

    pub async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// The next message of a type, past others.
    pub async fn json_of(&mut self, kind: &str) -> Value {
        loop {
            let value = self.json().await;
            if value["type"] == kind {
                return value;
            }
        }
    }

    /// Expects the close frame with this code and reason.
    pub async fn closed(&mut self, code: u16, reason: &str) {
        assert_eq!(
            self.see().await,
            Seen::Close(Some((code, reason.to_owned())))
        );
    }

    pub async fn is_silent(&mut self) {
        if let Ok(seen) = tokio::time::timeout(SILENCE, self.see_unbounded()).await {
            panic!("expected silence, saw {seen:?}");
        }
    }

    /// Asserts that the connection answers.
    pub async fn answers(&mut self) {
        self.say(json!({ "type": "ping", "id": "alive" })).await;
        assert_eq!(self.json_of("pong").await["id"], "alive");
    }
}
