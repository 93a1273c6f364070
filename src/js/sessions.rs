//! The sessions of a page, by number.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use super::machine::{Exchange, Machine, make};
use super::register::Register;
use crate::session::{Awaits, Millis};

/// A session, or the machine around it, and what is on its way in or out. `session()` and `poll()` are the machine's.
pub(super) struct Slot {
    pub(super) machine: Machine,
    /// Bytes, where the machine takes any.
    #[allow(
        dead_code,
        reason = "the plain module has none, and the type takes no room"
    )]
    pub(super) exchange: Exchange,
    /// The reason of the close that is about to be told.
    pub(super) reason: String,
    /// What the message that is queued next awaits, whether it repeats, and how long it may take.
    pub(super) expected: (Awaits, bool, Option<Millis>),
    /// The numbers of the output that was polled last.
    pub(super) register: Register,
}

type Slots = Vec<Option<Box<Slot>>>;

thread_local! {
    // Never dropped: a module lives as long as its page, and a destructor would be dead weight.
    static SLOTS: RefCell<ManuallyDrop<Slots>> = const { RefCell::new(ManuallyDrop::new(Vec::new())) };
}

/// Makes a session in the first free place, and returns its number.
pub(super) fn create(seed: u64) -> u32 {
    let slot = Box::new(Slot {
        machine: make(seed),
        exchange: Default::default(),
        reason: String::new(),
        expected: Default::default(),
        register: Register::default(),
    });
    SLOTS.with_borrow_mut(|slots| {
        let free = slots.iter().position(Option::is_none);
        let index = free.unwrap_or(slots.len());
        if free.is_none() {
            slots.push(None);
        }
        if let Some(place) = slots.get_mut(index) {
            *place = Some(slot);
        }
        index as u32
    })
}

/// Frees a session; its number may be given again.
pub(super) fn free(id: u32) {
    SLOTS.with_borrow_mut(|slots| {
        if let Some(place) = slots.get_mut(id as usize) {
            *place = None;
        }
    });
}

/// Does something with a session; a number that names none gives the default.
pub(super) fn with<R: Default>(id: u32, act: impl FnOnce(&mut Slot) -> R) -> R {
    SLOTS.with_borrow_mut(|slots| match slots.get_mut(id as usize) {
        Some(Some(slot)) => act(slot),
        _ => R::default(),
    })
}
