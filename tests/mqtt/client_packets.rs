//! What we write, the other codec reads: the same fields, to the last property.

use std::num::NonZeroU16;

use fastrand::Rng;
use tautline::subprotocol::mqtt::packet::{
    Ack, AckKind, Auth, Connect, Disconnect, PacketError, PingReq, Properties, PropertyId as Id,
    Publish, QoS, ReasonCode, RetainHandling, Subscribe, Subscription, SubscriptionOptions,
    Unsubscribe, Version, Will,
};

use crate::fields::{self, Fields, Item};
use crate::generate as any;
use crate::oracle::{self, Read};

const VERSIONS: [Version; 2] = [Version::V311, Version::V5];
const ROUNDS: usize = 600;

fn id(rng: &mut Rng) -> NonZeroU16 {
    NonZeroU16::new(rng.u16(1..)).expect("1 or more")
}

fn qos(rng: &mut Rng) -> QoS {
    QoS::from_u8(rng.u8(0..3)).expect("0 to 2")
}

/// Properties for a packet: in MQTT 3.1.1 there are none.
fn properties(
    rng: &mut Rng,
    version: Version,
    allowed: &[Id],
) -> tautline::subprotocol::mqtt::packet::PropertyBuf {
    let properties = match version {
        Version::V311 => vec![],
        Version::V5 => any::properties(rng, allowed),
    };
    any::our_properties(&properties)
}

/// Compares the fields of a packet with those that the other codec reads, as a server, out of what we wrote.
fn compare(
    version: Version,
    expected: Fields,
    write: impl Fn(u32, &mut Vec<u8>) -> Result<(), PacketError>,
) {
    let mut bytes = Vec::new();
    assert_eq!(write(u32::MAX, &mut bytes), Ok(()), "{expected:?}");
    let length = bytes.len();
    assert_eq!(
        oracle::read(version, &bytes, false),
        Read::Packet(expected, length),
        "{bytes:02x?}"
    );
    // The maximum packet size is counted to the byte.
    let mut again = Vec::new();
    assert_eq!(write(length as u32, &mut again), Ok(()));
    assert_eq!(
        write(length as u32 - 1, &mut again),
        Err(PacketError::TooLarge)
    );
    assert_eq!(again, bytes);
}

fn rounds(seed: u64, mut round: impl FnMut(&mut Rng, Version)) {
    let mut rng = Rng::with_seed(seed);
    for _ in 0..ROUNDS {
        VERSIONS
            .into_iter()
            .for_each(|version| round(&mut rng, version));
    }
}

#[test]
fn connect() {
    let allowed = [
        Id::SessionExpiryInterval,
        Id::ReceiveMaximum,
        Id::MaximumPacketSize,
        Id::TopicAliasMaximum,
        Id::RequestResponseInformation,
        Id::RequestProblemInformation,
        Id::AuthenticationMethod,
        Id::UserProperty,
    ];
    let of_will = [
        Id::WillDelayInterval,
        Id::PayloadFormatIndicator,
        Id::MessageExpiryInterval,
        Id::ContentType,
        Id::ResponseTopic,
        Id::CorrelationData,
        Id::UserProperty,
    ];
    rounds(1, |rng, version| {
        let client_id = any::text(rng);
        let own = properties(rng, version, &allowed);
        let wills = properties(rng, version, &of_will);
        let (topic, payload) = (any::topic(rng), any::binary(rng));
        let (user_name, password) = (any::text(rng), any::binary(rng));
        let will = Will {
            topic: &topic,
            payload: &payload,
            qos: qos(rng),
            retain: rng.bool(),
            properties: wills.as_properties(),
        };
        let has_user_name = rng.bool();
        let packet = Connect {
            clean_start: rng.bool() || version == Version::V311 && client_id.is_empty(),
            keep_alive: rng.u16(..),
            client_id: &client_id,
            properties: own.as_properties(),
            will: rng.bool().then_some(will),
            user_name: has_user_name.then_some(&user_name),
            // MQTT 5.0 allows a password alone (section 3.1.2.9); the other codec does not.
            password: (has_user_name && rng.bool()).then_some(&password),
        };
        let mut bytes = Vec::new();
        assert_eq!(packet.encode(version, &mut bytes), Ok(()));
        let expected = Read::Packet(fields::of_connect(&packet), bytes.len());
        assert_eq!(
            oracle::read(version, &bytes, false),
            expected,
            "{bytes:02x?}"
        );
    });
}

#[test]
fn publish() {
    let allowed = [
        Id::PayloadFormatIndicator,
        Id::MessageExpiryInterval,
        Id::ContentType,
        Id::ResponseTopic,
        Id::CorrelationData,
        Id::UserProperty,
    ];
    rounds(2, |rng, version| {
        let (topic, payload) = (any::topic(rng), any::binary(rng));
        let properties = properties(rng, version, &allowed);
        let qos = qos(rng);
        let alias = (version == Version::V5 && rng.bool()).then(|| id(rng));
        let packet = Publish {
            dup: qos != QoS::AtMostOnce && rng.bool(),
            qos,
            retain: rng.bool(),
            topic: if alias.is_some() && rng.bool() {
                ""
            } else {
                &topic
            },
            packet_id: (qos != QoS::AtMostOnce).then(|| id(rng)),
            topic_alias: alias,
            properties: properties.as_properties(),
            payload: &payload,
        };
        let mut expected = fields::of_publish(packet);
        if let (Some(alias), Some((_, Item::List(all)))) = (
            alias,
            expected.iter_mut().find(|(name, _)| *name == "properties"),
        ) {
            let number = Item::Number(alias.get().into());
            all.insert(0, Item::Property(Id::TopicAlias as u8, Box::new(number)));
        }
        compare(version, expected, |maximum, out| {
            packet.encode(version, maximum, out)
        });
    });
}

#[test]
fn acknowledgements() {
    rounds(3, |rng, version| {
        for (kind, codes) in [
            (
                AckKind::PubAck,
                &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99][..],
            ),
            (
                AckKind::PubRec,
                &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
            ),
            (AckKind::PubRel, &[0x00, 0x92]),
            (AckKind::PubComp, &[0x00, 0x92]),
        ] {
            let properties = properties(rng, version, &[Id::ReasonString, Id::UserProperty]);
            let code = if version == Version::V311 {
                0
            } else {
                codes[rng.usize(..codes.len())]
            };
            let reason = ReasonCode::from_u8(code).expect("a reason code");
            let packet = Ack {
                kind,
                packet_id: id(rng),
                reason,
                properties: properties.as_properties(),
            };
            compare(version, fields::of_ack(packet), |maximum, out| {
                packet.encode(version, maximum, out)
            });
        }
    });
}

#[test]
fn subscribe_and_unsubscribe() {
    rounds(4, |rng, version| {
        let filters: Vec<String> = (0..rng.usize(1..6)).map(|_| any::filter(rng)).collect();
        let subscriptions: Vec<_> = filters
            .iter()
            .map(|filter| {
                let later = SubscriptionOptions {
                    qos: qos(rng),
                    no_local: rng.bool(),
                    retain_as_published: rng.bool(),
                    retain_handling: [
                        RetainHandling::Send,
                        RetainHandling::SendIfNew,
                        RetainHandling::DoNotSend,
                    ][rng.usize(0..3)],
                };
                let earlier = SubscriptionOptions {
                    qos: later.qos,
                    ..SubscriptionOptions::default()
                };
                let options = if version == Version::V5 {
                    later
                } else {
                    earlier
                };
                Subscription { filter, options }
            })
            .collect();
        let own = properties(
            rng,
            version,
            &[Id::SubscriptionIdentifier, Id::UserProperty],
        );
        let packet = Subscribe {
            packet_id: id(rng),
            properties: own.as_properties(),
            subscriptions: &subscriptions,
        };
        compare(version, fields::of_subscribe(&packet), |maximum, out| {
            packet.encode(version, maximum, out)
        });

        let own = properties(rng, version, &[Id::UserProperty]);
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let packet = Unsubscribe {
            packet_id: id(rng),
            properties: own.as_properties(),
            filters: &filters,
        };
        compare(version, fields::of_unsubscribe(&packet), |maximum, out| {
            packet.encode(version, maximum, out)
        });
    });
}

#[test]
fn disconnect_auth_and_pingreq() {
    let codes = [
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    ];
    rounds(5, |rng, version| {
        let allowed = [
            Id::SessionExpiryInterval,
            Id::ReasonString,
            Id::UserProperty,
        ];
        let own = properties(rng, version, &allowed);
        let code = if version == Version::V311 {
            0
        } else {
            codes[rng.usize(..codes.len())]
        };
        let reason = ReasonCode::from_u8(code).expect("a reason code");
        let packet = Disconnect {
            reason,
            properties: own.as_properties(),
        };
        compare(version, fields::of_disconnect(&packet), |maximum, out| {
            packet.encode(version, maximum, out)
        });

        let mut bytes = Vec::new();
        PingReq.encode(&mut bytes);
        assert_eq!(
            oracle::read(version, &bytes, false),
            Read::Packet(vec![("pingreq", Item::Absent)], 2)
        );

        if version == Version::V5 {
            let allowed = [Id::AuthenticationData, Id::ReasonString, Id::UserProperty];
            let mut own = any::properties(rng, &allowed);
            own.push(any::property(rng, Id::AuthenticationMethod));
            let own = any::our_properties(&own);
            for reason in [
                ReasonCode::ContinueAuthentication,
                ReasonCode::ReAuthenticate,
            ] {
                let packet = Auth {
                    reason,
                    properties: own.as_properties(),
                };
                compare(version, fields::of_auth(&packet), |maximum, out| {
                    packet.encode(version, maximum, out)
                });
            }
        }
    });
}

#[test]
fn a_password_alone_is_written_as_the_specification_allows() {
    let packet = Connect {
        clean_start: true,
        keep_alive: 0,
        client_id: "",
        properties: Properties::NONE,
        will: None,
        user_name: None,
        password: Some(b"token"),
    };
    let mut bytes = Vec::new();
    packet
        .encode(Version::V5, &mut bytes)
        .expect("MQTT 5.0 allows it");
    assert!(matches!(
        oracle::read(Version::V5, &bytes, false),
        Read::Refused(_)
    ));
}
