//! The seam to the connection. Until the adapter for Yew is in, lines stay in this page.

use std::rc::Rc;

use chat_messages::{Chat, ServerMessage, Settings};
use yew::prelude::*;

/// What the room shows and does.
pub struct Live {
    pub state: &'static str,
    /// Milliseconds between the last ping and its pong.
    pub latency: Option<u32>,
    pub chat: Rc<Chat>,
    pub send: Callback<String>,
}

#[hook]
pub fn use_live(settings: &Settings) -> Live {
    let chat = use_state(|| Rc::new(Chat::default()));
    let send = {
        let (chat, name) = (chat.clone(), settings.name.clone());
        Callback::from(move |text| {
            let mut next = Chat::clone(&chat);
            let name = name.clone();
            let id = next.last_id + 1;
            next.apply(&ServerMessage::Say { id, name, text });
            chat.set(Rc::new(next));
        })
    };
    Live {
        state: "idle",
        latency: None,
        chat: Rc::clone(&chat),
        send,
    }
}
