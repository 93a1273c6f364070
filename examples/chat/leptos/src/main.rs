//! The chat of `tautline-server` as a Leptos app. The connection is in [`live`], everything here is user interface.

mod live;

use chat_messages::Settings;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

use crate::live::use_live;

fn main() {
    leptos::mount::mount_to_body(App);
}

/// The page; its button takes the chat away and brings it back.
#[component]
fn App() -> impl IntoView {
    let settings = StoredValue::new(settings());
    let (here, set_here) = signal(true);
    view! {
        <main>
            <header>
                <h1>"tautline chat " <small>"in Leptos"</small></h1>
                <button id="toggle" type="button" on:click=move |_| set_here.update(|here| *here = !*here)>
                    {move || if here.get() { "Leave" } else { "Enter" }}
                </button>
            </header>
            <Show when=move || here.get()>
                <Room settings=settings.get_value() />
            </Show>
        </main>
    }
}

#[component]
fn Room(settings: Settings) -> impl IntoView {
    let live = use_live(settings);
    let chat = live.chat;
    let input = NodeRef::<Input>::new();
    let say = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = input.get() else { return };
        let text = field.value();
        if !text.is_empty() && live.say(&text) {
            field.set_value("");
        }
    };
    view! {
        <section id="chat" aria-label="Chat">
            <p class="link">
                <span id="state" role="status" data-state=move || live.state()>
                    {move || live.state()}
                </span>
                <span id="latency">{move || live.latency().map(|ms| format!("{ms} ms"))}</span>
            </p>
            <p class="members">
                {move || chat.with(|chat| format!("Here: {}", chat.members.join(", ")))}
            </p>
            <div class="scroll" role="log" aria-label="Messages" tabindex="0">
                <ol id="log">
                    <For each=move || chat.with(|chat| chat.lines.clone()) key=|line| line.id let:line>
                        <li>
                            <b>{line.name}</b>
                            {format!(": {}", line.text)}
                        </li>
                    </For>
                </ol>
            </div>
            <p class="last">
                "Last: "
                <span id="last">
                    {move || chat.with(|chat| chat.last().map(|line| line.text.clone()))}
                </span>
            </p>
            {move || {
                chat.with(|chat| chat.problem.clone())
                    .map(|problem| view! { <p class="problem" role="alert">{problem}</p> })
            }}
            <form id="say" on:submit=say>
                <label for="text">"Message"</label>
                <input id="text" node_ref=input maxlength="2000" autocomplete="off" />
                <button id="send" type="submit">"Send"</button>
            </form>
        </section>
    }
}

fn settings() -> Settings {
    Settings::from_query(&window().location().search().unwrap_or_default())
}
