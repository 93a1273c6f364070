//! Properties: their table, their values, and where they may stand.

use super::*;
use crate::subprotocol::mqtt::packet::PropertyId as Id;

/// A value of the right shape for each property, and its bytes.
fn samples() -> Vec<(Id, Value<'static>, Vec<u8>)> {
    let text = |id, text: &'static str| {
        (
            id,
            Value::Text(text),
            [&[0, text.len() as u8], text.as_bytes()].concat(),
        )
    };
    let number = |id, number: u32, bytes: &[u8]| (id, Value::Number(number), bytes.to_vec());
    vec![
        number(Id::PayloadFormatIndicator, 1, &[1]),
        number(
            Id::MessageExpiryInterval,
            0xfffe_fdfc,
            &[0xff, 0xfe, 0xfd, 0xfc],
        ),
        text(Id::ContentType, "text/plain"),
        text(Id::ResponseTopic, "replies/1"),
        (
            Id::CorrelationData,
            Value::Binary(&[0, 0xff]),
            vec![0, 2, 0, 0xff],
        ),
        number(
            Id::SubscriptionIdentifier,
            268_435_455,
            &[0xff, 0xff, 0xff, 0x7f],
        ),
        number(Id::SessionExpiryInterval, u32::MAX, &[0xff; 4]),
        text(Id::AssignedClientIdentifier, "räume"),
        number(Id::ServerKeepAlive, 0x0102, &[1, 2]),
        text(Id::AuthenticationMethod, ""),
        (Id::AuthenticationData, Value::Binary(&[]), vec![0, 0]),
        number(Id::RequestProblemInformation, 0, &[0]),
        number(Id::WillDelayInterval, 0, &[0; 4]),
        number(Id::RequestResponseInformation, 1, &[1]),
        text(Id::ResponseInformation, "/"),
        text(Id::ServerReference, "other:1883"),
        text(Id::ReasonString, "why"),
        number(Id::ReceiveMaximum, 1, &[0, 1]),
        number(Id::TopicAliasMaximum, 0, &[0, 0]),
        number(Id::TopicAlias, 0xffff, &[0xff, 0xff]),
        number(Id::MaximumQoS, 1, &[1]),
        number(Id::RetainAvailable, 0, &[0]),
        (
            Id::UserProperty,
            Value::Pair("k", "é"),
            vec![0, 1, b'k', 0, 2, 0xc3, 0xa9],
        ),
        number(Id::MaximumPacketSize, 256, &[0, 0, 1, 0]),
        number(Id::WildcardSubscriptionAvailable, 1, &[1]),
        number(Id::SubscriptionIdentifierAvailable, 0, &[0]),
        number(Id::SharedSubscriptionAvailable, 1, &[1]),
    ]
}

/// Where each property may stand, from the table 2-4 of the specification: C connect, A connack, P publish from the server, p to
/// it, W will, S subscribe, K puback and pubrec, R pubrel and pubcomp, s suback, u unsuback, U unsubscribe, D disconnect to the
/// server, d from it, T auth.
const TABLE: &[(u8, &str)] = &[
    (0x01, "PpW"),
    (0x02, "PpW"),
    (0x03, "PpW"),
    (0x08, "PpW"),
    (0x09, "PpW"),
    (0x0b, "PS"),
    (0x11, "CAD"),
    (0x12, "A"),
    (0x13, "A"),
    (0x15, "CAT"),
    (0x16, "CAT"),
    (0x17, "C"),
    (0x18, "W"),
    (0x19, "C"),
    (0x1a, "A"),
    (0x1c, "Ad"),
    (0x1f, "AKRsuDdT"),
    (0x21, "CA"),
    (0x22, "CA"),
    (0x23, "P"),
    (0x24, "A"),
    (0x25, "A"),
    (0x26, "CAPpWSKRsuUDdT"),
    (0x27, "CA"),
    (0x28, "A"),
    (0x29, "A"),
    (0x2a, "A"),
];

/// Reads or writes a packet of this kind with these properties.
fn try_in(place: char, properties: Properties<'_>) -> Result<(), PacketError> {
    let version = Version::V5;
    let bytes = properties.as_bytes();
    let around = |first: u8, before: &[u8], after: &[u8]| {
        let length = before.len() + 1 + bytes.len() + after.len();
        let packet = [
            &[first, length as u8],
            before,
            &[bytes.len() as u8],
            bytes,
            after,
        ]
        .concat();
        decode(version, &packet, u32::MAX)
            .map(|decoded| assert!(matches!(decoded, Decoded::Packet { .. })))
    };
    let mut out = Vec::new();
    let connect = Connect {
        clean_start: true,
        keep_alive: 0,
        client_id: "",
        properties: Properties::NONE,
        will: None,
        user_name: None,
        password: None,
    };
    let will = Will {
        topic: "t",
        payload: &[],
        qos: QoS::AtMostOnce,
        retain: false,
        properties,
    };
    let options = SubscriptionOptions::default();
    match place {
        'C' => Connect {
            properties,
            ..connect
        }
        .encode(version, &mut out),
        'W' => Connect {
            will: Some(will),
            ..connect
        }
        .encode(version, &mut out),
        'A' => around(0x20, &[0, 0], &[]),
        'P' => around(0x30, &[0, 1, b't'], &[]),
        'p' => Publish {
            topic: "t",
            properties,
            ..Publish::default()
        }
        .encode(version, u32::MAX, &mut out),
        'K' => around(0x40, &[0, 1, 0], &[]).and_then(|()| around(0x50, &[0, 1, 0], &[])),
        'R' => around(0x62, &[0, 1, 0], &[]).and_then(|()| around(0x70, &[0, 1, 0], &[])),
        'S' => Subscribe {
            packet_id: id(1),
            properties,
            subscriptions: &[Subscription {
                filter: "f",
                options,
            }],
        }
        .encode(version, u32::MAX, &mut out),
        's' => around(0x90, &[0, 1], &[0]),
        'u' => around(0xb0, &[0, 1], &[0]),
        'U' => Unsubscribe {
            packet_id: id(1),
            properties,
            filters: &["f"],
        }
        .encode(version, u32::MAX, &mut out),
        'D' => Disconnect {
            reason: ReasonCode::Success,
            properties,
        }
        .encode(version, u32::MAX, &mut out),
        'd' => around(0xe0, &[0], &[]),
        'T' => around(0xf0, &[0x18], &[]),
        _ => unreachable!(),
    }
}

#[test]
fn every_property_is_written_and_read_as_the_specification_says() {
    let samples = samples();
    assert_eq!(samples.len(), PropertyId::ALL.len());
    for (id, value, expected) in samples {
        let written = block(&[(id, value)]);
        assert_eq!(
            written.as_bytes(),
            [&[id as u8], expected.as_slice()].concat(),
            "{id:?}"
        );
        let properties = written.as_properties();
        assert_eq!(
            properties.iter().collect::<Vec<_>>(),
            [Property { id, value }]
        );
        assert_eq!(properties.get(id), Some(value));
        assert_eq!(PropertyId::from_u8(id as u8), Some(id));
    }
    assert_eq!((0..=u8::MAX).filter_map(PropertyId::from_u8).count(), 27);
}

#[test]
fn every_property_stands_where_the_table_says_and_nowhere_else() {
    assert_eq!(TABLE.len(), PropertyId::ALL.len());
    for (id, value, _) in samples() {
        let places = TABLE
            .iter()
            .find(|(number, _)| *number == id as u8)
            .expect("the table has it")
            .1;
        for place in "CAPpWSKRsuUDdT".chars() {
            let mut properties = vec![(id, value)];
            // AUTH has a method, and data have one everywhere.
            if (place == 'T' || id == Id::AuthenticationData)
                && id != Id::AuthenticationMethod
                && "CAT".contains(place)
            {
                properties.insert(0, (Id::AuthenticationMethod, Value::Text("m")));
            }
            let expected = if places.contains(place) {
                Ok(())
            } else {
                Err(PacketError::PropertyMisplaced)
            };
            assert_eq!(
                try_in(place, block(&properties).as_properties()),
                expected,
                "{id:?} in {place}"
            );
        }
    }
}

#[test]
fn a_property_stands_once_where_it_may_not_be_repeated() {
    for (id, value, _) in samples() {
        let places = TABLE
            .iter()
            .find(|(number, _)| *number == id as u8)
            .expect("the table has it")
            .1;
        for place in places.chars() {
            let twice = block(&[
                (Id::AuthenticationMethod, Value::Text("m")),
                (id, value),
                (id, value),
            ]);
            let needs_method = "CAT".contains(place) && id != Id::AuthenticationMethod;
            let bytes = if needs_method {
                twice.as_bytes()
            } else {
                &twice.as_bytes()[4..]
            };
            let may_repeat =
                id == Id::UserProperty || id == Id::SubscriptionIdentifier && place == 'P';
            let expected = if may_repeat {
                Ok(())
            } else {
                Err(PacketError::PropertyRepeated)
            };
            assert_eq!(
                try_in(place, Properties::from_bytes(bytes)),
                expected,
                "{id:?} in {place}"
            );
        }
    }
    assert_eq!(
        PacketError::PropertyRepeated.reason_code(),
        ReasonCode::ProtocolError
    );
    assert_eq!(
        PacketError::PropertyMisplaced.reason_code(),
        ReasonCode::MalformedPacket
    );
}

#[test]
fn values_that_the_specification_forbids() {
    let refused = |place, bytes: &[u8], error| {
        assert_eq!(
            try_in(place, Properties::from_bytes(bytes)),
            Err(error),
            "{bytes:02x?}"
        );
    };
    for id in [0x24, 0x25, 0x28, 0x29, 0x2a] {
        refused('A', &[id, 2], PacketError::PropertyValue);
    }
    for id in [0x17, 0x19] {
        refused('C', &[id, 2], PacketError::PropertyValue);
    }
    refused('P', &[0x01, 2], PacketError::PropertyValue);
    refused('A', &[0x21, 0, 0], PacketError::PropertyValue);
    refused('A', &[0x27, 0, 0, 0, 0], PacketError::PropertyValue);
    refused('P', &[0x0b, 0], PacketError::PropertyValue);
    refused('P', &[0x23, 0, 0], PacketError::TopicAlias);
    refused(
        'P',
        &[0x08, 0, 3, b'a', b'/', b'+'],
        PacketError::TopicWildcard,
    );
    refused('P', &[0x08, 0, 0], PacketError::TopicMissing);
    refused(
        'P',
        &[0x0b, 0xff, 0xff, 0xff, 0xff, 1],
        PacketError::VariableByteInteger,
    );
    refused('P', &[0x0b, 0x81, 0x00], PacketError::VariableByteInteger);
    refused('P', &[0x00], PacketError::PropertyUnknown);
    refused('P', &[0x2b, 0], PacketError::PropertyUnknown);
    // An identifier of two bytes, whose first is one that exists.
    refused('P', &[0x81, 0x01, 1], PacketError::PropertyUnknown);
    refused('P', &[0x03, 0, 2, b'a', 0], PacketError::Text);
    refused('P', &[0x26, 0, 1, b'a', 0, 1, 0xff], PacketError::Text);
    refused('P', &[0x02, 0, 0, 0], PacketError::Truncated);
    refused('P', &[0x26, 0, 1, b'a'], PacketError::Truncated);
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_the_others() {
    let long = "x".repeat(65_536);
    let mut buffer = block(&[(Id::ContentType, Value::Text("t"))]);
    let before = buffer.clone();
    for (id, value, error) in [
        (
            Id::ContentType,
            Value::Number(1),
            PacketError::PropertyValue,
        ),
        (
            Id::MessageExpiryInterval,
            Value::Text("1"),
            PacketError::PropertyValue,
        ),
        (
            Id::UserProperty,
            Value::Text("1"),
            PacketError::PropertyValue,
        ),
        (
            Id::CorrelationData,
            Value::Text("1"),
            PacketError::PropertyValue,
        ),
        (
            Id::PayloadFormatIndicator,
            Value::Number(2),
            PacketError::PropertyValue,
        ),
        (
            Id::ReceiveMaximum,
            Value::Number(65_536),
            PacketError::PropertyValue,
        ),
        (
            Id::ReceiveMaximum,
            Value::Number(0),
            PacketError::PropertyValue,
        ),
        (
            Id::SubscriptionIdentifier,
            Value::Number(268_435_456),
            PacketError::PropertyValue,
        ),
        (
            Id::SubscriptionIdentifier,
            Value::Number(0),
            PacketError::PropertyValue,
        ),
        (
            Id::ResponseTopic,
            Value::Text("a/#"),
            PacketError::TopicWildcard,
        ),
        (Id::ContentType, Value::Text(&long), PacketError::TooLong),
        (
            Id::CorrelationData,
            Value::Binary(long.as_bytes()),
            PacketError::TooLong,
        ),
        (
            Id::UserProperty,
            Value::Pair("k", &long),
            PacketError::TooLong,
        ),
        (Id::UserProperty, Value::Pair("k\0", ""), PacketError::Text),
        (Id::ContentType, Value::Text("\0"), PacketError::Text),
    ] {
        assert_eq!(buffer.push(id, value), Err(error), "{id:?}");
        assert_eq!(buffer, before);
    }
    assert_eq!(
        buffer.push(Id::UserProperty, Value::Pair(&long[1..], &long[1..])),
        Ok(())
    );
    buffer.clear();
    assert!(buffer.as_properties().is_empty());
}

#[test]
fn reading_what_was_never_checked_ends_early_and_does_not_panic() {
    let properties = Properties::from_bytes(&[0x01, 1, 0x03, 0, 9, b'x']);
    assert_eq!(properties.iter().count(), 1);
    assert_eq!(properties.text(Id::ContentType), None);
}
