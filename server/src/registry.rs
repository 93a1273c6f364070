//! Who is connected, who was, and a way to wait for a change.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::connection::{Command, Connection, How};
use crate::limits;
use crate::switch::Switch;

/// Counts since the start, of one label or of everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Upgrade requests, refused ones too.
    pub attempts: u64,
    /// Connections accepted.
    pub total: u64,
    /// Connections ended.
    pub closed: u64,
}

impl Counts {
    pub fn open(self) -> u64 {
        self.total - self.closed
    }
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    everybody: Counts,
    labels: HashMap<String, Counts>,
    /// Oldest first; open ones are never forgotten.
    log: VecDeque<Arc<Connection>>,
}

/// All WebSocket connections of a server.
#[derive(Debug)]
pub struct Registry {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }
}

impl Registry {
    /// Counts an upgrade request.
    pub fn attempt(&self, client: Option<&str>) {
        self.lock().count(client, |counts| counts.attempts += 1);
        self.notify();
    }

    /// Enters a connection; it counts as open until its guard is dropped or told otherwise.
    pub fn enter(
        self: &Arc<Self>,
        client: Option<String>,
        path: String,
        switch: Arc<Switch>,
    ) -> (Guard, mpsc::Receiver<Command>) {
        let (connection, orders) = {
            let mut state = self.lock();
            state.next_id += 1;
            let (connection, orders) = Connection::new(state.next_id, client, path, switch);
            state.count(connection.client.as_deref(), |counts| counts.total += 1);
            state.log.push_back(Arc::clone(&connection));
            if state.log.len() > limits::REMEMBERED
                && let Some(oldest) = state.log.iter().position(|old| !old.is_open())
            {
                state.log.remove(oldest);
            }
            (connection, orders)
        };
        self.notify();
        (
            Guard {
                connection,
                registry: Arc::clone(self),
            },
            orders,
        )
    }

    /// Open connections, of one label or all.
    pub fn open(&self, client: Option<&str>) -> Vec<Arc<Connection>> {
        let state = self.lock();
        state
            .of(client)
            .filter(|connection| connection.is_open())
            .cloned()
            .collect()
    }

    pub fn counts(&self, client: Option<&str>) -> Counts {
        self.lock().counts(client)
    }

    /// A receiver that changes whenever a connection is tried, opened or closed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn to_json(&self, client: Option<&str>) -> Value {
        let state = self.lock();
        let counts = state.counts(client);
        let connections: Vec<Value> = state
            .of(client)
            .map(|connection| connection.to_json())
            .collect();
        json!({
            "open": counts.open(),
            "total": counts.total,
            "closed": counts.closed,
            "attempts": counts.attempts,
            "connections": connections,
        })
    }

    fn close(&self, connection: &Connection, how: How, close: Option<(u16, String)>) {
        {
            // The end and its count change together, or a reader could see one without the other.
            let mut state = self.lock();
            if !connection.finish(how, close) {
                return;
            }
            state.count(connection.client.as_deref(), |counts| counts.closed += 1);
        }
        self.notify();
    }

    fn notify(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no panic while the registry is held")
    }
}

impl State {
    fn count(&mut self, client: Option<&str>, edit: impl Fn(&mut Counts)) {
        edit(&mut self.everybody);
        let Some(label) = client else { return };
        if self.labels.len() >= limits::LABELS && !self.labels.contains_key(label) {
            self.labels.retain(|_, counts| counts.open() > 0);
        }
        edit(self.labels.entry(label.to_owned()).or_default());
    }

    fn counts(&self, client: Option<&str>) -> Counts {
        match client {
            None => self.everybody,
            Some(label) => self.labels.get(label).copied().unwrap_or_default(),
        }
    }

    fn of(&self, client: Option<&str>) -> impl Iterator<Item = &Arc<Connection>> {
        let client = client.map(str::to_owned);
        self.log
            .iter()
            .filter(move |connection| client.is_none() || connection.client == client)
    }
}

/// Keeps a connection open in the registry; dropping it without a word means that the connection broke.
#[derive(Debug)]
pub struct Guard {
    pub connection: Arc<Connection>,
    registry: Arc<Registry>,
}

impl Guard {
    /// Notes the end before the guard is dropped.
    pub fn close(&self, how: How, close: Option<(u16, String)>) {
        self.registry.close(&self.connection, how, close);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let how = if self.connection.switch.was_reset() {
            How::Server
        } else {
            How::Reset
        };
        self.close(how, None);
    }
}
