//! The socket of a component.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use reactive_graph::effect::Effect;
use reactive_graph::owner::{StoredValue, on_cleanup};
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::{UpdateValue, WithValue};
use reactive_graph::wrappers::read::Signal;
use send_wrapper::SendWrapper;
use tautline::Sender;
use tautline::client::{
    Builder, ConfigError, Event, Invalid, Listeners, SendStatus, State, TrySendError,
};
use tautline::codec::Codec;
use tautline::transport::IS_LIVE;

use crate::core::{Core, Signals};
use crate::latest::Latest;

/// Where there is no browser there is no core. Where there is, it belongs to the thread.
type Stored<Out, In> = Option<SendWrapper<Rc<Core<Out, In>>>>;

/// A socket that lives as long as the component.
///
/// `builder` is called once, in the browser, after the component is mounted: the connection begins then. It ends when the
/// component goes. To follow a value that changes, such as the name of a room, let the component that calls this be made
/// anew for each: a `<For>` with a key, or a closure in the view that reads the value and gives the component.
///
/// ```
/// use leptos::prelude::*;
/// use serde::{Deserialize, Serialize};
/// use tautline::Socket;
/// use tautline::codec::Json;
/// use tautline_leptos::use_socket;
///
/// #[derive(Serialize, Deserialize)]
/// struct Line { text: String }
///
/// #[component]
/// fn Chat() -> impl IntoView {
///     let lines = RwSignal::new(Vec::new());
///     let socket = use_socket(|| Socket::builder("/chat").codec(Json));
///     socket.on_message(move |line: std::sync::Arc<Line>| lines.update(|lines| lines.push(line)));
///     let hello = move |_| drop(socket.send(Line { text: "hello".into() }));
///     view! {
///         <p>{move || socket.state.get().name().name()}</p>
///         <ul>{move || lines.get().iter().map(|line| view! { <li>{line.text.clone()}</li> }).collect_view()}</ul>
///         <button on:click=hello>"Hello"</button>
///     }
/// }
/// ```
///
/// Messages go to [`UseSocket::on_message`] and [`UseSocket::last`]: a function given to [`Builder::on_message`] is replaced.
/// A builder that cannot connect is reported to the browser's console and in [`UseSocket::error`].
#[track_caller]
pub fn use_socket<Out, In, C>(
    builder: impl FnOnce() -> Builder<Out, In, C> + 'static,
) -> UseSocket<Out, In>
where
    Out: 'static,
    In: 'static,
    C: Codec<Out, In> + 'static,
{
    let socket = UseSocket::new(builder, IS_LIVE);
    if IS_LIVE {
        // Effects run in browsers, once the component is mounted.
        Effect::new(move || drop(socket.sender()));
    }
    socket
}

/// The socket of a component, for its views and event handlers: see [`use_socket`].
///
/// Its methods do nothing, or say that the socket is closed, once the component is gone. The signals are disposed of then, as
/// all signals of a component are.
pub struct UseSocket<Out: 'static, In: 'static> {
    /// Where the connection stands. [`State::Idle`] on servers, and in the first rendering in a browser.
    pub state: Signal<State>,
    /// The last round trip that was measured.
    pub latency: Signal<Option<Duration>>,
    /// The last message. What comes between two renderings is skipped: see [`on_message`](UseSocket::on_message).
    pub last: Latest<In>,
    /// The last thing received that was no message.
    pub invalid: Latest<Invalid>,
    /// Why the builder could not connect: a mistake in what it was told.
    pub error: Signal<Option<ConfigError>>,
    core: StoredValue<Stored<Out, In>>,
}

impl<Out, In> Clone for UseSocket<Out, In> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Out, In> Copy for UseSocket<Out, In> {}

impl<Out, In> PartialEq for UseSocket<Out, In> {
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core
    }
}

impl<Out, In> Eq for UseSocket<Out, In> {}

impl<Out, In> fmt::Debug for UseSocket<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSocket").finish_non_exhaustive()
    }
}

impl<Out: 'static, In: 'static> UseSocket<Out, In> {
    #[track_caller]
    pub(crate) fn new<C: Codec<Out, In> + 'static>(
        builder: impl FnOnce() -> Builder<Out, In, C> + 'static,
        is_live: bool,
    ) -> Self {
        let signals = Signals {
            state: RwSignal::new(State::Idle),
            latency: RwSignal::new(None),
            last: Latest::new(),
            invalid: Latest::new(),
            error: RwSignal::new(None),
        };
        let core = is_live.then(|| SendWrapper::new(Core::new(builder, signals)));
        let core = StoredValue::new(core);
        on_cleanup(move || {
            // Taken out first: what is dropped is dropped with nothing borrowed.
            if let Some(Some(core)) = core.try_update_value(Option::take) {
                core.stop();
            }
        });
        UseSocket {
            state: signals.state.into(),
            latency: signals.latency.into(),
            last: signals.last,
            invalid: signals.invalid,
            error: signals.error.into(),
            core,
        }
    }

    /// Sends a message, or queues it, or gives it back. Never waits. On a server, the message goes nowhere.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use tautline_leptos::UseSocket;
    /// # #[component]
    /// # fn Send(socket: UseSocket<String, String>) -> impl IntoView {
    /// let problem = RwSignal::new(None);
    /// let send = move |_| match socket.send("hello".into()) {
    ///     Ok(_) => problem.set(None),
    ///     Err(error) => problem.set(Some(error.to_string())),
    /// };
    /// view! { <button on:click=send>"Send"</button> {move || problem.get()} }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back: full queue, too large, not to be encoded, or closed, which it is as well when
    /// the component is gone or the builder could not connect.
    pub fn send(&self, message: Out) -> Result<SendStatus, TrySendError<Out>> {
        match self.core() {
            Some(Some(core)) => match core.start() {
                Some(sender) => sender.clone().try_send(message),
                None => Err(TrySendError::Closed { message }),
            },
            // As a socket without a browser says, whose queue nobody will ever send.
            Some(None) => Ok(SendStatus::Queued),
            None => Err(TrySendError::Closed { message }),
        }
    }

    /// All that can be done beside receiving: requests, deliveries, waiting for room. `None` on servers, when the component
    /// is gone, and if the builder could not connect. Asked for before the component is mounted, it connects at once.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use leptos::task::spawn_local;
    /// # use tautline_leptos::UseSocket;
    /// # fn ask(socket: UseSocket<String, String>, answer: RwSignal<String>) {
    /// if let Some(sender) = socket.sender() {
    ///     spawn_local(async move {
    ///         if let Ok(reply) = sender.request("time?".into()).await {
    ///             answer.set(reply);
    ///         }
    ///     });
    /// }
    /// # }
    /// ```
    pub fn sender(&self) -> Option<Sender<Out, In>> {
        self.core()??.start().cloned()
    }

    /// The first dial, with [`Builder::auto_connect(false)`](Builder::auto_connect).
    pub fn open(&self) {
        if let Some(sender) = self.sender() {
            sender.open();
        }
    }

    /// Closes until [`reconnect`](UseSocket::reconnect), with code 1000.
    pub fn close(&self) {
        if let Some(sender) = self.sender() {
            drop(sender.close());
        }
    }

    /// Dials now: instead of waiting, in place of the connection, or after it was closed.
    pub fn reconnect(&self) {
        if let Some(sender) = self.sender() {
            sender.reconnect();
        }
    }

    /// Calls `listener` with each message, in order, inside the browser's event: none is lost when renderings are fewer than
    /// messages. It is called until the component goes that asked for it, which may be another than the socket's.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use tautline_leptos::UseSocket;
    /// # #[component]
    /// # fn Sum(socket: UseSocket<(), u64>) -> impl IntoView {
    /// let sum = RwSignal::new(0);
    /// socket.on_message(move |number| sum.update(|sum| *sum += *number));
    /// view! { {move || sum.get()} }
    /// # }
    /// ```
    pub fn on_message(&self, listener: impl Fn(Arc<In>) + 'static) {
        self.listen(|core| &core.messages, listener);
    }

    /// The same for what is received and no message.
    pub fn on_invalid(&self, listener: impl Fn(Arc<Invalid>) + 'static) {
        self.listen(|core| &core.invalids, listener);
    }

    /// The same for what happens beside the messages: states, failures, and messages that were given up.
    ///
    /// ```
    /// # use leptos::logging;
    /// # use tautline::client::Event;
    /// # use tautline_leptos::UseSocket;
    /// # fn listen(socket: UseSocket<String, String>) {
    /// socket.on_event(|event| match event {
    ///     Event::Dropped(dropped) => logging::warn!("not sent: {}", dropped.message),
    ///     Event::Failed(failure) => logging::warn!("{failure}"),
    ///     _ => {}
    /// });
    /// # }
    /// ```
    pub fn on_event(&self, listener: impl Fn(Event<Out>) + 'static) {
        self.listen(|core| &core.events, listener);
    }

    fn listen<T: Clone + 'static>(
        self,
        listeners: fn(&Core<Out, In>) -> &Listeners<T>,
        listener: impl Fn(T) + 'static,
    ) {
        let Some(Some(core)) = self.core() else {
            return;
        };
        let id = listeners(&core).add(move |value| listener(value.clone()));
        on_cleanup(move || {
            if let Some(Some(core)) = self.core() {
                listeners(&core).remove(id);
            }
        });
    }

    /// `None` once the component is gone, `Some(None)` where there is no browser.
    fn core(&self) -> Option<Option<Rc<Core<Out, In>>>> {
        self.core.try_with_value(|core| {
            let core = core.as_ref();
            core.map(|core| Rc::clone(core))
        })
    }
}
