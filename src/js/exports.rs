//! The exported functions. Each takes a session's number first; `now` is in milliseconds. Numbers that name things
//! are places in the lists of the shell's `wire.ts`, and a test compares both sides.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]

use super::options;
use super::sessions::{create as make, free as release, with};
use crate::session::{
    Address, Awaits, Close, Fate, Generation, Heard, Message, Millis, News, Session, Signal,
};
#[allow(unused_imports, reason = "a plain session has it of itself")]
use crate::subprotocol::Subprotocol as _;

/// Numbers of the fates.
const QUEUED: u32 = 1;
/// From this number on come the reasons of a drop.
const DROPPED: u32 = 2;
/// Whether messages have a time to live and a key.
const HAS_QUEUE: bool = cfg!(feature = "queue");
/// What a deadline is when there is none.
const NEVER: f64 = -1.0;

/// The commands that carry nothing.
const COMMANDS: &[fn(&mut Session, Millis)] = &[
    Session::open,
    Session::reconnect,
    Session::pause,
    Session::resume,
    Session::abort,
    #[cfg(any(feature = "js", feature = "js-mqtt"))]
    Session::reauthenticate,
    #[cfg(not(any(feature = "js", feature = "js-mqtt")))]
    |_, _| {},
    // Streams of bytes are not for subprotocols.
    #[cfg(feature = "js")]
    Session::hold_reading,
    #[cfg(feature = "js")]
    Session::release_reading,
];

/// Makes a session with the default options. The seed, in two halves, makes its delays.
#[unsafe(no_mangle)]
pub extern "C" fn create(seed_high: u32, seed_low: u32) -> u32 {
    make(u64::from(seed_high) << 32 | u64::from(seed_low))
}

/// Frees a session.
#[unsafe(no_mangle)]
pub extern "C" fn free(id: u32) {
    release(id);
}

/// Sets a numeric option. Before the first command only.
#[unsafe(no_mangle)]
pub extern "C" fn set(id: u32, option: u32, value: f64) {
    with(id, |slot| {
        if let Some(config) = slot.session().config_mut() {
            options::set(config, option, value);
        }
    });
}

/// Adds a rule of the user's retry table; the first that matches wins. Before the first command only.
#[unsafe(no_mangle)]
pub extern "C" fn rule(id: u32, from: u32, to: u32, action: u32, delay: f64) {
    with(id, |slot| {
        if let Some(config) = slot.session().config_mut() {
            config
                .rules
                .push(options::rule(from as u16, to as u16, action, delay));
        }
    });
}

/// Gives a command by its number.
#[unsafe(no_mangle)]
pub extern "C" fn command(id: u32, now: f64, command: u32) {
    with(id, |slot| {
        if let Some(act) = COMMANDS.get(command as usize) {
            act(slot.session(), now as Millis);
        }
    });
}

/// Closes for good, code 0 meaning none. The reason stays with the shell.
#[unsafe(no_mangle)]
pub extern "C" fn close(id: u32, now: f64, code: u32, drain: f64) {
    let code = (code != 0).then_some(code as u16);
    with(id, |slot| {
        let session = slot.session();
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        let drain = drain as Millis;
        // STOMP says DISCONNECT before.
        #[cfg(not(any(feature = "js", feature = "js-mqtt")))]
        let drain = crate::subprotocol::stomp::say_goodbye(session, now as Millis, drain as Millis);
        session.close(now as Millis, code, "", drain);
    });
}

/// Tells of a signal of the page or the network by its number.
#[unsafe(no_mangle)]
pub extern "C" fn signal(id: u32, now: f64, signal: u32) {
    with(id, |slot| {
        if let Some(&signal) = Signal::ALL.get(signal as usize) {
            slot.session().handle_signal(now as Millis, signal);
        }
    });
}

/// Fires what is due.
#[unsafe(no_mangle)]
pub extern "C" fn timeout(id: u32, now: f64) {
    with(id, |slot| slot.session().handle_timeout(now as Millis));
}

/// Tells how many bytes the browser holds back, right before a timeout.
#[unsafe(no_mangle)]
pub extern "C" fn buffered(id: u32, bytes: f64) {
    with(id, |slot| slot.session().note_buffered(bytes as u64));
}

pub(super) fn news(id: u32, now: f64, generation: Generation, news: News) -> bool {
    with(id, |slot| {
        slot.session().handle_news(now as Millis, generation, news)
    })
}

/// Answers a question of this generation by its number: 0, URL and subprotocols are ready, with the facts of the
/// address; 1, the message with the credentials is; 2, the restore step is done; anything else, the provider failed.
/// False if nobody waits for it any more.
#[unsafe(no_mangle)]
pub extern "C" fn answer(id: u32, now: f64, generation: u32, question: u32, facts: u32) -> bool {
    let answer = match question {
        0 => News::UrlReady(Address {
            secure: facts & 1 != 0,
            loopback: facts & 2 != 0,
            offers_protocols: facts & 4 != 0,
            from_secure_page: facts & 8 != 0,
        }),
        1 => News::CredentialsReady,
        2 => News::Restored,
        _ => News::Failed,
    };
    news(id, now, generation, answer)
}

/// Tells that the handshake is done.
#[unsafe(no_mangle)]
pub extern "C" fn opened(id: u32, now: f64, generation: u32, protocol_selected: bool) {
    news(id, now, generation, News::Opened { protocol_selected });
}

/// Adds a character to the reason of the close that is told next. Only ASCII says anything to a session.
#[unsafe(no_mangle)]
pub extern "C" fn reason(id: u32, character: u32) {
    if cfg!(feature = "retry") {
        with(id, |slot| {
            slot.reason.push(char::from((character & 127) as u8))
        });
    }
}

/// Tells that the native socket is closed.
#[unsafe(no_mangle)]
pub extern "C" fn closed(id: u32, now: f64, generation: u32, code: u32, was_clean: bool) {
    let close = Close {
        code: code as u16,
        // Where nobody reads hints of the server, it says nothing.
        reason: if cfg!(feature = "retry") {
            with(id, |slot| core::mem::take(&mut slot.reason))
        } else {
            String::new()
        },
        was_clean,
    };
    news(id, now, generation, News::Closed(close));
}

/// The hot path: a frame has arrived; 0 hand it on, 1 drop it, 2 it is above the limit.
#[unsafe(no_mangle)]
pub extern "C" fn heard(id: u32, generation: u32, size: f64) -> u32 {
    with(id, |slot| {
        match slot.session().heard(generation, size as u64) {
            Heard::Deliver => 0,
            Heard::Discard => 1,
            Heard::TooLarge => 2,
        }
    })
}

/// Tells that a received frame was above the limit.
#[unsafe(no_mangle)]
pub extern "C" fn overflowed(id: u32, now: f64, generation: u32) {
    news(id, now, generation, News::TooLarge);
}

/// The hot path: whether a message of that size may go straight to the native socket: 0 no, 1 yes, 2 yes, and then
/// [`sent`] is to follow.
#[unsafe(no_mangle)]
pub extern "C" fn pass(id: u32, size: u32) -> u32 {
    with(id, |slot| {
        let session = slot.session();
        if session.can_pass() {
            1 + u32::from(session.note_passed(size))
        } else {
            0
        }
    })
}

/// Says of the message that is queued next what it awaits, by its number, whether it repeats until that has come, and
/// how long all of it may take; 0 is no limit.
#[unsafe(no_mangle)]
pub extern "C" fn expect(id: u32, awaits: u32, repeats: bool, timeout: f64) {
    with(id, |slot| {
        slot.expected = (
            Awaits::ALL
                .get(awaits as usize)
                .copied()
                .unwrap_or(Awaits::Nothing),
            repeats,
            (timeout > 0.0).then_some(timeout as Millis),
        );
    });
}

/// Queues a message: 1, or 2 and the number of the reason why not. A time to live or a key of 0 is none.
#[unsafe(no_mangle)]
pub extern "C" fn enqueue(id: u32, now: f64, ticket: u32, size: u32, ttl: f64, key: u32) -> u32 {
    with(id, |slot| {
        let (awaits, repeats, timeout_ms) = core::mem::take(&mut slot.expected);
        let message = Message {
            ttl_ms: (HAS_QUEUE && ttl > 0.0).then_some(ttl as Millis),
            key: (HAS_QUEUE && key > 0).then_some(key),
            awaits,
            repeats,
            timeout_ms,
            ..Message::plain(ticket, size)
        };
        match slot.session().enqueue(now as Millis, message) {
            Fate::Queued(_) => QUEUED,
            Fate::Dropped(reason) => DROPPED + reason as u32,
        }
    })
}

/// Takes a message back: 0 if its fate is known already, or 1 and the number of how far it had come.
#[unsafe(no_mangle)]
pub extern "C" fn withdraw(id: u32, now: f64, ticket: u32) -> u32 {
    with(id, |slot| {
        slot.machine
            .withdraw(now as Millis, ticket)
            .map_or(0, |progress| 1 + progress as u32)
    })
}

/// The number of the next order or event, whose fields can then be read; 0 when there is nothing left to do.
#[unsafe(no_mangle)]
pub extern "C" fn poll(id: u32) -> u32 {
    with(id, |slot| slot.poll())
}

/// A field of the order or event that was polled last.
#[unsafe(no_mangle)]
pub extern "C" fn field(id: u32, index: u32) -> f64 {
    with(id, |slot| {
        slot.register
            .get(index as usize)
            .copied()
            .unwrap_or_default()
    })
}

/// The one next deadline; -1 if only the outside can move the session.
#[unsafe(no_mangle)]
pub extern "C" fn deadline(id: u32) -> f64 {
    with(id, |slot| {
        slot.session()
            .poll_timeout()
            .map_or(NEVER, |(at, _)| at as f64)
    })
}

/// The number of the reason why that deadline exists.
#[unsafe(no_mangle)]
pub extern "C" fn timer(id: u32) -> u32 {
    with(id, |slot| {
        slot.session()
            .poll_timeout()
            .map_or(0, |(_, timer)| timer as u32)
    })
}

/// One statistic; NaN where nothing is known.
#[unsafe(no_mangle)]
pub extern "C" fn stat(id: u32, now: f64, index: u32) -> f64 {
    with(id, |slot| {
        let known = slot.session().stat(now as Millis, index);
        known.map_or(f64::NAN, |number| number as f64)
    })
}
