//! `/ws/sink`: swallows everything and remembers the numbers, so that a test can account for each message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

use super::{Batch, Endpoint};
use crate::doubles::{Doubles, Mid, Place};
use crate::limits;
use crate::server::App;
use crate::upgrade::Upgrade;

/// What arrived under one label.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SinkRecord {
    received: u64,
    connections: u64,
    doubles: u64,
    /// Of every arrival.
    seqs: Vec<Number>,
    /// Of those that were no doubles.
    unique: Vec<Number>,
}

/// What the sink reads of a message; a field of another type is as good as none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Numbered {
    seq: Value,
    mid: Value,
}

/// What arrived, per client label, over all connections of that label.
#[derive(Debug, Default)]
pub struct Sink {
    records: Mutex<HashMap<String, SinkRecord>>,
    doubles: Arc<Doubles>,
}

impl Sink {
    /// Goes on with what an earlier process kept.
    pub fn new(doubles: Arc<Doubles>, records: HashMap<String, SinkRecord>) -> Arc<Self> {
        let kept = records.into_iter().take(limits::SINK_LABELS);
        let records = kept.map(|(label, mut record)| {
            record.seqs.truncate(limits::SINK_SEQS);
            record.unique.truncate(limits::SINK_SEQS);
            (label, record)
        });
        let records = Mutex::new(records.collect());
        Arc::new(Self { records, doubles })
    }

    pub fn to_records(&self) -> HashMap<String, SinkRecord> {
        self.lock().clone()
    }

    fn open(&self, label: &str) {
        self.edit(label, |record| record.connections += 1);
    }

    fn take(&self, label: &str, bytes: &[u8]) {
        let numbered: Numbered = serde_json::from_slice(bytes).unwrap_or_default();
        let mid = numbered.mid.as_str().and_then(Mid::parse);
        self.edit(label, |record| {
            record.received += 1;
            // Judged under the lock of the records, so that `unique` keeps the order of `seqs`.
            let is_new = |mid| self.doubles.is_new(Place::Sink(label.to_owned()), mid);
            let is_new = mid.as_ref().is_none_or(is_new);
            if !is_new {
                record.doubles += 1;
            }
            if let Value::Number(seq) = numbered.seq {
                if is_new && record.unique.len() < limits::SINK_SEQS {
                    record.unique.push(seq.clone());
                }
                if record.seqs.len() < limits::SINK_SEQS {
                    record.seqs.push(seq);
                }
            }
        });
    }

    /// What `GET /api/sink/LABEL` answers.
    pub fn to_json(&self, label: &str) -> Value {
        let records = self.lock();
        let empty = SinkRecord::default();
        json!(records.get(label).unwrap_or(&empty))
    }

    /// Forgets a label, and which messages it has seen.
    pub fn clear(&self, label: &str) {
        let mut records = self.lock();
        records.remove(label);
        self.doubles.forget(&Place::Sink(label.to_owned()));
    }

    fn edit(&self, label: &str, edit: impl FnOnce(&mut SinkRecord)) {
        let mut records = self.lock();
        if records.len() >= limits::SINK_LABELS && !records.contains_key(label) {
            // Labels are made up per test: whichever goes is almost surely finished.
            if let Some(old) = records.keys().next().cloned() {
                records.remove(&old);
            }
        }
        edit(records.entry(label.to_owned()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, SinkRecord>> {
        self.records
            .lock()
            .expect("no panic while the sink is held")
    }
}

struct Swallow {
    sink: Arc<Sink>,
    label: Option<String>,
}

pub async fn upgrade(State(app): State<App>, upgrade: Upgrade) -> Response {
    let sink = Arc::clone(&app.sink);
    upgrade
        .serve(app, |connection| Swallow {
            sink,
            label: connection.client.clone(),
        })
        .await
}

impl Swallow {
    fn swallow(&self, bytes: &[u8]) {
        if let Some(label) = &self.label {
            self.sink.take(label, bytes);
        }
    }
}

impl Endpoint for Swallow {
    fn on_open(&mut self, _out: &mut Batch) {
        if let Some(label) = &self.label {
            self.sink.open(label);
        }
    }

    fn on_text(&mut self, text: &str, _out: &mut Batch) {
        self.swallow(text.as_bytes());
    }

    fn on_binary(&mut self, bytes: Bytes, _out: &mut Batch) {
        self.swallow(&bytes);
    }
}
