//! The smallest page: it sends a line and shows what comes back.

use tautline::Socket;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

#[cfg(not(feature = "json"))]
mod message {
    pub use tautline::codec::Text as Format;

    pub type Message = String;

    pub fn hello() -> Message {
        "hello".into()
    }

    pub fn text(message: Message) -> String {
        message
    }
}

#[cfg(feature = "json")]
mod message {
    use serde::{Deserialize, Serialize};
    pub use tautline::codec::Json as Format;

    #[derive(Serialize, Deserialize)]
    pub struct Message {
        id: u32,
        text: String,
    }

    pub fn hello() -> Message {
        let text = "hello".into();
        Message { id: 1, text }
    }

    pub fn text(message: Message) -> String {
        message.text
    }
}

/// Connects to the path `/ws/echo` of the page's own server.
#[wasm_bindgen(start)]
pub fn start() {
    spawn_local(async {
        let Ok(socket) = Socket::builder("/ws/echo").codec(message::Format).connect() else {
            return;
        };
        let _ = socket.send(message::hello()).await;
        while let Some(received) = socket.next().await {
            if let Ok(received) = received {
                show(&message::text(received));
            }
        }
    });
}

fn show(text: &str) {
    if let Some(body) = web_sys::window().and_then(|it| it.document()?.body()) {
        body.set_text_content(Some(text));
    }
}
