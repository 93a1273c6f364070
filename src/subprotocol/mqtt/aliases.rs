//! Topic aliases: numbers in the place of topic names, for one connection (MQTT 5.0, section 3.3.2.3.4).

/// More of our own do not pay: each message looks through them.
const MAX_OUT: usize = 32;
/// A shorter topic is no longer than its alias.
const MIN_LENGTH: usize = 4;

/// How a topic is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// By its name.
    Name,
    /// By its name, which from now on this alias stands for.
    Both(u16),
    /// By this alias.
    Alias(u16),
}

/// The aliases of our own messages.
#[derive(Clone, Debug, Default)]
pub(super) struct AliasesOut {
    /// In the order of their numbers, from 1.
    topics: Vec<Place>,
    /// What was sent last without an alias: worth one, if it comes again.
    last: String,
    hand: usize,
}

#[derive(Clone, Debug)]
struct Place {
    topic: String,
    /// Whether it was used since the hand passed over it.
    is_used: bool,
}

impl AliasesOut {
    pub(super) fn clear(&mut self) {
        self.topics.clear();
        self.last.clear();
        self.hand = 0;
    }

    /// How to write a topic to a broker that takes aliases up to `maximum`.
    pub(super) fn write(&mut self, topic: &str, maximum: u16) -> Written {
        let places = usize::from(maximum).min(MAX_OUT);
        if places == 0 || topic.len() < MIN_LENGTH {
            return Written::Name;
        }
        let mut found = self.topics.iter_mut().enumerate();
        if let Some((index, place)) = found.find(|(_, place)| place.topic == topic) {
            place.is_used = true;
            return Written::Alias(index as u16 + 1);
        }
        if self.topics.len() < places {
            self.topics.push(Place {
                topic: topic.into(),
                is_used: true,
            });
            return Written::Both(self.topics.len() as u16);
        }
        if self.last != topic {
            self.last.clear();
            self.last.push_str(topic);
            return Written::Name;
        }
        self.replace(topic)
    }

    /// A message was not written after all: an alias that was to be given with it stands for nothing yet.
    pub(super) fn forget(&mut self, written: Written) {
        if let Written::Both(alias) = written
            && let Some(place) = self.topics.get_mut(usize::from(alias).wrapping_sub(1))
        {
            place.topic.clear();
            place.is_used = false;
        }
    }

    /// Gives the topic the alias of one that has not been used for long: the hand of a clock goes round, and takes away the
    /// mark of use first.
    fn replace(&mut self, topic: &str) -> Written {
        loop {
            self.hand %= self.topics.len().max(1);
            let index = self.hand;
            self.hand += 1;
            let Some(place) = self.topics.get_mut(index) else {
                return Written::Name;
            };
            if core::mem::replace(&mut place.is_used, false) {
                continue;
            }
            place.is_used = true;
            place.topic.clear();
            place.topic.push_str(topic);
            return Written::Both(index as u16 + 1);
        }
    }
}

/// The aliases of the broker's messages.
#[derive(Clone, Debug, Default)]
pub(super) struct AliasesIn {
    topics: Vec<String>,
}

impl AliasesIn {
    pub(super) fn clear(&mut self) {
        self.topics.clear();
    }

    pub(super) fn set(&mut self, alias: u16, topic: &str) {
        let index = usize::from(alias).saturating_sub(1);
        if self.topics.len() <= index {
            self.topics.resize(index + 1, String::new());
        }
        if let Some(place) = self.topics.get_mut(index) {
            place.clear();
            place.push_str(topic);
        }
    }

    /// What an alias stands for; empty for nothing.
    pub(super) fn get(&self, alias: u16) -> &str {
        let index = usize::from(alias).wrapping_sub(1);
        self.topics.get(index).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_topics_have_aliases_and_a_new_one_waits_until_it_comes_again() {
        let mut aliases = AliasesOut::default();
        assert_eq!(aliases.write("room/a", 2), Written::Both(1));
        assert_eq!(aliases.write("room/b", 2), Written::Both(2));
        assert_eq!(aliases.write("room/a", 2), Written::Alias(1));
        assert_eq!(aliases.write("room/c", 2), Written::Name);
        assert_eq!(aliases.write("room/d", 2), Written::Name);
        assert_eq!(aliases.write("room/c", 2), Written::Name);
        // The hand takes both marks away, and then the first place.
        assert_eq!(aliases.write("room/c", 2), Written::Both(1));
        assert_eq!(aliases.write("room/b", 2), Written::Alias(2));
        assert_eq!(aliases.write("room/a", 2), Written::Name);
    }

    #[test]
    fn short_topics_and_brokers_without_aliases_have_none() {
        let mut aliases = AliasesOut::default();
        assert_eq!(aliases.write("room/a", 0), Written::Name);
        assert_eq!(aliases.write("abc", 9), Written::Name);
    }

    #[test]
    fn there_are_no_more_than_pay() {
        let mut aliases = AliasesOut::default();
        for number in 0..100 {
            let written = aliases.write(&format!("room/{number}"), u16::MAX);
            let has_place = number < MAX_OUT as u16;
            let expected = if has_place {
                Written::Both(number + 1)
            } else {
                Written::Name
            };
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn an_alias_stands_for_the_topic_it_was_given_last() {
        let mut aliases = AliasesIn::default();
        aliases.set(2, "a");
        assert_eq!(
            (
                aliases.get(0),
                aliases.get(1),
                aliases.get(2),
                aliases.get(3)
            ),
            ("", "", "a", "")
        );
        aliases.set(2, "b");
        assert_eq!(aliases.get(2), "b");
    }
}
