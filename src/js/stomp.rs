//! The slot of the module that speaks STOMP, and its own exports: the session, and what a conversation in STOMP tells it.
//! Frames are read and written by the shell, which does that in a fraction of the code; what follows is decided here.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]

use super::exports::news;
use super::options::by_number;
use super::register;
use super::sessions::{Slot, with};
use crate::session::{Action, Config, Generation, Millis, News, Output, Session, Verdict};
use crate::subprotocol::stomp::{StompConfig, prepare};

pub(super) type Machine = Session;
/// What follows DISCONNECT.
pub(super) type Exchange = Option<Output>;
/// Fields of an order or event.
pub(super) const FIELDS: usize = 7;

/// The id of a ping that is DISCONNECT; that of a heart-beat is 0.
const FAREWELL: u32 = 1;

pub(super) fn make(seed: u64) -> Machine {
    let mut config = Config::default();
    prepare(&mut config);
    Session::new(config, seed)
}

impl Slot {
    pub(super) fn session(&mut self) -> &mut Session {
        &mut self.machine
    }

    /// Writes the fields of the next output, and returns its number; 0 is none.
    pub(super) fn poll(&mut self) -> u32 {
        let mut output = self.exchange.take();
        if output.is_none() {
            output = self.machine.poll_output();
            // Not because the link is dead: the broker need not wonder.
            if let Some(Output::Abandon { code: Some(1000) }) = output {
                self.exchange = output.replace(Output::Ping(FAREWELL));
            }
        }
        output.map_or(0, |output| register::write(&mut self.register, output))
    }
}

/// Whether a frame that came over the connection of this generation still matters.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_hears(id: u32, generation: Generation) -> bool {
    with(id, |slot| {
        let session = slot.session();
        session.generation() == generation && session.state().is_linked()
    })
}

/// CONNECTED has come: how often the broker can send and wants to hear, and how often we can and want, in milliseconds; and
/// by how many hundredths it may be late.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_connected(
    id: u32,
    now: f64,
    generation: Generation,
    sends: f64,
    wants: f64,
    outgoing: f64,
    incoming: f64,
    tolerance: f64,
) {
    let config = StompConfig {
        outgoing_ms: outgoing as u32,
        incoming_ms: incoming as u32,
        tolerance_percent: tolerance as u32,
        ..StompConfig::default()
    };
    let agreed = config.agree((sends as u32, wants as u32));
    with(id, |slot| {
        slot.session().set_heartbeat(now as Millis, agreed)
    });
    news(id, now, generation, News::Classified(Verdict::Accepted));
}

/// The receipt of a message has come, whose round trip is told where it is not negative. False if its fate is known already.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_receipt(id: u32, now: f64, ticket: u32, round_trip: f64) -> bool {
    with(id, |slot| {
        let session = slot.session();
        if round_trip >= 0.0 {
            session.note_round_trip(now as Millis, round_trip as Millis);
        }
        session.acknowledge(now as Millis, ticket)
    })
}

/// The broker has sent ERROR, and what follows is the action of this number; or, with any other, it has broken the protocol.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_end(id: u32, now: f64, generation: Generation, action: f64) {
    let what = match by_number(Action::ALL, action) {
        Some(action) => News::Dismissed {
            action,
            delay_ms: 0,
        },
        None => News::Violated,
    };
    news(id, now, generation, what);
}
