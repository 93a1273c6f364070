//! What a server must not send, and the reason code that tells it so.

use super::*;
use crate::subprotocol::mqtt::packet::ReasonCode as Code;
use PacketError::*;

fn refused(version: Version, bytes: &[u8], error: PacketError, code: Code) {
    assert_eq!(decode(version, bytes, u32::MAX), Err(error), "{bytes:02x?}");
    assert_eq!(error.reason_code(), code, "{error:?}");
}

fn refused_by_both(bytes: &[u8], error: PacketError, code: Code) {
    refused(Version::V311, bytes, error, code);
    refused(Version::V5, bytes, error, code);
}

#[test]
fn packets_that_servers_do_not_send() {
    for version in [Version::V311, Version::V5] {
        refused(version, &[0x00], PacketType, Code::MalformedPacket);
        for first in [0x10, 0x82, 0xa2, 0xc0] {
            refused(version, &[first], NotFromServer, Code::ProtocolError);
        }
    }
    refused(
        Version::V311,
        &[0xe0, 0],
        NotFromServer,
        Code::ProtocolError,
    );
    refused(Version::V311, &[0xf0, 0], PacketType, Code::MalformedPacket);
}

#[test]
fn reserved_bits_of_the_fixed_header() {
    for kind in [2, 4, 5, 6, 7, 9, 11, 13] {
        let expected = if kind == 6 { 2 } else { 0 };
        for flags in (0..16).filter(|&flags| flags != expected) {
            refused_by_both(&[kind << 4 | flags], ReservedBits, Code::MalformedPacket);
        }
    }
    for kind in [14, 15] {
        for flags in 1..16 {
            refused(
                Version::V5,
                &[kind << 4 | flags],
                ReservedBits,
                Code::MalformedPacket,
            );
        }
    }
}

#[test]
fn remaining_length() {
    refused_by_both(
        &[0x30, 0xff, 0xff, 0xff, 0xff],
        VariableByteInteger,
        Code::MalformedPacket,
    );
    refused_by_both(
        &[0x30, 0x80, 0x80, 0x80, 0x80, 0x01],
        VariableByteInteger,
        Code::MalformedPacket,
    );
    // More bytes than needed: forbidden by 5.0 only.
    refused(
        Version::V5,
        &[0xd0, 0x80, 0x00],
        VariableByteInteger,
        Code::MalformedPacket,
    );
    assert_eq!(read(Version::V311, &[0xd0, 0x80, 0x00]), Packet::PingResp);
}

#[test]
fn fields_that_are_cut_off_or_followed_by_more() {
    for bytes in [
        &[0x20, 0][..],
        &[0x20, 1, 0],
        &[0x30, 0],
        &[0x30, 1, 0],
        &[0x30, 2, 0, 1],
        &[0x32, 4, 0, 1, b'a', 0],
        &[0x40, 0],
        &[0x40, 1, 0],
        &[0x90, 1, 0],
        &[0xb0, 1, 0],
    ] {
        refused_by_both(bytes, Truncated, Code::MalformedPacket);
    }
    for bytes in [
        &[0x20, 2, 0, 0][..],
        &[0x30, 3, 0, 1, b'a'],
        &[0x30, 5, 0, 1, b'a', 2, 0x01],
        &[0x90, 2, 0, 1],
        &[0x40, 5, 0, 1, 0, 2, 0x1f],
        &[0xe0, 2, 0x8b, 1],
    ] {
        refused(Version::V5, bytes, Truncated, Code::MalformedPacket);
    }
    refused_by_both(&[0xd0, 1, 0], Excess, Code::MalformedPacket);
    refused(
        Version::V311,
        &[0x20, 3, 0, 0, 0],
        Excess,
        Code::MalformedPacket,
    );
    refused(
        Version::V311,
        &[0x40, 3, 0, 1, 0],
        Excess,
        Code::MalformedPacket,
    );
    refused(
        Version::V311,
        &[0xb0, 3, 0, 1, 0],
        Excess,
        Code::MalformedPacket,
    );
    refused(
        Version::V5,
        &[0x20, 4, 0, 0, 0, 0],
        Excess,
        Code::MalformedPacket,
    );
    refused(
        Version::V5,
        &[0x40, 5, 0, 1, 0, 0, 0],
        Excess,
        Code::MalformedPacket,
    );
    refused(
        Version::V5,
        &[0xe0, 3, 0, 0, 0],
        Excess,
        Code::MalformedPacket,
    );
}

#[test]
fn text_is_utf_8_without_nul() {
    for text in [
        &[0x00][..],
        &[0xff],
        &[0xc0, 0x80],             // overlong
        &[0xed, 0xa0, 0x80],       // a surrogate
        &[0xf4, 0x90, 0x80, 0x80], // above U+10FFFF
        &[0xe2, 0x82],             // cut off
    ] {
        let mut bytes = vec![0x30, 2 + text.len() as u8, 0, text.len() as u8];
        bytes.extend_from_slice(text);
        refused_by_both(&bytes, Text, Code::MalformedPacket);
    }
    // A byte order mark is a character like others (section 1.5.4).
    let bytes = [0x30, 5, 0, 3, 0xef, 0xbb, 0xbf];
    assert!(matches!(read(Version::V311, &bytes), Packet::Publish(it) if it.topic == "\u{feff}"));
}

#[test]
fn publish() {
    for first in [0x36, 0x37, 0x3e, 0x3f, 0x38, 0x39] {
        refused_by_both(&[first], QoS, Code::MalformedPacket);
    }
    refused_by_both(
        &[0x32, 5, 0, 1, b'a', 0, 0],
        PacketIdentifier,
        Code::ProtocolError,
    );
    refused_by_both(
        &[0x30, 6, 0, 3, b'a', b'/', b'+', 0],
        TopicWildcard,
        Code::ProtocolError,
    );
    refused_by_both(
        &[0x30, 4, 0, 1, b'#', 0],
        TopicWildcard,
        Code::ProtocolError,
    );
    refused(
        Version::V311,
        &[0x30, 2, 0, 0],
        TopicMissing,
        Code::ProtocolError,
    );
    refused(
        Version::V5,
        &[0x30, 3, 0, 0, 0],
        TopicMissing,
        Code::ProtocolError,
    );
    refused(
        Version::V5,
        &[0x30, 6, 0, 0, 3, 0x23, 0, 0],
        TopicAlias,
        Code::TopicAliasInvalid,
    );
    let bytes = [0x30, 8, 0, 1, b'a', 4, 0x08, 0, 1, b'#'];
    refused(Version::V5, &bytes, TopicWildcard, Code::ProtocolError);
}

#[test]
fn connack() {
    for version in [Version::V311, Version::V5] {
        for flags in [2, 0x80, 0xff] {
            refused(
                version,
                &[0x20, 3, flags, 0, 0],
                ReservedBits,
                Code::MalformedPacket,
            );
        }
    }
    refused(
        Version::V311,
        &[0x20, 2, 1, 5],
        SessionPresent,
        Code::ProtocolError,
    );
    refused(
        Version::V5,
        &[0x20, 3, 1, 0x87, 0],
        SessionPresent,
        Code::ProtocolError,
    );
    refused(
        Version::V311,
        &[0x20, 2, 0, 6],
        ReasonCode,
        Code::ProtocolError,
    );
    refused(
        Version::V5,
        &[0x20, 3, 0, 1, 0],
        ReasonCode,
        Code::ProtocolError,
    );
    let bytes = [0x20, 7, 0, 0, 4, 0x16, 0, 1, 0];
    refused(
        Version::V5,
        &bytes,
        AuthenticationMethod,
        Code::ProtocolError,
    );
}

#[test]
fn every_packet_takes_its_own_reason_codes_and_no_others() {
    // MQTT 5.0, table 2-6, and for DISCONNECT and AUTH their own tables, which say who may send what.
    let connack = [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95,
        0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
    ];
    let puback = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
    let pubrel = [0x00, 0x92];
    let suback = [
        0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2,
    ];
    let unsuback = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91];
    let disconnect = [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94,
        0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ];
    let auth = [0x00, 0x18];
    let method = [4, 0x15, 0, 1, b'm'];
    for code in 0..=u8::MAX {
        let take = |bytes: &[u8], codes: &[u8]| {
            let taken = decode(Version::V5, bytes, u32::MAX);
            assert_eq!(
                taken.is_ok(),
                codes.contains(&code),
                "{bytes:02x?} {taken:?}"
            );
            if !codes.contains(&code) {
                assert_eq!(taken, Err(ReasonCode), "{bytes:02x?}");
            }
        };
        take(&[0x20, 3, 0, code, 0], &connack);
        take(&[0x40, 3, 0, 1, code], &puback);
        take(&[0x50, 3, 0, 1, code], &puback);
        take(&[0x62, 3, 0, 1, code], &pubrel);
        take(&[0x70, 3, 0, 1, code], &pubrel);
        take(&[0x90, 4, 0, 1, 0, code], &suback);
        take(&[0xb0, 4, 0, 1, 0, code], &unsuback);
        take(&[0xe0, 1, code], &disconnect);
        take(&[[0xf0, 6, code].as_slice(), &method].concat(), &auth);
        let taken = decode(Version::V311, &[0x90, 3, 0, 1, code], u32::MAX).is_ok();
        assert_eq!(taken, matches!(code, 0..=2 | 0x80), "{code:02x}");
    }
}

#[test]
fn acknowledgements() {
    for first in [0x40, 0x50, 0x62, 0x70, 0x90, 0xb0] {
        refused_by_both(&[first, 2, 0, 0], PacketIdentifier, Code::ProtocolError);
    }
    refused(Version::V311, &[0x90, 2, 0, 1], Empty, Code::ProtocolError);
    refused(Version::V5, &[0x90, 3, 0, 1, 0], Empty, Code::ProtocolError);
    refused(Version::V5, &[0xb0, 3, 0, 1, 0], Empty, Code::ProtocolError);
}

#[test]
fn auth_has_a_method() {
    refused(
        Version::V5,
        &[0xf0, 1, 0x18],
        AuthenticationMethod,
        Code::ProtocolError,
    );
    refused(
        Version::V5,
        &[0xf0, 2, 0, 0],
        AuthenticationMethod,
        Code::ProtocolError,
    );
    let bytes = [0xf0, 6, 0x18, 4, 0x16, 0, 1, 0];
    refused(
        Version::V5,
        &bytes,
        AuthenticationMethod,
        Code::ProtocolError,
    );
}

#[test]
fn every_error_says_something_else() {
    let mut texts: Vec<String> = PacketError::ALL.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), PacketError::ALL.len());
    assert!(
        PacketError::ALL
            .iter()
            .all(|error| error.reason_code().is_failure())
    );
}
