//! The chat of `tautline-server` as a Dioxus app. The connection is in [`live`], everything here is user interface.

mod live;

use chat_messages::Settings;
use dioxus::prelude::*;

use crate::live::use_live;

fn main() {
    dioxus::launch(App);
}

/// The page; its button takes the chat away and brings it back.
#[component]
fn App() -> Element {
    let settings = use_hook(settings);
    let mut here = use_signal(|| true);
    rsx! {
        main {
            header {
                h1 { "tautline chat " small { "in Dioxus" } }
                button { id: "toggle", r#type: "button", onclick: move |_| here.toggle(),
                    if here() { "Leave" } else { "Enter" }
                }
            }
            if here() {
                Room { settings }
            }
        }
    }
}

#[component]
fn Room(settings: Settings) -> Element {
    let live = use_live(&settings);
    let chat = live.chat.read();
    let mut text = use_signal(String::new);
    let state = live.state.read().name();
    rsx! {
        section { id: "chat", aria_label: "Chat",
            p { class: "link",
                span { id: "state", role: "status", "data-state": "{state}", "{state}" }
                span { id: "latency",
                    if let Some(ms) = (live.latency)() { "{ms} ms" }
                }
            }
            p { class: "members", "Here: {chat.members.join(\", \")}" }
            div { class: "scroll", role: "log", aria_label: "Messages", tabindex: "0",
                ol { id: "log",
                    for line in chat.lines.iter() {
                        li { key: "{line.id}", b { "{line.name}" } ": {line.text}" }
                    }
                }
            }
            p { class: "last",
                "Last: "
                span { id: "last",
                    if let Some(line) = chat.last() { "{line.text}" }
                }
            }
            if let Some(problem) = &chat.problem {
                p { class: "problem", role: "alert", "{problem}" }
            }
            form {
                id: "say",
                onsubmit: move |event| {
                    event.prevent_default();
                    if !text.peek().is_empty() && live.say(&text.peek()) {
                        text.set(String::new());
                    }
                },
                label { r#for: "text", "Message" }
                input {
                    id: "text",
                    maxlength: "2000",
                    autocomplete: "off",
                    value: "{text}",
                    oninput: move |event| text.set(event.value()),
                }
                button { id: "send", r#type: "submit", "Send" }
            }
        }
    }
}

fn settings() -> Settings {
    let query = web_sys::window().and_then(|window| window.location().search().ok());
    Settings::from_query(&query.unwrap_or_default())
}
