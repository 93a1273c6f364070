//! The slot of the module that speaks STOMP, and its own exports. Texts come in by [`input`](super::exchange::input):
//! headers with NUL after each name and each value. Numbers that name things are places in the lists of the shell's
//! `js/stomp/wire.ts`, and a test compares both sides.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]

pub(super) use super::exchange::Exchange;
use super::sessions::{Slot, with};
use crate::session::{Config, Millis};
use crate::subprotocol::Subprotocol;
use crate::subprotocol::stomp::{
    AckMode, Answers, Draft, FrameError, Headers, Span, Stomp, StompConfig, StompEvent, Verb,
    Versions,
};

pub(super) type Machine = Stomp;
/// Fields of an order or event.
pub(super) const FIELDS: usize = 8;

/// What a function says that succeeds; from this number on come the reasons why it does not.
const DONE: u32 = 0;
const FAILED: u32 = 1;
/// A subscription whose headers cannot be written.
const UNWRITABLE: u32 = u32::MAX;
/// The number of no connection: a frame may leave over any.
const ANY: u32 = u32::MAX;

pub(super) fn make(seed: u64) -> Machine {
    Stomp::new(Config::default(), StompConfig::default(), seed)
}

impl Slot {
    /// What the shell has written, as text.
    fn text(&mut self) -> String {
        String::from_utf8(self.exchange.take()).unwrap_or_default()
    }

    fn headers(&mut self) -> Headers {
        Headers::from_text(self.text())
    }

    /// Where a span is, and its length.
    fn span(&self, span: Span) -> [f64; 2] {
        let bytes = self.machine.bytes(span);
        [bytes.as_ptr() as usize as f64, bytes.len() as f64]
    }
}

/// Writes the fields of an event; the first is its kind.
pub(super) fn event(slot: &mut Slot, event: StompEvent) {
    let number = f64::from;
    let fields = match event {
        StompEvent::Connected { version, headers } => {
            let [at, length] = slot.span(headers);
            [0.0, number(version as u32), at, length, 0.0, 0.0, 0.0, 0.0]
        }
        StompEvent::Message {
            subscription,
            number: nth,
            headers,
            body,
            ..
        } => {
            let [at, length] = slot.span(headers);
            let [body_at, body_length] = slot.span(body);
            let generation = number(slot.machine.session().generation());
            let subscription = number(subscription.unwrap_or(0));
            [
                1.0,
                subscription,
                number(nth),
                generation,
                at,
                length,
                body_at,
                body_length,
            ]
        }
        StompEvent::Receipt(ticket) => [2.0, number(ticket), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        StompEvent::Subscribed(id) => [3.0, number(id), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        StompEvent::Failed {
            answers,
            headers,
            body,
        } => {
            let [at, length] = slot.span(headers);
            let [body_at, body_length] = slot.span(body);
            let (kind, id) = match answers {
                Answers::Unknown => (0.0, 0),
                Answers::Message(ticket) => (1.0, ticket),
                Answers::Subscription(id) => (2.0, id),
            };
            [4.0, kind, number(id), 0.0, at, length, body_at, body_length]
        }
        StompEvent::Violated(violation) => {
            [5.0, number(violation as u32), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        }
    };
    slot.register = fields;
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

/// Answers the question for credentials with the headers of CONNECT; 1 if one of them cannot be written.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_connect(id: u32, now: f64, generation: u32) -> u32 {
    with(id, |slot| {
        let headers = slot.headers();
        let done = slot.machine.connect(now as Millis, generation, &headers);
        done.map_or(FAILED, |_| DONE)
    })
}

/// Subscribes, with the number of the mode of acknowledgement: the number of the subscription, 0 if its `id` is taken,
/// 2³² − 1 if a header cannot be written.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_subscribe(id: u32, now: f64, ack: u32) -> u32 {
    with(id, |slot| {
        let headers = slot.headers();
        let ack = AckMode::ALL.get(ack as usize).copied();
        let ack = ack.unwrap_or(AckMode::Auto);
        match slot.machine.subscribe(now as Millis, ack, headers) {
            Ok(subscription) => subscription.unwrap_or(0),
            Err(_) => UNWRITABLE,
        }
    })
}

/// Ends a subscription, with the headers of UNSUBSCRIBE; 1 if one of them cannot be written.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_unsubscribe(id: u32, subscription: u32) -> u32 {
    with(id, |slot| {
        let headers = slot.headers();
        let done = slot.machine.unsubscribe(subscription, &headers);
        done.map_or(FAILED, |_| DONE)
    })
}

/// Whether a frame may leave at once.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_passes(id: u32) -> bool {
    with(id, |slot| slot.machine.can_pass())
}

/// Writes the head of a frame by the number of its verb, from headers that say its length and its receipt, too: 0 and its
/// place and length in the fields, or 1 and the number of the reason why it must not leave. `bound` is the connection that
/// it belongs to, 2³² − 1 any; a receipt of 0 is none.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_write(
    id: u32,
    now: f64,
    verb: u32,
    bound: u32,
    subscription: u32,
    receipt: u32,
) -> u32 {
    with(id, |slot| {
        let Some(&verb) = Verb::ALL.get(verb as usize) else {
            return FAILED;
        };
        let headers = slot.text();
        let draft = Draft {
            subscription,
            receipt: (receipt > 0).then_some(receipt),
            bound: (bound != ANY).then_some(bound),
            ..Draft::new(verb, &headers)
        };
        match slot.machine.write(now as Millis, &draft) {
            Ok(head) => {
                slot.put(head, true);
                DONE
            }
            Err(error) => refused(error),
        }
    })
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
        settled.map_or_else(refused, |()| DONE)
    })
}

/// Closes for good, with DISCONNECT; code 0 means none. The reason stays with the shell.
#[unsafe(no_mangle)]
pub extern "C" fn stomp_close(id: u32, now: f64, code: u32, drain: f64) {
    let code = (code != 0).then_some(code as u16);
    with(id, |slot| {
        let drain_ms = drain as Millis;
        slot.machine.close(now as Millis, code, "", drain_ms);
    });
}

fn refused(error: FrameError) -> u32 {
    FAILED + error as u32
}
