//! What a component has of its socket: how to make it, what was made, and who listens.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use tautline::client::{Builder, ConfigError, Event, Invalid, Listeners, State};
use tautline::codec::Codec;
use tautline::transport::spawn;
use tautline::{Sender, Socket};
use yew::functional::UseForceUpdateHandle;

/// What a rendering shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) state: State,
    pub(crate) latency: Option<Duration>,
    pub(crate) error: Option<ConfigError>,
}

const NOTHING_SHOWN: Shown = Shown {
    state: State::Idle,
    latency: None,
    error: None,
};

type Make<Out, In> = Box<dyn FnOnce(Weak<Core<Out, In>>) -> Result<Socket<Out, In>, ConfigError>>;

/// One for each component that calls `use_socket`, whatever sockets it has one after the other.
pub(crate) struct Core<Out: 'static, In: 'static> {
    /// How to make the socket that the last rendering asks for, until it is made.
    make: Cell<Option<Make<Out, In>>>,
    socket: RefCell<Option<Socket<Out, In>>>,
    /// How many sockets there were before this one.
    replaced: Cell<u32>,
    sender: RefCell<Option<Sender<Out, In>>>,
    shown: RefCell<Shown>,
    last: RefCell<Option<Rc<In>>>,
    update: RefCell<Option<UseForceUpdateHandle>>,
    pub(crate) messages: Listeners<Rc<In>>,
    pub(crate) invalids: Listeners<Rc<Invalid>>,
    pub(crate) events: Listeners<Event<Out>>,
}

impl<Out: 'static, In: 'static> Core<Out, In> {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Core {
            make: Cell::new(None),
            socket: RefCell::new(None),
            replaced: Cell::new(0),
            sender: RefCell::new(None),
            shown: RefCell::new(NOTHING_SHOWN),
            last: RefCell::new(None),
            update: RefCell::new(None),
            messages: Listeners::default(),
            invalids: Listeners::default(),
            events: Listeners::default(),
        })
    }

    /// What is to be rendered when something shown changes.
    pub(crate) fn render_with(&self, update: UseForceUpdateHandle) {
        let before = self.update.replace(Some(update));
        drop(before);
    }

    pub(crate) fn shown(&self) -> Shown {
        self.shown.borrow().clone()
    }

    pub(crate) fn last(&self) -> Option<Rc<In>> {
        self.last.borrow().clone()
    }

    /// Says how the next socket is made. It takes the place of the one there is when it starts.
    pub(crate) fn prepare<C: Codec<Out, In> + 'static>(
        &self,
        builder: impl FnOnce() -> Builder<Out, In, C> + 'static,
    ) {
        let make: Make<Out, In> = Box::new(move |core| {
            let take = move |message| {
                if let Some(core) = core.upgrade() {
                    core.receive(message);
                }
            };
            builder().on_message(take).connect()
        });
        self.make.set(Some(make));
    }

    /// Makes the socket that was last asked for, if that has not been done. `None` if it cannot be made.
    pub(crate) fn start(self: &Rc<Self>) -> Option<Sender<Out, In>> {
        if let Some(make) = self.make.take() {
            self.release();
            match make(Rc::downgrade(self)) {
                Ok(socket) => self.keep(socket),
                Err(error) => {
                    report(&error);
                    self.show(|shown| shown.error = Some(error));
                }
            }
        }
        self.sender.borrow().clone()
    }

    /// The component is gone.
    pub(crate) fn stop(&self) {
        drop(self.make.take());
        let update = self.update.take();
        drop(update);
        self.release();
    }

    /// Lets go of the socket there is, and of all that was received from it.
    fn release(&self) {
        self.replaced.set(self.replaced.get().wrapping_add(1));
        let sender = self.sender.take();
        // Whatever is dropped is dropped with nothing borrowed.
        let socket = self.socket.take();
        let last = self.last.take();
        drop((socket, sender, last));
        self.show(|shown| *shown = NOTHING_SHOWN);
    }

    fn keep(self: &Rc<Self>, socket: Socket<Out, In>) {
        let sender = socket.sender();
        let mut events = socket.events();
        self.sender.replace(Some(sender.clone()));
        self.socket.replace(Some(socket));
        self.show(|shown| shown.state = sender.state());
        // It ends with the socket. What it still has to tell of one that was replaced is nobody's concern.
        let (core, replaced) = (Rc::downgrade(self), self.replaced.get());
        spawn(async move {
            while let Some(event) = events.next().await {
                let core = core.upgrade();
                let Some(core) = core.filter(|it| it.replaced.get() == replaced) else {
                    break;
                };
                core.note(&event, &sender);
                core.events.call(&event);
            }
        });
    }

    fn note(&self, event: &Event<Out>, sender: &Sender<Out, In>) {
        match event {
            Event::State { state, .. } => self.show(|shown| shown.state = state.clone()),
            Event::Latency(latency) => self.show(|shown| shown.latency = Some(*latency)),
            // One of those that are missing may have been a state.
            Event::Lagged { .. } => self.show(|shown| shown.state = sender.state()),
            _ => {}
        }
    }

    fn receive(&self, message: Result<In, Invalid>) {
        match message {
            Ok(message) => {
                let message = Rc::new(message);
                let before = self.last.replace(Some(Rc::clone(&message)));
                drop(before);
                self.messages.call(&message);
            }
            Err(invalid) => self.invalids.call(&Rc::new(invalid)),
        }
    }

    /// Renders again if something changes.
    fn show(&self, change: impl FnOnce(&mut Shown)) {
        let mut shown = self.shown();
        change(&mut shown);
        if *self.shown.borrow() == shown {
            return;
        }
        self.shown.replace(shown);
        let update = self.update.borrow().clone();
        if let Some(update) = update {
            update.force_update();
        }
    }
}

/// Lets go of the socket when the component goes.
pub(crate) struct Owner<Out: 'static, In: 'static>(pub(crate) Rc<Core<Out, In>>);

impl<Out: 'static, In: 'static> Drop for Owner<Out, In> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// A mistake of the application's is told where its author looks.
fn report(error: &ConfigError) {
    #[cfg(target_arch = "wasm32")]
    web_sys::console::error_1(&format!("tautline: {error}").into());
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("tautline: {error}");
}
