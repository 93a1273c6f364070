//! The connection: it lives as long as the component that asks for it.

use chat_messages::{Chat, ClientMessage, ServerMessage, Settings};
use leptos::prelude::*;
use tautline::client::{Builder, Delivery, Pong, Restoring};
use tautline::codec::Json;
use tautline::{Heartbeat, Socket};
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
    let socket = use_socket(move || builder(&settings, chat));
    socket.on_message(move |message| chat.update(|chat| chat.apply(&message)));
    socket.on_invalid(move |invalid| {
        chat.update(|chat| chat.problem = Some(invalid.to_string()));
    });
    Live { socket, chat }
}

/// The connection: it comes back by itself, and no line is lost or said twice.
fn builder(
    settings: &Settings,
    chat: RwSignal<Chat>,
) -> Builder<ClientMessage, ServerMessage, Json> {
    let name = settings.name.clone();
    Socket::builder(settings.server.as_str())
        .codec(Json)
        .heartbeat(
            Heartbeat::every(settings.heartbeat)
                .ping_with(|id| ClientMessage::Ping { id })
                .pong_with(|message| match message {
                    ServerMessage::Pong { id } => Some(id.map_or(Pong::Unnumbered, Pong::Of)),
                    _ => None,
                }),
        )
        .delivery(Delivery::AtLeastOnce)
        .stamp(ClientMessage::mark)
        .restore(move |restoring: Restoring<_>| {
            let join = chat.with_untracked(|chat| chat.join(&name));
            let joined = restoring.send(&join);
            async move { joined }
        })
}
