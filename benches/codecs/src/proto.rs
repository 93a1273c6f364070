//! The same five messages for Protocol Buffers, with the same contents.

use std::collections::BTreeMap;

use crate::messages;

#[derive(Clone, PartialEq, prost::Message)]
pub struct ChatLine {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(string, tag = "2")]
    pub room: String,
    #[prost(string, tag = "3")]
    pub from: String,
    #[prost(int64, tag = "4")]
    pub at: i64,
    #[prost(string, tag = "5")]
    pub text: String,
    #[prost(uint64, optional, tag = "6")]
    pub reply_to: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Tick {
    #[prost(string, tag = "1")]
    pub symbol: String,
    #[prost(double, tag = "2")]
    pub bid: f64,
    #[prost(double, tag = "3")]
    pub ask: f64,
    #[prost(uint32, tag = "4")]
    pub bid_size: u32,
    #[prost(uint32, tag = "5")]
    pub ask_size: u32,
    #[prost(int64, tag = "6")]
    pub at: i64,
    #[prost(uint64, tag = "7")]
    pub sequence: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct GameState {
    #[prost(uint32, tag = "1")]
    pub tick: u32,
    #[prost(message, repeated, tag = "2")]
    pub entities: Vec<Entity>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Entity {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(enumeration = "Kind", tag = "2")]
    pub kind: i32,
    #[prost(float, tag = "3")]
    pub x: f32,
    #[prost(float, tag = "4")]
    pub y: f32,
    #[prost(float, tag = "5")]
    pub vx: f32,
    #[prost(float, tag = "6")]
    pub vy: f32,
    #[prost(uint32, tag = "7")]
    pub health: u32,
    #[prost(string, optional, tag = "8")]
    pub name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Kind {
    Player = 0,
    Monster = 1,
    Projectile = 2,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Edit {
    #[prost(string, tag = "1")]
    pub document: String,
    #[prost(uint64, tag = "2")]
    pub revision: u64,
    #[prost(uint32, tag = "3")]
    pub author: u32,
    #[prost(message, repeated, tag = "4")]
    pub steps: Vec<Step>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Step {
    #[prost(oneof = "StepKind", tags = "1, 2, 3")]
    pub kind: Option<StepKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum StepKind {
    #[prost(uint32, tag = "1")]
    Retain(u32),
    #[prost(uint32, tag = "2")]
    Delete(u32),
    #[prost(message, tag = "3")]
    Insert(Insert),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Insert {
    #[prost(string, tag = "1")]
    pub text: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub attributes: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Notification {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(enumeration = "Topic", tag = "2")]
    pub topic: i32,
    #[prost(string, tag = "3")]
    pub title: String,
    #[prost(string, tag = "4")]
    pub body: String,
    #[prost(string, optional, tag = "5")]
    pub link: Option<String>,
    #[prost(uint32, tag = "6")]
    pub unread: u32,
    #[prost(bool, tag = "7")]
    pub silent: bool,
    #[prost(message, repeated, tag = "8")]
    pub actions: Vec<Action>,
    #[prost(btree_map = "string, string", tag = "9")]
    pub data: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Topic {
    Mention = 0,
    Review = 1,
    Deployment = 2,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Action {
    #[prost(string, tag = "1")]
    pub label: String,
    #[prost(string, tag = "2")]
    pub verb: String,
}

pub fn chat_line() -> ChatLine {
    let messages::ChatLine {
        id,
        room,
        from,
        at,
        text,
        reply_to,
    } = messages::chat_line();
    ChatLine {
        id,
        room,
        from,
        at,
        text,
        reply_to,
    }
}

#[cfg(feature = "all-messages")]
pub fn tick() -> Tick {
    let it = messages::tick();
    Tick {
        symbol: it.symbol,
        bid: it.bid,
        ask: it.ask,
        bid_size: it.bid_size,
        ask_size: it.ask_size,
        at: it.at,
        sequence: it.sequence,
    }
}

#[cfg(feature = "all-messages")]
pub fn game_state() -> GameState {
    let entity = |it: messages::Entity| Entity {
        id: it.id,
        kind: it.kind as i32,
        x: it.x,
        y: it.y,
        vx: it.vx,
        vy: it.vy,
        health: it.health.into(),
        name: it.name,
    };
    let it = messages::game_state();
    GameState {
        tick: it.tick,
        entities: it.entities.into_iter().map(entity).collect(),
    }
}

#[cfg(feature = "all-messages")]
pub fn edit() -> Edit {
    let step = |it| Step {
        kind: Some(match it {
            messages::Step::Retain(length) => StepKind::Retain(length),
            messages::Step::Delete(length) => StepKind::Delete(length),
            messages::Step::Insert { text, attributes } => {
                StepKind::Insert(Insert { text, attributes })
            }
        }),
    };
    let it = messages::edit();
    Edit {
        document: it.document,
        revision: it.revision,
        author: it.author,
        steps: it.steps.into_iter().map(step).collect(),
    }
}

#[cfg(feature = "all-messages")]
pub fn notification() -> Notification {
    let action = |it: messages::Action| Action {
        label: it.label,
        verb: it.verb,
    };
    let it = messages::notification();
    Notification {
        id: it.id,
        topic: it.topic as i32,
        title: it.title,
        body: it.body,
        link: it.link,
        unread: it.unread,
        silent: it.silent,
        actions: it.actions.into_iter().map(action).collect(),
        data: it.data,
    }
}
