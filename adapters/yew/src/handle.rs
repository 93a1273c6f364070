//! What a component does with its socket.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use tautline::Sender;
use tautline::client::{ConfigError, SendStatus, State, TrySendError};

use crate::core::{Core, Shown};

/// The socket of a component: see [`use_socket`](crate::use_socket).
///
/// It shows what was when it was rendered, as all handles of Yew do, and is equal to another of the same component that shows
/// the same: so it can be a property or a context. What it does, it does to the socket that is there now. Once the component
/// is gone, its methods do nothing, or say that the socket is closed.
pub struct UseSocketHandle<Out: 'static, In: 'static> {
    core: Rc<Core<Out, In>>,
    shown: Shown,
}

impl<Out: 'static, In: 'static> UseSocketHandle<Out, In> {
    pub(crate) fn new(core: Rc<Core<Out, In>>) -> Self {
        let shown = core.shown();
        UseSocketHandle { core, shown }
    }

    pub(crate) fn core(&self) -> &Rc<Core<Out, In>> {
        &self.core
    }

    /// Where the connection stands. [`State::Idle`] on servers, and in the first rendering in a browser.
    pub fn state(&self) -> &State {
        &self.shown.state
    }

    /// The last round trip that was measured.
    pub fn latency(&self) -> Option<Duration> {
        self.shown.latency
    }

    /// Why the builder could not connect: a mistake in what it was told.
    pub fn error(&self) -> Option<&ConfigError> {
        self.shown.error.as_ref()
    }

    /// The last message, now rather than when this was rendered. It renders nothing:
    /// [`use_last_message`](crate::use_last_message) does.
    pub fn last(&self) -> Option<Rc<In>> {
        self.core.last()
    }

    /// Sends a message, or queues it, or gives it back. Never waits.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use tautline_yew::UseSocketHandle;
    /// # #[derive(Properties, PartialEq)]
    /// # struct Props { socket: UseSocketHandle<String, String> }
    /// # #[component]
    /// # fn Hello(props: &Props) -> Html {
    /// let problem = use_state(|| None);
    /// let send = {
    ///     let (socket, problem) = (props.socket.clone(), problem.clone());
    ///     move |_| match socket.send("hello".into()) {
    ///         Ok(_) => problem.set(None),
    ///         Err(error) => problem.set(Some(error.to_string())),
    ///     }
    /// };
    /// html! { <><button onclick={send}>{ "Hello" }</button>{ problem.as_deref() }</> }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back: full queue, too large, not to be encoded, or closed, which it is as well when
    /// the component is gone or the builder could not connect.
    pub fn send(&self, message: Out) -> Result<SendStatus, TrySendError<Out>> {
        match self.sender() {
            Some(sender) => sender.try_send(message),
            None => Err(TrySendError::Closed { message }),
        }
    }

    /// All that can be done beside receiving: requests, deliveries, waiting for room. `None` once the component is gone, and
    /// if the builder could not connect. Asked for before the component's effects run, it connects at once: leave it to
    /// effects and callbacks, which servers do not run.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use yew::platform::spawn_local;
    /// # use tautline_yew::UseSocketHandle;
    /// # fn ask(socket: UseSocketHandle<String, String>, answer: UseStateHandle<String>) {
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
        self.core.start()
    }

    /// The first dial, with [`Builder::auto_connect(false)`](tautline::client::Builder::auto_connect).
    pub fn open(&self) {
        if let Some(sender) = self.sender() {
            sender.open();
        }
    }

    /// Closes until [`reconnect`](UseSocketHandle::reconnect), with code 1000.
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
}

impl<Out, In> Clone for UseSocketHandle<Out, In> {
    fn clone(&self) -> Self {
        UseSocketHandle {
            core: Rc::clone(&self.core),
            shown: self.shown.clone(),
        }
    }
}

impl<Out, In> PartialEq for UseSocketHandle<Out, In> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.core, &other.core) && self.shown == other.shown
    }
}

impl<Out, In> fmt::Debug for UseSocketHandle<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSocketHandle")
            .field("state", &self.shown.state)
            .field("latency", &self.shown.latency)
            .finish_non_exhaustive()
    }
}
