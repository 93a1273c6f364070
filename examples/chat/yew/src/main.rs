//! The chat of `tautline-server` as a Yew app. The connection is in [`live`], everything here is user interface.

mod live;

use chat_messages::Settings;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::live::use_live;

fn main() {
    yew::Renderer::<App>::new().render();
}

/// The page; its button takes the chat away and brings it back.
#[component]
fn App() -> Html {
    let settings = use_memo((), |()| settings());
    let here = use_state(|| true);
    let toggle = {
        let here = here.clone();
        Callback::from(move |_: MouseEvent| here.set(!*here))
    };
    html! {
        <main>
            <header>
                <h1>{"tautline chat "}<small>{"in Yew"}</small></h1>
                <button id="toggle" type="button" onclick={toggle}>{ if *here { "Leave" } else { "Enter" } }</button>
            </header>
            if *here {
                <Room settings={(*settings).clone()} />
            }
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct RoomProps {
    settings: Settings,
}

#[component]
fn Room(props: &RoomProps) -> Html {
    let live = use_live(&props.settings);
    let input = use_node_ref();
    let say = {
        let (input, live) = (input.clone(), live.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = input.cast::<HtmlInputElement>() else {
                return;
            };
            let text = field.value();
            if !text.is_empty() && live.say(&text) {
                field.set_value("");
            }
        })
    };
    let (state, chat) = (live.state(), live.chat());
    let lines = chat.lines.iter().map(|line| {
        html! { <li key={line.id}><b>{ &line.name }</b>{ format!(": {}", line.text) }</li> }
    });
    html! {
        <section id="chat" aria-label="Chat">
            <p class="link">
                <span id="state" role="status" data-state={state}>{ state }</span>
                <span id="latency">{ live.latency().map(|ms| format!("{ms} ms")) }</span>
            </p>
            <p class="members">{ format!("Here: {}", chat.members.join(", ")) }</p>
            <div class="scroll" role="log" aria-label="Messages" tabindex="0">
                <ol id="log">{ for lines }</ol>
            </div>
            <p class="last">{"Last: "}<span id="last">{ chat.last().map(|line| line.text.clone()) }</span></p>
            if let Some(problem) = &chat.problem {
                <p class="problem" role="alert">{ problem }</p>
            }
            <form id="say" onsubmit={say}>
                <label for="text">{"Message"}</label>
                <input id="text" ref={input} maxlength="2000" autocomplete="off" />
                <button id="send" type="submit">{"Send"}</button>
            </form>
        </section>
    }
}

fn settings() -> Settings {
    let query = web_sys::window().and_then(|window| window.location().search().ok());
    Settings::from_query(&query.unwrap_or_default())
}
