//! What `/ws/rpc` carried out, per client label, so that a test can account for each request.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits;

/// What a request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Echo,
    Slow,
    Never,
    Twice,
    WrongId,
    Close,
    Count,
}

impl Method {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::deserialize(&Value::from(name)).ok()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Call {
    id: Value,
    method: Method,
}

/// What was asked under one label, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CallRecord {
    executed: VecDeque<Call>,
    cancelled: VecDeque<Value>,
}

/// Requests and cancels over all connections of each label.
#[derive(Debug, Default)]
pub struct Calls(Mutex<HashMap<String, CallRecord>>);

impl Calls {
    /// Goes on with what an earlier process kept.
    pub fn from_records(records: HashMap<String, CallRecord>) -> Arc<Self> {
        let kept = records.into_iter().take(limits::RPC_LABELS);
        let records = kept.map(|(label, mut record)| {
            shorten(&mut record.executed);
            shorten(&mut record.cancelled);
            (label, record)
        });
        Arc::new(Self(Mutex::new(records.collect())))
    }

    pub fn to_records(&self) -> HashMap<String, CallRecord> {
        self.lock().clone()
    }

    /// Notes a request that is carried out.
    pub fn execute(&self, label: &str, id: &Value, method: Method) {
        let id = id.clone();
        self.edit(label, |record| {
            push(&mut record.executed, Call { id, method })
        });
    }

    /// How often a request with this id was carried out.
    pub fn count(&self, label: &str, id: &Value) -> usize {
        let records = self.lock();
        records.get(label).map_or(0, |record| {
            let same = |call: &&Call| call.id == *id;
            record.executed.iter().filter(same).count()
        })
    }

    pub fn cancel(&self, label: &str, id: &Value) {
        self.edit(label, |record| push(&mut record.cancelled, id.clone()));
    }

    /// What `GET /api/rpc/LABEL` answers.
    pub fn to_json(&self, label: &str) -> Value {
        let records = self.lock();
        let empty = CallRecord::default();
        json!(records.get(label).unwrap_or(&empty))
    }

    pub fn clear(&self, label: &str) {
        self.lock().remove(label);
    }

    fn edit(&self, label: &str, edit: impl FnOnce(&mut CallRecord)) {
        let mut records = self.lock();
        if records.len() >= limits::RPC_LABELS && !records.contains_key(label) {
            // Labels are made up per test: whichever goes is almost surely finished.
            if let Some(old) = records.keys().next().cloned() {
                records.remove(&old);
            }
        }
        edit(records.entry(label.to_owned()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, CallRecord>> {
        self.0.lock().expect("no panic while calls are held")
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T) {
    list.push_back(item);
    shorten(list);
}

fn shorten<T>(list: &mut VecDeque<T>) {
    list.drain(..list.len().saturating_sub(limits::RPC_CALLS));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_methods() {
        assert_eq!(Method::from_name("wrong-id"), Some(Method::WrongId));
        assert_eq!(Method::from_name("echo"), Some(Method::Echo));
        assert_eq!(Method::from_name("Echo"), None);
    }

    #[test]
    fn the_newest_calls_and_a_number_of_labels_are_kept() {
        let calls = Calls::default();
        for n in 0..=limits::RPC_CALLS {
            calls.execute("a", &json!(n), Method::Echo);
            calls.cancel("a", &json!(n));
        }
        let record = calls.to_json("a");
        assert_eq!(
            record["executed"].as_array().unwrap().len(),
            limits::RPC_CALLS
        );
        assert_eq!(record["executed"][0], json!({ "id": 1, "method": "echo" }));
        assert_eq!(record["cancelled"][0], 1);
        for n in 0..=limits::RPC_LABELS {
            calls.execute(&n.to_string(), &json!(1), Method::Echo);
        }
        assert_eq!(calls.lock().len(), limits::RPC_LABELS);
    }
}
