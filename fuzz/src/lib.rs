//! What must hold whatever the bytes are, one function for each decoder. The fuzz targets call them, and so does the
//! native test `codec`, which includes this file.

pub mod message;
pub mod proto;

use tautline::codec::{
    BinaryJson, Cbor, Codec, CodecError, Json, MessagePack, Payload, PayloadRef, Postcard, Protobuf,
};

use self::message::{Message, Record};
use self::proto::ProtoMessage;

pub fn json(bytes: &[u8]) {
    holds::<Message>(&BinaryJson, PayloadRef::Binary(bytes));
    holds::<Record>(&BinaryJson, PayloadRef::Binary(bytes));
    if let Ok(text) = core::str::from_utf8(bytes) {
        holds::<Message>(&Json, PayloadRef::Text(text));
    }
}

pub fn messagepack(bytes: &[u8]) {
    holds::<Message>(&MessagePack, PayloadRef::Binary(bytes));
    holds::<Record>(&MessagePack, PayloadRef::Binary(bytes));
}

pub fn cbor(bytes: &[u8]) {
    holds::<Message>(&Cbor, PayloadRef::Binary(bytes));
    holds::<Record>(&Cbor, PayloadRef::Binary(bytes));
}

pub fn protobuf(bytes: &[u8]) {
    holds::<ProtoMessage>(&Protobuf, PayloadRef::Binary(bytes));
}

pub fn postcard(bytes: &[u8]) {
    holds::<Message>(&Postcard, PayloadRef::Binary(bytes));
    // Values that take no byte: how many may come depends on the frame's size, so that their own frame may be too small.
    let codec: &dyn Codec<(), Vec<Vec<()>>> = &Postcard;
    if let Ok(empty) = codec.decode(PayloadRef::Binary(bytes)) {
        assert!(empty.iter().map(Vec::len).sum::<usize>() <= bytes.len() + 1024);
    }
}

/// A frame is refused as malformed, with a reason that can be printed; or it decodes into a message whose own frame
/// decodes into the same. That is told by the frames, because a float that is no number equals nothing.
fn holds<M>(codec: &dyn Codec<M, M>, frame: PayloadRef<'_>) {
    match codec.decode(frame) {
        Ok(message) => {
            let own = encode(codec, &message);
            let again = codec.decode(own.as_ref()).expect("its own frame decodes");
            assert_eq!(own, encode(codec, &again));
        }
        Err(CodecError::Malformed(reason)) => assert!(!reason.to_string().is_empty()),
        Err(other) => panic!("refused as something else: {other}"),
    }
}

fn encode<M>(codec: &dyn Codec<M, M>, message: &M) -> Payload {
    codec.encode(message).expect("what was decoded has a form")
}
