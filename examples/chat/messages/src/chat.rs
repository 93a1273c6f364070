//! What a page knows of its room.

use crate::{ClientMessage, ServerMessage};

/// Older lines than these are forgotten.
pub const MAX_LINES: usize = 1_000;

/// The room as the messages so far tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chat {
    /// What was said, oldest first; at most [`MAX_LINES`].
    pub lines: Vec<Line>,
    /// Who is here, by name.
    pub members: Vec<String>,
    /// The id of the last line heard; 0 before the first.
    pub last_id: u64,
    /// What the server refused, until the next line or welcome.
    pub problem: Option<String>,
}

/// One line of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: u64,
    pub name: String,
    pub text: String,
}

impl Chat {
    /// Takes in what the server said.
    pub fn apply(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Welcome {
                members, latest, ..
            } => self.on_welcome(members, *latest),
            ServerMessage::Say { id, name, text } => self.on_line(*id, name, text),
            ServerMessage::Joined { name } => self.on_joined(name),
            ServerMessage::Left { name } => self.members.retain(|member| member != name),
            ServerMessage::Error { message } => self.problem = Some(message.clone()),
            ServerMessage::Pong { .. } | ServerMessage::Unknown => {}
        }
    }

    /// The frame that takes a seat: the server then sends what was said since our last line.
    pub fn join(&self, name: &str) -> ClientMessage {
        ClientMessage::Join {
            name: name.to_owned(),
            since: (self.last_id > 0).then_some(self.last_id),
        }
    }

    /// The line heard last.
    pub fn last(&self) -> Option<&Line> {
        self.lines.last()
    }

    fn on_welcome(&mut self, members: &[String], latest: u64) {
        self.members = members.to_vec();
        self.members.sort();
        self.problem = None;
        // Ids only grow, so this is another room of the same name: its server was started again.
        if latest < self.last_id {
            self.lines.clear();
            self.last_id = 0;
        }
    }

    fn on_line(&mut self, id: u64, name: &str, text: &str) {
        // A line can come twice: in the history that we asked for, and as it is said.
        if id <= self.last_id {
            return;
        }
        self.last_id = id;
        self.problem = None;
        if self.lines.len() == MAX_LINES {
            self.lines.remove(0);
        }
        self.lines.push(Line {
            id,
            name: name.to_owned(),
            text: text.to_owned(),
        });
    }

    fn on_joined(&mut self, name: &str) {
        if let Err(place) = self
            .members
            .binary_search_by(|member| member.as_str().cmp(name))
        {
            self.members.insert(place, name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(id: u64, text: &str) -> ServerMessage {
        ServerMessage::Say {
            id,
            name: "Ann".into(),
            text: text.into(),
        }
    }

    fn welcome(members: &[&str], latest: u64) -> ServerMessage {
        ServerMessage::Welcome {
            room: "lobby".into(),
            members: members.iter().map(ToString::to_string).collect(),
            latest,
        }
    }

    fn after(messages: &[ServerMessage]) -> Chat {
        let mut chat = Chat::default();
        for message in messages {
            chat.apply(message);
        }
        chat
    }

    fn texts(chat: &Chat) -> Vec<&str> {
        chat.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_are_kept_in_order_and_doubles_are_dropped() {
        let chat = after(&[
            say(1, "a"),
            say(2, "b"),
            say(2, "b"),
            say(1, "a"),
            say(3, "c"),
        ]);
        assert_eq!(texts(&chat), ["a", "b", "c"]);
        assert_eq!(chat.last_id, 3);
        assert_eq!(chat.last().unwrap().text, "c");
    }

    #[test]
    fn a_join_asks_for_what_came_after_the_last_line() {
        let mut chat = Chat::default();
        let join = |since| ClientMessage::Join {
            name: "Ann".into(),
            since,
        };
        assert_eq!(chat.join("Ann"), join(None));
        chat.apply(&say(9, "a"));
        assert_eq!(chat.join("Ann"), join(Some(9)));
    }

    #[test]
    fn members_come_and_go() {
        let joined = |name: &str| ServerMessage::Joined { name: name.into() };
        let left = |name: &str| ServerMessage::Left { name: name.into() };
        let mut chat = after(&[welcome(&["Cleo", "Ann"], 0), joined("Ben"), joined("Ben")]);
        assert_eq!(chat.members, ["Ann", "Ben", "Cleo"]);
        chat.apply(&left("Ann"));
        assert_eq!(chat.members, ["Ben", "Cleo"]);
    }

    #[test]
    fn a_room_that_began_anew_is_not_mixed_with_the_old_one() {
        let chat = after(&[
            say(1, "old"),
            say(2, "old"),
            welcome(&["Ann"], 1),
            say(1, "new"),
        ]);
        assert_eq!(texts(&chat), ["new"]);
        assert_eq!(chat.last_id, 1);
    }

    #[test]
    fn a_welcome_to_the_same_room_keeps_the_lines() {
        let chat = after(&[say(1, "a"), welcome(&["Ann"], 2), say(2, "b")]);
        assert_eq!(texts(&chat), ["a", "b"]);
    }

    #[test]
    fn a_problem_stands_until_the_next_line() {
        let mut chat = after(&[ServerMessage::Error {
            message: "join first".into(),
        }]);
        assert_eq!(chat.problem.as_deref(), Some("join first"));
        chat.apply(&ServerMessage::Pong { id: None });
        assert!(chat.problem.is_some());
        chat.apply(&say(1, "a"));
        assert_eq!(chat.problem, None);
    }

    #[test]
    fn the_oldest_lines_are_forgotten() {
        let mut chat = Chat::default();
        for id in 1..=MAX_LINES as u64 + 5 {
            chat.apply(&say(id, "x"));
        }
        assert_eq!(chat.lines.len(), MAX_LINES);
        assert_eq!(chat.lines[0].id, 6);
    }
}
