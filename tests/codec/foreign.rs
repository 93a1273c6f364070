//! Frames as other languages write them.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use tautline::codec::{BinaryJson, Cbor, CodecError, Json, MessagePack, Payload};

use crate::fuzz::message::Message;
use crate::strategy::{message, record};
use crate::{Both, encode, read};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reading {
    at: u64,
    value: f64,
}

fn binary(bytes: &[u8]) -> Payload {
    Payload::Binary(bytes.into())
}

fn bytes(payload: &Payload) -> &[u8] {
    match payload {
        Payload::Binary(bytes) => bytes,
        Payload::Text(_) => panic!("a text frame"),
    }
}

const READING: Reading = Reading {
    at: 5_000_000_000,
    value: 2.0,
};

#[test]
fn messagepack_reads_integers_beyond_32_bits_as_javascript_writes_them() {
    // What msgpackr makes of { at: 5000000000, value: 2 }.
    let frame = b"\x82\xa2at\xcb\x41\xf2\xa0\x5f\x20\0\0\0\xa5value\x02";
    assert_eq!(read(&MessagePack, &binary(frame)), Some(READING));
}

#[test]
fn cbor_reads_integers_beyond_32_bits_as_javascript_writes_them() {
    let frame = b"\xa2\x62at\xfb\x41\xf2\xa0\x5f\x20\0\0\0\x65value\x02";
    assert_eq!(read(&Cbor, &binary(frame)), Some(READING));
}

proptest! {
    #[test]
    fn messagepack_reads_what_rmp_serde_writes(message in message(), record in record()) {
        for frame in [rmp_serde::to_vec(&message), rmp_serde::to_vec_named(&message)] {
            let back = read::<Message>(&MessagePack, &binary(&frame.unwrap()));
            prop_assert_eq!(back.as_ref(), Some(&message));
        }
        let frame = rmp_serde::to_vec_named(&record).unwrap();
        prop_assert_eq!(read(&MessagePack, &binary(&frame)), Some(record));
    }

    #[test]
    fn rmp_serde_reads_what_messagepack_writes(message in message()) {
        let frame = encode(&MessagePack, &message);
        let back = rmp_serde::from_slice::<Message>(bytes(&frame));
        prop_assert_eq!(back.unwrap(), message);
    }

    #[test]
    fn cbor_reads_what_ciborium_writes(message in message(), record in record()) {
        let mut frames = [Vec::new(), Vec::new()];
        ciborium::into_writer(&message, &mut frames[0]).unwrap();
        ciborium::into_writer(&record, &mut frames[1]).unwrap();
        prop_assert_eq!(read(&Cbor, &binary(&frames[0])), Some(message));
        prop_assert_eq!(read(&Cbor, &binary(&frames[1])), Some(record));
    }

    #[test]
    fn ciborium_reads_what_cbor_writes(message in message()) {
        let frame = encode(&Cbor, &message);
        let back: Message = ciborium::from_reader(bytes(&frame)).unwrap();
        prop_assert_eq!(back, message);
    }

    #[test]
    fn cbor_reads_the_floats_of_16_bits_as_ciborium_does(half in any::<[u8; 2]>()) {
        let frame = [0xf9, half[0], half[1]];
        let expected: f64 = ciborium::from_reader(&frame[..]).unwrap();
        let value: f64 = read(&Cbor, &binary(&frame)).unwrap();
        prop_assert!(value.to_bits() == expected.to_bits() || value.is_nan() && expected.is_nan());
    }
}

#[test]
fn bytes_are_read_as_a_list_of_numbers() {
    assert_eq!(
        read(&MessagePack, &binary(b"\xc4\x03\x01\x02\xff")),
        Some(vec![1_u8, 2, 255])
    );
    assert_eq!(
        read(&Cbor, &binary(b"\x43\x01\x02\xff")),
        Some(vec![1_u8, 2, 255])
    );
    let options = Some(vec![Some(1_u8), Some(2)]);
    assert_eq!(read(&MessagePack, &binary(b"\xc4\x02\x01\x02")), options);
    // Each of them is one number, and nothing else.
    assert_eq!(
        read::<Vec<String>>(&MessagePack, &binary(b"\xc4\x01\x01\xa1a")),
        None
    );
    assert_eq!(read::<(u8, u8)>(&Cbor, &binary(b"\x43\x01\x02\x03")), None);
}

#[test]
fn cbor_skips_tags_and_refuses_integers_beyond_64_bits() {
    assert_eq!(
        read(&Cbor, &binary(b"\xd9\xd9\xf7\xc1\x1a\0\0\x01\0")),
        Some(256_u64)
    );
    assert_eq!(
        read::<i128>(&Cbor, &binary(b"\xc2\x49\x01\0\0\0\0\0\0\0\0")),
        None
    );
    assert_eq!(
        read::<i128>(&Cbor, &binary(b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff")),
        None
    );
    assert_eq!(
        read(&Cbor, &binary(b"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff")),
        Some(i64::MIN)
    );
}

#[test]
fn messagepack_skips_extensions_where_a_field_is_unknown() {
    // A timestamp of 32 bits, as msgpackr writes a Date.
    let frame = b"\x83\xa1d\xd6\xff\x69\0\0\0\xa2at\x05\xa5value\x02";
    assert_eq!(
        read(&MessagePack, &binary(frame)),
        Some(Reading { at: 5, ..READING })
    );
    assert_eq!(
        read::<u64>(&MessagePack, &binary(b"\xd6\xff\x69\0\0\0")),
        None
    );
}

#[test]
fn a_refusal_says_what_was_expected_and_where() {
    let refused =
        |codec: Both<'_, Reading>, frame: &[u8]| match codec.decode(binary(frame).as_ref()) {
            Err(CodecError::Malformed(reason)) => reason.to_string(),
            other => panic!("not refused: {other:?}"),
        };
    let text = b"\x81\xa2at\xa3abc";
    assert_eq!(refused(&MessagePack, text), "expected u64, after 8 bytes");
    assert_eq!(
        refused(&MessagePack, &text[..6]),
        "cut short, after 5 bytes"
    );
    assert_eq!(
        refused(&Cbor, b"\xa1\x62at\x05"),
        "missing field `value`, after 5 bytes"
    );
}

#[test]
fn floats_with_a_fraction_are_no_integers() {
    let frame = |at: [u8; 8]| [&b"\xa2\x65value\x02\x62at\xfb"[..], &at].concat();
    let refused = [
        1.5,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        1e300,
        9_007_199_254_740_994.0,
    ];
    for at in refused {
        let frame = binary(&frame(f64::to_be_bytes(at)));
        assert_eq!(read::<Reading>(&Cbor, &frame), None, "{at}");
    }
}

#[test]
fn cbor_reads_floats_of_every_width_and_strings_in_pieces() {
    let floats: [&[u8]; 4] = [
        b"\xf9\x3e\0",
        b"\xfa\x3f\xc0\0\0",
        b"\xfb\x3f\xf8\0\0\0\0\0\0",
        b"\xf9\x3e\0",
    ];
    for frame in floats {
        assert_eq!(read(&Cbor, &binary(frame)), Some(1.5_f64));
    }
    let pieces = b"\x7f\x63abc\x61d\xff";
    assert_eq!(read(&Cbor, &binary(pieces)), Some("abcd".to_owned()));
    assert_eq!(
        read(&Cbor, &binary(b"\x9f\x01\x02\xff")),
        Some(vec![1_u8, 2])
    );
}

#[test]
fn messagepack_writes_structures_with_names_and_reads_them_without() {
    let Payload::Binary(named) = encode(&MessagePack, &READING) else {
        panic!("a text frame");
    };
    assert!(named.starts_with(b"\x82\xa2at"));
    let unnamed = b"\x92\xcf\0\0\0\x01\x2a\x05\xf2\0\xcb\x40\0\0\0\0\0\0\0";
    assert_eq!(read(&MessagePack, &binary(unnamed)), Some(READING));
}

#[test]
fn unknown_fields_are_skipped_by_formats_with_names() {
    let text = r#"{"more": [1, {"a": null}], "at": 5000000000, "value": 2}"#;
    assert_eq!(read(&Json, &Payload::Text(text.into())), Some(READING));
    assert_eq!(read(&BinaryJson, &binary(text.as_bytes())), Some(READING));
    let more = b"\x83\xa4more\x92\x01\x81\xa1a\xc0\xa2at\xce\0\0\0\x05\xa5value\x02";
    assert_eq!(
        read(&MessagePack, &binary(more)),
        Some(Reading { at: 5, ..READING })
    );
    let more = b"\xa3\x64more\x82\x01\xa1\x61a\xf6\x62at\x05\x65value\x02";
    assert_eq!(
        read(&Cbor, &binary(more)),
        Some(Reading { at: 5, ..READING })
    );
}

#[test]
fn json_takes_white_space_around_a_message_and_makes_null_of_what_is_no_number() {
    assert_eq!(
        read(&Json, &Payload::Text(" [1] \n".into())),
        Some(vec![1_u8])
    );
    assert_eq!(encode(&Json, &f64::NAN), Payload::Text("null".into()));
}

#[test]
fn what_has_no_form_is_told() {
    let map = std::collections::BTreeMap::from([(vec![1_u8], 1_u8)]);
    let json: Both<'_, _> = &Json;
    assert!(matches!(json.encode(&map), Err(CodecError::Unencodable(_))));
}
