//! The connection, as a hook: it lives as long as the component that calls it.

use chat_messages::{Chat, ClientMessage, ServerMessage, Settings, connection};
use dioxus::prelude::*;
use tautline::client::{Event, Events, StateName};
use tautline::{Sender, Socket};

/// What the room shows and does.
#[derive(Clone, Copy)]
pub struct Live {
    pub state: Signal<StateName>,
    /// Milliseconds between the last ping and its pong.
    pub latency: Signal<Option<u128>>,
    pub chat: Signal<Chat>,
    sender: Signal<Option<Sender<ClientMessage, ServerMessage>>>,
}

impl Live {
    /// Says a line, now or once the connection is back. False if that cannot be; the chat's problem then says why.
    pub fn say(mut self, text: &str) -> bool {
        let said = match &*self.sender.peek() {
            Some(sender) => sender.try_send(ClientMessage::say(text)),
            None => return false,
        };
        if let Err(error) = &said {
            self.chat.write().problem = Some(error.to_string());
        }
        said.is_ok()
    }
}

/// Connects on the first render, and closes the connection when the component goes.
pub fn use_live(settings: &Settings) -> Live {
    let mut live = Live {
        state: use_signal(|| StateName::Idle),
        latency: use_signal(|| None),
        chat: use_signal(Chat::default),
        sender: use_signal(|| None),
    };
    let chat = live.chat;
    let connect = || connection(settings, move |name| chat.peek().join(name)).connect();
    use_hook(|| match connect() {
        Ok(socket) => {
            live.sender.set(Some(socket.sender()));
            // Dioxus drops the tasks of a component with it; the second one owns the socket.
            spawn(follow(live, socket.events()));
            spawn(hear(live.chat, socket));
        }
        Err(error) => live.chat.write().problem = Some(error.to_string()),
    });
    live
}

async fn follow(mut live: Live, mut events: Events<ClientMessage>) {
    while let Some(event) = events.next().await {
        match event {
            Event::State { state, .. } => live.state.set(state.name()),
            Event::Latency(latency) => live.latency.set(Some(latency.as_millis())),
            _ => {}
        }
    }
}

async fn hear(mut chat: Signal<Chat>, socket: Socket<ClientMessage, ServerMessage>) {
    while let Some(message) = socket.next().await {
        match message {
            Ok(message) => chat.write().apply(&message),
            Err(invalid) => chat.write().problem = Some(invalid.to_string()),
        }
    }
}
