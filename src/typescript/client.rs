//! What the classes that the macro makes are made of.

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::rc::Rc;

use js_sys::{Function, Promise};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::error::{
    coded, dropped, failed, range_error, told, type_error, unanswered, undelivered,
};
use super::hold::Hold;
use super::listeners;
use super::news::{data, object, state, stats};
use super::options::{Options, endpoint};
use super::value::{Reader, to_js};
use crate::client::{
    Builder, ClosedError, Delivering, Dropped, Event, Events, Invalid, Listeners, NoCodec,
    Requesting, SendStatus, Socket, TrySendError,
};
use crate::codec::Codec;
use crate::session::DropReason;
use crate::transport::spawn;

#[wasm_bindgen]
extern "C" {
    /// A function that does nothing with what it is given.
    #[wasm_bindgen(thread_local_v2, js_name = Boolean)]
    static IGNORE: Function;
}

/// A [`Socket`] as a page in TypeScript has it. Every method here is one of the class that
/// [`typescript_client`](super::typescript_client) makes, which only delegates.
///
/// Dropped, it closes the connection, frees everything, and calls nobody any more.
pub struct Client<Out: 'static, In: 'static> {
    socket: Socket<Out, In>,
    reader: Reader<Out>,
    ears: Rc<Ears>,
    hold: Rc<Hold>,
}

/// Who listens to what.
#[derive(Default)]
struct Ears {
    message: Rc<Listeners<JsValue>>,
    state: Rc<Listeners<JsValue>>,
    invalid: Rc<Listeners<JsValue>>,
    drop: Rc<Listeners<JsValue>>,
    error: Rc<Listeners<JsValue>>,
    /// Whether listeners are being told of messages that were dropped at once.
    is_dropping: Cell<bool>,
}

impl<Out, In> Client<Out, In>
where
    Out: Serialize + DeserializeOwned + 'static,
    In: Serialize + 'static,
{
    /// Connects: `build` makes of a builder what the application wants.
    ///
    /// # Errors
    ///
    /// A `TypeError` that says which of the arguments is wrong.
    pub fn connect<C: Codec<Out, In> + 'static>(
        url: &JsValue,
        options: &JsValue,
        build: impl FnOnce(Builder<Out, In, NoCodec>) -> Builder<Out, In, C>,
    ) -> Result<Self, JsValue> {
        let ears = Rc::new(Ears::default());
        let mut builder = Socket::builder(endpoint(url)?);
        let protocols = Options::of(options)?.protocols()?;
        if !protocols.is_empty() {
            builder = builder.protocols(protocols);
        }
        let hears = Rc::clone(&ears);
        let socket = build(builder)
            .on_message(move |message| hears.hear(message))
            .connect()
            .map_err(|error| type_error(&error.to_string()))?;
        let hold = Rc::new(Hold::default());
        spawn(follow(socket.events(), Rc::clone(&ears), Rc::clone(&hold)));
        Ok(Client {
            socket,
            reader: Reader::new(),
            ears,
            hold,
        })
    }

    /// The same with options of the application's, which the page gives beside those of the socket.
    ///
    /// # Errors
    ///
    /// As [`connect`](Client::connect).
    pub fn connect_with<O: DeserializeOwned + 'static, C: Codec<Out, In> + 'static>(
        url: &JsValue,
        options: &JsValue,
        build: impl FnOnce(Builder<Out, In, NoCodec>, O) -> Builder<Out, In, C>,
    ) -> Result<Self, JsValue> {
        let own = Reader::<O>::new().read("options", options)?;
        Client::connect(url, options, |builder| build(builder, own))
    }

    /// Makes the page's object of it, which from now on lives as long as the connection.
    pub fn into_object(self, make: impl FnOnce(Self) -> JsValue) -> JsValue {
        let hold = Rc::clone(&self.hold);
        let object = make(self);
        hold.keep(&object);
        object
    }

    /// Sends or queues a message: `"sent"`, `"queued"` or `"dropped"`.
    ///
    /// # Errors
    ///
    /// A `TypeError`, if it is no message or its options are wrong. Nothing is sent then.
    pub fn send(&self, message: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
        let options = Options::of(options)?.send()?;
        let message = self.reader.read("message", message)?;
        let (message, reason) = match self.socket.try_send_with(message, options) {
            Ok(SendStatus::Sent) => return Ok("sent".into()),
            Ok(SendStatus::Queued) => return Ok("queued".into()),
            Err(TrySendError::Encode { source, .. }) => {
                return Err(type_error(&format!("message: {}", told(&source))));
            }
            Err(TrySendError::Full { message }) => (message, DropReason::QueueFull),
            Err(TrySendError::TooLarge { message }) => (message, DropReason::TooLarge),
            Err(TrySendError::Closed { message }) => (message, DropReason::Closed),
        };
        // Where a listener sends again and that is dropped at once, only the return value tells: it would not end.
        if !self.ears.is_dropping.get() {
            let ears = Rc::clone(&self.ears);
            spawn(async move {
                ears.is_dropping.set(true);
                ears.dropped(&message, reason, false);
                ears.is_dropping.set(false);
            });
        }
        Ok("dropped".into())
    }

    /// Sends a message and promises its fate.
    pub fn deliver(&self, message: &JsValue, options: &JsValue) -> JsValue {
        let started = self.start_deliver(message, options);
        promise(async move {
            match started?.await {
                Ok(()) => Ok(JsValue::UNDEFINED),
                Err(error) => Err(undelivered(&error)),
            }
        })
    }

    fn start_deliver(
        &self,
        message: &JsValue,
        options: &JsValue,
    ) -> Result<Delivering<Out, In>, JsValue> {
        let options = Options::of(options)?;
        let (until, timeout) = (options.until()?, options.timeout()?);
        let (ttl, key) = (options.ttl()?, options.key()?);
        let message = self.reader.read("message", message)?;
        let mut deliver = self.socket.deliver(message).until(until);
        if let Some(timeout) = timeout {
            deliver = deliver.timeout(timeout);
        }
        if let Some(ttl) = ttl {
            deliver = deliver.ttl(ttl);
        }
        if let Some(key) = key {
            deliver = deliver.key(key);
        }
        Ok(deliver.into_future())
    }

    /// Sends a request and promises its reply.
    pub fn request(&self, message: &JsValue, options: &JsValue) -> JsValue {
        let started = self.start_request(message, options);
        promise(async move {
            match started?.await {
                Ok(reply) => to_js(&reply).map_err(|why| coded("decode", &why)),
                Err(error) => Err(unanswered(&error)),
            }
        })
    }

    fn start_request(
        &self,
        message: &JsValue,
        options: &JsValue,
    ) -> Result<Requesting<Out, In>, JsValue> {
        let options = Options::of(options)?;
        let (timeout, is_idempotent) = (options.timeout()?, options.is_idempotent()?);
        let mut request = self.socket.request(self.reader.read("message", message)?);
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        if is_idempotent {
            request = request.idempotent();
        }
        Ok(request.into_future())
    }

    /// Calls a function with each message; gives the function that ends it.
    ///
    /// # Errors
    ///
    /// A `TypeError`, if it is none.
    pub fn subscribe(&self, listener: JsValue) -> Result<JsValue, JsValue> {
        listeners::add(&self.ears.message, listener)
    }

    /// The same with each change of the state.
    ///
    /// # Errors
    ///
    /// A `TypeError`, if it is none.
    pub fn on_state(&self, listener: JsValue) -> Result<JsValue, JsValue> {
        listeners::add(&self.ears.state, listener)
    }

    /// The same with what is received and is no message.
    ///
    /// # Errors
    ///
    /// A `TypeError`, if it is none.
    pub fn on_invalid(&self, listener: JsValue) -> Result<JsValue, JsValue> {
        listeners::add(&self.ears.invalid, listener)
    }

    /// The same with each message that will not be sent.
    ///
    /// # Errors
    ///
    /// A `TypeError`, if it is none.
    pub fn on_drop(&self, listener: JsValue) -> Result<JsValue, JsValue> {
        listeners::add(&self.ears.drop, listener)
    }

    /// The same with what goes wrong.
    ///
    /// # Errors
    ///
    /// A `TypeError`, if it is none.
    pub fn on_error(&self, listener: JsValue) -> Result<JsValue, JsValue> {
        listeners::add(&self.ears.error, listener)
    }

    /// Where the connection stands.
    pub fn state(&self) -> JsValue {
        state(&self.socket.state())
    }

    /// The subprotocol that the server selected.
    pub fn protocol(&self) -> String {
        self.socket.protocol()
    }

    /// The figures.
    pub fn stats(&self) -> JsValue {
        stats(&self.socket.stats())
    }

    /// Promises that the connection is open.
    pub fn opened(&self) -> JsValue {
        let sender = self.socket.sender();
        promise(async move {
            match sender.opened().await {
                Ok(()) => Ok(JsValue::UNDEFINED),
                Err(closed) => Err(closure(&closed)),
            }
        })
    }

    /// The first dial of a builder that does not dial by itself.
    pub fn open(&self) {
        self.socket.open();
    }

    /// Dials now.
    pub fn reconnect(&self) {
        self.hold.renew();
        self.socket.reconnect();
    }

    /// No connection until [`resume`](Client::resume).
    pub fn pause(&self) {
        self.socket.pause();
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.socket.resume();
    }

    /// Closes; promises that it is done.
    ///
    /// # Errors
    ///
    /// A `TypeError` or a `RangeError`, if code, reason or options are wrong. Nothing is closed then.
    pub fn close(
        &self,
        code: &JsValue,
        reason: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let options = Options::of(options)?.close(code, reason)?;
        let closing = self
            .socket
            .close_with(options)
            .map_err(|error| range_error(&error.to_string()))?;
        Ok(promise(async move {
            closing.await;
            Ok(JsValue::UNDEFINED)
        }))
    }
}

impl<Out, In> Drop for Client<Out, In> {
    fn drop(&mut self) {
        self.hold.release();
        let Ears {
            message,
            state,
            invalid,
            drop,
            error,
            is_dropping: _,
        } = &*self.ears;
        for listeners in [message, state, invalid, drop, error] {
            listeners.clear();
        }
    }
}

impl Ears {
    fn hear<In: Serialize>(&self, message: Result<In, Invalid>) {
        match message {
            Ok(message) if self.message.is_empty() => drop(message),
            Ok(message) => match to_js(&message) {
                Ok(value) => {
                    // What the message does when it is dropped, it has done before the page is called.
                    drop(message);
                    self.message.call(&value);
                }
                Err(why) => self.invalid(JsValue::UNDEFINED, coded("decode", &why)),
            },
            Err(_) if self.invalid.is_empty() => {}
            Err(Invalid::Frame { payload, source }) => {
                self.invalid(data(&payload), coded("decode", &told(&source)));
            }
            Err(error @ Invalid::Unmatched { .. }) => {
                let text = error.to_string();
                if let Invalid::Unmatched { payload } = error {
                    self.invalid(data(&payload), coded("unmatched", &text));
                }
            }
            // Of a stream that is read too slowly: there is none.
            Err(Invalid::Lagged { .. }) => {}
        }
    }

    fn invalid(&self, data: JsValue, error: JsValue) {
        self.invalid
            .call(&object(&[("data", data), ("error", error)]));
    }

    fn dropped<Out: Serialize>(&self, message: &Out, reason: DropReason, is_sent: bool) {
        if !self.drop.is_empty() {
            // What came from the page had a form there.
            let message = to_js(message).unwrap_or_default();
            self.drop.call(&object(&[
                ("message", message),
                ("error", dropped(reason, is_sent)),
            ]));
        }
    }
}

/// Tells the page what happens beside the messages, in a microtask after it happened. Ends with the socket.
async fn follow<Out: Serialize>(mut events: Events<Out>, ears: Rc<Ears>, hold: Rc<Hold>) {
    while let Some(event) = events.next().await {
        match event {
            Event::State {
                state: now,
                previous,
            } => {
                if now.is_closed() {
                    hold.release();
                }
                if !ears.state.is_empty() {
                    let (now, previous) = (state(&now), state(&previous));
                    ears.state
                        .call(&object(&[("state", now), ("previous", previous)]));
                }
            }
            Event::Dropped(what) => {
                let Dropped {
                    message,
                    reason,
                    is_sent,
                } = &*what;
                ears.dropped(message, *reason, *is_sent);
            }
            Event::Failed(failure) if !ears.error.is_empty() => {
                ears.error.call(&object(&[("error", failed(&failure))]));
            }
            _ => {}
        }
    }
}

fn closure(closed: &ClosedError) -> JsValue {
    coded("closed", &closed.to_string())
}

/// A promise that is never an unhandled rejection: nobody has to wait for it.
fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> JsValue {
    let promise: Promise = future_to_promise(future);
    IGNORE.with(|ignore| ignore_rejection(&promise, ignore));
    promise.into()
}

#[wasm_bindgen]
extern "C" {
    type Rejectable;

    #[wasm_bindgen(method, js_name = catch)]
    fn catch_with(this: &Rejectable, handler: &Function) -> JsValue;
}

fn ignore_rejection(promise: &JsValue, ignore: &Function) {
    promise.unchecked_ref::<Rejectable>().catch_with(ignore);
}
