//! The exports that need the whole engine: frames that the shell classifies, steps that it takes, the user's retry function.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]

use super::exports::news;
use super::sessions::with;
use crate::session::{Advice, Millis, News, Verdict};
#[allow(unused_imports, reason = "a plain session has it of itself")]
use crate::subprotocol::Subprotocol as _;

/// The verdict of a pong with id `k` is this and `k`.
const PONG_WITH_ID: u32 = 16;

/// Tells what a received frame was by the number of the verdict.
#[unsafe(no_mangle)]
pub extern "C" fn classified(id: u32, now: f64, generation: u32, verdict: u32) {
    let verdict = match verdict {
        1 => Verdict::Ping,
        2 => Verdict::Pong(None),
        3 => Verdict::Accepted,
        4 => Verdict::Refused,
        number if number > PONG_WITH_ID => Verdict::Pong(Some(number - PONG_WITH_ID)),
        _ => return,
    };
    news(id, now, generation, News::Classified(verdict));
}

/// Starts to watch whether a send is answered.
#[unsafe(no_mangle)]
pub extern "C" fn sent(id: u32, now: f64) {
    with(id, |slot| slot.session().handle_sent(now as Millis));
}

/// Tells of a reply to the request of that ticket; false if none waits for it.
#[unsafe(no_mangle)]
pub extern "C" fn replied(id: u32, now: f64, generation: u32, ticket: u32) -> bool {
    news(
        id,
        now,
        generation,
        News::Classified(Verdict::Reply(ticket)),
    )
}

/// Tells how long the credentials hold that the next yes is about.
#[unsafe(no_mangle)]
pub extern "C" fn hold(id: u32, ms: f64) {
    with(id, |slot| {
        slot.session().note_credentials_hold(ms as Millis)
    });
}

/// Whether a message of the restore step may be sent over the connection of this generation.
#[unsafe(no_mangle)]
pub extern "C" fn may_restore(id: u32, generation: u32) -> bool {
    with(id, |slot| slot.session().may_restore(generation))
}

/// Answers the question about a retry: a delay in milliseconds, or -1 no opinion, -2 stop, -3 retry with jitter.
#[unsafe(no_mangle)]
pub extern "C" fn advise(id: u32, now: f64, advice: f64) {
    let advice = match advice {
        delay if delay >= 0.0 => Advice::After(delay as Millis),
        -2.0 => Advice::Stop,
        -3.0 => Advice::Retry,
        _ => Advice::Default,
    };
    with(id, |slot| slot.session().advise(now as Millis, advice));
}
