//! In place of a browser where there is none: on a server that renders pages, and in native tests. Nothing dials,
//! nothing rings; what cannot be there has no values.

use core::cell::Cell;
use core::future::Future;
use std::time::Instant;

use super::Offer;
use crate::codec::PayloadRef;
use crate::session::{Address, Close, Generation, Millis};

#[path = "without/lifecycle.rs"]
mod lifecycle;

pub use lifecycle::holds_dials_back;
pub(super) use lifecycle::{Lifecycle, present};

/// Whether there is a browser here.
pub const IS_LIVE: bool = false;

/// A native socket: nobody makes one here.
#[derive(Clone, Debug)]
pub struct WebSocket(());

/// A received frame: there are none here.
#[derive(Clone, Debug)]
pub enum Frame {}

impl Frame {
    /// The size in bytes.
    pub fn size(&self) -> u64 {
        match *self {}
    }

    /// Copies the frame into `buffer`.
    pub fn read<'a>(&self, _: &'a mut Buffer) -> PayloadRef<'a> {
        match *self {}
    }
}

/// What frames would be read into.
#[derive(Debug, Default)]
pub struct Buffer(());

impl Buffer {
    /// How much it can hold.
    pub fn capacity(&self) -> usize {
        0
    }
}

/// Where to dial.
#[derive(Clone, Debug)]
pub struct Target {
    /// What the session needs to know of it.
    pub address: Address,
}

/// Nothing can be dialled here, so any address will do: the page that it is relative to is not known either.
pub fn resolve(_: &str) -> Option<Target> {
    Some(Target {
        address: Address::default(),
    })
}

/// Dials nothing.
pub fn connect(_: &Target, _: &Offer) -> Option<WebSocket> {
    None
}

pub(super) type List = ();

pub(super) fn list(_: &[String]) -> List {}

/// Runs nothing: who asks for it waits for a connection.
pub fn spawn(_: impl Future<Output = ()> + 'static) {}

/// No random number: nothing here needs one.
pub fn seed() -> u64 {
    0
}

#[derive(Debug, Default)]
pub(super) struct Clock {
    start: Cell<Option<Instant>>,
}

impl Clock {
    pub(super) fn now(&self) -> Millis {
        let start = self.start.get().unwrap_or_else(Instant::now);
        self.start.set(Some(start));
        start.elapsed().as_millis() as Millis
    }
}

/// What a browser would call back with.
#[expect(dead_code, reason = "nothing calls here")]
pub(super) enum Call {
    Alarm,
    Opened,
    Message(Frame),
    Closed(Close),
}

pub(super) struct Handler;

impl Handler {
    pub(super) fn new(_: impl Fn(Call) + 'static) -> Self {
        Handler
    }
}

#[derive(Default)]
pub(super) struct Alarm {
    _unarmed: (),
}

impl Alarm {
    pub(super) fn set(&self, _: Millis, _: Millis, _: &Handler) -> bool {
        false
    }

    pub(super) fn clear(&self) {}
}

pub(super) struct NativeSocket {
    generation: Generation,
}

impl NativeSocket {
    pub(super) fn attach(_: WebSocket, generation: Generation, _: &Handler) -> Self {
        NativeSocket { generation }
    }

    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    pub(super) fn has_protocol(&self) -> bool {
        false
    }

    pub(super) fn protocol(&self) -> String {
        String::new()
    }

    pub(super) fn send(&self, _: PayloadRef<'_>) {}

    pub(super) fn buffered(&self) -> u64 {
        0
    }

    pub(super) fn close(&self, _: Option<u16>, _: &str) {}

    pub(super) fn abandon(&self, _: Option<u16>) {}
}
