//! Messages that come twice: a client that cannot know whether a message arrived sends it again.
//!
//! It numbers what it sends, and resends in order after a break. So one number per session is enough: a
//! message that is not above the highest seen came before.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use crate::limits;

/// The mark of a message: `"mid":"<session>:<n>"`.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Where a session's messages are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Room(String),
    Sink(String),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Place,
    session: String,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    highest: u64,
    use_no: u64,
}

#[derive(Debug, Default)]
struct State {
    seen: HashMap<Arc<Key>, Seen>,
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
        if let Some(seen) = before {
            self.by_use.remove(&seen.use_no);
        } else if self.seen.len() >= limits::SESSIONS
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.seen.remove(&oldest);
        }
        self.uses += 1;
        let highest = before.map_or(0, |seen| seen.highest);
        let seen = Seen {
            highest: highest.max(mid.n),
            use_no: self.uses,
        };
        self.by_use.insert(self.uses, Arc::clone(&key));
        self.seen.insert(key, seen);
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
}
