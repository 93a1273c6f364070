//! The list as a Leptos page.

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use tautline::client::Pong;
use tautline::codec::Json;
use tautline::{Heartbeat, Socket};
use tautline_leptos::{UseSocket, use_socket};
use todo_messages::{ClientMessage, Item, ServerMessage, TodoList};

fn main() {
    leptos::mount::mount_to_body(App);
}

type Connection = UseSocket<ClientMessage, ServerMessage>;

fn use_list() -> (Connection, RwSignal<TodoList>, RwSignal<String>) {
    let list = RwSignal::new(TodoList::default());
    let problem = RwSignal::new(String::new());
    let socket = use_socket(|| {
        Socket::builder("/ws").codec(Json).heartbeat(
            Heartbeat::every(Duration::from_secs(25))
                .ping_with(|id| ClientMessage::Ping { id })
                .pong_with(|message| match message {
                    ServerMessage::Pong { id } => Some(Pong::Of(*id)),
                    _ => None,
                }),
        )
    });
    socket.on_message(move |message| match &*message {
        ServerMessage::Refused { why } => problem.set(why.clone()),
        message => list.update(|list| list.apply(message)),
    });
    socket.on_invalid(move |invalid| problem.set(format!("invalid: {invalid}")));
    (socket, list, problem)
}

#[component]
fn App() -> impl IntoView {
    let (socket, list, problem) = use_list();
    let title = NodeRef::<Input>::new();
    let send = move |message| {
        if let Err(error) = socket.send(message) {
            problem.set(error.to_string());
        }
    };
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = title.get() else { return };
        send(ClientMessage::Add {
            title: input.value(),
        });
        input.set_value("");
    };
    view! {
        <main>
            <h1>"To do " <small>"in Leptos"</small></h1>
            <p id="state" role="status">{move || socket.state.get().name().name()}</p>
            <ul id="list">
                <For each=move || list.get().items key=Item::clone let:item>
                    <Row item send />
                </For>
            </ul>
            <form id="add" on:submit=add>
                <label for="title">"New"</label>
                <input id="title" node_ref=title maxlength="200" autocomplete="off" />
                <button type="submit">"Add"</button>
            </form>
            <p id="problem" role="alert">{move || problem.get()}</p>
        </main>
    }
}

#[component]
fn Row(item: Item, send: impl Fn(ClientMessage) + Copy + 'static) -> impl IntoView {
    let Item {
        id, title, done, ..
    } = item.clone();
    let toggle = move |_| {
        let item = Item {
            done: !done,
            ..item.clone()
        };
        send(ClientMessage::Save { item });
    };
    view! {
        <li>
            <label><input type="checkbox" prop:checked=done on:change=toggle />{title}</label>
            <button type="button" on:click=move |_| send(ClientMessage::Remove { id })>"Remove"</button>
        </li>
    }
}
