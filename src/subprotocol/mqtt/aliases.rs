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

/// Topics by their aliases.
#[derive(Clone, Debug, Default)]
struct Topics(Vec<String>);

impl Topics {
    #[inline(never)]
    fn set(&mut self, alias: usize, topic: &str) {
        while self.0.len() <= alias {
            self.0.push(String::new());
        }
        if let Some(place) = self.0.get_mut(alias) {
            place.clear();
            place.push_str(topic);
        }
    }

    /// What an alias stands for; empty for nothing.
    fn get(&self, alias: usize) -> &str {
        self.0.get(alias).map_or("", String::as_str)
    }
}

/// The aliases of our own messages.
#[derive(Clone, Debug, Default)]
pub(super) struct AliasesOut {
    /// At 0 what was sent last without an alias: worth one, if it comes again.
    topics: Topics,
    /// Which one was given away last, less 1.
    hand: usize,
}

impl AliasesOut {
    pub(super) fn clear(&mut self) {
        self.topics.0.clear();
        self.hand = 0;
    }

    /// How to write a topic to a broker that takes aliases up to `maximum`.
    pub(super) fn write(&mut self, topic: &str, maximum: u16) -> Written {
        let places = usize::from(maximum).min(MAX_OUT);
        if places == 0 || topic.len() < MIN_LENGTH {
            return Written::Name;
        }
        let mut given = self.topics.0.iter().skip(1);
        if let Some(index) = given.position(|it| it == topic) {
            return Written::Alias(index as u16 + 1);
        }
        let next = self.topics.0.len().max(1);
        let alias = if next <= places {
            next
        } else if self.topics.get(0) != topic {
            self.topics.set(0, topic);
            return Written::Name;
        } else {
            self.hand = (self.hand + 1) % places;
            self.hand + 1
        };
        self.topics.set(alias, topic);
        Written::Both(alias as u16)
    }

    /// A message was not written after all: an alias that was to be given with it stands for nothing yet.
    pub(super) fn forget(&mut self, alias: u16) {
        self.topics.set(alias.into(), "");
    }
}

/// The aliases of the broker's messages.
#[derive(Clone, Debug, Default)]
pub(super) struct AliasesIn {
    topics: Topics,
}

impl AliasesIn {
    pub(super) fn clear(&mut self) {
        self.topics.0.clear();
    }

    pub(super) fn set(&mut self, alias: u16, topic: &str) {
        self.topics.set(alias.into(), topic);
    }

    /// What an alias stands for; empty for nothing.
    pub(super) fn get(&self, alias: u16) -> &str {
        self.topics.get(alias.into())
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
        // Twice in a row, it takes the place of another.
        assert_eq!(aliases.write("room/c", 2), Written::Both(2));
        assert_eq!(aliases.write("room/a", 2), Written::Alias(1));
        assert_eq!(aliases.write("room/b", 2), Written::Name);
        assert_eq!(aliases.write("room/b", 2), Written::Both(1));
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
