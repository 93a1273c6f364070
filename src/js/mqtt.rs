//! The slot of the MQTT module, and the exports that only it has. What bytes need is in `exchange`: a call finds texts and
//! payloads one after the other in the input, and takes their lengths. A length of -1 is an absent one.
//!
//! Numbers that name things are those of the specification (versions, reason codes, properties), or places in the lists of
//! the shell. What is refused is [`REFUSED`] and less: its number is the place of the [`PacketError`], or 64 and the reason
//! code.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]

pub(super) use super::exchange::Exchange;
use super::mqtt_event as events;
use super::sessions::{Slot, with};
use crate::session::{Config, Generation, Heard, Millis};
use crate::subprotocol::Output;
use crate::subprotocol::mqtt::packet::{
    PacketId, Properties, QoS, RetainHandling, SubscriptionOptions, Version,
};
use crate::subprotocol::mqtt::{Credentials, Mqtt, Options, Outgoing, Refusal, Told};

pub(super) type Machine = Mqtt;
/// Fields of an order or event.
pub(super) const FIELDS: usize = 16;

/// From this number on downwards comes what is refused.
const REFUSED: f64 = -1.0;

pub(super) fn make(seed: u64) -> Machine {
    Mqtt::new(Options::default(), Config::default(), seed)
}

/// Writes the fields of an event into the slot's register.
pub(super) fn event(slot: &mut Slot, told: Told) {
    events::write(
        &mut slot.register,
        &mut slot.exchange.topics,
        &slot.machine,
        told,
    );
}

pub(super) fn poll(machine: &mut Machine) -> Option<Output<Told>> {
    machine.poll_told()
}

fn refused(refusal: impl Into<Refusal>) -> f64 {
    REFUSED - f64::from(refusal.into().number())
}

fn as_text(bytes: &[u8]) -> &str {
    // SAFETY: all texts of the shell come from its TextEncoder, which writes nothing but UTF-8.
    unsafe { str::from_utf8_unchecked(bytes) }
}

/// Reads texts and payloads one after the other.
struct Parts<'a> {
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(exchange: &'a Exchange) -> Self {
        Parts {
            rest: &exchange.input,
        }
    }

    fn bytes(&mut self, length: u32) -> &'a [u8] {
        let (part, rest) = self
            .rest
            .split_at_checked(length as usize)
            .unwrap_or_default();
        self.rest = rest;
        part
    }

    fn optional(&mut self, length: i32) -> Option<&'a [u8]> {
        Some(self.bytes(u32::try_from(length).ok()?))
    }

    fn text(&mut self, length: u32) -> &'a str {
        as_text(self.bytes(length))
    }
}

/// Sets a numeric option; it counts from the next connection on. From 11 on how the client leaves when it is closed: whether
/// with its will, and the session's expiry, where -1 is the default.
#[unsafe(no_mangle)]
pub extern "C" fn configure(id: u32, option: u32, value: f64) {
    with(id, |slot| {
        let farewell = slot.machine.farewell_mut();
        match option {
            11 => farewell.with_will = value != 0.0,
            12 => farewell.session_expiry_s = (value >= 0.0).then_some(value as u32),
            _ => {}
        }
        let options = slot.machine.options_mut();
        let short = value as u16;
        let on = value != 0.0;
        match option {
            0 if value == 4.0 => options.version = Version::V311,
            0 => options.version = Version::V5,
            1 => options.clean_start = on,
            2 => options.session_expiry_s = value as u32,
            3 => options.keep_alive_s = short,
            4 => options.receive_maximum = short,
            5 => options.send_maximum = on.then_some(short),
            6 => options.maximum_packet_size = value as u32,
            7 => options.topic_alias_maximum = short,
            8 => options.manual_acknowledgements = on,
            9 => options.follow_redirects = on,
            10 => {
                let will = options.will.get_or_insert_default();
                (will.qos, will.retain) = of_flags(value as u32);
            }
            _ => {}
        }
    });
}

/// Sets an option that is text or bytes, which stand in the input: 0 the client identifier, 1 the authentication method, 2
/// properties of CONNECT; of the will 3 the topic, 4 the payload, 5 the properties.
#[unsafe(no_mangle)]
pub extern "C" fn configure_bytes(id: u32, option: u32, length: u32) {
    with(id, |slot| {
        let bytes = Parts::of(&slot.exchange).bytes(length);
        let options = slot.machine.options_mut();
        if matches!(option, 0 | 1 | 3) {
            let place = match option {
                0 => &mut options.client_id,
                1 => options.authentication_method.get_or_insert_default(),
                _ => &mut options.will.get_or_insert_default().topic,
            };
            place.clear();
            place.push_str(as_text(bytes));
        } else {
            let place = match option {
                2 => options.properties.bytes_mut(),
                4 => &mut options.will.get_or_insert_default().payload,
                _ => options.will.get_or_insert_default().properties.bytes_mut(),
            };
            place.clear();
            place.extend_from_slice(bytes);
        }
    });
}

/// Whether CONNECT can be written: 0, or what is refused.
#[unsafe(no_mangle)]
pub extern "C" fn check_options(id: u32) -> f64 {
    with(id, |slot| {
        slot.machine.check_options().map_or_else(refused, |()| 0.0)
    })
}

/// Answers the question for the credentials: user name, password and authentication data stand in the input. 1, or 0 if
/// nobody waits for them, or what is refused.
#[unsafe(no_mangle)]
pub extern "C" fn authenticate(
    id: u32,
    now: f64,
    generation: u32,
    user_name: i32,
    password: i32,
    data: i32,
) -> f64 {
    with(id, |slot| {
        let mut parts = Parts::of(&slot.exchange);
        let credentials = Credentials {
            user_name: parts.optional(user_name).map(as_text),
            password: parts.optional(password),
            data: parts.optional(data),
        };
        let taken = slot
            .machine
            .authenticate(now as Millis, generation, credentials);
        slot.exchange.wipe();
        taken.map_or_else(refused, |taken| f64::from(u8::from(taken)))
    })
}

/// Answers a challenge with the authentication data in the input: as [`authenticate`].
#[unsafe(no_mangle)]
pub extern "C" fn answer_challenge(id: u32, now: f64, generation: u32, data: i32) -> f64 {
    with(id, |slot| {
        let data = Parts::of(&slot.exchange).optional(data);
        let taken = slot.machine.answer(now as Millis, generation, data);
        slot.exchange.wipe();
        taken.map_or_else(refused, |taken| f64::from(u8::from(taken)))
    })
}

fn of_flags(flags: u32) -> (QoS, bool) {
    let qos = QoS::from_u8((flags & 3) as u8).unwrap_or(QoS::ExactlyOnce);
    (qos, flags & 4 != 0)
}

/// Sends a message: topic, properties and payload in the input, QoS and `retain << 2` in the flags, and how many seconds it is
/// still of use, -1 for ever.
///
/// With the ticket under which the session has ordered that; then it leaves with the next frame. Or with ticket 0, which is the
/// hot path: at QoS 0 it goes straight out. 1 if the frame lies where [`super::exchange`] puts one, to be sent at once; 2 the same,
/// and then the orders are to be polled; 0 if it has to be queued; or what is refused, then or later as far as that is known
/// now. For QoS 1 and 2 only the length of the payload matters there.
#[unsafe(no_mangle)]
pub extern "C" fn message(
    id: u32,
    now: f64,
    ticket: u32,
    topic: u32,
    properties: u32,
    payload: u32,
    flags: u32,
    expiry: f64,
) -> f64 {
    with(id, |slot| {
        let mut parts = Parts::of(&slot.exchange);
        let (qos, retain) = of_flags(flags);
        let now = now as Millis;
        let message = Outgoing {
            topic: parts.text(topic),
            properties: Properties::from_bytes(parts.bytes(properties)),
            payload: parts.bytes(payload),
            qos,
            retain,
            expiry_s: (expiry >= 0.0).then_some(expiry as u32),
            since: now,
        };
        if ticket > 0 {
            slot.machine.transmit(now, ticket, &message);
            return 0.0;
        }
        match slot.machine.pass(now, &message) {
            Ok(None) => slot
                .machine
                .check(&message, payload as usize)
                .map_or_else(refused, |_| 0.0),
            Err(refusal) => refused(refusal),
            Ok(Some(is_watched)) => {
                let spent = slot.exchange.take_spent();
                let frame = slot.machine.take_frame(spent);
                slot.put(frame, false);
                1.0 + f64::from(u8::from(is_watched))
            }
        }
    })
}

/// Subscribes to the filter in the input with the properties behind it: the number of the subscription, or what is
/// refused. The options are the byte of SUBSCRIBE (MQTT 5.0, section 3.8.3.1).
#[unsafe(no_mangle)]
pub extern "C" fn subscribe(id: u32, now: f64, filter: u32, properties: u32, options: u32) -> f64 {
    with(id, |slot| {
        let options = SubscriptionOptions {
            qos: of_flags(options).0,
            no_local: options & 4 != 0,
            retain_as_published: options & 8 != 0,
            retain_handling: match options >> 4 & 3 {
                0 => RetainHandling::Send,
                1 => RetainHandling::SendIfNew,
                _ => RetainHandling::DoNotSend,
            },
        };
        let mut parts = Parts::of(&slot.exchange);
        let filter = parts.text(filter);
        let properties = Properties::from_bytes(parts.bytes(properties));
        let number = slot
            .machine
            .subscribe(now as Millis, filter, options, properties);
        number.map_or_else(refused, f64::from)
    })
}

/// Ends a subscription; false if there is none of this number.
#[unsafe(no_mangle)]
pub extern "C" fn unsubscribe(id: u32, now: f64, number: u32) -> bool {
    with(id, |slot| slot.machine.unsubscribe(now as Millis, number))
}

/// Acknowledges a message by hand; false if that is too late.
#[unsafe(no_mangle)]
pub extern "C" fn acknowledge(id: u32, packet_id: u32) -> bool {
    with(id, |slot| {
        let id = u16::try_from(packet_id).ok().and_then(PacketId::new);
        id.is_some_and(|id| slot.machine.acknowledge(id))
    })
}

/// The hot path: a binary frame has arrived, and is to be written where this says; then [`arrived`] is to follow. 0 drop it,
/// 1 it is above the limit.
#[unsafe(no_mangle)]
pub extern "C" fn arriving(id: u32, generation: Generation, length: u32) -> usize {
    with(id, |slot| {
        match slot.session().heard(generation, length.into()) {
            Heard::Deliver => slot.machine.input(length as usize).as_ptr() as usize,
            Heard::Discard => 0,
            Heard::TooLarge => 1,
        }
    })
}

/// The frame has been written, or was text, which only breaks the protocol; what it says is to be polled.
#[unsafe(no_mangle)]
pub extern "C" fn arrived(id: u32, now: f64, generation: Generation, is_text: bool) {
    with(id, |slot| {
        if is_text {
            slot.machine.refuse_text(now as Millis, generation);
        } else {
            slot.machine.handle_input(now as Millis, generation);
        }
    });
}

/// Writes the session state as numbers of 32 bits: how many; the first field is where they lie, the second
/// counts their changes.
#[unsafe(no_mangle)]
pub extern "C" fn save(id: u32) -> u32 {
    with(id, |slot| {
        let numbers = slot.machine.save();
        slot.register[0] = numbers.as_ptr() as usize as f64;
        slot.register[1] = slot.machine.revision().into();
        slot.exchange.saved = numbers;
        slot.exchange.saved.len() as u32
    })
}

/// Takes over that many numbers from the input, each in four bytes, the lowest first; before the client is opened. False if they
/// are not such.
#[unsafe(no_mangle)]
pub extern "C" fn load(id: u32, count: u32) -> bool {
    with(id, |slot| {
        let bytes = Parts::of(&slot.exchange).bytes(count.saturating_mul(4));
        let mut numbers = Vec::new();
        for chunk in bytes.chunks_exact(4) {
            if let &[a, b, c, d] = chunk {
                numbers.push(u32::from_le_bytes([a, b, c, d]));
            }
        }
        slot.machine.load(&numbers)
    })
}
