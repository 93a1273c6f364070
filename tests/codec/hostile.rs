//! Whatever comes in, nothing breaks.

use proptest::prelude::*;
use proptest::sample::Index;
use tautline::codec::{CodecError, Payload};

use crate::strategy::json_message;
use crate::{Both, each_codec, encode, read};

macro_rules! hostile {
    ($codec:expr, $message:ty, $messages:expr) => {
        use crate::hostile::{changed, cut, of_the_same_kind, refused_by_kind, replaced};

        proptest! {
            #[test]
            fn any_frame_is_a_message_or_malformed(bytes in any::<Vec<u8>>(), text in ".{0,60}") {
                crate::read::<$message>($codec, &of_the_same_kind::<$message>($codec, bytes, text));
            }

            #[test]
            fn a_changed_frame_is_a_message_or_malformed(
                message in $messages,
                changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6),
            ) {
                let frame = crate::encode::<$message>($codec, &message);
                crate::read::<$message>($codec, &changed(frame, &changes));
            }

            #[test]
            fn a_frame_cut_short_is_a_message_or_malformed(
                message in $messages,
                at in any::<prop::sample::Index>(),
            ) {
                let frame = crate::encode::<$message>($codec, &message);
                crate::read::<$message>($codec, &cut(frame, at));
            }

            #[test]
            fn a_frame_of_the_other_kind_is_refused_as_such(message in $messages) {
                let frame = crate::encode::<$message>($codec, &message);
                prop_assert!(refused_by_kind::<$message>($codec, &replaced(frame)));
            }
        }
    };
}

each_codec!(hostile);

/// Every codec but that of Protocol Buffers, where bytes after a message are more of it, and an end is nowhere marked.
macro_rules! ends_where_it_ends {
    ($($name:ident($codec:ident),)+) => {$(
        mod $name {
            use super::*;
            use tautline::codec::$codec;

            proptest! {
                #[test]
                fn nothing_may_follow_a_message(message in json_message(), rest in "[!-~]{1,20}") {
                    let frame = followed_by(encode(&$codec, &message), &rest);
                    prop_assert_eq!(read::<Message>(&$codec, &frame), None);
                }

                #[test]
                fn nothing_may_be_missing(message in json_message(), at in any::<Index>()) {
                    let frame = cut(encode(&$codec, &message), at);
                    prop_assert_eq!(read::<Message>(&$codec, &frame), None);
                }
            }
        }
    )+};
}

mod end {
    use super::*;
    use crate::fuzz::message::Message;

    ends_where_it_ends! {
        json(Json), binary_json(BinaryJson), messagepack(MessagePack), cbor(Cbor), postcard(Postcard),
    }
}

/// A frame of the kind that the codec takes.
fn of_the_same_kind<M>(codec: Both<'_, M>, bytes: Vec<u8>, text: String) -> Payload {
    match codec.decode(Payload::Text(String::new()).as_ref()) {
        Err(CodecError::UnexpectedText) => Payload::Binary(bytes),
        _ => Payload::Text(text),
    }
}

/// The same in a frame of the other kind.
fn replaced(frame: Payload) -> Payload {
    match frame {
        Payload::Text(text) => Payload::Binary(text.into_bytes()),
        Payload::Binary(bytes) => Payload::Text(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

fn refused_by_kind<M>(codec: Both<'_, M>, frame: &Payload) -> bool {
    match (frame, codec.decode(frame.as_ref())) {
        (Payload::Text(_), Err(CodecError::UnexpectedText)) => true,
        (Payload::Binary(_), Err(CodecError::UnexpectedBinary)) => true,
        (_, _) => false,
    }
}

/// With some bytes replaced; text stays text.
fn changed(frame: Payload, changes: &[(Index, u8)]) -> Payload {
    altered(frame, |bytes| {
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
        }
    })
}

/// Without its end: at least a byte is missing, where there is one.
fn cut(frame: Payload, at: Index) -> Payload {
    altered(frame, |bytes| {
        if !bytes.is_empty() {
            bytes.truncate(at.index(bytes.len()));
        }
    })
}

fn followed_by(frame: Payload, rest: &str) -> Payload {
    altered(frame, |bytes| bytes.extend_from_slice(rest.as_bytes()))
}

fn altered(frame: Payload, change: impl FnOnce(&mut Vec<u8>)) -> Payload {
    match frame {
        Payload::Text(text) => {
            let mut bytes = text.into_bytes();
            change(&mut bytes);
            Payload::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
        Payload::Binary(mut bytes) => {
            change(&mut bytes);
            Payload::Binary(bytes)
        }
    }
}
