//! The first steps of the documentation, word for word: docs/getting-started/rust-dioxus.md.

use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use tautline::{Socket, codec::Json};

#[derive(Serialize)]
struct Say {
    text: String,
}
#[derive(Clone, Deserialize, PartialEq)]
struct Said {
    name: String,
    text: String,
}

fn main() {
    dioxus::launch(Chat);
}

#[component]
fn Chat() -> Element {
    let mut last = use_signal(|| None::<Said>);
    let sender = use_hook(|| {
        let socket = Socket::<Say, Said>::builder("/chat")
            .codec(Json)
            .connect()
            .expect("a good address");
        let sender = socket.sender();
        spawn(async move {
            while let Some(message) = socket.next().await {
                last.set(message.ok());
            }
        });
        sender
    });
    rsx! {
        if let Some(said) = last() {
            p { "{said.name}: {said.text}" }
        }
        button { onclick: move |_| drop(sender.try_send(Say { text: "hi".into() })), "Say hi" }
    }
}
