//! One WebSocket connection as the rest of the server sees it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::limits;
use crate::pongs::Pongs;
use crate::switch::Switch;

/// An order for the driver of a connection.
#[derive(Clone, Debug)]
pub enum Command {
    Send(String),
    Close { code: u16, reason: String },
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The client sent a close frame.
    ClientClose,
    /// The client's TCP closed without one.
    Eof,
    /// The client's TCP was reset or broke.
    Reset,
    /// This server closed or killed it.
    Server,
}

impl How {
    fn name(self) -> &'static str {
        match self {
            Self::ClientClose => "client-close",
            Self::Eof => "eof",
            Self::Reset => "reset",
            Self::Server => "server",
        }
    }
}

/// The end of a connection.
#[derive(Clone, Debug)]
pub struct End {
    pub at: u64,
    pub how: How,
    pub close: Option<(u16, String)>,
}

/// The living record of one connection; stays readable after its end.
#[derive(Debug)]
pub struct Connection {
    pub id: u64,
    pub client: Option<String>,
    /// Without the query: a token may stand there.
    pub path: String,
    pub opened_at: u64,
    pub switch: Arc<Switch>,
    pub pongs: Pongs,
    pub received: AtomicU64,
    pub sent: AtomicU64,
    /// Auth frames that came; none on other endpoints than `/ws/auth`.
    pub auths: AtomicU64,
    commands: mpsc::Sender<Command>,
    end: Mutex<Option<End>>,
}

impl Connection {
    pub fn new(
        id: u64,
        client: Option<String>,
        path: String,
        switch: Arc<Switch>,
    ) -> (Arc<Self>, mpsc::Receiver<Command>) {
        let (commands, orders) = mpsc::channel(limits::COMMANDS);
        let connection = Self {
            id,
            client,
            path,
            opened_at: now_ms(),
            switch,
            pongs: Pongs::default(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            auths: AtomicU64::new(0),
            commands,
            end: Mutex::new(None),
        };
        (Arc::new(connection), orders)
    }

    /// Gives the driver an order; false if it cannot take one now.
    pub fn order(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Breaks TCP with RST.
    pub fn kill(&self) {
        self.switch.reset();
    }

    /// Turns half-open, for `time` or for ever.
    pub fn stall(&self, time: Option<Duration>) {
        self.switch.stall(time);
    }

    pub fn is_auth(&self) -> bool {
        self.path.starts_with("/ws/auth/")
    }

    pub fn is_open(&self) -> bool {
        self.end
            .lock()
            .expect("no panic while an end is held")
            .is_none()
    }

    /// Notes the end; only the first one counts.
    pub fn finish(&self, how: How, close: Option<(u16, String)>) -> bool {
        let mut end = self.end.lock().expect("no panic while an end is held");
        if end.is_some() {
            return false;
        }
        *end = Some(End {
            at: now_ms(),
            how,
            close,
        });
        true
    }

    pub fn to_json(&self) -> Value {
        let end = self
            .end
            .lock()
            .expect("no panic while an end is held")
            .clone();
        let close = end.as_ref().and_then(|end| end.close.as_ref());
        json!({
            "id": self.id,
            "client": self.client,
            "path": self.path,
            "opened_at": self.opened_at,
            "closed_at": end.as_ref().map(|end| end.at),
            "close": close.map(|(code, reason)| json!({ "code": code, "reason": reason })),
            "how": end.as_ref().map(|end| end.how.name()),
            "stalled": end.is_none() && self.switch.is_stalled(),
            "received": self.received.load(Ordering::Relaxed),
            "sent": self.sent.load(Ordering::Relaxed),
            "auths": self.auths.load(Ordering::Relaxed),
        })
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
