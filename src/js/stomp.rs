//! The slot of the module that speaks STOMP, and its own exports. Headers go out with NUL after each name and each value;
//! frames to be sent are written by the shell, which has what is in them. Numbers that name things are places in the lists of the shell's
//! `js/stomp/wire.ts`, and a test compares both sides.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here. What else is
// unsafe says why it may be.
#![allow(unsafe_code)]

pub(super) use super::exchange::Exchange;
use super::sessions::{Slot, with};
use crate::session::Config;
use crate::subprotocol::Subprotocol;
use crate::subprotocol::stomp::{
    AckMode, Answers, Span, Stomp, StompConfig, StompEvent, Verb, Versions,
};

pub(super) type Machine = Stomp;
/// Fields of an order or event.
pub(super) const FIELDS: usize = 8;

/// What a function says that succeeds; from this number on come the reasons why it does not.
const DONE: u32 = 0;
const FAILED: u32 = 1;

pub(super) fn make(seed: u64) -> Machine {
    Stomp::new(Config::default(), StompConfig::default(), seed)
}

impl Slot {
    /// What the shell has written, as text.
    fn text(&mut self) -> String {
        // SAFETY: all texts of the shell come from its TextEncoder, which writes nothing but UTF-8.
        unsafe { String::from_utf8_unchecked(self.exchange.take()) }
    }

    /// Where a span is, and its length.
    fn span(&self, span: Span) -> [f64; 2] {
        let bytes = self.machine.bytes(span);
        [bytes.as_ptr() as usize as f64, bytes.len() as f64]
    }
}

/// Writes the fields of an event: its kind, three numbers, and where headers and body are.
pub(super) fn event(slot: &mut Slot, event: StompEvent) {
    const NONE: Span = Span { start: 0, end: 0 };
    let (numbers, headers, body) = match event {
        StompEvent::Connected { version, headers } => ([0, version as u32, 0, 0], headers, NONE),
        StompEvent::Message {
            subscription,
            number,
            headers,
            body,
        } => {
            let generation = slot.machine.session().generation();
            let numbers = [1, subscription.unwrap_or(0), number, generation];
            (numbers, headers, body)
        }
        StompEvent::Receipt(ticket) => ([2, ticket, 0, 0], NONE, NONE),
        StompEvent::Subscribed(id) => ([3, id, 0, 0], NONE, NONE),
        StompEvent::Subscribe(id) => ([6, id, 0, 0], NONE, NONE),
        StompEvent::Failed {
            answers,
            headers,
            body,
        } => {
            let (kind, id) = match answers {
                Answers::Unknown => (0, 0),
                Answers::Message(ticket) => (1, ticket),
                Answers::Subscription(id) => (2, id),
            };
            ([4, kind, id, 0], headers, body)
        }
        StompEvent::Violated(violation) => ([5, violation as u32, 0, 0], NONE, NONE),
    };
    let [kind, first, second, third] = numbers.map(f64::from);
    let [headers_at, headers_length] = slot.span(headers);
    let [body_at, body_length] = slot.span(body);
    slot.register = [
        kind,
        first,
        second,
        third,
        headers_at,
        headers_length,
        body_at,
        body_length,
    ];
}

/// Sets an option of the protocol by its number. Before the first command only.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_set(id: u32, option: u32, value: u32) {
    with(id, |slot| {
        let Some(config) = slot.machine.config_mut() else {
            return;
        };
        match option {
            0 => config.versions = Versions::from_bits(value as u8),
            1 => config.outgoing_ms = value,
            2 => config.incoming_ms = value,
            3 => config.tolerance_percent = value,
            4 => config.limits.max_body_bytes = value,
            _ => {}
        }
    });
}

/// Subscribes, with the number of the mode of acknowledgement, and the name that the application gives it as input or
/// none: the number of the subscription, or 0 if another one has that name.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_subscribe(id: u32, ack: u32) -> u32 {
    with(id, |slot| {
        let name = slot.text();
        let ack = AckMode::ALL.get(ack as usize).copied();
        let ack = ack.unwrap_or(AckMode::Auto);
        slot.machine.subscribe(ack, &name).unwrap_or(0)
    })
}

/// Ends a subscription; true if UNSUBSCRIBE is to be sent.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_unsubscribe(id: u32, subscription: u32) -> bool {
    with(id, |slot| slot.machine.unsubscribe(subscription))
}

/// Notes that a message is acknowledged, by the number of the verb: 0, or 1 and the number of the reason why no frame
/// must be sent.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_settle(
    id: u32,
    verb: u32,
    generation: u32,
    subscription: u32,
    number: u32,
) -> u32 {
    with(id, |slot| {
        let Some(&verb) = Verb::ALL.get(verb as usize) else {
            return FAILED;
        };
        let settled = slot.machine.settle(verb, generation, subscription, number);
        settled.map_or_else(|error| FAILED + error as u32, |()| DONE)
    })
}
