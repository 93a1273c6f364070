//! The list as server and Rust pages keep it.

use crate::{Item, ServerMessage};

/// Things to do, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TodoList {
    pub items: Vec<Item>,
}

impl TodoList {
    /// Takes in what the server says.
    pub fn apply(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::List { items } => self.items.clone_from(items),
            ServerMessage::Saved { item } => match self.find(item.id) {
                Some(index) => self.items[index] = item.clone(),
                None => self.items.push(item.clone()),
            },
            ServerMessage::Removed { id } => self.items.retain(|item| item.id != *id),
            ServerMessage::Counted { .. }
            | ServerMessage::Pong { .. }
            | ServerMessage::Refused { .. } => {}
        }
    }

    /// Where an item stands.
    pub fn find(&self, id: u64) -> Option<usize> {
        self.items.iter().position(|item| item.id == id)
    }

    /// How many are to do, and how many are done.
    pub fn count(&self) -> (u32, u32) {
        let done = self.items.iter().filter(|item| item.done).count();
        ((self.items.len() - done) as u32, done as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: u64, done: bool) -> Item {
        Item {
            id,
            title: format!("thing {id}"),
            done,
            by: None,
        }
    }

    #[test]
    fn it_follows_the_server() {
        let mut list = TodoList::default();
        list.apply(&ServerMessage::List {
            items: vec![item(1, false), item(2, false)],
        });
        list.apply(&ServerMessage::Saved {
            item: item(3, false),
        });
        list.apply(&ServerMessage::Saved {
            item: item(1, true),
        });
        list.apply(&ServerMessage::Removed { id: 2 });
        assert_eq!(list.items, [item(1, true), item(3, false)]);
        assert_eq!(list.count(), (1, 1));
    }
}
