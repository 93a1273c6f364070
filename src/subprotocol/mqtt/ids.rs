//! Packet identifiers (MQTT 5.0, section 2.2.1).

use super::packet::PacketId;

/// The identifiers of our own packets, given one after the other, so that a late answer does not meet a new packet. A bit says
/// that one is in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    words: Vec<u32>,
    used: u16,
    last: u16,
}

impl Ids {
    /// The next free one; `None` if all are in use.
    #[inline(never)]
    pub(super) fn allocate(&mut self) -> Option<PacketId> {
        if self.used == u16::MAX {
            return None;
        }
        loop {
            self.last = self.last.wrapping_add(1).max(1);
            if let Some(id) = PacketId::new(self.last)
                && self.occupy(id)
            {
                return Some(id);
            }
        }
    }

    /// Marks one as used; false if it was so already.
    pub(super) fn occupy(&mut self, id: PacketId) -> bool {
        self.mark(id, true)
    }

    pub(super) fn release(&mut self, id: PacketId) {
        self.mark(id, false);
    }

    /// Whether the mark was another.
    fn mark(&mut self, id: PacketId, is_used: bool) -> bool {
        let (index, bit) = (usize::from(id.get() / 32), 1 << (id.get() % 32));
        if self.words.len() <= index {
            self.words.resize(index + 1, 0);
        }
        let Some(word) = self.words.get_mut(index) else {
            return false;
        };
        let changes = (*word & bit != 0) != is_used;
        if changes {
            *word ^= bit;
            self.used = if is_used {
                self.used + 1
            } else {
                self.used - 1
            };
        }
        changes
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
}
