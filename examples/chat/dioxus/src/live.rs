//! The seam to the connection. Until the client is in, lines stay in this page.

use chat_messages::{Chat, ServerMessage, Settings};
use dioxus::prelude::*;

/// What the room shows and does.
#[derive(Clone, Copy, PartialEq)]
pub struct Live {
    pub state: Signal<&'static str>,
    /// Milliseconds between the last ping and its pong.
    pub latency: Signal<Option<u32>>,
    pub chat: Signal<Chat>,
    name: Signal<String>,
}

impl Live {
    pub fn send(mut self, text: &str) {
        let mut chat = self.chat.write();
        let id = chat.last_id + 1;
        chat.apply(&ServerMessage::Say {
            id,
            name: self.name.read().clone(),
            text: text.to_owned(),
        });
    }
}

pub fn use_live(settings: &Settings) -> Live {
    Live {
        state: use_signal(|| "idle"),
        latency: use_signal(|| None),
        chat: use_signal(Chat::default),
        name: use_signal(|| settings.name.clone()),
    }
}
