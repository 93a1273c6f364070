//! Encodes and decodes five messages with each codec, as often as the page asks: see benches/codecs.mjs.

// An exported name has to be unique in the program, which is all that `unsafe(no_mangle)` promises here.
#![allow(unsafe_code)]
#![cfg_attr(not(feature = "all-messages"), allow(dead_code))]

mod messages;
#[cfg(feature = "protobuf")]
mod proto;

use std::hint::black_box;

use tautline::codec::{Codec, CodecError, Payload, PayloadRef};

#[derive(Clone, Copy)]
enum Job {
    Size,
    Encode(u32),
    Decode(u32),
}

/// The bytes of a frame. Codecs and messages are numbered as in `benches/codecs.mjs`.
#[unsafe(no_mangle)]
pub extern "C" fn size(codec: u32, message: u32) -> u32 {
    with_codec(codec, message, Job::Size)
}

/// Encodes a message that many times.
#[unsafe(no_mangle)]
pub extern "C" fn encode(codec: u32, message: u32, times: u32) -> u32 {
    with_codec(codec, message, Job::Encode(times))
}

/// Decodes a message's frame that many times, and drops what comes out.
#[unsafe(no_mangle)]
pub extern "C" fn decode(codec: u32, message: u32, times: u32) -> u32 {
    with_codec(codec, message, Job::Decode(times))
}

/// Does the job with the message of this number.
macro_rules! with_message {
    ($messages:ident, $codec:expr, $message:expr, $job:expr) => {
        match $message {
            0 => work(&$codec, $messages::chat_line(), $job),
            #[cfg(feature = "all-messages")]
            1 => work(&$codec, $messages::tick(), $job),
            #[cfg(feature = "all-messages")]
            2 => work(&$codec, $messages::game_state(), $job),
            #[cfg(feature = "all-messages")]
            3 => work(&$codec, $messages::edit(), $job),
            #[cfg(feature = "all-messages")]
            4 => work(&$codec, $messages::notification(), $job),
            _ => 0,
        }
    };
}

fn with_codec(codec: u32, message: u32, job: Job) -> u32 {
    match codec {
        #[cfg(feature = "json")]
        0 => with_message!(messages, tautline::codec::Json, message, job),
        #[cfg(feature = "messagepack")]
        1 => with_message!(messages, tautline::codec::MessagePack, message, job),
        #[cfg(feature = "cbor")]
        2 => with_message!(messages, tautline::codec::Cbor, message, job),
        #[cfg(feature = "protobuf")]
        3 => with_message!(proto, tautline::codec::Protobuf, message, job),
        #[cfg(feature = "postcard")]
        4 => with_message!(messages, tautline::codec::Postcard, message, job),
        // The size of a module without a codec is the one that the others are compared with.
        _ => with_message!(messages, Nothing, message, job),
    }
}

fn work<M>(codec: &impl Codec<M, M>, message: M, job: Job) -> u32 {
    let Ok(frame) = codec.encode(&message) else {
        return 0;
    };
    match job {
        Job::Size => {}
        Job::Encode(times) => {
            for _ in 0..times {
                let _ = black_box(codec.encode(black_box(&message)));
            }
        }
        Job::Decode(times) => {
            for _ in 0..times {
                let _ = black_box(codec.decode(black_box(frame.as_ref())));
            }
        }
    }
    frame.len() as u32
}

struct Nothing;

impl<M> Codec<M, M> for Nothing {
    fn encode(&self, message: &M) -> Result<Payload, CodecError> {
        black_box(message);
        Ok(Payload::Binary(Vec::new()))
    }

    fn decode(&self, _: PayloadRef<'_>) -> Result<M, CodecError> {
        Err(CodecError::malformed("nothing"))
    }
}
