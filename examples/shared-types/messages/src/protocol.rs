//! The messages, as JSON: `{"type":"add","title":"Buy rope"}`.

use serde::{Deserialize, Serialize};
#[cfg(target_arch = "wasm32")]
use tsify::Tsify;

/// A thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(Tsify))]
pub struct Item {
    pub id: u64,
    pub title: String,
    pub done: bool,
    /// Who does it, if anybody has said so.
    pub by: Option<String>,
}

/// What a page says to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(Tsify))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientMessage {
    /// Adds an item to the end.
    Add { title: String },
    /// Puts an item in the place of the one that has its id.
    Save { item: Item },
    /// Removes an item.
    Remove { id: u64 },
    /// Asks for the numbers of items; `request` comes back with them.
    Count { request: u32 },
    /// Asks whether the link is alive.
    Ping { id: u32 },
}

/// What the server says to each page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(Tsify))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ServerMessage {
    /// The whole list: the first message of each connection.
    List { items: Vec<Item> },
    /// An item is new, or has changed.
    Saved { item: Item },
    /// An item is gone.
    Removed { id: u64 },
    /// The answer to a count.
    Counted { request: u32, open: u32, done: u32 },
    /// The answer to a ping.
    Pong { id: u32 },
    /// Something the page said was refused.
    Refused { why: String },
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn messages_are_objects_with_a_type() {
        let item = Item {
            id: 7,
            title: "Buy rope".into(),
            done: false,
            by: None,
        };
        let frame = json!({
            "type": "save",
            "item": { "id": 7, "title": "Buy rope", "done": false, "by": null }
        });
        let message = ClientMessage::Save { item };
        assert_eq!(to_value(&message).unwrap(), frame);
        assert_eq!(from_value::<ClientMessage>(frame).unwrap(), message);
        assert!(from_value::<ServerMessage>(json!({ "type": "removed" })).is_err());
    }
}
