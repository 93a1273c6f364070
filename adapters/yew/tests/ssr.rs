//! A component with a socket, as a server renders it.

use tautline::Socket;
use tautline::client::Builder;
use tautline::codec::Text;
use tautline_yew::{use_last_message, use_on_event, use_on_invalid, use_on_message, use_socket};
use yew::prelude::*;

fn builder(_: &u32) -> Builder<String, String, Text> {
    panic!("built on a server")
}

#[component]
fn Chat() -> Html {
    let socket = use_socket(7, builder);
    let last = use_last_message(&socket);
    use_on_message(&socket, |_| {});
    use_on_invalid(&socket, |_| {});
    use_on_event(&socket, |_| {});
    html! {
        <>
            <p>{ socket.state().name().name() }</p>
            <b>{ last.map(|line| line.to_string()) }</b>
            <i>{ socket.latency().map(|latency| latency.as_millis()) }</i>
            <button onclick={move |_| socket.reconnect()}>{ "Reconnect" }</button>
        </>
    }
}

/// Sends while it is rendered, which components should not: the message goes nowhere.
#[component]
fn Hasty() -> Html {
    let socket = use_socket((), |()| {
        Socket::<String, String>::builder("/chat").codec(Text)
    });
    drop(socket.send("hello".into()));
    html! { socket.state().name().name() }
}

fn render<C: BaseComponent<Properties: Send + Default>>() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let renderer = yew::ServerRenderer::<C>::new().hydratable(false);
    runtime.block_on(renderer.render())
}

#[test]
fn a_server_shows_an_idle_socket_and_builds_none() {
    let html = render::<Chat>();
    assert_eq!(html, "<p>idle</p><b></b><i></i><button>Reconnect</button>");
}

#[test]
fn what_is_sent_while_a_server_renders_goes_nowhere() {
    assert_eq!(render::<Hasty>(), "idle");
}
