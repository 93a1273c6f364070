//! Packets of a server, byte by byte.

use super::*;
use crate::subprotocol::mqtt::packet::PropertyId as Id;

#[test]
fn connack() {
    let accepted = ConnAck {
        session_present: true,
        reason: ReasonCode::Success,
        properties: Properties::NONE,
    };
    assert_eq!(
        read(Version::V311, &[0x20, 2, 1, 0]),
        Packet::ConnAck(accepted)
    );
    assert_eq!(
        read(Version::V5, &[0x20, 3, 1, 0, 0]),
        Packet::ConnAck(accepted)
    );

    let bytes = [
        0x20, 11, 0, 0x86, 8, 0x1f, 0, 2, b'n', b'o', 0x21, 0x01, 0x02,
    ];
    let Packet::ConnAck(refused) = read(Version::V5, &bytes) else {
        panic!("a CONNACK")
    };
    assert!(!refused.session_present);
    assert_eq!(refused.reason, ReasonCode::BadUserNameOrPassword);
    assert_eq!(refused.properties.text(Id::ReasonString), Some("no"));
    assert_eq!(refused.properties.number(Id::ReceiveMaximum), Some(0x102));
    assert_eq!(refused.properties.number(Id::ServerKeepAlive), None);
}

#[test]
fn return_codes_of_3_1_1_mean_reason_codes() {
    let expected = [
        ReasonCode::Success,
        ReasonCode::UnsupportedProtocolVersion,
        ReasonCode::ClientIdentifierNotValid,
        ReasonCode::ServerUnavailable,
        ReasonCode::BadUserNameOrPassword,
        ReasonCode::NotAuthorized,
    ];
    for (code, reason) in (0..).zip(expected) {
        let bytes = [0x20, 2, 0, code];
        assert!(
            matches!(read(Version::V311, &bytes), Packet::ConnAck(ack) if ack.reason == reason)
        );
    }
}

#[test]
fn publish_of_3_1_1() {
    let expected = Publish {
        topic: "a/b",
        payload: b"hi",
        ..Publish::default()
    };
    assert_eq!(
        read(
            Version::V311,
            &[0x30, 7, 0, 3, b'a', b'/', b'b', b'h', b'i']
        ),
        Packet::Publish(expected)
    );

    let expected = Publish {
        dup: true,
        qos: QoS::ExactlyOnce,
        retain: true,
        topic: "a",
        packet_id: Some(id(0x1234)),
        ..Publish::default()
    };
    assert_eq!(
        read(Version::V311, &[0x3d, 5, 0, 1, b'a', 0x12, 0x34]),
        Packet::Publish(expected)
    );
}

#[test]
fn publish_of_5() {
    let mut bytes = vec![0x32, 0, 0, 3, b'r', b'/', b'1', 0, 10, 43];
    bytes.extend([0x01, 1]); // payload format indicator
    bytes.extend([0x02, 0, 0, 0, 60]); // message expiry interval
    bytes.extend([0x03, 0, 1, b't']); // content type
    bytes.extend([0x08, 0, 3, b'r', b'/', b'2']); // response topic
    bytes.extend([0x09, 0, 3, 0xff, 0, 1]); // correlation data
    bytes.extend([0x0b, 0x80, 0x01, 0x0b, 5]); // two subscription identifiers, 128 and 5
    bytes.extend([0x23, 0, 9]); // topic alias
    bytes.extend([0x26, 0, 1, b'k', 0, 1, b'v']); // user property
    bytes.extend([0x26, 0, 0, 0, 0]); // an empty one
    bytes.extend([0xca, 0xfe]);
    bytes[1] = bytes.len() as u8 - 2;
    let Packet::Publish(message) = read(Version::V5, &bytes) else {
        panic!("a PUBLISH")
    };
    assert_eq!(
        (message.topic, message.packet_id, message.qos),
        ("r/1", Some(id(10)), QoS::AtLeastOnce)
    );
    assert_eq!(message.topic_alias, Some(id(9)));
    assert_eq!(message.payload, [0xca, 0xfe]);
    let properties: Vec<_> = message
        .properties
        .iter()
        .map(|it| (it.id, it.value))
        .collect();
    assert_eq!(
        properties,
        [
            (Id::PayloadFormatIndicator, Value::Number(1)),
            (Id::MessageExpiryInterval, Value::Number(60)),
            (Id::ContentType, Value::Text("t")),
            (Id::ResponseTopic, Value::Text("r/2")),
            (Id::CorrelationData, Value::Binary(&[0xff, 0, 1])),
            (Id::SubscriptionIdentifier, Value::Number(128)),
            (Id::SubscriptionIdentifier, Value::Number(5)),
            (Id::TopicAlias, Value::Number(9)),
            (Id::UserProperty, Value::Pair("k", "v")),
            (Id::UserProperty, Value::Pair("", "")),
        ]
    );
}

#[test]
fn a_topic_alias_stands_for_the_topic() {
    let bytes = [0x30, 6, 0, 0, 3, 0x23, 0xff, 0xff];
    let Packet::Publish(message) = read(Version::V5, &bytes) else {
        panic!("a PUBLISH")
    };
    assert_eq!((message.topic, message.topic_alias), ("", Some(id(65_535))));
}

#[test]
fn acknowledgements() {
    let kinds = [
        (0x40, AckKind::PubAck),
        (0x50, AckKind::PubRec),
        (0x62, AckKind::PubRel),
        (0x70, AckKind::PubComp),
    ];
    for (first, kind) in kinds {
        let expected = Ack {
            kind,
            packet_id: id(0x0102),
            reason: ReasonCode::Success,
            properties: Properties::NONE,
        };
        for version in [Version::V311, Version::V5] {
            assert_eq!(read(version, &[first, 2, 1, 2]), Packet::Ack(expected));
        }
        assert_eq!(
            read(Version::V5, &[first, 3, 1, 2, 0]),
            Packet::Ack(expected)
        );
        assert_eq!(
            read(Version::V5, &[first, 4, 1, 2, 0, 0]),
            Packet::Ack(expected)
        );
    }
    let bytes = [0x40, 8, 0, 7, 0x97, 4, 0x1f, 0, 1, b'x'];
    let Packet::Ack(ack) = read(Version::V5, &bytes) else {
        panic!("a PUBACK")
    };
    assert_eq!(
        (ack.reason, ack.properties.text(Id::ReasonString)),
        (ReasonCode::QuotaExceeded, Some("x"))
    );
}

#[test]
fn suback_and_unsuback() {
    let Packet::SubAck(ack) = read(Version::V311, &[0x90, 6, 0, 1, 0, 1, 2, 0x80]) else {
        panic!("a SUBACK")
    };
    let reasons = [
        ReasonCode::Success,
        ReasonCode::GrantedQoS1,
        ReasonCode::GrantedQoS2,
        ReasonCode::UnspecifiedError,
    ];
    assert_eq!(ack.packet_id, id(1));
    assert_eq!(ack.reasons().collect::<Vec<_>>(), reasons);
    let Packet::SubAck(ack) = read(Version::V5, &[0x90, 5, 0, 1, 0, 1, 0x9e]) else {
        panic!("a SUBACK")
    };
    assert_eq!(
        ack.reasons().collect::<Vec<_>>(),
        [
            ReasonCode::GrantedQoS1,
            ReasonCode::SharedSubscriptionsNotSupported
        ]
    );

    let Packet::UnsubAck(ack) = read(Version::V311, &[0xb0, 2, 0, 9]) else {
        panic!("an UNSUBACK")
    };
    assert_eq!((ack.packet_id, ack.reasons().len()), (id(9), 0));
    let Packet::UnsubAck(ack) = read(Version::V5, &[0xb0, 5, 0, 9, 0, 0, 0x11]) else {
        panic!("an UNSUBACK")
    };
    assert_eq!(
        ack.reasons().collect::<Vec<_>>(),
        [ReasonCode::Success, ReasonCode::NoSubscriptionExisted]
    );
}

#[test]
fn pingresp_disconnect_and_auth() {
    assert_eq!(read(Version::V311, &[0xd0, 0]), Packet::PingResp);
    assert_eq!(read(Version::V5, &[0xd0, 0]), Packet::PingResp);

    let expected = Disconnect {
        reason: ReasonCode::Success,
        properties: Properties::NONE,
    };
    assert_eq!(read(Version::V5, &[0xe0, 0]), Packet::Disconnect(expected));
    let expected = Disconnect {
        reason: ReasonCode::ServerShuttingDown,
        properties: Properties::NONE,
    };
    assert_eq!(
        read(Version::V5, &[0xe0, 1, 0x8b]),
        Packet::Disconnect(expected)
    );
    let bytes = [0xe0, 6, 0x9d, 4, 0x1c, 0, 1, b'h'];
    let Packet::Disconnect(moved) = read(Version::V5, &bytes) else {
        panic!("a DISCONNECT")
    };
    assert_eq!(
        (moved.reason, moved.properties.text(Id::ServerReference)),
        (ReasonCode::ServerMoved, Some("h"))
    );

    let expected = Auth {
        reason: ReasonCode::Success,
        properties: Properties::NONE,
    };
    assert_eq!(read(Version::V5, &[0xf0, 0]), Packet::Auth(expected));
    let bytes = [0xf0, 10, 0x18, 8, 0x15, 0, 1, b'm', 0x16, 0, 1, 0];
    let Packet::Auth(auth) = read(Version::V5, &bytes) else {
        panic!("an AUTH")
    };
    assert_eq!(auth.reason, ReasonCode::ContinueAuthentication);
    assert_eq!(auth.properties.text(Id::AuthenticationMethod), Some("m"));
    assert_eq!(
        auth.properties.binary(Id::AuthenticationData),
        Some([0].as_slice())
    );
}

#[test]
fn what_is_missing_is_told_byte_by_byte() {
    let mut bytes = vec![0x30, 0xc8, 0x01, 0, 1, b'a'];
    bytes.resize(3 + 200, b'x');
    for length in 0..bytes.len() {
        let missing = match length {
            0 => 2,
            1 | 2 => 1,
            _ => bytes.len() - length,
        };
        assert_eq!(
            decode(Version::V311, &bytes[..length], u32::MAX),
            Ok(Decoded::Missing(missing)),
            "{length}"
        );
    }
    // The next packet is left alone.
    bytes.extend([0xd0, 0]);
    assert!(matches!(
        decode(Version::V311, &bytes, u32::MAX),
        Ok(Decoded::Packet { length: 203, .. })
    ));
}

#[test]
fn what_is_too_large_is_known_from_its_fixed_header() {
    let bytes = [0x30, 0xff, 0xff, 0xff, 0x7f];
    assert_eq!(
        decode(Version::V5, &bytes, 1_000),
        Err(PacketError::TooLarge)
    );
    assert_eq!(
        decode(Version::V5, &bytes, u32::MAX),
        Ok(Decoded::Missing(268_435_455))
    );
    let ping = [0xd0, 0];
    assert_eq!(decode(Version::V5, &ping, 1), Err(PacketError::TooLarge));
    assert!(decode(Version::V5, &ping, 2).is_ok());
    assert_eq!(
        PacketError::TooLarge.reason_code(),
        ReasonCode::PacketTooLarge
    );
}

#[test]
fn nothing_is_copied() {
    let bytes = [0x30, 8, 0, 1, b'a', 2, 0x01, 1, b'h', b'i'];
    let Packet::Publish(message) = read(Version::V5, &bytes) else {
        panic!("a PUBLISH")
    };
    let within = |part: &[u8]| bytes.as_ptr_range().contains(&part.as_ptr());
    assert!(within(message.topic.as_bytes()) && within(message.payload));
    assert!(within(message.properties.as_bytes()));
}
