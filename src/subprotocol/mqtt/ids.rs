//! Packet identifiers (MQTT 5.0, section 2.2.1), as sets of bits.

use super::packet::PacketId;

/// A set of packet identifiers. It grows with the highest one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct IdSet {
    words: Vec<u64>,
    count: u16,
}

impl IdSet {
    /// How many there are.
    pub(super) fn len(&self) -> u16 {
        self.count
    }

    pub(super) fn has(&self, id: PacketId) -> bool {
        let (word, bit) = place(id);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Puts one in; false if it is there already.
    pub(super) fn insert(&mut self, id: PacketId) -> bool {
        let (word, bit) = place(id);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let Some(word) = self.words.get_mut(word) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        self.count += u16::from(is_new);
        is_new
    }

    /// Takes one out; false if it is not there.
    pub(super) fn remove(&mut self, id: PacketId) -> bool {
        let was_there = self.has(id);
        let (word, bit) = place(id);
        if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
        }
        self.count -= u16::from(was_there);
        was_there
    }

    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.count = 0;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = PacketId> {
        (1..=u16::MAX)
            .take(self.words.len() * 64)
            .filter_map(PacketId::new)
            .filter(|&id| self.has(id))
    }
}

fn place(id: PacketId) -> (usize, u64) {
    let id = id.get();
    (usize::from(id / 64), 1 << (id % 64))
}

/// The identifiers of our own packets, given one after the other, so that a late answer does not meet a new packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ids {
    used: IdSet,
    last: u16,
}

impl Ids {
    /// The next free one; `None` if all are in use.
    pub(super) fn allocate(&mut self) -> Option<PacketId> {
        if self.used.len() == u16::MAX {
            return None;
        }
        loop {
            self.last = self.last.wrapping_add(1).max(1);
            if let Some(id) = PacketId::new(self.last)
                && self.used.insert(id)
            {
                return Some(id);
            }
        }
    }

    /// Notes that one is in use; false if it was so already.
    pub(super) fn occupy(&mut self, id: PacketId) -> bool {
        self.used.insert(id)
    }

    pub(super) fn release(&mut self, id: PacketId) {
        self.used.remove(id);
    }

    pub(super) fn last(&self) -> u16 {
        self.last
    }

    pub(super) fn set_last(&mut self, last: u16) {
        self.last = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> PacketId {
        PacketId::new(number).unwrap()
    }

    #[test]
    fn identifiers_go_round_and_leave_out_what_is_in_use() {
        let mut ids = Ids::default();
        assert_eq!(ids.allocate(), Some(id(1)));
        assert_eq!(ids.allocate(), Some(id(2)));
        ids.release(id(1));
        assert_eq!(ids.allocate(), Some(id(3)));
        ids.set_last(65_534);
        assert_eq!(ids.allocate(), Some(id(65_535)));
        assert_eq!(ids.allocate(), Some(id(1)));
        assert_eq!(ids.allocate(), Some(id(4)));
    }

    #[test]
    fn when_all_are_in_use_there_is_none() {
        let mut ids = Ids::default();
        for _ in 1..=u16::MAX {
            assert!(ids.allocate().is_some());
        }
        assert_eq!(ids.allocate(), None);
        ids.release(id(7));
        assert_eq!(ids.allocate(), Some(id(7)));
    }

    #[test]
    fn a_set_counts_and_lists_what_is_in_it() {
        let mut set = IdSet::default();
        for number in [1, 63, 64, 65_535] {
            assert!(set.insert(id(number)));
            assert!(!set.insert(id(number)));
        }
        assert!(set.remove(id(63)));
        assert!(!set.remove(id(63)) && !set.remove(id(5)));
        assert_eq!(set.len(), 3);
        assert_eq!(
            set.iter().map(PacketId::get).collect::<Vec<_>>(),
            [1, 64, 65_535]
        );
    }
}
