//! Messages for the formats that serde serves: all kinds of fields, and types within themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    Hello,
    Say {
        from: String,
        text: String,
        at: i64,
        mentions: Vec<String>,
        reply_to: Option<u64>,
    },
    Moved(f64, f32),
    Prices(BTreeMap<String, f64>),
    Numbers(Numbers),
    Bytes(Vec<u8>),
    Batch(Vec<Message>),
    Wrapped(Box<Message>),
    Linked(Node),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub signed: i64,
    pub unsigned: u64,
    pub small: (i8, u8, i16, u16, i32, u32),
    pub yes: bool,
    pub letter: char,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub value: i32,
    pub next: Option<Box<Node>>,
}

/// With what only formats that describe themselves can read: a tag among the fields, untagged values, flattened maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Record {
    Opened {
        id: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    Changed {
        fields: Vec<Value>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
}
