//! The slot of the plain module: the session itself.

use super::register::{self, Register};
use super::sessions::Slot;
use crate::session::{Config, Session};

pub(super) type Machine = Session;
/// No bytes cross.
pub(super) type Exchange = ();
/// Fields of an order or event.
pub(super) const FIELDS: usize = 7;

pub(super) fn make(seed: u64) -> Machine {
    Session::new(Config::default(), seed)
}

impl Slot {
    pub(super) fn session(&mut self) -> &mut Session {
        &mut self.machine
    }

    /// Writes the fields of the next output, and returns its number; 0 is none.
    pub(super) fn poll(&mut self) -> u32 {
        let fields: &mut Register = &mut self.register;
        self.machine
            .poll_output()
            .map_or(0, |output| register::write(fields, output))
    }
}
