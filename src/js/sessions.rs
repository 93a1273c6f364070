//! The sessions of a page, by number.

use std::cell::UnsafeCell;

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

/// The slots of the page.
struct Slots(UnsafeCell<Vec<Option<Box<Slot>>>>);

// SAFETY: the module is built without the `atomics` feature, so there is one thread.
#[cfg(not(target_feature = "atomics"))]
#[allow(unsafe_code)]
unsafe impl Sync for Slots {}

static SLOTS: Slots = Slots(UnsafeCell::new(Vec::new()));

/// The slots, for the time of one call. A `RefCell` would be looked after by each export, and that is paid by every page.
#[allow(unsafe_code)]
fn slots() -> &'static mut Vec<Option<Box<Slot>>> {
    // SAFETY: the module imports nothing, so no call of an export can come within another one; and within one, the functions
    // below are never called by what they are given to do. So no two of these references are in use at a time.
    unsafe { &mut *SLOTS.0.get() }
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
    let slots = slots();
    let index = slots.iter().position(Option::is_none);
    if let Some(place) = index.and_then(|index| slots.get_mut(index)) {
        *place = Some(slot);
    } else {
        slots.push(Some(slot));
    }
    index.unwrap_or(slots.len() - 1) as u32
}

/// Frees a session; its number may be given again.
pub(super) fn free(id: u32) {
    if let Some(place) = slots().get_mut(id as usize) {
        *place = None;
    }
}

/// Does something with a session; a number that names none gives the default.
pub(super) fn with<R: Default>(id: u32, act: impl FnOnce(&mut Slot) -> R) -> R {
    find(id).map_or_else(R::default, act)
}

#[inline(never)]
fn find(id: u32) -> Option<&'static mut Slot> {
    slots().get_mut(id as usize)?.as_deref_mut()
}
