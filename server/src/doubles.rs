//! Messages that come twice: a client that cannot know whether a message arrived sends it again.
//!
//! It numbers what it sends, and resends in order after a break. So one number per session is enough: a
//! message that is not above the highest seen came before.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use crate::limits;

/// The mark of a message: `"mid":"<session>:<n>"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mid {
    session: String,
    n: u64,
}

impl Mid {
    /// Reads a mark; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, n) = text.split_once(':')?;
        if session.is_empty() || session.len() > limits::SESSION_BYTES {
            return None;
        }
        // `parse` alone would take "+1" and "01" too: one number, one spelling.
        if !n.starts_with(|first: char| matches!(first, '1'..='9')) {
            return None;
        }
        Some(Self {
            session: session.to_owned(),
            n: n.parse().ok()?,
        })
    }
}

impl TryFrom<String> for Mid {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no mid"))
    }
}

impl From<Mid> for String {
    fn from(mid: Mid) -> Self {
        format!("{}:{}", mid.session, mid.n)
    }
}

/// Where a session's messages are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Room(String),
    Sink(String),
}

/// The highest number seen of a session, as it is kept over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    #[serde(flatten)]
    place: Place,
    mid: Mid,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Place,
    session: String,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    highest: u64,
    use_no: u64,
}

#[derive(Debug, Default)]
struct State {
    seen: HashMap<Arc<Key>, Count>,
    /// Oldest use first.
    by_use: BTreeMap<u64, Arc<Key>>,
    uses: u64,
}

/// The highest number seen of each session, for all rooms and sinks together.
#[derive(Debug, Default)]
pub struct Doubles(Mutex<State>);

impl Doubles {
    /// Notes a message; false if it came before.
    pub fn is_new(&self, place: Place, mid: &Mid) -> bool {
        let mut state = self.0.lock().expect("no panic while doubles are held");
        state.note(place, mid)
    }

    /// Goes on with what an earlier process saw, oldest use first.
    pub fn from_records(seen: &[Seen]) -> Arc<Self> {
        let mut state = State::default();
        for Seen { place, mid } in seen {
            state.note(place.clone(), mid);
        }
        Arc::new(Self(Mutex::new(state)))
    }

    /// What a later process needs to know, oldest use first.
    pub fn to_records(&self) -> Vec<Seen> {
        let state = self.0.lock().expect("no panic while doubles are held");
        let seen = state.by_use.values().filter_map(|key| {
            let mid = Mid {
                session: key.session.clone(),
                n: state.seen.get(key)?.highest,
            };
            let place = key.place.clone();
            Some(Seen { place, mid })
        });
        seen.collect()
    }

    /// Forgets every session of a place.
    pub fn forget(&self, place: &Place) {
        let mut state = self.0.lock().expect("no panic while doubles are held");
        state.seen.retain(|key, _| key.place != *place);
        state.by_use.retain(|_, key| key.place != *place);
    }
}

impl State {
    fn note(&mut self, place: Place, mid: &Mid) -> bool {
        let key = Arc::new(Key {
            place,
            session: mid.session.clone(),
        });
        let before = self.seen.get(&key).copied();
        if let Some(count) = before {
            self.by_use.remove(&count.use_no);
        } else if self.seen.len() >= limits::SESSIONS
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.seen.remove(&oldest);
        }
        self.uses += 1;
        let highest = before.map_or(0, |count| count.highest);
        let count = Count {
            highest: highest.max(mid.n),
            use_no: self.uses,
        };
        self.by_use.insert(self.uses, Arc::clone(&key));
        self.seen.insert(key, count);
        mid.n > highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str) -> Place {
        Place::Room(name.to_owned())
    }

    fn mid(text: &str) -> Mid {
        Mid::parse(text).unwrap()
    }

    #[test]
    fn a_mark_is_a_session_and_a_number_from_one() {
        let long = "ü".repeat(32);
        for good in [
            "a:1",
            "x y:42",
            "{}:18446744073709551615",
            &format!("{long}:7"),
        ] {
            assert!(Mid::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a:",
            ":1",
            "a:0",
            "a:01",
            "a:+1",
            "a:-1",
            "a:1.5",
            "a:1 ",
            "a:b:1",
            "a:18446744073709551616",
            &format!("{long}x:7"),
        ] {
            assert!(Mid::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_above_the_highest_came_before() {
        let doubles = Doubles::default();
        let news: Vec<bool> = ["a:1", "a:1", "a:5", "a:3", "a:6", "b:3", "b:3"]
            .iter()
            .map(|text| doubles.is_new(room("r"), &mid(text)))
            .collect();
        assert_eq!(news, [true, false, true, false, true, true, false]);
    }

    #[test]
    fn places_are_apart_and_can_be_forgotten() {
        let doubles = Doubles::default();
        let sink = || Place::Sink("r".to_owned());
        assert!(doubles.is_new(room("r"), &mid("a:1")));
        assert!(doubles.is_new(room("s"), &mid("a:1")));
        assert!(doubles.is_new(sink(), &mid("a:1")));
        doubles.forget(&sink());
        assert!(doubles.is_new(sink(), &mid("a:1")));
        assert!(!doubles.is_new(room("r"), &mid("a:1")));
    }

    #[test]
    fn the_session_used_longest_ago_is_forgotten_first() {
        let doubles = Doubles::default();
        for n in 0..limits::SESSIONS {
            assert!(doubles.is_new(room("r"), &mid(&format!("{n}:1"))));
        }
        // A double is a use too.
        assert!(!doubles.is_new(room("r"), &mid("0:1")));
        assert!(doubles.is_new(room("r"), &mid("one more:1")));
        assert!(!doubles.is_new(room("r"), &mid("0:1")));
        assert!(doubles.is_new(room("r"), &mid("1:1")), "it was forgotten");
        let state = doubles.0.lock().unwrap();
        assert_eq!(
            (state.seen.len(), state.by_use.len()),
            (limits::SESSIONS, limits::SESSIONS)
        );
    }

    #[test]
    fn a_restart_changes_nothing() {
        let doubles = Doubles::default();
        for (place, text) in [(room("r"), "a:3"), (room("s"), "b:1"), (room("r"), "a:2")] {
            doubles.is_new(place, &mid(text));
        }
        let file = serde_json::to_value(doubles.to_records()).unwrap();
        assert_eq!(
            file,
            serde_json::json!([{ "room": "s", "mid": "b:1" }, { "room": "r", "mid": "a:3" }])
        );
        let seen: Vec<Seen> = serde_json::from_value(file).unwrap();
        let again = Doubles::from_records(&seen);
        assert_eq!(again.to_records(), seen);
        assert!(!again.is_new(room("r"), &mid("a:3")) && again.is_new(room("r"), &mid("a:4")));
    }
}
