//! Packets of a client, byte by byte, and what is refused.

use super::*;
use crate::subprotocol::mqtt::packet::PropertyId as Id;

fn connect(client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: true,
        keep_alive: 60,
        client_id,
        properties: Properties::NONE,
        will: None,
        user_name: None,
        password: None,
    }
}

/// Writes behind something that must stay.
fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), PacketError>) -> Vec<u8> {
    let mut out = vec![0xee];
    assert_eq!(write(&mut out), Ok(()));
    assert_eq!(out.remove(0), 0xee);
    out
}

/// Nothing is written when the packet is refused.
fn refused(error: PacketError, write: impl FnOnce(&mut Vec<u8>) -> Result<(), PacketError>) {
    let mut out = vec![0xee];
    assert_eq!(write(&mut out), Err(error));
    assert_eq!(out, [0xee]);
}

#[test]
fn connect_in_its_shortest_form() {
    let bytes = written(|out| connect("").encode(Version::V311, out));
    assert_eq!(
        bytes,
        [0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 4, 0x02, 0, 60, 0, 0]
    );
    let bytes = written(|out| {
        Connect {
            clean_start: false,
            ..connect("c")
        }
        .encode(Version::V5, out)
    });
    assert_eq!(
        bytes,
        [
            0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 5, 0x00, 0, 60, 0, 0, 1, b'c'
        ]
    );
}

#[test]
fn connect_with_everything() {
    let properties = block(&[(Id::SessionExpiryInterval, Value::Number(7))]);
    let will_properties = block(&[(Id::WillDelayInterval, Value::Number(5))]);
    let will = Will {
        topic: "w",
        payload: b"bye",
        qos: QoS::ExactlyOnce,
        retain: true,
        properties: will_properties.as_properties(),
    };
    let packet = Connect {
        properties: properties.as_properties(),
        will: Some(will),
        user_name: Some("u"),
        password: Some(&[0, 0xff]),
        ..connect("c")
    };
    let bytes = written(|out| packet.encode(Version::V5, out));
    let mut expected = vec![
        0x10,
        41,
        0,
        4,
        b'M',
        b'Q',
        b'T',
        b'T',
        5,
        0b1111_0110,
        0,
        60,
    ];
    expected.extend([5, 0x11, 0, 0, 0, 7, 0, 1, b'c']);
    expected.extend([5, 0x18, 0, 0, 0, 5, 0, 1, b'w', 0, 3, b'b', b'y', b'e']);
    expected.extend([0, 1, b'u', 0, 2, 0, 0xff]);
    expected[1] = expected.len() as u8 - 2;
    assert_eq!(bytes, expected);
}

#[test]
fn connect_refuses() {
    let v311 = Version::V311;
    let properties = block(&[(Id::ReceiveMaximum, Value::Number(7))]);
    let long = vec![b'x'; 65_536];
    let text = std::str::from_utf8(&long).expect("ASCII");
    let will = |topic, payload| Will {
        topic,
        payload,
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Properties::NONE,
    };
    refused(PacketError::ClientIdentifier, |out| {
        Connect {
            clean_start: false,
            ..connect("")
        }
        .encode(v311, out)
    });
    refused(PacketError::UserName, |out| {
        Connect {
            password: Some(&[]),
            ..connect("")
        }
        .encode(v311, out)
    });
    refused(PacketError::NotInVersion, |out| {
        Connect {
            properties: properties.as_properties(),
            ..connect("")
        }
        .encode(v311, out)
    });
    for version in [v311, Version::V5] {
        refused(PacketError::Text, |out| connect("a\0").encode(version, out));
        refused(PacketError::TooLong, |out| {
            connect(text).encode(version, out)
        });
        refused(PacketError::TooLong, |out| {
            Connect {
                user_name: Some(text),
                ..connect("")
            }
            .encode(version, out)
        });
        let packet = Connect {
            user_name: Some(""),
            password: Some(&long),
            ..connect("")
        };
        refused(PacketError::TooLong, |out| packet.encode(version, out));
        for (topic, payload, error) in [
            ("", [].as_slice(), PacketError::TopicMissing),
            ("a/#", &[], PacketError::TopicWildcard),
            ("a\0", &[], PacketError::Text),
            ("a", &long, PacketError::TooLong),
        ] {
            refused(error, |out| {
                Connect {
                    will: Some(will(topic, payload)),
                    ..connect("")
                }
                .encode(version, out)
            });
        }
    }
    // In 5.0 a password may stand alone, and the server may give an identifier to a session that is kept.
    written(|out| {
        Connect {
            password: Some(&[]),
            clean_start: false,
            ..connect("")
        }
        .encode(Version::V5, out)
    });
}

#[test]
fn publish_of_3_1_1() {
    let message = Publish {
        topic: "a/b",
        payload: b"hi",
        retain: true,
        ..Publish::default()
    };
    let bytes = written(|out| message.encode(Version::V311, u32::MAX, out));
    assert_eq!(bytes, [0x31, 7, 0, 3, b'a', b'/', b'b', b'h', b'i']);
    let message = Publish {
        dup: true,
        qos: QoS::ExactlyOnce,
        packet_id: Some(id(0x0304)),
        ..message
    };
    let bytes = written(|out| message.encode(Version::V311, u32::MAX, out));
    assert_eq!(bytes, [0x3d, 9, 0, 3, b'a', b'/', b'b', 3, 4, b'h', b'i']);
}

#[test]
fn publish_of_5_with_alias_and_properties() {
    let properties = block(&[(Id::MessageExpiryInterval, Value::Number(60))]);
    let message = Publish {
        topic: "t",
        topic_alias: Some(id(2)),
        properties: properties.as_properties(),
        payload: b"!",
        ..Publish::default()
    };
    let bytes = written(|out| message.encode(Version::V5, u32::MAX, out));
    assert_eq!(
        bytes,
        [0x30, 13, 0, 1, b't', 8, 0x23, 0, 2, 0x02, 0, 0, 0, 60, b'!']
    );
    let message = Publish {
        topic: "",
        properties: Properties::NONE,
        ..message
    };
    let bytes = written(|out| message.encode(Version::V5, u32::MAX, out));
    assert_eq!(bytes, [0x30, 7, 0, 0, 3, 0x23, 0, 2, b'!']);
}

#[test]
fn the_head_of_a_publish_is_the_packet_without_its_payload() {
    let payload = [b'x'; 300];
    let message = Publish {
        topic: "t",
        payload: &payload,
        ..Publish::default()
    };
    let whole = written(|out| message.encode(Version::V5, u32::MAX, out));
    let head = written(|out| {
        Publish {
            payload: &[],
            ..message
        }
        .encode_head(Version::V5, 300, u32::MAX, out)
    });
    assert_eq!(whole, [head.as_slice(), &payload].concat());
}

#[test]
fn publish_refuses() {
    let (v311, v5) = (Version::V311, Version::V5);
    let message = Publish {
        topic: "t",
        ..Publish::default()
    };
    let long = "x".repeat(65_536);
    for version in [v311, v5] {
        let refuse = |error, message: Publish<'_>| {
            refused(error, |out| message.encode(version, u32::MAX, out))
        };
        refuse(
            PacketError::TopicMissing,
            Publish {
                topic: "",
                ..message
            },
        );
        refuse(
            PacketError::TopicWildcard,
            Publish {
                topic: "t/+",
                ..message
            },
        );
        refuse(
            PacketError::TopicWildcard,
            Publish {
                topic: "#",
                ..message
            },
        );
        refuse(
            PacketError::Text,
            Publish {
                topic: "t\0",
                ..message
            },
        );
        refuse(
            PacketError::TooLong,
            Publish {
                topic: &long,
                ..message
            },
        );
        refuse(
            PacketError::PacketIdentifier,
            Publish {
                qos: QoS::AtLeastOnce,
                ..message
            },
        );
        refuse(
            PacketError::PacketIdentifier,
            Publish {
                packet_id: Some(id(1)),
                ..message
            },
        );
        refuse(
            PacketError::QoS,
            Publish {
                dup: true,
                ..message
            },
        );
    }
    refused(PacketError::NotInVersion, |out| {
        Publish {
            topic_alias: Some(id(1)),
            ..message
        }
        .encode(v311, u32::MAX, out)
    });
    let properties = block(&[(Id::ContentType, Value::Text("t"))]);
    refused(PacketError::NotInVersion, |out| {
        Publish {
            properties: properties.as_properties(),
            ..message
        }
        .encode(v311, u32::MAX, out)
    });
    // The alias has its own field.
    let properties = block(&[(Id::TopicAlias, Value::Number(1))]);
    refused(PacketError::PropertyMisplaced, |out| {
        Publish {
            properties: properties.as_properties(),
            ..message
        }
        .encode(v5, u32::MAX, out)
    });
}

#[test]
fn the_maximum_packet_size_is_exact() {
    let message = Publish {
        topic: "t",
        payload: &[0; 122],
        ..Publish::default()
    };
    let whole = written(|out| message.encode(Version::V5, u32::MAX, out));
    assert_eq!(whole.len(), 128);
    let whole = written(|out| message.encode(Version::V5, 128, out));
    assert_eq!(whole.len(), 128);
    refused(PacketError::TooLarge, |out| {
        message.encode(Version::V5, 127, out)
    });
    // Counted, not made: the largest of all packets, and one byte more.
    let head = Publish {
        topic: "t",
        ..Publish::default()
    };
    let most = 268_435_455 - 4;
    written(|out| head.encode_head(Version::V5, most, u32::MAX, out));
    refused(PacketError::TooLarge, |out| {
        head.encode_head(Version::V5, most + 1, u32::MAX, out)
    });
    refused(PacketError::TooLarge, |out| {
        head.encode_head(Version::V5, usize::MAX, u32::MAX, out)
    });
}

#[test]
fn acknowledgements_leave_out_what_says_nothing() {
    let ack = |kind, reason, properties| Ack {
        kind,
        packet_id: id(0x0102),
        reason,
        properties,
    };
    let none = Properties::NONE;
    for (kind, first) in [
        (AckKind::PubAck, 0x40),
        (AckKind::PubRec, 0x50),
        (AckKind::PubRel, 0x62),
        (AckKind::PubComp, 0x70),
    ] {
        for version in [Version::V311, Version::V5] {
            let bytes = written(|out| ack(kind, ReasonCode::Success, none).encode(version, 4, out));
            assert_eq!(bytes, [first, 2, 1, 2]);
            refused(PacketError::TooLarge, |out| {
                ack(kind, ReasonCode::Success, none).encode(version, 3, out)
            });
        }
    }
    let refusal = ack(AckKind::PubRec, ReasonCode::NotAuthorized, none);
    let bytes = written(|out| refusal.encode(Version::V5, u32::MAX, out));
    assert_eq!(bytes, [0x50, 3, 1, 2, 0x87]);
    refused(PacketError::NotInVersion, |out| {
        refusal.encode(Version::V311, u32::MAX, out)
    });
    let properties = block(&[(Id::ReasonString, Value::Text("x"))]);
    let with_reason = ack(
        AckKind::PubComp,
        ReasonCode::Success,
        properties.as_properties(),
    );
    let bytes = written(|out| with_reason.encode(Version::V5, u32::MAX, out));
    assert_eq!(bytes, [0x70, 8, 1, 2, 0, 4, 0x1f, 0, 1, b'x']);
    refused(PacketError::ReasonCode, |out| {
        ack(AckKind::PubRel, ReasonCode::NotAuthorized, none).encode(Version::V5, u32::MAX, out)
    });
}

#[test]
fn subscribe_and_its_options() {
    let subscription = |filter, options| Subscription { filter, options };
    let all = SubscriptionOptions {
        qos: QoS::ExactlyOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
    };
    let subscriptions = [
        subscription(
            "a/+",
            SubscriptionOptions {
                qos: QoS::AtLeastOnce,
                ..Default::default()
            },
        ),
        subscription("#", Default::default()),
    ];
    let packet = Subscribe {
        packet_id: id(10),
        properties: Properties::NONE,
        subscriptions: &subscriptions,
    };
    let bytes = written(|out| packet.encode(Version::V311, u32::MAX, out));
    assert_eq!(
        bytes,
        [0x82, 12, 0, 10, 0, 3, b'a', b'/', b'+', 1, 0, 1, b'#', 0]
    );

    let properties = block(&[(Id::SubscriptionIdentifier, Value::Number(300))]);
    let subscriptions = [subscription("a", all)];
    let packet = Subscribe {
        packet_id: id(10),
        properties: properties.as_properties(),
        subscriptions: &subscriptions,
    };
    let bytes = written(|out| packet.encode(Version::V5, u32::MAX, out));
    assert_eq!(
        bytes,
        [0x82, 10, 0, 10, 3, 0x0b, 0xac, 0x02, 0, 1, b'a', 0b10_1110]
    );
}

#[test]
fn subscribe_refuses() {
    let refuse = |error, version, filter, options| {
        let subscriptions = [Subscription { filter, options }];
        let packet = Subscribe {
            packet_id: id(1),
            properties: Properties::NONE,
            subscriptions: &subscriptions,
        };
        refused(error, |out| packet.encode(version, u32::MAX, out));
    };
    let none = SubscriptionOptions::default();
    let no_local = SubscriptionOptions {
        no_local: true,
        ..none
    };
    let long = "x".repeat(65_536);
    for version in [Version::V311, Version::V5] {
        refuse(PacketError::TopicFilter, version, "a/#/b", none);
        refuse(PacketError::TopicFilter, version, "", none);
        refuse(PacketError::TopicFilter, version, "$share/g", none);
        refuse(PacketError::Text, version, "a\0", none);
        refuse(PacketError::TooLong, version, &long, none);
        refuse(PacketError::NoLocal, version, "$share/g/a", no_local);
        let packet = Subscribe {
            packet_id: id(1),
            properties: Properties::NONE,
            subscriptions: &[],
        };
        refused(PacketError::Empty, |out| {
            packet.encode(version, u32::MAX, out)
        });
    }
    refuse(PacketError::NotInVersion, Version::V311, "a", no_local);
    let subscriptions = [Subscription {
        filter: "abcdef",
        options: none,
    }; 10];
    let packet = Subscribe {
        packet_id: id(1),
        properties: Properties::NONE,
        subscriptions: &subscriptions,
    };
    refused(PacketError::TooLarge, |out| {
        packet.encode(Version::V5, 94, out)
    });
    written(|out| packet.encode(Version::V5, 95, out));
}

#[test]
fn unsubscribe() {
    let packet = Unsubscribe {
        packet_id: id(1),
        properties: Properties::NONE,
        filters: &["a", "$share/g/b"],
    };
    let bytes = written(|out| packet.encode(Version::V311, u32::MAX, out));
    let filters = [&[0, 1, b'a', 0, 10], b"$share/g/b".as_slice()].concat();
    assert_eq!(bytes, [&[0xa2, 17, 0, 1], filters.as_slice()].concat());
    let bytes = written(|out| packet.encode(Version::V5, u32::MAX, out));
    assert_eq!(bytes, [&[0xa2, 18, 0, 1, 0], filters.as_slice()].concat());
    refused(PacketError::Empty, |out| {
        Unsubscribe {
            filters: &[],
            ..packet
        }
        .encode(Version::V5, u32::MAX, out)
    });
    refused(PacketError::TopicFilter, |out| {
        Unsubscribe {
            filters: &["a", "##"],
            ..packet
        }
        .encode(Version::V5, u32::MAX, out)
    });
}

#[test]
fn pingreq_disconnect_and_auth() {
    let mut out = Vec::new();
    PingReq.encode(&mut out);
    assert_eq!(out, [0xc0, 0]);

    let leave = Disconnect {
        reason: ReasonCode::Success,
        properties: Properties::NONE,
    };
    for version in [Version::V311, Version::V5] {
        assert_eq!(
            written(|out| leave.encode(version, u32::MAX, out)),
            [0xe0, 0]
        );
    }
    let malformed = Disconnect {
        reason: ReasonCode::MalformedPacket,
        ..leave
    };
    assert_eq!(
        written(|out| malformed.encode(Version::V5, u32::MAX, out)),
        [0xe0, 1, 0x81]
    );
    refused(PacketError::NotInVersion, |out| {
        malformed.encode(Version::V311, u32::MAX, out)
    });
    let moved = Disconnect {
        reason: ReasonCode::ServerMoved,
        ..leave
    };
    refused(PacketError::ReasonCode, |out| {
        moved.encode(Version::V5, u32::MAX, out)
    });
    let expiry = block(&[(Id::SessionExpiryInterval, Value::Number(0))]);
    let leave = Disconnect {
        properties: expiry.as_properties(),
        ..leave
    };
    assert_eq!(
        written(|out| leave.encode(Version::V5, u32::MAX, out)),
        [0xe0, 7, 0, 5, 0x11, 0, 0, 0, 0]
    );

    let method = block(&[(Id::AuthenticationMethod, Value::Text("m"))]);
    let auth = Auth {
        reason: ReasonCode::ReAuthenticate,
        properties: method.as_properties(),
    };
    let bytes = written(|out| auth.encode(Version::V5, u32::MAX, out));
    assert_eq!(bytes, [0xf0, 6, 0x19, 4, 0x15, 0, 1, b'm']);
    refused(PacketError::NotInVersion, |out| {
        auth.encode(Version::V311, u32::MAX, out)
    });
    refused(PacketError::AuthenticationMethod, |out| {
        Auth {
            properties: Properties::NONE,
            ..auth
        }
        .encode(Version::V5, u32::MAX, out)
    });
    refused(PacketError::ReasonCode, |out| {
        Auth {
            reason: ReasonCode::Success,
            ..auth
        }
        .encode(Version::V5, u32::MAX, out)
    });
}

#[test]
fn every_violation_can_be_told_to_the_broker() {
    for error in PacketError::ALL {
        let code = error.reason_code();
        let told = Disconnect {
            reason: code,
            properties: Properties::NONE,
        };
        // What only a caller can do wrong has codes that only servers send.
        let is_only_written = matches!(
            error,
            PacketError::TopicFilter | PacketError::ClientIdentifier | PacketError::UserName
        );
        assert_eq!(
            told.encode(Version::V5, u32::MAX, &mut Vec::new()).is_err(),
            is_only_written,
            "{error:?}"
        );
    }
}
