//! What a browser has of a socket: how to make it, and what was made.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use reactive_graph::diagnostics::SpecialNonReactiveZone;
use reactive_graph::graph::untrack;
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::Set;
use tautline::client::{Builder, ConfigError, Event, Invalid, Listeners, State};
use tautline::codec::Codec;
use tautline::transport::spawn;
use tautline::{Sender, Socket};

use crate::latest::Latest;

/// The signals of a socket. They live in the arena of Leptos, as long as the component.
pub(crate) struct Signals<In: 'static> {
    pub(crate) state: RwSignal<State>,
    pub(crate) latency: RwSignal<Option<Duration>>,
    pub(crate) last: Latest<In>,
    pub(crate) invalid: Latest<Invalid>,
    pub(crate) error: RwSignal<Option<ConfigError>>,
}

impl<In> Clone for Signals<In> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<In> Copy for Signals<In> {}

type Make<Out, In> = Box<dyn FnOnce(Weak<Core<Out, In>>) -> Result<Socket<Out, In>, ConfigError>>;

pub(crate) struct Core<Out: 'static, In: 'static> {
    make: Cell<Option<Make<Out, In>>>,
    /// What keeps the connection alive.
    socket: RefCell<Option<Socket<Out, In>>>,
    sender: OnceCell<Sender<Out, In>>,
    signals: Signals<In>,
    pub(crate) messages: Listeners<Arc<In>>,
    pub(crate) invalids: Listeners<Arc<Invalid>>,
    pub(crate) events: Listeners<Event<Out>>,
}

impl<Out: 'static, In: 'static> Core<Out, In> {
    pub(crate) fn new<C: Codec<Out, In> + 'static>(
        builder: impl FnOnce() -> Builder<Out, In, C> + 'static,
        signals: Signals<In>,
    ) -> Rc<Self> {
        let make: Make<Out, In> = Box::new(move |core| {
            let take = move |message| {
                if let Some(core) = core.upgrade() {
                    core.receive(message);
                }
            };
            builder().on_message(take).connect()
        });
        Rc::new(Core {
            make: Cell::new(Some(make)),
            socket: RefCell::new(None),
            sender: OnceCell::new(),
            signals,
            messages: Listeners::default(),
            invalids: Listeners::default(),
            events: Listeners::default(),
        })
    }

    /// Makes the socket, if that has not been done. `None` if it cannot be made.
    pub(crate) fn start(self: &Rc<Self>) -> Option<&Sender<Out, In>> {
        if let Some(make) = self.make.take() {
            match untrack(|| make(Rc::downgrade(self))) {
                Ok(socket) => self.keep(socket),
                Err(error) => {
                    report(&error);
                    set(self.signals.error, Some(error));
                }
            }
        }
        self.sender.get()
    }

    /// The component is gone, and its signals will be. Nobody is called any more, even if it went because of a message.
    pub(crate) fn stop(&self) {
        drop(self.make.take());
        let socket = self.socket.take();
        drop(socket);
        self.messages.clear();
        self.invalids.clear();
        self.events.clear();
    }

    fn keep(self: &Rc<Self>, socket: Socket<Out, In>) {
        let sender = self.sender.get_or_init(|| socket.sender()).clone();
        let (core, signals) = (Rc::downgrade(self), self.signals);
        let mut events = socket.events();
        self.socket.replace(Some(socket));
        // It ends with the socket. Its beginning waits until the first rendering is done, which shows an idle socket as the
        // server's did.
        spawn(async move {
            set(signals.state, sender.state());
            while let Some(event) = events.next().await {
                signals.note(&event, &sender);
                if let Some(core) = core.upgrade() {
                    let _zone = SpecialNonReactiveZone::enter();
                    core.events.call(&event);
                }
            }
        });
    }

    fn receive(&self, message: Result<In, Invalid>) {
        let _zone = SpecialNonReactiveZone::enter();
        match message {
            Ok(message) => {
                let message = Arc::new(message);
                self.signals.last.note(Arc::clone(&message));
                self.messages.call(&message);
            }
            Err(invalid) => {
                // Not to be sent anywhere; the signals of Leptos hold an `Arc` all the same.
                #[expect(clippy::arc_with_non_send_sync)]
                let invalid = Arc::new(invalid);
                self.signals.invalid.note(Arc::clone(&invalid));
                self.invalids.call(&invalid);
            }
        }
    }
}

impl<In> Signals<In> {
    fn note<Out>(&self, event: &Event<Out>, sender: &Sender<Out, In>) {
        match event {
            Event::State { state, .. } => set(self.state, state.clone()),
            Event::Latency(latency) => set(self.latency, Some(*latency)),
            // One of those that are missing may have been a state.
            Event::Lagged { .. } => set(self.state, sender.state()),
            _ => {}
        }
    }
}

/// Sets a signal that may be gone with its component.
fn set<T: Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    let _unset = signal.try_set(value);
}

/// A mistake of the application's is told where its author looks.
fn report(error: &ConfigError) {
    #[cfg(target_arch = "wasm32")]
    web_sys::console::error_1(&format!("tautline: {error}").into());
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("tautline: {error}");
}
