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
    PacketError, PacketId, Properties, QoS, RetainHandling, SubscriptionOptions, Version, as_text,
};
use crate::subprotocol::mqtt::{Credentials, Farewell, Mqtt, Options, Outgoing, Refusal, Told};

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

    fn text(&mut self, length: u32) -> Result<&'a str, PacketError> {
        as_text(self.bytes(length)).ok_or(PacketError::Text)
    }
}

/// Sets a numeric option; it counts from the next connection on.
#[unsafe(no_mangle)]
pub extern "C" fn configure(id: u32, option: u32, value: f64) {
    with(id, |slot| {
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
            _ => {
                let will = options.will.get_or_insert_default();
                (will.qos, will.retain) = of_flags(value as u32);
            }
        }
    });
}

/// Sets an option that is text or bytes, which stand in the input: 0 the client identifier, 1 the authentication method, 2
/// properties of CONNECT; of the will 3 the topic, 4 the payload, 5 the properties. 0, or what is refused.
#[unsafe(no_mangle)]
pub extern "C" fn configure_bytes(id: u32, option: u32, length: u32) -> f64 {
    with(id, |slot| {
        let bytes = Parts::of(&slot.exchange).bytes(length);
        let options = slot.machine.options_mut();
        if matches!(option, 0 | 1 | 3) {
            let Some(text) = as_text(bytes) else {
                return refused(PacketError::Text);
            };
            let place = match option {
                0 => &mut options.client_id,
                1 => options.authentication_method.get_or_insert_default(),
                _ => &mut options.will.get_or_insert_default().topic,
            };
            place.clear();
            place.push_str(text);
        } else {
            let place = match option {
                2 => options.properties.bytes_mut(),
                4 => &mut options.will.get_or_insert_default().payload,
                _ => options.will.get_or_insert_default().properties.bytes_mut(),
            };
            place.clear();
            place.extend_from_slice(bytes);
        }
        0.0
    })
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
        let name = parts.optional(user_name);
        let user_name = name.and_then(as_text);
        if name.is_some() != user_name.is_some() {
            return refused(PacketError::Text);
        }
        let credentials = Credentials {
            user_name,
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

/// Reads a message: topic, properties and payload in the input, QoS and `retain << 2` in the flags, an expiry of -1 for none.
fn outgoing<'a>(
    exchange: &'a Exchange,
    topic: u32,
    properties: u32,
    payload: u32,
    flags: u32,
    expiry: f64,
    since: f64,
) -> Result<Outgoing<'a>, PacketError> {
    let mut parts = Parts::of(exchange);
    let (qos, retain) = of_flags(flags);
    Ok(Outgoing {
        topic: parts.text(topic)?,
        properties: Properties::from_bytes(parts.bytes(properties)),
        payload: parts.bytes(payload),
        qos,
        retain,
        expiry_s: (expiry >= 0.0).then_some(expiry as u32),
        since: since as Millis,
    })
}

/// Whether a message can be sent: its size, or what is refused. Only topic and properties stand in the input.
#[unsafe(no_mangle)]
pub extern "C" fn check_message(
    id: u32,
    topic: u32,
    properties: u32,
    payload: u32,
    flags: u32,
    expiry: f64,
) -> f64 {
    with(id, |slot| {
        let message = outgoing(&slot.exchange, topic, properties, 0, flags, expiry, 0.0);
        let size = message
            .map_err(Refusal::from)
            .and_then(|message| slot.machine.check(&message, payload as usize));
        size.map_or_else(refused, f64::from)
    })
}

/// The hot path: a message of QoS 0 goes straight out. 0 if it has to be queued; 1 if
/// the frame lies where [`super::exchange`] puts one, to be sent at once; 2 the same, and then the orders are to be polled; or what
/// is refused.
#[unsafe(no_mangle)]
pub extern "C" fn pass_message(
    id: u32,
    now: f64,
    topic: u32,
    properties: u32,
    payload: u32,
    flags: u32,
    expiry: f64,
) -> f64 {
    with(id, |slot| {
        let message = outgoing(
            &slot.exchange,
            topic,
            properties,
            payload,
            flags,
            expiry,
            now,
        );
        let message = match message {
            Ok(message) => message,
            Err(error) => return refused(error),
        };
        match slot.machine.pass(now as Millis, &message) {
            Ok(None) => 0.0,
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

/// Sends the message of this ticket, as the session has ordered, with what it says in the input; it leaves with the next
/// frame. The expiry is what is left of it. Its packet identifier, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn transmit(
    id: u32,
    now: f64,
    ticket: u32,
    topic: u32,
    properties: u32,
    payload: u32,
    flags: u32,
    expiry: f64,
) -> u32 {
    with(id, |slot| {
        let message = outgoing(
            &slot.exchange,
            topic,
            properties,
            payload,
            flags,
            expiry,
            now,
        );
        // Text was checked when the message was handed in; one without a topic is refused.
        let message = message.unwrap_or_default();
        let sent = slot.machine.transmit(now as Millis, ticket, &message);
        sent.map_or(0, |id| id.get().into())
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
        let number = filter.map_err(Refusal::from).and_then(|filter| {
            slot.machine
                .subscribe(now as Millis, filter, options, properties)
        });
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

/// How the client leaves when it is closed; an expiry of -1 is the default.
#[unsafe(no_mangle)]
pub extern "C" fn farewell(id: u32, with_will: bool, expiry: f64) {
    with(id, |slot| {
        slot.machine.set_farewell(Farewell {
            with_will,
            session_expiry_s: (expiry >= 0.0).then_some(expiry as u32),
        });
    });
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

/// Counts the changes of what [`save`] would write.
#[unsafe(no_mangle)]
pub extern "C" fn revision(id: u32) -> u32 {
    with(id, |slot| slot.machine.revision())
}

/// Writes the session state as numbers of 32 bits: how many; the first field is where they lie.
#[unsafe(no_mangle)]
pub extern "C" fn save(id: u32) -> u32 {
    with(id, |slot| {
        let numbers = slot.machine.save();
        slot.register[0] = numbers.as_ptr() as usize as f64;
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
