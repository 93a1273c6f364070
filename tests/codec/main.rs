//! The codecs: what goes in comes out, and whatever comes in, nothing breaks.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

mod foreign;
mod hostile;
mod limits;
mod round_trip;
mod smoke;
mod strategy;

use tautline::codec::{Codec, CodecError, Payload};

/// Writes the same tests for each codec: `$test!(codec, its messages, a strategy that makes them)`.
macro_rules! each_codec {
    ($test:ident) => {
        each_codec! { $test:
            json(Json, Message, json_message()),
            binary_json(BinaryJson, Message, json_message()),
            messagepack(MessagePack, Message, message()),
            cbor(Cbor, Message, message()),
            postcard(Postcard, Message, message()),
            protobuf(Protobuf, ProtoMessage, proto_message()),
        }
    };
    ($test:ident: $($name:ident($codec:ident, $message:ident, $messages:expr),)+) => {$(
        mod $name {
            use proptest::prelude::*;

            #[allow(unused_imports, reason = "each codec has messages of one kind")]
            use crate::fuzz::{message::Message, proto::ProtoMessage};
            #[allow(unused_imports, reason = "each codec has messages of one kind")]
            use crate::strategy::{json_message, message, proto_message};

            $test!(&tautline::codec::$codec, $message, $messages);
        }
    )+};
}
pub(crate) use each_codec;

/// A codec whose messages are the same both ways.
type Both<'a, M> = &'a dyn Codec<M, M>;

fn encode<M>(codec: Both<'_, M>, message: &M) -> Payload {
    codec.encode(message).expect("the message has a form")
}

/// A message, or nothing where the frame is malformed: anything else fails.
fn read<M>(codec: Both<'_, M>, payload: &Payload) -> Option<M> {
    match codec.decode(payload.as_ref()) {
        Ok(message) => Some(message),
        Err(CodecError::Malformed(reason)) => {
            assert!(!reason.to_string().is_empty());
            None
        }
        Err(other) => panic!("refused as something else: {other}"),
    }
}
