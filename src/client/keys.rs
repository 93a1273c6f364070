//! What messages may ask of the queue, and what gives way in it. The session knows keys by number, and only while a message
//! holds them, so that they cannot pile up.

use std::borrow::Cow;
use std::cell::RefCell;
use std::future::Future;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::error::{SendError, TrySendError};
use super::millis;
use super::outbox::Outbox;
use super::queue::Queue;
use super::sender::{SendStatus, Sender};
use crate::session::{Message, Millis, Overflow};

/// A key that messages hold. Behind a trait, because most pages have none.
trait Named {
    fn number(&self) -> u32;
}

struct Name {
    key: Key,
    number: u32,
}

impl Named for Name {
    fn number(&self) -> u32 {
        self.number
    }
}

/// What the queue is told of a message.
#[derive(Default)]
pub(super) struct Place {
    ttl_ms: Option<Millis>,
    key: Option<Rc<dyn Named>>,
}

impl Place {
    /// Tells the session of it.
    pub(super) fn note(&self, message: &mut Message) {
        message.ttl_ms = self.ttl_ms;
        message.key = self.key.as_ref().map(|key| key.number());
    }
}

#[derive(Default)]
pub(super) struct Keys {
    held: RefCell<Vec<Weak<Name>>>,
}

impl Keys {
    /// What a message asks for; `number` is for its key, if that has none yet.
    fn place(&self, options: &SendOptions, number: u32) -> Place {
        Place {
            ttl_ms: options.ttl.map(millis),
            key: options.key.as_ref().map(|key| self.hold(key, number)),
        }
    }

    fn hold(&self, key: &Key, number: u32) -> Rc<dyn Named> {
        let mut held = self.held.borrow_mut();
        held.retain(|name| name.strong_count() > 0);
        let mut known = held.iter().filter_map(Weak::upgrade);
        if let Some(name) = known.find(|name| name.key == *key) {
            return name;
        }
        let key = key.clone();
        let name = Rc::new(Name { key, number });
        held.push(Rc::downgrade(&name));
        name
    }
}

impl<Out, In> Outbox<Out, In> {
    /// What a message asks the queue for.
    pub(super) fn place(&self, options: &SendOptions) -> Place {
        self.keys.place(options, self.next())
    }
}

impl<Out, In> Sender<Out, In> {
    /// The same with a time to live and a key.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Sender::try_send).
    pub fn try_send_with(
        &self,
        message: Out,
        options: SendOptions,
    ) -> Result<SendStatus, TrySendError<Out>> {
        self.send_placed(message, |outbox| outbox.place(&options))
    }

    /// The same with a time to live and a key.
    ///
    /// # Errors
    ///
    /// As [`send`](Sender::send).
    pub fn send_with(
        &self,
        message: Out,
        options: SendOptions,
    ) -> impl Future<Output = Result<SendStatus, SendError<Out>>> + use<'_, Out, In> {
        self.send_when_room(message, move |message| {
            self.send_placed(message, |outbox| outbox.place(&options))
        })
    }
}

impl Queue {
    /// What gives way when a message does not fit. Default [`Overflow::Reject`]: the new one.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.config.overflow = overflow;
        self
    }

    /// How long a message may wait. Default: for ever.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.config.ttl_ms = Some(millis(ttl));
        self
    }
}

/// Names what a message is about, so that a newer one replaces an older one that is still queued.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// By text.
    Name(Cow<'static, str>),
    /// By number.
    Number(u64),
}

impl From<&'static str> for Key {
    fn from(name: &'static str) -> Self {
        Key::Name(name.into())
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Key::Name(name.into())
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Key::Number(number)
    }
}

/// What a single message may ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendOptions {
    pub(super) ttl: Option<Duration>,
    pub(super) key: Option<Key>,
}

impl SendOptions {
    /// Nothing in particular.
    pub fn new() -> Self {
        SendOptions::default()
    }

    /// How long the message may wait in the queue. Default: what [`Queue::ttl`] says.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// A newer message with the same key replaces this one while it is queued.
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.key = Some(key.into());
        self
    }
}
