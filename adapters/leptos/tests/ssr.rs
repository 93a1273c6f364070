//! A component with a socket, as a server renders it.

use leptos::prelude::*;
use tautline::Socket;
use tautline::codec::Text;
use tautline_leptos::{UseSocket, use_socket};

#[component]
fn Chat() -> impl IntoView {
    let socket: UseSocket<String, String> = use_socket(|| Socket::builder("/chat").codec(Text));
    let lines = RwSignal::new(Vec::new());
    socket.on_message(move |line| lines.update(|lines| lines.push(line)));
    drop(socket.send("hello".into()));
    view! {
        <p>{move || socket.state.get().name().name()}</p>
        <b>{move || socket.last.get().map(|line| line.to_string())}</b>
        <i>{move || socket.latency.get().map(|latency| latency.as_millis())}</i>
        <ul>{move || lines.get().iter().map(|line| view! { <li>{line.to_string()}</li> }).collect_view()}</ul>
        <button on:click=move |_| socket.reconnect()>"Reconnect"</button>
    }
}

#[test]
fn a_server_shows_an_idle_socket() {
    let owner = Owner::new();
    let html = owner.with(|| view! { <Chat /> }.to_html());
    assert!(html.starts_with("<p>idle</p><b>"), "{html}");
    assert!(!html.contains("<li>"), "{html}");
    // Servers end what they rendered on any thread.
    std::thread::spawn(move || owner.unset_with_forced_cleanup())
        .join()
        .unwrap();
}
