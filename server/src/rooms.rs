//! Chat rooms: members, numbered history, and one broadcast channel each.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::connection::now_ms;
use crate::doubles::{Doubles, Mid, Place};
use crate::limits;

struct Room {
    latest: u64,
    history: VecDeque<(u64, Utf8Bytes)>,
    /// Names, with how many connections use each: two tabs of one person are one member.
    members: BTreeMap<String, usize>,
    lines: broadcast::Sender<Utf8Bytes>,
    idle_since: Instant,
}

/// Which part of the history somebody who joins wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    Nothing,
    /// As much as is sent at most.
    Recent,
    /// What came after this id.
    Since(u64),
}

impl Replay {
    /// Reads `since`: a number, or null for all there is.
    pub fn from_json(since: &Value) -> Option<Self> {
        match since {
            Value::Null => Some(Self::Recent),
            _ => since.as_u64().map(Self::Since),
        }
    }
}

/// All rooms. One lock for all of them: what is done under it is short.
#[derive(Default)]
pub struct Rooms {
    rooms: Mutex<HashMap<String, Room>>,
    doubles: Arc<Doubles>,
}

/// A place in a room; dropping it leaves the room.
pub struct Seat {
    rooms: Arc<Rooms>,
    room: String,
    name: String,
    lines: broadcast::Receiver<Utf8Bytes>,
}

/// What somebody who joins is told.
pub struct Joined {
    pub seat: Seat,
    pub members: Vec<String>,
    pub latest: u64,
    pub history: Vec<Utf8Bytes>,
}

/// A member that does not keep up.
#[derive(Debug, PartialEq, Eq)]
pub struct TooSlow;

impl Rooms {
    pub fn new(doubles: Arc<Doubles>) -> Arc<Self> {
        let rooms = Mutex::default();
        Arc::new(Self { rooms, doubles })
    }

    /// Takes a seat; `None` if there are too many rooms.
    pub fn join(self: &Arc<Self>, room: &str, name: &str, replay: Replay) -> Option<Joined> {
        let mut rooms = self.lock();
        make_space(&mut rooms, room)?;
        let place = rooms.entry(room.to_owned()).or_insert_with(Room::new);
        let count = place.members.entry(name.to_owned()).or_default();
        *count += 1;
        if *count == 1 {
            place.tell(&json!({ "type": "joined", "name": name }));
        }
        // Subscribed under the lock that read the history: no line is missed, none comes twice.
        let lines = place.lines.subscribe();
        let seat = Seat {
            rooms: Arc::clone(self),
            room: room.to_owned(),
            name: name.to_owned(),
            lines,
        };
        Some(Joined {
            seat,
            members: place.members.keys().cloned().collect(),
            latest: place.latest,
            history: place.replay(replay),
        })
    }

    fn leave(&self, room: &str, name: &str) {
        let mut rooms = self.lock();
        let Some(place) = rooms.get_mut(room) else {
            return;
        };
        let Some(count) = place.members.get_mut(name) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            place.members.remove(name);
            place.idle_since = Instant::now();
            place.tell(&json!({ "type": "left", "name": name }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.rooms.lock().expect("no panic while rooms are held")
    }
}

/// Forgets rooms long left, and the one left longest if there is no other way to open `room`.
fn make_space(rooms: &mut HashMap<String, Room>, room: &str) -> Option<()> {
    if rooms.contains_key(room) {
        return Some(());
    }
    rooms.retain(|_, r| !r.members.is_empty() || r.idle_since.elapsed() < limits::ROOM_IDLE);
    if rooms.len() >= limits::ROOMS {
        let empty = rooms.iter().filter(|(_, r)| r.members.is_empty());
        let oldest = empty
            .min_by_key(|(_, r)| r.idle_since)
            .map(|(name, _)| name.clone())?;
        rooms.remove(&oldest);
    }
    Some(())
}

impl Room {
    fn new() -> Self {
        Self {
            latest: 0,
            history: VecDeque::new(),
            members: BTreeMap::new(),
            lines: broadcast::Sender::new(limits::ROOM_LAG),
            idle_since: Instant::now(),
        }
    }

    fn tell(&self, line: &Value) {
        // An error only means that nobody listens.
        let _ = self.lines.send(line.to_string().into());
    }

    fn replay(&self, replay: Replay) -> Vec<Utf8Bytes> {
        let since = match replay {
            Replay::Nothing => return Vec::new(),
            // An id from the future belongs to an earlier room of this name.
            Replay::Since(id) if id <= self.latest => id,
            Replay::Since(_) | Replay::Recent => 0,
        };
        let newer = self
            .history
            .iter()
            .filter(|(id, _)| *id > since)
            .map(|(_, line)| line.clone());
        let mut lines: Vec<Utf8Bytes> = newer.collect();
        lines.drain(..lines.len().saturating_sub(limits::ROOM_REPLAY));
        lines
    }
}

impl Seat {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says something to everybody, the speaker too; a double is not said again.
    pub fn say(&self, text: &str, reference: Option<&Value>, mid: Option<&Mid>) {
        let mut rooms = self.rooms.lock();
        let Some(place) = rooms.get_mut(&self.room) else {
            return;
        };
        // Judged under the lock of the rooms: what is new is said in the order in which it was judged.
        let is_new = |mid| {
            let place = Place::Room(self.room.clone());
            self.rooms.doubles.is_new(place, mid)
        };
        if !mid.is_none_or(is_new) {
            return;
        }
        place.latest += 1;
        let mut line = json!({ "type": "say", "id": place.latest, "name": self.name, "text": text, "at": now_ms() });
        if let Some(reference) = reference {
            line["ref"] = reference.clone();
        }
        let line: Utf8Bytes = line.to_string().into();
        place.history.push_back((place.latest, line.clone()));
        if place.history.len() > limits::ROOM_HISTORY {
            place.history.pop_front();
        }
        let _ = place.lines.send(line);
    }

    /// The next lines of the room, at least one.
    ///
    /// # Errors
    /// This seat lagged so far behind that lines are lost.
    pub async fn lines(&mut self) -> Result<Vec<Utf8Bytes>, TooSlow> {
        let Ok(first) = self.lines.recv().await else {
            return Err(TooSlow);
        };
        let mut lines = vec![first];
        while lines.len() < 64 {
            match self.lines.try_recv() {
                Ok(line) => lines.push(line),
                Err(
                    broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed,
                ) => break,
                Err(broadcast::error::TryRecvError::Lagged(_)) => return Err(TooSlow),
            }
        }
        Ok(lines)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.rooms.leave(&self.room, &self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(joined: &Joined) -> Vec<u64> {
        let id = |line: &Utf8Bytes| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_u64()
                .unwrap()
        };
        joined.history.iter().map(id).collect()
    }

    #[test]
    fn history_is_bounded_and_replayed_from_an_id() {
        let rooms = Arc::new(Rooms::default());
        let ann = rooms.join("r", "Ann", Replay::Nothing).unwrap().seat;
        for n in 0..600 {
            ann.say(&n.to_string(), None, None);
        }
        assert_eq!(rooms.lock()["r"].history.len(), limits::ROOM_HISTORY);
        let join = |replay| rooms.join("r", "Bob", replay).unwrap();
        assert_eq!(ids(&join(Replay::Since(597))), [598, 599, 600]);
        assert_eq!(ids(&join(Replay::Recent)).len(), limits::ROOM_REPLAY);
        assert_eq!(ids(&join(Replay::Since(0))).first(), Some(&401));
        assert!(
            ids(&join(Replay::Since(600))).is_empty() && ids(&join(Replay::Nothing)).is_empty()
        );
        assert_eq!(
            ids(&join(Replay::Since(9_999))).len(),
            limits::ROOM_REPLAY,
            "an older room's id"
        );
    }

    #[test]
    fn rooms_are_bounded_and_empty_ones_give_way() {
        let rooms = Arc::new(Rooms::default());
        let seat = |n: usize| {
            rooms
                .join(&n.to_string(), "Ann", Replay::Nothing)
                .map(|joined| joined.seat)
        };
        let mut seats: Vec<Option<Seat>> = (0..limits::ROOMS).map(seat).collect();
        assert!(seat(limits::ROOMS).is_none());
        seats.pop();
        assert!(seat(limits::ROOMS).is_some());
    }

    #[test]
    fn two_connections_of_one_name_are_one_member() {
        let rooms = Arc::new(Rooms::default());
        let first = rooms.join("r", "Ann", Replay::Nothing).unwrap();
        let second = rooms.join("r", "Ann", Replay::Nothing).unwrap();
        assert_eq!(second.members, ["Ann"]);
        drop(first);
        assert_eq!(
            rooms.join("r", "Bob", Replay::Nothing).unwrap().members,
            ["Ann", "Bob"]
        );
    }

    #[tokio::test]
    async fn a_member_that_lags_too_far_is_told() {
        let rooms = Arc::new(Rooms::default());
        let mut ann = rooms.join("r", "Ann", Replay::Nothing).unwrap().seat;
        for _ in 0..=limits::ROOM_LAG {
            ann.say("x", None, None);
        }
        assert_eq!(ann.lines().await, Err(TooSlow));
    }
}
