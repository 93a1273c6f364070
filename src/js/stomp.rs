//! The slot of the STOMP module, and the exports that only it has. What bytes need is in `exchange`.

use super::sessions::Slot;
use crate::session::{Config, Session};
use crate::subprotocol::NoEvent;

pub(super) type Machine = Session;
pub(super) use super::exchange::Exchange;
/// Fields of an order or event.
pub(super) const FIELDS: usize = 16;

pub(super) fn make(seed: u64) -> Machine {
    Session::new(Config::default(), seed)
}

/// Writes the fields of an event into the slot's register.
pub(super) fn event(_slot: &mut Slot, event: NoEvent) {
    match event {}
}
