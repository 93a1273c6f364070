//! The seam to the connection. Until the adapter for Leptos is in, lines stay in this page.

use chat_messages::{Chat, ServerMessage, Settings};
use leptos::prelude::*;

/// What the room shows and does.
#[derive(Clone, Copy)]
pub struct Live {
    pub state: Signal<&'static str>,
    /// Milliseconds between the last ping and its pong.
    pub latency: Signal<Option<u32>>,
    pub chat: ReadSignal<Chat>,
    pub send: Callback<(String,)>,
}

pub fn use_live(settings: &Settings) -> Live {
    let (chat, set_chat) = signal(Chat::default());
    let name = settings.name.clone();
    Live {
        state: Signal::stored("idle"),
        latency: Signal::stored(None),
        chat,
        send: Callback::new(move |(text,)| {
            set_chat.update(|chat| {
                let id = chat.last_id + 1;
                chat.apply(&ServerMessage::Say {
                    id,
                    name: name.clone(),
                    text,
                });
            });
        }),
    }
}
