//! The connection: it lives as long as the component that asks for it.

use chat_messages::{Chat, ClientMessage, ServerMessage, Settings, connection};
use leptos::prelude::*;
use tautline_leptos::{UseSocket, use_socket};

/// What the room shows and does.
#[derive(Clone, Copy)]
pub struct Live {
    socket: UseSocket<ClientMessage, ServerMessage>,
    pub chat: RwSignal<Chat>,
}

impl Live {
    /// The name of the connection's state.
    pub fn state(self) -> &'static str {
        self.socket.state.with(|state| state.name().name())
    }

    /// Milliseconds between the last ping and its pong.
    pub fn latency(self) -> Option<u128> {
        self.socket.latency.get().map(|latency| latency.as_millis())
    }

    /// Says a line, now or once the connection is back. False if that cannot be; the chat's problem then says why.
    pub fn say(self, text: &str) -> bool {
        let said = self.socket.send(ClientMessage::say(text));
        if let Err(error) = &said {
            self.chat
                .update(|chat| chat.problem = Some(error.to_string()));
        }
        said.is_ok()
    }
}

/// Connects once the component is mounted, and closes the connection when it goes.
pub fn use_live(settings: Settings) -> Live {
    let chat = RwSignal::new(Chat::default());
    let socket = use_socket(move || {
        connection(&settings, move |name| {
            chat.with_untracked(|chat| chat.join(name))
        })
    });
    socket.on_message(move |message| chat.update(|chat| chat.apply(&message)));
    socket.on_invalid(move |invalid| {
        chat.update(|chat| chat.problem = Some(invalid.to_string()));
    });
    Live { socket, chat }
}
