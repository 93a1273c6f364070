//! The hooks.

use std::rc::Rc;

use tautline::client::{Builder, Event, Invalid, Listeners};
use tautline::codec::Codec;
use yew::functional::{hook, use_effect_with, use_force_update, use_memo, use_mut_ref};

use crate::core::{Core, Owner};
use crate::handle::UseSocketHandle;

/// A socket that lives as long as the component, or until `deps` change: then another takes its place.
///
/// `builder` is called in the browser, after the first rendering and after each that changed `deps`. Renderings alone never
/// reconnect.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use std::rc::Rc;
/// use tautline::Socket;
/// use tautline::codec::Json;
/// use tautline_yew::{use_on_message, use_socket};
/// use yew::prelude::*;
///
/// #[derive(Serialize, Deserialize)]
/// struct Line { text: String }
///
/// #[derive(Default)]
/// struct Lines(Vec<Rc<Line>>);
///
/// impl Reducible for Lines {
///     type Action = Rc<Line>;
///
///     fn reduce(self: Rc<Self>, line: Rc<Line>) -> Rc<Self> {
///         let mut lines = self.0.clone();
///         lines.push(line);
///         Rc::new(Lines(lines))
///     }
/// }
///
/// #[derive(Properties, PartialEq)]
/// struct Props { room: AttrValue }
///
/// #[component]
/// fn Chat(props: &Props) -> Html {
///     let socket = use_socket(props.room.clone(), |room| Socket::builder(format!("/chat/{room}")).codec(Json));
///     let lines = use_reducer(Lines::default);
///     let hear = lines.dispatcher();
///     use_on_message(&socket, move |line| hear.dispatch(line));
///     let hello = {
///         let socket = socket.clone();
///         move |_| drop(socket.send(Line { text: "hello".into() }))
///     };
///     html! {
///         <>
///             <p>{ socket.state().name().name() }</p>
///             <ul>{ for lines.0.iter().map(|line| html! { <li>{ &line.text }</li> }) }</ul>
///             <button onclick={hello}>{ "Hello" }</button>
///         </>
///     }
/// }
/// ```
///
/// Messages go to [`use_on_message`] and [`use_last_message`]: a function given to [`Builder::on_message`] is replaced. A
/// builder that cannot connect is reported to the browser's console and by [`UseSocketHandle::error`].
#[hook]
pub fn use_socket<D, F, Out, In, C>(deps: D, builder: F) -> UseSocketHandle<Out, In>
where
    D: PartialEq + 'static,
    F: FnOnce(&D) -> Builder<Out, In, C> + 'static,
    Out: 'static,
    In: 'static,
    C: Codec<Out, In> + 'static,
{
    // Nothing but the component's own state holds the owner.
    let core = Rc::clone(&use_memo((), |()| Owner(Core::new())).0);
    core.render_with(use_force_update());
    let asked = use_mut_ref(|| None::<(Rc<D>, u32)>);
    let before = asked.borrow().clone();
    let generation = match before {
        Some((before, generation)) if *before == deps => generation,
        before => {
            let deps = Rc::new(deps);
            let generation = before.map_or(0, |(_, generation)| generation.wrapping_add(1));
            asked.replace(Some((Rc::clone(&deps), generation)));
            core.prepare(move || builder(&deps));
            generation
        }
    };
    let started = Rc::clone(&core);
    use_effect_with(generation, move |_| drop(started.start()));
    UseSocketHandle::new(core)
}

/// The last message, `None` before the first. Renders the component that calls it again with each message, or with several at
/// once if they come faster than that: what must not miss one uses [`use_on_message`].
///
/// ```
/// # use yew::prelude::*;
/// use tautline_yew::{UseSocketHandle, use_last_message};
///
/// #[derive(Properties, PartialEq)]
/// struct Props { socket: UseSocketHandle<String, f64> }
///
/// /// Only this is rendered for each price, and not the component that has the socket.
/// #[component]
/// fn Price(props: &Props) -> Html {
///     let price = use_last_message(&props.socket);
///     html! { <b>{ price.map(|price| format!("{price:.2} €")) }</b> }
/// }
/// ```
#[hook]
pub fn use_last_message<Out, In>(socket: &UseSocketHandle<Out, In>) -> Option<Rc<In>>
where
    Out: 'static,
    In: 'static,
{
    let update = use_force_update();
    use_listener(
        socket,
        |core| &core.messages,
        move |_| update.force_update(),
    );
    socket.last()
}

/// Calls `listener` with each message, in order, inside the browser's event: none is lost when renderings are fewer than
/// messages. It is always the listener of the last rendering that is called.
///
/// Several messages may come before the next rendering, and what a listener took from a state is as old as its rendering. So
/// let it dispatch to a reducer, as in the example of [`use_socket`], rather than set a state made from the one it knows.
///
/// ```
/// # use yew::prelude::*;
/// # use tautline_yew::{UseSocketHandle, use_on_message};
/// # #[derive(Properties, PartialEq)]
/// # struct Props { socket: UseSocketHandle<(), u64>, on_number: Callback<u64> }
/// # #[component]
/// # fn Numbers(props: &Props) -> Html {
/// let on_number = props.on_number.clone();
/// use_on_message(&props.socket, move |number| on_number.emit(*number));
/// # html! {}
/// # }
/// ```
#[hook]
pub fn use_on_message<Out, In, F>(socket: &UseSocketHandle<Out, In>, listener: F)
where
    Out: 'static,
    In: 'static,
    F: Fn(Rc<In>) + 'static,
{
    use_listener(socket, |core| &core.messages, listener);
}

/// As [`use_on_message`], for what is received and no message.
#[hook]
pub fn use_on_invalid<Out, In, F>(socket: &UseSocketHandle<Out, In>, listener: F)
where
    Out: 'static,
    In: 'static,
    F: Fn(Rc<Invalid>) + 'static,
{
    use_listener(socket, |core| &core.invalids, listener);
}

/// As [`use_on_message`], for what happens beside the messages: states, failures, and messages that were given up.
///
/// ```
/// # use yew::prelude::*;
/// # use tautline_yew::{UseSocketHandle, use_on_event};
/// use tautline::client::Event;
///
/// # #[derive(Properties, PartialEq)]
/// # struct Props { socket: UseSocketHandle<String, String>, tell: Callback<String> }
/// # #[component]
/// # fn Problems(props: &Props) -> Html {
/// let tell = props.tell.clone();
/// use_on_event(&props.socket, move |event| match event {
///     Event::Dropped(dropped) => tell.emit(format!("not sent: {}", dropped.message)),
///     Event::Failed(failure) => tell.emit(failure.to_string()),
///     _ => {}
/// });
/// # html! {}
/// # }
/// ```
#[hook]
pub fn use_on_event<Out, In, F>(socket: &UseSocketHandle<Out, In>, listener: F)
where
    Out: 'static,
    In: 'static,
    F: Fn(Event<Out>) + 'static,
{
    use_listener(socket, |core| &core.events, listener);
}

/// The same component's core, whatever it shows.
struct Same<Out: 'static, In: 'static>(Rc<Core<Out, In>>);

impl<Out, In> PartialEq for Same<Out, In> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[hook]
fn use_listener<Out, In, T, F>(
    socket: &UseSocketHandle<Out, In>,
    listeners: fn(&Core<Out, In>) -> &Listeners<T>,
    listener: F,
) where
    Out: 'static,
    In: 'static,
    T: Clone + 'static,
    F: Fn(T) + 'static,
{
    let newest = use_mut_ref(|| None::<Rc<F>>);
    let before = newest.replace(Some(Rc::new(listener)));
    drop(before);
    use_effect_with(Same(Rc::clone(socket.core())), move |Same(core)| {
        let id = listeners(core).add(move |value: &T| {
            let newest = newest.borrow().clone();
            if let Some(listener) = newest {
                listener(value.clone());
            }
        });
        let core = Rc::clone(core);
        move || listeners(&core).remove(id)
    });
}
