//! Any bytes, and packets in which something was changed: both codecs take or refuse them alike, but for the differences below.

use fastrand::Rng;
use tautline::subprotocol::mqtt::packet::{Decoded, PacketError, Version, decode};

use crate::fields;
use crate::oracle::{self, Read};
use crate::server_packets;

const INPUTS: usize = 20_000;

/// What the other codec takes and we refuse, with the section that says so. It leaves some of it to its state machine, and some
/// to nobody.
fn is_stricter(error: PacketError, version: Version, kind: u8) -> bool {
    let is_5 = version == Version::V5;
    match error {
        // MQTT 5.0 and 3.1.1, section 2.1.3 and 2.2.2: reserved flags; 3.2.2.1: the acknowledge flags of CONNACK.
        PacketError::ReservedBits => true,
        // Section 3.3.1.1: DUP is 0 at QoS 0.
        PacketError::QoS => kind == 3,
        // Section 1.5.4: no U+0000.
        PacketError::Text => true,
        // Section 1.5.5 (5.0 only): no byte more than needed.
        PacketError::VariableByteInteger => is_5,
        // Section 2.2.1 and 2.3.1: a packet identifier is not 0.
        PacketError::PacketIdentifier => matches!(kind, 3 | 9 | 11),
        // Section 3.3.2.1: a topic name without wildcards, and not empty unless an alias stands for it; response topics, too.
        PacketError::TopicWildcard | PacketError::TopicMissing => kind == 3,
        // Sections 3.2.2.1.1 and 3.2.2.2: no session with a refusal.
        PacketError::SessionPresent => kind == 2,
        // Section 3.1.2.11.10: no data without a method; 3.15.2.2.2: AUTH has a method.
        PacketError::AuthenticationMethod => is_5 && matches!(kind, 2 | 15),
        // Section 3.3.2.3: a PUBLISH of 5.0 has a property length, even if it is 0.
        PacketError::Truncated => is_5 && kind == 3,
        // Section 3.4.2 to 3.7.2 of 3.1.1: two bytes, no reason code.
        PacketError::Excess => !is_5 && matches!(kind, 4..=7),
        // Sections 3.14.2.1: 0x04 is the client's; 3.15.2.1: so is 0x19.
        PacketError::ReasonCode => is_5 && matches!(kind, 14 | 15),
        // Section 3.14.2.2.2: a server sends no session expiry with DISCONNECT.
        PacketError::PropertyMisplaced => is_5 && kind == 14,
        _ => false,
    }
}

/// What we take and the other codec refuses: DISCONNECT with 0x8C, "Bad authentication method", which table 2-6 gives to it and the
/// table of section 3.14.2.1 does not.
fn is_more_lenient(version: Version, bytes: &[u8]) -> bool {
    version == Version::V5 && bytes.first() == Some(&0xe0) && bytes.get(2) == Some(&0x8c)
}

/// What we know of before the packet is whole: the other codec waits for its end.
fn is_known_early(error: PacketError) -> bool {
    matches!(
        error,
        PacketError::PacketType
            | PacketError::NotFromServer
            | PacketError::ReservedBits
            | PacketError::QoS
            | PacketError::VariableByteInteger
    )
}

/// Compares what both make of the bytes.
pub fn compare(version: Version, bytes: &[u8]) {
    let kind = bytes.first().map_or(0, |first| first >> 4);
    let theirs = oracle::read(version, bytes, true);
    match (decode(version, bytes, u32::MAX), theirs) {
        (Ok(Decoded::Missing(_)), Read::Incomplete) | (Err(_), Read::Refused(_)) => {}
        (Ok(Decoded::Packet { packet, length }), Read::Packet(fields, expected)) => {
            assert_eq!(length, expected, "{version:?} {bytes:02x?}");
            assert_eq!(
                fields::of_packet(packet),
                fields,
                "{version:?} {bytes:02x?}"
            );
        }
        (Err(error), Read::Packet(..)) if is_stricter(error, version, kind) => {}
        (Ok(Decoded::Packet { .. }), Read::Refused(_)) if is_more_lenient(version, bytes) => {}
        (Err(error), Read::Incomplete) if is_known_early(error) => {}
        (ours, theirs) => panic!("{version:?} {bytes:02x?}: {ours:?} here, {theirs:?} there"),
    }
}

/// Changes a few bytes, and mostly sets the remaining length right again.
pub fn change(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let interesting = [0, 1, 2, 0x7f, 0x80, 0xff];
    for _ in 0..rng.usize(1..4) {
        if bytes.is_empty() {
            return;
        }
        // Most of what matters stands at the front.
        let end = if rng.bool() {
            bytes.len().min(16)
        } else {
            bytes.len()
        };
        let at = rng.usize(..end);
        match rng.u32(0..6) {
            0 => bytes[at] ^= 1 << rng.u32(0..8),
            1 => bytes[at] = rng.u8(..),
            2 => bytes[at] = interesting[rng.usize(..interesting.len())],
            3 => bytes.insert(at, rng.u8(..)),
            4 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
    }
    // A remaining length of one byte, for what is short enough.
    if rng.u32(0..4) != 0 && (2..130).contains(&bytes.len()) {
        bytes[1] = bytes.len() as u8 - 2;
    }
}

#[test]
fn packets_with_changes_are_taken_or_refused_alike() {
    let mut rng = Rng::with_seed(8);
    for _ in 0..INPUTS {
        let (version, mut bytes, _) = server_packets::packet(&mut rng);
        compare(version, &bytes);
        change(&mut rng, &mut bytes);
        compare(version, &bytes);
        let other = if version == Version::V5 {
            Version::V311
        } else {
            Version::V5
        };
        compare(other, &bytes);
    }
}

#[test]
fn any_bytes_are_taken_or_refused_alike() {
    let mut rng = Rng::with_seed(9);
    for _ in 0..INPUTS {
        let length = rng.usize(0..24);
        let mut bytes: Vec<u8> = (0..length)
            .map(|_| rng.u8(..) & [0xff, 0x07, 0x3f][rng.usize(0..3)])
            .collect();
        if let [first, remaining, ..] = bytes.as_mut_slice() {
            *first = rng.u8(2..16) << 4 | [0, 2, rng.u8(0..16)][rng.usize(0..3)];
            *remaining = length as u8 - 2;
        }
        compare(Version::V311, &bytes);
        compare(Version::V5, &bytes);
    }
}

#[test]
fn every_short_packet_is_taken_or_refused_alike() {
    // All packets of up to three bytes, and of four and five where the others are small.
    for version in [Version::V311, Version::V5] {
        for first in 0..=u8::MAX {
            compare(version, &[first]);
            compare(version, &[first, 0]);
            for second in 0..=u8::MAX {
                compare(version, &[first, 1, second]);
            }
            for at in 0..=u16::MAX {
                let [third, fourth] = at.to_be_bytes();
                if third < 2 {
                    compare(version, &[first, 2, third, fourth]);
                    compare(version, &[first, 3, 0, third, fourth]);
                }
            }
        }
    }
}

#[test]
fn every_difference_is_one() {
    let (v311, v5) = (Version::V311, Version::V5);
    let cases: &[(Version, &[u8], PacketError)] = &[
        (v311, &[0x41, 2, 0, 1], PacketError::ReservedBits),
        (v5, &[0x20, 3, 2, 0, 0], PacketError::ReservedBits),
        (v5, &[0x38, 4, 0, 1, b'a', 0], PacketError::QoS),
        (v5, &[0x30, 4, 0, 1, 0, 0], PacketError::Text),
        (v5, &[0xd0, 0x80, 0x00], PacketError::VariableByteInteger),
        (
            v5,
            &[0x32, 6, 0, 1, b'a', 0, 0, 0],
            PacketError::PacketIdentifier,
        ),
        (v5, &[0x90, 4, 0, 0, 0, 0], PacketError::PacketIdentifier),
        (v5, &[0xb0, 4, 0, 0, 0, 0], PacketError::PacketIdentifier),
        (v5, &[0x30, 4, 0, 1, b'+', 0], PacketError::TopicWildcard),
        (
            v5,
            &[0x30, 8, 0, 1, b'a', 4, 0x08, 0, 1, b'#'],
            PacketError::TopicWildcard,
        ),
        (v5, &[0x30, 3, 0, 0, 0], PacketError::TopicMissing),
        (v311, &[0x20, 2, 1, 5], PacketError::SessionPresent),
        (
            v5,
            &[0x20, 7, 0, 0, 4, 0x16, 0, 1, 0],
            PacketError::AuthenticationMethod,
        ),
        (v5, &[0xf0, 2, 0, 0], PacketError::AuthenticationMethod),
        (v5, &[0x30, 3, 0, 1, b'a'], PacketError::Truncated),
        (v311, &[0x40, 3, 0, 1, 0], PacketError::Excess),
        (v5, &[0xe0, 1, 0x04], PacketError::ReasonCode),
        (
            v5,
            &[0xf0, 6, 0x19, 4, 0x15, 0, 1, b'm'],
            PacketError::ReasonCode,
        ),
        (
            v5,
            &[0xe0, 7, 0, 5, 0x11, 0, 0, 0, 1],
            PacketError::PropertyMisplaced,
        ),
    ];
    for &(version, bytes, error) in cases {
        assert_eq!(decode(version, bytes, u32::MAX), Err(error), "{bytes:02x?}");
        assert!(is_stricter(error, version, bytes[0] >> 4), "{error:?}");
        let theirs = oracle::read(version, bytes, true);
        assert!(
            matches!(theirs, Read::Packet(..)),
            "{bytes:02x?}: {theirs:?}"
        );
    }
    let bytes = [0xe0, 1, 0x8c];
    assert!(decode(v5, &bytes, u32::MAX).is_ok() && is_more_lenient(v5, &bytes));
    assert!(matches!(oracle::read(v5, &bytes, true), Read::Refused(_)));
}
