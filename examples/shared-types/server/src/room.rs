//! The list, and who wants to know of its changes.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use todo_messages::{ClientMessage, Item, ServerMessage, TodoList};
use tokio::sync::broadcast::{self, Receiver, Sender};

const MAX_TITLE: usize = 200;

pub struct Room {
    list: Mutex<TodoList>,
    changes: Sender<ServerMessage>,
    /// What a server that is started again reads.
    file: PathBuf,
}

impl Room {
    pub fn open(file: PathBuf) -> Result<Self, Box<dyn Error>> {
        let items: Vec<Item> = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(_) => Vec::new(),
        };
        Ok(Room {
            list: Mutex::new(TodoList { items }),
            changes: broadcast::channel(1_024).0,
            file,
        })
    }

    /// The list as it is, and every change from then on.
    pub fn enter(&self) -> (ServerMessage, Receiver<ServerMessage>) {
        self.with(|list| {
            let items = list.items.clone();
            (ServerMessage::List { items }, self.changes.subscribe())
        })
    }

    pub fn count(&self, request: u32) -> ServerMessage {
        let (open, done) = self.with(|list| list.count());
        ServerMessage::Counted {
            request,
            open,
            done,
        }
    }

    /// Does what a page asks for, and tells all pages.
    pub fn change(&self, message: ClientMessage) -> Result<(), String> {
        self.with(|list| {
            let change = match message {
                ClientMessage::Add { title } => {
                    let id = list.items.iter().map(|item| item.id).max().unwrap_or(0) + 1;
                    let (done, by) = (false, None);
                    let item = checked(Item {
                        id,
                        title,
                        done,
                        by,
                    })?;
                    ServerMessage::Saved { item }
                }
                ClientMessage::Save { item } => {
                    list.find(item.id).ok_or("there is no such item")?;
                    let item = checked(item)?;
                    ServerMessage::Saved { item }
                }
                ClientMessage::Remove { id } => ServerMessage::Removed { id },
                ClientMessage::Count { .. } | ClientMessage::Ping { .. } => return Ok(()),
            };
            list.apply(&change);
            self.keep(list).map_err(|error| error.to_string())?;
            // Nobody may be there.
            let _ = self.changes.send(change);
            Ok(())
        })
    }

    /// Beside the file first, so that the file is whole at any time.
    fn keep(&self, list: &TodoList) -> Result<(), Box<dyn Error>> {
        let new = self.file.with_extension("new");
        fs::write(&new, serde_json::to_vec(&list.items)?)?;
        fs::rename(new, &self.file)?;
        Ok(())
    }

    fn with<T>(&self, act: impl FnOnce(&mut TodoList) -> T) -> T {
        act(&mut self.list.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn checked(item: Item) -> Result<Item, String> {
    match item.title.chars().count() {
        0 => Err("an item needs a title".into()),
        1..=MAX_TITLE => Ok(item),
        _ => Err(format!("a title has at most {MAX_TITLE} characters")),
    }
}
