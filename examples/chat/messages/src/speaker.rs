//! Marks what we say, so that a line sent twice is said once.

use std::cell::Cell;

use crate::ClientMessage;

/// Makes lines with marks that grow: `"<session>:1"`, `"<session>:2"`, …
#[derive(Debug)]
pub struct Speaker {
    session: String,
    said: Cell<u64>,
}

impl Speaker {
    /// `random` tells this page from all others: a number from 0 to 1, as `Math.random()` gives.
    pub fn new(random: f64) -> Self {
        Self {
            session: format!("{:016x}", random.to_bits()),
            said: Cell::new(0),
        }
    }

    /// The frame that says `text`.
    pub fn say(&self, text: &str) -> ClientMessage {
        let n = self.said.get() + 1;
        self.said.set(n);
        ClientMessage::Say {
            text: text.to_owned(),
            mid: format!("{}:{n}", self.session),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_from_one_within_their_session() {
        let speaker = Speaker::new(0.5);
        let mids = ["a", "b"].map(|text| match speaker.say(text) {
            ClientMessage::Say { text: said, mid } if said == text => mid,
            other => panic!("{other:?}"),
        });
        assert_eq!(mids, ["3fe0000000000000:1", "3fe0000000000000:2"]);
    }
}
