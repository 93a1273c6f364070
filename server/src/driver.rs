//! The loop of one open WebSocket.
//!
//! It alone reads and writes the socket. Pings, pongs, control frames, orders from outside, the heartbeat and
//! the closing handshake are dealt with here; everything else is the endpoint's.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::connection::{Command, Connection, How};
use crate::endpoints::{Batch, Endpoint};
use crate::fault::Act;
use crate::pongs::LatePongs;
use crate::registry::Guard;
use crate::server::App;
use crate::switch::TcpEnd;
use crate::wire::{self, Shared};
use crate::{control, limits};

/// What a driver is given besides the socket and its endpoint.
pub struct Link {
    pub app: App,
    pub guard: Guard,
    pub orders: mpsc::Receiver<Command>,
    pub heartbeat: Option<Duration>,
    pub later: Option<(Duration, Act)>,
}

/// Why the loop ends.
enum Ending {
    /// TCP ended without a close frame.
    Lost,
    /// The client sent a close frame.
    Client(Option<CloseFrame>),
    /// This side closes.
    Server { code: u16, reason: String },
}

enum Event {
    Order(Option<Command>),
    Message(Option<Result<Message, axum::Error>>),
    HeartbeatDue,
    PongDue,
}

enum Turn {
    Outside(Event),
    Endpoint(Batch),
}

struct Driver {
    socket: WebSocket,
    app: App,
    connection: Arc<Connection>,
    orders: mpsc::Receiver<Command>,
    heartbeat: Heartbeat,
    late_pongs: LatePongs,
}

/// Drives a connection from the upgrade to its end.
pub async fn drive<E: Endpoint>(socket: WebSocket, mut endpoint: E, link: Link) {
    let Link {
        app,
        guard,
        orders,
        heartbeat,
        later,
    } = link;
    let connection = Arc::clone(&guard.connection);
    if let Some((time, act)) = later {
        schedule(Arc::clone(&connection), time, act);
    }
    let mut driver = Driver {
        socket,
        app,
        connection,
        orders,
        heartbeat: Heartbeat::new(heartbeat),
        late_pongs: LatePongs::default(),
    };
    let ending = match driver.run(&mut endpoint).await {
        Ok(never) => match never {},
        Err(ending) => ending,
    };
    // Before the closing handshake, so that a room hears of the leaving at once.
    drop(endpoint);
    driver.end(ending, &guard).await;
}

enum Never {}

impl Driver {
    async fn run<E: Endpoint>(&mut self, endpoint: &mut E) -> Result<Never, Ending> {
        let mut out = Batch::default();
        endpoint.on_open(&mut out);
        self.connection.switch.pass_stall().await;
        self.send(out).await?;
        loop {
            let turn = tokio::select! {
                event = self.event() => Turn::Outside(event),
                batch = endpoint.next() => Turn::Endpoint(batch),
            };
            let held = self.connection.switch.pass_stall().await;
            if held && self.connection.switch.is_over() {
                return Err(Ending::Lost);
            }
            match turn {
                // What a stall held back, a pong among it, is still to be read.
                Turn::Outside(Event::HeartbeatDue) if held => {}
                Turn::Outside(event) => self.handle(event, endpoint).await?,
                Turn::Endpoint(batch) => self.send(batch).await?,
            }
        }
    }

    /// The next thing from outside. What has arrived comes before the heartbeat, or a pong that is already
    /// here could be called missing.
    async fn event(&mut self) -> Event {
        tokio::select! {
            biased;
            order = self.orders.recv() => Event::Order(order),
            // Before the messages, or a busy client would wait too long.
            () = self.late_pongs.due() => Event::PongDue,
            message = self.socket.recv() => Event::Message(message),
            () = self.heartbeat.due() => Event::HeartbeatDue,
        }
    }

    async fn handle<E: Endpoint>(&mut self, event: Event, endpoint: &mut E) -> Result<(), Ending> {
        match event {
            Event::Order(Some(Command::Send(text))) => {
                self.send_one(Message::Text(text.into())).await
            }
            Event::Order(Some(Command::Close { code, reason })) => {
                Err(Ending::Server { code, reason })
            }
            // Not reachable while the connection, which holds the sender, is alive.
            Event::Order(None) | Event::Message(None) => Err(Ending::Lost),
            Event::Message(Some(Ok(message))) => self.receive(message, endpoint).await,
            Event::Message(Some(Err(error))) => Err(self.failed(error)),
            Event::HeartbeatDue => {
                let ping = self.heartbeat.ping()?;
                self.send_one(ping).await
            }
            Event::PongDue => match self.late_pongs.take() {
                Some(pong) => self.send_one(pong).await,
                None => Ok(()),
            },
        }
    }

    async fn receive<E: Endpoint>(
        &mut self,
        message: Message,
        endpoint: &mut E,
    ) -> Result<(), Ending> {
        let mut out = Batch::default();
        match message {
            Message::Text(text) => {
                self.connection.received.fetch_add(1, Ordering::Relaxed);
                self.receive_text(&text, endpoint, &mut out);
            }
            Message::Binary(bytes) => {
                self.connection.received.fetch_add(1, Ordering::Relaxed);
                endpoint.on_binary(bytes, &mut out);
            }
            Message::Close(frame) => return Err(Ending::Client(frame)),
            // Answered by the WebSocket library.
            Message::Ping(_) | Message::Pong(_) => {}
        }
        self.send(out).await
    }

    fn receive_text<E: Endpoint>(&mut self, text: &str, endpoint: &mut E, out: &mut Batch) {
        match wire::shared(text) {
            Some(Shared::Control(frame)) => {
                if let Err(message) = control::from_frame(&self.app, &self.connection, frame) {
                    out.push(wire::error(&message));
                }
            }
            Some(shared) => {
                if shared == Shared::Pong {
                    self.heartbeat.awaiting = false;
                }
                if endpoint.takes_pings() {
                    endpoint.on_text(text, out);
                } else if let Shared::Ping { answer } = shared {
                    let pongs = &self.connection.pongs;
                    self.late_pongs.answer(pongs, &answer, out);
                }
            }
            None => endpoint.on_text(text, out),
        }
    }

    async fn send_one(&mut self, message: Message) -> Result<(), Ending> {
        self.send(Batch {
            messages: vec![message],
            close: None,
        })
        .await
    }

    async fn send(&mut self, batch: Batch) -> Result<(), Ending> {
        let sent = batch.messages.len() as u64;
        if sent > 0 {
            for message in batch.messages {
                self.socket.feed(message).await.map_err(|_| Ending::Lost)?;
            }
            self.socket.flush().await.map_err(|_| Ending::Lost)?;
            self.connection.sent.fetch_add(sent, Ordering::Relaxed);
        }
        match batch.close {
            Some((code, reason)) => Err(Ending::Server { code, reason }),
            None => Ok(()),
        }
    }

    /// A failed read: the stream broke, or the client broke the protocol.
    fn failed(&self, error: axum::Error) -> Ending {
        if self.connection.switch.is_over() {
            return Ending::Lost;
        }
        let (code, reason) = match error.into_inner().downcast_ref::<tungstenite::Error>() {
            Some(tungstenite::Error::Capacity(_)) => (1009, "message too large"),
            Some(tungstenite::Error::Utf8(_)) => (1007, "text is not UTF-8"),
            Some(tungstenite::Error::Protocol(_)) => (1002, "protocol error"),
            _ => return Ending::Lost,
        };
        Ending::Server {
            code,
            reason: reason.to_owned(),
        }
    }

    /// Notes the end at once, then finishes the closing handshake if there is one.
    async fn end(mut self, ending: Ending, guard: &Guard) {
        match ending {
            Ending::Lost => {
                let how = match self.connection.switch.end() {
                    _ if self.connection.switch.was_reset() => How::Server,
                    Some(TcpEnd::Eof) => How::Eof,
                    Some(TcpEnd::Reset) | None => How::Reset,
                };
                guard.close(how, None);
                return;
            }
            Ending::Client(frame) => {
                let close = frame.map_or((1005, String::new()), |f| (f.code, f.reason.to_string()));
                guard.close(How::ClientClose, Some(close));
            }
            Ending::Server { code, reason } => {
                guard.close(How::Server, Some((code, reason.clone())));
                let frame = CloseFrame {
                    code,
                    reason: reason.into(),
                };
                let sending = self.socket.send(Message::Close(Some(frame)));
                if !matches!(
                    tokio::time::timeout(limits::CLOSE_WAIT, sending).await,
                    Ok(Ok(()))
                ) {
                    return;
                }
            }
        }
        let _ = tokio::time::timeout(limits::CLOSE_WAIT, self.drain()).await;
    }

    /// Reads until the other side is done: dropping a socket with unread data would turn the close into RST,
    /// and the close frame could be lost with it.
    async fn drain(&mut self) {
        loop {
            match self.socket.recv().await {
                Some(Ok(_)) => {}
                None => return,
                Some(Err(_)) if self.connection.switch.is_over() => return,
                // What follows cannot be read (say, the rest of a message that is too large): leave the
                // close frame its time to arrive.
                Some(Err(_)) => std::future::pending().await,
            }
        }
    }
}

/// Carries out a fault of the connection's own query.
fn schedule(connection: Arc<Connection>, time: Duration, act: Act) {
    let perform = move || match act {
        Act::Close { code, reason } => {
            connection.order(Command::Close { code, reason });
        }
        Act::Kill => connection.kill(),
        Act::Stall => connection.stall(None),
    };
    if time.is_zero() {
        perform();
    } else {
        // Not a branch of the driver's loop: a fault must strike while a send is blocked too.
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            perform();
        });
    }
}

/// Pings of `heartbeat=MS`.
struct Heartbeat {
    ticks: Option<Interval>,
    next_id: u64,
    awaiting: bool,
}

impl Heartbeat {
    fn new(period: Option<Duration>) -> Self {
        let ticks = period.map(|period| {
            let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Self {
            ticks,
            next_id: 1,
            awaiting: false,
        }
    }

    async fn due(&mut self) {
        match &mut self.ticks {
            Some(ticks) => {
                ticks.tick().await;
            }
            None => std::future::pending().await,
        }
    }

    /// The next ping, or the end if the last one was not answered.
    fn ping(&mut self) -> Result<Message, Ending> {
        if self.awaiting {
            return Err(Ending::Server {
                code: 4000,
                reason: "no pong".to_owned(),
            });
        }
        self.awaiting = true;
        let ping = wire::frame(&json!({ "type": "ping", "id": self.next_id }));
        self.next_id += 1;
        Ok(ping)
    }
}
