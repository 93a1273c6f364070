//! How bytes cross, where a subprotocol owns them: the shell writes a frame into memory and tells of it; what is to be
//! sent lies in memory until the next call. A view of the memory that the shell holds is void once memory has grown,
//! which any call may cause.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]

use super::machine;
use super::register;
use super::sessions::{Slot, with};
use crate::session::Session;
use crate::subprotocol::{OutFrame, Output, Subprotocol};

/// Numbers of the outputs that come on top of those of a session.
const FRAME: u32 = 17;
const EVENT: u32 = 18;

/// Bytes on their way in and out.
#[derive(Default)]
pub(super) struct Exchange {
    /// What the shell has written.
    pub(super) input: Vec<u8>,
    /// The frame that was polled last.
    output: Vec<u8>,
    /// The session state, as written last.
    pub(super) saved: Vec<u32>,
    pub(super) topics: super::mqtt_event::Topics,
}

impl Exchange {
    /// The frame that was sent last, whose memory may serve again.
    pub(super) fn take_spent(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.output)
    }

    /// Credentials do not stay in memory.
    pub(super) fn wipe(&mut self) {
        self.input.fill(0);
    }
}

impl Slot {
    pub(super) fn session(&mut self) -> &mut Session {
        self.machine.session_mut()
    }

    /// Writes the fields of the next output, and returns its number; 0 is none.
    pub(super) fn poll(&mut self) -> u32 {
        match machine::poll(&mut self.machine) {
            None => 0,
            Some(Output::Session(output)) => register::write(&mut self.register, output),
            Some(Output::Frame(frame)) => {
                let (bytes, is_text) = match frame {
                    OutFrame::Text(text) => (text.into_bytes(), true),
                    OutFrame::Bytes(bytes) => (bytes, false),
                };
                self.put(bytes, is_text);
                FRAME
            }
            Some(Output::Event(event)) => {
                machine::event(self, event);
                EVENT
            }
        }
    }

    /// Lays a frame out for the shell: where it is, its length, and whether it is text.
    pub(super) fn put(&mut self, bytes: Vec<u8>, is_text: bool) {
        let [at, length, kind, ..] = &mut self.register;
        *at = bytes.as_ptr() as usize as f64;
        *length = bytes.len() as f64;
        *kind = f64::from(is_text);
        self.exchange.output = bytes;
    }
}

/// Makes room for `length` bytes and returns where it is. The bytes hold until the call that they are for.
#[unsafe(no_mangle)]
pub extern "C" fn input(id: u32, length: u32) -> usize {
    with(id, |slot| {
        let input = &mut slot.exchange.input;
        // Zeros by the allocator, which fills them at once; a vector that grows writes them one by one.
        if input.len() < length as usize {
            *input = vec![0; length as usize];
        }
        input.truncate(length as usize);
        input.as_ptr() as usize
    })
}

/// Where the fields of an order or event lie, as doubles. The place stays the same as long as the session is there.
#[unsafe(no_mangle)]
pub extern "C" fn fields(id: u32) -> usize {
    with(id, |slot| slot.register.as_ptr() as usize)
}
