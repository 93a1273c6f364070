//! The connection, as a hook: it lives as long as the component that calls it.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use chat_messages::{Chat, ClientMessage, ServerMessage, Settings, connection};
use tautline_yew::{UseSocketHandle, use_on_invalid, use_on_message, use_socket};
use yew::prelude::*;

/// What the room shows and does.
#[derive(Clone)]
pub struct Live {
    socket: UseSocketHandle<ClientMessage, ServerMessage>,
    /// Not a state of Yew: what joins the room again needs it as it is now, not as it was rendered.
    chat: Rc<RefCell<Chat>>,
    redraw: UseForceUpdateHandle,
}

impl Live {
    /// The name of the connection's state.
    pub fn state(&self) -> &'static str {
        self.socket.state().name().name()
    }

    /// Milliseconds between the last ping and its pong.
    pub fn latency(&self) -> Option<u128> {
        self.socket.latency().map(|latency| latency.as_millis())
    }

    /// The room as it is now.
    pub fn chat(&self) -> Ref<'_, Chat> {
        self.chat.borrow()
    }

    /// Says a line, now or once the connection is back. False if that cannot be; the chat's problem then says why.
    pub fn say(&self, text: &str) -> bool {
        let said = self.socket.send(ClientMessage::say(text));
        if let Err(error) = &said {
            self.change(|chat| chat.problem = Some(error.to_string()));
        }
        said.is_ok()
    }

    fn change(&self, change: impl FnOnce(&mut Chat)) {
        change(&mut self.chat.borrow_mut());
        self.redraw.force_update();
    }
}

/// Connects after the first rendering, and closes the connection when the component goes.
#[hook]
pub fn use_live(settings: &Settings) -> Live {
    let chat = use_mut_ref(Chat::default);
    let joining = Rc::clone(&chat);
    let live = Live {
        socket: use_socket(settings.clone(), move |settings| {
            connection(settings, move |name| joining.borrow().join(name))
        }),
        chat,
        redraw: use_force_update(),
    };
    let heard = live.clone();
    use_on_message(&live.socket, move |message| {
        heard.change(|chat| chat.apply(&message));
    });
    let heard = live.clone();
    use_on_invalid(&live.socket, move |invalid| {
        heard.change(|chat| chat.problem = Some(invalid.to_string()));
    });
    live
}
