//! Five messages as applications send them, for serde.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatLine {
    pub id: u64,
    pub room: String,
    pub from: String,
    pub at: i64,
    pub text: String,
    pub reply_to: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    pub symbol: String,
    pub bid: f64,
    pub ask: f64,
    pub bid_size: u32,
    pub ask_size: u32,
    pub at: i64,
    pub sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GameState {
    pub tick: u32,
    pub entities: Vec<Entity>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    pub id: u32,
    pub kind: Kind,
    pub x: f32,
    pub y: f32,
    pub vx: f32,
    pub vy: f32,
    pub health: u8,
    pub name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    Player,
    Monster,
    Projectile,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    pub document: String,
    pub revision: u64,
    pub author: u32,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Retain(u32),
    Delete(u32),
    Insert {
        text: String,
        attributes: BTreeMap<String, String>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    pub id: String,
    pub topic: Topic,
    pub title: String,
    pub body: String,
    pub link: Option<String>,
    pub unread: u32,
    pub silent: bool,
    pub actions: Vec<Action>,
    pub data: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Topic {
    Mention,
    Review,
    Deployment,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub label: String,
    pub verb: String,
}

const AT: i64 = 1_764_057_600_123;
const TEXT: &str = "Could you look at the second table before noon? The totals seem off.";

pub fn chat_line() -> ChatLine {
    ChatLine {
        id: 48_213,
        room: "planning".into(),
        from: "Ann Müller".into(),
        at: AT,
        text: TEXT.into(),
        reply_to: Some(48_207),
    }
}

pub fn tick() -> Tick {
    Tick {
        symbol: "EURUSD".into(),
        bid: 1.08413,
        ask: 1.08417,
        bid_size: 1_500_000,
        ask_size: 750_000,
        at: AT,
        sequence: 918_273_645,
    }
}

pub fn game_state() -> GameState {
    let entity = |id: u32| Entity {
        id: 1000 + id,
        kind: [Kind::Player, Kind::Monster, Kind::Projectile][id as usize % 3],
        x: 12.75 + 3.1 * id as f32,
        y: 480.125 - 7.7 * id as f32,
        vx: 0.61 * (id as f32 - 10.0),
        vy: 1.37 * (id as f32 - 4.0),
        health: (100 - 3 * id) as u8,
        name: id
            .is_multiple_of(3)
            .then(|| ["Ann", "Ben", "Cleo"][id as usize / 3 % 3].into()),
    };
    GameState {
        tick: 86_402,
        entities: (0..20).map(entity).collect(),
    }
}

pub fn edit() -> Edit {
    let insert = |text: &str, attributes: &[(&str, &str)]| Step::Insert {
        text: text.into(),
        attributes: attributes
            .iter()
            .map(|&(name, value)| (name.into(), value.into()))
            .collect(),
    };
    Edit {
        document: "6f1c2a52-9c1e-4b3e-8d58-0f6f6f1d7a10".into(),
        revision: 1_734,
        author: 12,
        steps: vec![
            Step::Retain(418),
            insert("the totals of the second table", &[("bold", "true")]),
            Step::Delete(17),
            Step::Retain(63),
            insert(
                "noon",
                &[("color", "#a02020"), ("link", "https://example.com/agenda")],
            ),
            Step::Delete(4),
        ],
    }
}

pub fn notification() -> Notification {
    let action = |label: &str, verb: &str| Action {
        label: label.into(),
        verb: verb.into(),
    };
    let data = [
        ("repository", "tables"),
        ("number", "1207"),
        ("branch", "totals"),
    ];
    Notification {
        id: "0197c1de-7a55-7d3c-b1f0-92d1c0a5e7b4".into(),
        topic: Topic::Review,
        title: "Ben asks you for a review".into(),
        body: "Sum the totals of the second table before it is rounded".into(),
        link: Some("https://example.com/tables/1207".into()),
        unread: 3,
        silent: false,
        actions: vec![action("Open", "open"), action("Later", "snooze")],
        data: data
            .iter()
            .map(|&(name, value)| (name.into(), value.into()))
            .collect(),
    }
}
