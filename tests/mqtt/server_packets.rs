//! What the other codec writes as a server, we read: the same fields, to the last property.

use fastrand::Rng;
use mqtt_protocol_core::mqtt::packet::{Property, Qos, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::*;
use tautline::subprotocol::mqtt::packet::{Decoded, Packet, PropertyId as Id, Version, decode};

use crate::fields::{self, Fields};
use crate::generate as any;
use crate::oracle;

const ROUNDS: usize = 600;

const OF_CONNACK: [Id; 17] = [
    Id::SessionExpiryInterval,
    Id::ReceiveMaximum,
    Id::MaximumQoS,
    Id::RetainAvailable,
    Id::MaximumPacketSize,
    Id::AssignedClientIdentifier,
    Id::TopicAliasMaximum,
    Id::ReasonString,
    Id::UserProperty,
    Id::WildcardSubscriptionAvailable,
    Id::SubscriptionIdentifierAvailable,
    Id::SharedSubscriptionAvailable,
    Id::ServerKeepAlive,
    Id::ResponseInformation,
    Id::ServerReference,
    Id::AuthenticationMethod,
    Id::AuthenticationData,
];

const OF_PUBLISH: [Id; 8] = [
    Id::PayloadFormatIndicator,
    Id::MessageExpiryInterval,
    Id::TopicAlias,
    Id::ResponseTopic,
    Id::CorrelationData,
    Id::UserProperty,
    Id::SubscriptionIdentifier,
    Id::ContentType,
];

/// A packet, as the bytes and as the fields the other codec says it has.
pub type Made = (Version, Vec<u8>, Fields);

/// Any packet a server may send.
pub fn packet(rng: &mut Rng) -> Made {
    match rng.u32(0..12) {
        0 => connack(rng),
        1..=3 => publish(rng),
        4 | 5 => acknowledgement(rng),
        6 => suback(rng),
        7 => unsuback(rng),
        8 | 9 => disconnect(rng),
        _ => earlier(rng),
    }
}

/// A code that the packet may carry.
fn code<T: TryFrom<u8>>(rng: &mut Rng) -> T {
    loop {
        if let Ok(code) = T::try_from(rng.u8(..)) {
            return code;
        }
    }
}

/// Data of authentication only with their method.
fn with_method(mut properties: Vec<Property>) -> Vec<Property> {
    if !properties
        .iter()
        .any(|it| matches!(it, Property::AuthenticationMethod(_)))
    {
        properties.retain(|it| !matches!(it, Property::AuthenticationData(_)));
    }
    properties
}

fn connack(rng: &mut Rng) -> Made {
    let reason: ConnectReasonCode = code(rng);
    let packet = v5_0::Connack::builder()
        .session_present(reason == ConnectReasonCode::Success && rng.bool())
        .reason_code(reason)
        .props(with_method(any::properties(rng, &OF_CONNACK)))
        .build()
        .expect("a CONNACK");
    (
        Version::V5,
        packet.to_continuous_buffer(),
        oracle::of_connack_of_5(&packet),
    )
}

fn publish(rng: &mut Rng) -> Made {
    let qos = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce][rng.usize(0..3)];
    let mut properties = any::properties(rng, &OF_PUBLISH);
    // A message may match several subscriptions.
    if rng.bool() {
        properties.push(any::property(rng, Id::SubscriptionIdentifier));
    }
    let has_alias = properties
        .iter()
        .any(|it| matches!(it, Property::TopicAlias(_)));
    let topic = if has_alias && rng.bool() {
        String::new()
    } else {
        any::topic(rng)
    };
    let mut builder = v5_0::Publish::builder()
        .topic_name(topic)
        .expect("a topic name")
        .qos(qos)
        .retain(rng.bool())
        .payload(any::binary(rng))
        .props(properties);
    if qos != Qos::AtMostOnce {
        builder = builder.packet_id(rng.u16(1..)).dup(rng.bool());
    }
    let packet = builder.build().expect("a PUBLISH");
    (
        Version::V5,
        packet.to_continuous_buffer(),
        oracle::of_publish_of_5(&packet),
    )
}

fn acknowledgement(rng: &mut Rng) -> Made {
    macro_rules! ack {
        ($name:literal, $packet:ident, $code:ident) => {{
            let id = rng.u16(1..);
            let mut builder = v5_0::$packet::builder().packet_id(id);
            let mut reason = 0;
            let mut properties = None;
            if rng.bool() {
                let code: $code = code(rng);
                reason = code as u8;
                builder = builder.reason_code(code);
                if rng.bool() {
                    let some = any::properties(rng, &[Id::ReasonString, Id::UserProperty]);
                    builder = builder.props(some.clone());
                    properties = Some(some);
                }
            }
            let packet = builder.build().expect($name);
            let fields = oracle::of_ack_of_5($name, id, reason, properties.as_deref());
            (Version::V5, packet.to_continuous_buffer(), fields)
        }};
    }
    match rng.u32(0..4) {
        0 => ack!("puback", Puback, PubackReasonCode),
        1 => ack!("pubrec", Pubrec, PubrecReasonCode),
        2 => ack!("pubrel", Pubrel, PubrelReasonCode),
        _ => ack!("pubcomp", Pubcomp, PubcompReasonCode),
    }
}

fn suback(rng: &mut Rng) -> Made {
    let packet = v5_0::Suback::builder()
        .packet_id(rng.u16(1..))
        .reason_codes((0..rng.usize(1..5)).map(|_| code(rng)).collect())
        .props(any::properties(rng, &[Id::ReasonString, Id::UserProperty]))
        .build()
        .expect("a SUBACK");
    (
        Version::V5,
        packet.to_continuous_buffer(),
        oracle::of_suback_of_5(&packet),
    )
}

fn unsuback(rng: &mut Rng) -> Made {
    let packet = v5_0::Unsuback::builder()
        .packet_id(rng.u16(1..))
        .reason_codes((0..rng.usize(1..5)).map(|_| code(rng)).collect())
        .props(any::properties(rng, &[Id::ReasonString, Id::UserProperty]))
        .build()
        .expect("an UNSUBACK");
    (
        Version::V5,
        packet.to_continuous_buffer(),
        oracle::of_unsuback_of_5(&packet),
    )
}

fn disconnect(rng: &mut Rng) -> Made {
    if rng.u32(0..3) == 0 {
        let allowed = [
            Id::AuthenticationMethod,
            Id::AuthenticationData,
            Id::ReasonString,
            Id::UserProperty,
        ];
        let mut properties = with_method(any::properties(rng, &allowed));
        let reasons = [
            AuthReasonCode::Success,
            AuthReasonCode::ContinueAuthentication,
        ];
        if !properties
            .iter()
            .any(|it| matches!(it, Property::AuthenticationMethod(_)))
        {
            properties.push(any::property(rng, Id::AuthenticationMethod));
        }
        let builder = v5_0::Auth::builder().reason_code(reasons[rng.usize(0..2)]);
        let packet = builder.props(properties).build().expect("an AUTH");
        return (
            Version::V5,
            packet.to_continuous_buffer(),
            oracle::of_auth_of_5(&packet),
        );
    }
    // The code 0x04 is the client's.
    let reason = loop {
        let reason: DisconnectReasonCode = code(rng);
        if reason != DisconnectReasonCode::DisconnectWithWillMessage {
            break reason;
        }
    };
    let mut builder = v5_0::Disconnect::builder();
    if rng.bool() {
        builder = builder.reason_code(reason);
        if rng.bool() {
            let allowed = [Id::ReasonString, Id::UserProperty, Id::ServerReference];
            builder = builder.props(any::properties(rng, &allowed));
        }
    }
    let packet = builder.build().expect("a DISCONNECT");
    (
        Version::V5,
        packet.to_continuous_buffer(),
        oracle::of_disconnect_of_5(&packet),
    )
}

/// Packets of MQTT 3.1.1.
fn earlier(rng: &mut Rng) -> Made {
    let id = rng.u16(1..);
    macro_rules! with_id {
        ($name:literal, $packet:ident) => {{
            let packet = v3_1_1::$packet::builder()
                .packet_id(id)
                .build()
                .expect($name);
            let fields = oracle::of_ack_of_5($name, id, 0, None);
            (Version::V311, packet.to_continuous_buffer(), fields)
        }};
    }
    match rng.u32(0..9) {
        0 => {
            let reason: ConnectReturnCode = code(rng);
            let packet = v3_1_1::Connack::builder()
                .session_present(reason == ConnectReturnCode::Accepted && rng.bool())
                .return_code(reason)
                .build()
                .expect("a CONNACK");
            let fields = oracle::of_connack_of_3_1_1(&packet);
            (Version::V311, packet.to_continuous_buffer(), fields)
        }
        1 | 2 => {
            let qos = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce][rng.usize(0..3)];
            let builder = v3_1_1::Publish::builder()
                .topic_name(any::topic(rng))
                .expect("a topic name");
            let mut builder = builder
                .qos(qos)
                .retain(rng.bool())
                .payload(any::binary(rng));
            if qos != Qos::AtMostOnce {
                builder = builder.packet_id(id).dup(rng.bool());
            }
            let packet = builder.build().expect("a PUBLISH");
            let fields = oracle::of_publish_of_3_1_1(&packet);
            (Version::V311, packet.to_continuous_buffer(), fields)
        }
        3 => with_id!("puback", Puback),
        4 => with_id!("pubrec", Pubrec),
        5 => with_id!("pubrel", Pubrel),
        6 => with_id!("pubcomp", Pubcomp),
        7 => {
            let codes = (0..rng.usize(1..5)).map(|_| code(rng)).collect();
            let packet = v3_1_1::Suback::builder()
                .packet_id(id)
                .return_codes(codes)
                .build()
                .expect("a SUBACK");
            let fields = oracle::of_suback_of_3_1_1(&packet);
            (Version::V311, packet.to_continuous_buffer(), fields)
        }
        _ => {
            let packet = v3_1_1::Pingresp::builder().build().expect("a PINGRESP");
            let fields = vec![("pingresp", fields::Item::Absent)];
            (Version::V311, packet.to_continuous_buffer(), fields)
        }
    }
}

#[test]
fn we_read_what_a_server_writes() {
    let mut rng = Rng::with_seed(6);
    for _ in 0..12 * ROUNDS {
        let (version, bytes, expected) = packet(&mut rng);
        match decode(version, &bytes, bytes.len() as u32) {
            Ok(Decoded::Packet { packet, length }) => {
                assert_eq!(length, bytes.len());
                assert_eq!(fields::of_packet(packet), expected, "{bytes:02x?}");
                if let Packet::Publish(message) = packet {
                    let alias = message.properties.number(Id::TopicAlias);
                    assert_eq!(message.topic_alias.map(|alias| alias.get().into()), alias);
                }
            }
            other => panic!("{other:?} for {expected:?}: {bytes:02x?}"),
        }
    }
}
