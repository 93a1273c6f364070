//! mqtt-protocol-core as the other codec: frames, packets of both directions, and their fields.

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{
    PacketBuildResult, PacketBuilder, PacketData, RawPacket,
};
use mqtt_protocol_core::mqtt::packet::prelude::PropertyValueAccess;
use mqtt_protocol_core::mqtt::packet::{Property, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::{ConnectReturnCode, MqttError};
use tautline::subprotocol::mqtt::packet::Version;

use crate::fields::{Fields, Item, bytes, number, or_absent, text};

/// What the other codec makes of bytes.
#[derive(Debug, PartialEq)]
pub enum Read {
    Incomplete,
    Refused(MqttError),
    /// The fields and the packet's whole length.
    Packet(Fields, usize),
}

/// Reads the packet at the front, as a client (`true`) or as a server.
pub fn read(version: Version, input: &[u8], as_client: bool) -> Read {
    let mut cursor = Cursor::new(input);
    match PacketBuilder::new().feed(&mut cursor) {
        PacketBuildResult::Incomplete => Read::Incomplete,
        PacketBuildResult::Error(error) => Read::Refused(error),
        PacketBuildResult::Complete(raw) => {
            let read = match (version, as_client) {
                (Version::V311, true) => from_server_of_3_1_1(&raw),
                (Version::V5, true) => from_server_of_5(&raw),
                (Version::V311, false) => from_client_of_3_1_1(&raw),
                (Version::V5, false) => from_client_of_5(&raw),
            };
            match read {
                Ok(fields) => Read::Packet(fields, cursor.position() as usize),
                Err(error) => Read::Refused(error),
            }
        }
    }
}

fn from_server_of_3_1_1(raw: &RawPacket) -> Result<Fields, MqttError> {
    Ok(match raw.packet_type() {
        2 => of_connack_of_3_1_1(&raw.parse_exact(v3_1_1::Connack::parse)?),
        3 => of_publish_of_3_1_1(&v3_1_1::Publish::parse(raw.flags(), shared(raw))?.0),
        4 => of_ack(
            "puback",
            raw.parse_exact(v3_1_1::Puback::parse)?.packet_id(),
        ),
        5 => of_ack(
            "pubrec",
            raw.parse_exact(v3_1_1::Pubrec::parse)?.packet_id(),
        ),
        6 => of_ack(
            "pubrel",
            raw.parse_exact(v3_1_1::Pubrel::parse)?.packet_id(),
        ),
        7 => of_ack(
            "pubcomp",
            raw.parse_exact(v3_1_1::Pubcomp::parse)?.packet_id(),
        ),
        9 => of_suback_of_3_1_1(&raw.parse_exact(v3_1_1::Suback::parse)?),
        11 => of_reasons(
            "unsuback",
            raw.parse_exact(v3_1_1::Unsuback::parse)?.packet_id(),
            &[],
            vec![],
        ),
        13 => {
            raw.parse_exact(v3_1_1::Pingresp::parse)?;
            vec![("pingresp", Item::Absent)]
        }
        _ => return Err(MqttError::ProtocolError),
    })
}

fn from_server_of_5(raw: &RawPacket) -> Result<Fields, MqttError> {
    /// Fields of a packet with a packet identifier, a reason code and properties, both of which may be absent.
    macro_rules! ack {
        ($name:literal, $packet:ident) => {{
            let packet = raw.parse_exact(v5_0::$packet::parse)?;
            let reason = packet.reason_code().map_or(0, |code| code as u8);
            of_ack_of_5($name, packet.packet_id(), reason, packet.props().as_deref())
        }};
    }
    Ok(match raw.packet_type() {
        2 => of_connack_of_5(&raw.parse_exact(v5_0::Connack::parse)?),
        3 => of_publish_of_5(&v5_0::Publish::parse(raw.flags(), shared(raw))?.0),
        4 => ack!("puback", Puback),
        5 => ack!("pubrec", Pubrec),
        6 => ack!("pubrel", Pubrel),
        7 => ack!("pubcomp", Pubcomp),
        9 => of_suback_of_5(&raw.parse_exact(v5_0::Suback::parse)?),
        11 => of_unsuback_of_5(&raw.parse_exact(v5_0::Unsuback::parse)?),
        13 => {
            raw.parse_exact(v5_0::Pingresp::parse)?;
            vec![("pingresp", Item::Absent)]
        }
        14 => of_disconnect_of_5(&raw.parse_exact(v5_0::Disconnect::parse)?),
        15 => of_auth_of_5(&raw.parse_exact(v5_0::Auth::parse)?),
        _ => return Err(MqttError::ProtocolError),
    })
}

fn from_client_of_3_1_1(raw: &RawPacket) -> Result<Fields, MqttError> {
    Ok(match raw.packet_type() {
        1 => {
            let packet = raw.parse_exact(v3_1_1::Connect::parse)?;
            assert_eq!(
                (packet.protocol_name(), packet.protocol_version()),
                ("MQTT", 4)
            );
            let will = [
                packet.will_topic().map(text),
                packet.will_payload().map(bytes),
            ];
            vec![
                ("connect", text(packet.client_id())),
                ("clean start", number(packet.clean_session())),
                ("keep alive", number(packet.keep_alive())),
                ("properties", Item::List(vec![])),
                (
                    "will",
                    of_will(will, packet.will_qos() as u8, packet.will_retain(), &[]),
                ),
                ("user name", or_absent(packet.user_name(), text)),
                ("password", or_absent(packet.password(), bytes)),
            ]
        }
        8 => {
            let packet = raw.parse_exact(v3_1_1::Subscribe::parse)?;
            of_subscribe(packet.packet_id(), &[], packet.entries())
        }
        10 => {
            let packet = raw.parse_exact(v3_1_1::Unsubscribe::parse)?;
            of_unsubscribe(packet.packet_id(), &[], packet.entries())
        }
        12 => {
            raw.parse_exact(v3_1_1::Pingreq::parse)?;
            vec![("pingreq", Item::Absent)]
        }
        14 => {
            raw.parse_exact(v3_1_1::Disconnect::parse)?;
            vec![
                ("disconnect", number(0u8)),
                ("properties", Item::List(vec![])),
            ]
        }
        3..=7 => from_server_of_3_1_1(raw)?,
        _ => return Err(MqttError::ProtocolError),
    })
}

fn from_client_of_5(raw: &RawPacket) -> Result<Fields, MqttError> {
    Ok(match raw.packet_type() {
        1 => {
            let packet = raw.parse_exact(v5_0::Connect::parse)?;
            assert_eq!(
                (packet.protocol_name(), packet.protocol_version()),
                ("MQTT", 5)
            );
            let will = [
                packet.will_topic().map(text),
                packet.will_payload().map(bytes),
            ];
            vec![
                ("connect", text(packet.client_id())),
                ("clean start", number(packet.clean_start())),
                ("keep alive", number(packet.keep_alive())),
                ("properties", of_properties(packet.props())),
                (
                    "will",
                    of_will(
                        will,
                        packet.will_qos() as u8,
                        packet.will_retain(),
                        packet.will_props(),
                    ),
                ),
                ("user name", or_absent(packet.user_name(), text)),
                ("password", or_absent(packet.password(), bytes)),
            ]
        }
        8 => {
            let packet = raw.parse_exact(v5_0::Subscribe::parse)?;
            of_subscribe(packet.packet_id(), packet.props(), packet.entries())
        }
        10 => {
            let packet = raw.parse_exact(v5_0::Unsubscribe::parse)?;
            of_unsubscribe(packet.packet_id(), packet.props(), packet.entries())
        }
        12 => {
            raw.parse_exact(v5_0::Pingreq::parse)?;
            vec![("pingreq", Item::Absent)]
        }
        3..=7 | 14 | 15 => from_server_of_5(raw)?,
        _ => return Err(MqttError::ProtocolError),
    })
}

fn shared(raw: &RawPacket) -> mqtt_protocol_core::mqtt::Arc<[u8]> {
    match &raw.data {
        PacketData::Publish(data) => data.clone(),
        PacketData::Normal(data) => data.as_slice().into(),
    }
}

fn of_will(
    topic_and_payload: [Option<Item>; 2],
    qos: u8,
    retain: bool,
    properties: &[Property],
) -> Item {
    let [Some(topic), Some(payload)] = topic_and_payload else {
        return Item::Absent;
    };
    Item::List(vec![
        topic,
        payload,
        number(qos),
        number(retain),
        of_properties(properties),
    ])
}

fn of_subscribe(
    id: u16,
    properties: &[Property],
    entries: &[mqtt_protocol_core::mqtt::packet::SubEntry],
) -> Fields {
    let entries = entries.iter().map(|entry| {
        let options = entry.sub_opts();
        Item::List(vec![
            text(entry.topic_filter()),
            number(options.qos() as u8),
            number(options.nl()),
            number(options.rap()),
            number(options.rh() as u8),
        ])
    });
    vec![
        ("subscribe", number(id)),
        ("properties", of_properties(properties)),
        ("entries", Item::List(entries.collect())),
    ]
}

fn of_unsubscribe(
    id: u16,
    properties: &[Property],
    entries: &[mqtt_protocol_core::mqtt::packet::MqttString],
) -> Fields {
    vec![
        ("unsubscribe", number(id)),
        ("properties", of_properties(properties)),
        (
            "entries",
            Item::List(entries.iter().map(|entry| text(entry.as_str())).collect()),
        ),
    ]
}

pub fn of_property(property: &Property) -> Item {
    let item = if let Some(value) = property.as_u8() {
        number(value)
    } else if let Some(value) = property.as_u16() {
        number(value)
    } else if let Some(value) = property.as_u32() {
        number(value)
    } else if let Some(value) = property.as_str() {
        text(value)
    } else if let Some(value) = property.as_bytes() {
        bytes(value)
    } else {
        let (name, value) = property.as_key_value().expect("a property has a value");
        Item::Pair(name.to_owned(), value.to_owned())
    };
    Item::Property(property.id().as_u8(), Box::new(item))
}

fn of_properties(properties: &[Property]) -> Item {
    Item::List(properties.iter().map(of_property).collect())
}

fn of_ack(name: &'static str, id: u16) -> Fields {
    of_ack_of_5(name, id, 0, None)
}

pub fn of_ack_of_5(
    name: &'static str,
    id: u16,
    reason: u8,
    properties: Option<&[Property]>,
) -> Fields {
    let properties = of_properties(properties.unwrap_or_default());
    vec![
        (name, number(id)),
        ("reason", number(reason)),
        ("properties", properties),
    ]
}

fn of_reasons(name: &'static str, id: u16, properties: &[Property], reasons: Vec<u8>) -> Fields {
    vec![
        (name, number(id)),
        ("properties", of_properties(properties)),
        (
            "reasons",
            Item::List(reasons.into_iter().map(number).collect()),
        ),
    ]
}

pub fn of_connack_of_3_1_1(packet: &v3_1_1::Connack) -> Fields {
    let reason: u8 = match packet.return_code() {
        ConnectReturnCode::Accepted => 0,
        ConnectReturnCode::UnacceptableProtocolVersion => 0x84,
        ConnectReturnCode::IdentifierRejected => 0x85,
        ConnectReturnCode::ServerUnavailable => 0x88,
        ConnectReturnCode::BadUserNameOrPassword => 0x86,
        ConnectReturnCode::NotAuthorized => 0x87,
    };
    vec![
        ("connack", number(reason)),
        ("session present", number(packet.session_present())),
        ("properties", Item::List(vec![])),
    ]
}

pub fn of_connack_of_5(packet: &v5_0::Connack) -> Fields {
    vec![
        ("connack", number(packet.reason_code() as u8)),
        ("session present", number(packet.session_present())),
        ("properties", of_properties(packet.props())),
    ]
}

pub fn of_publish_of_3_1_1(packet: &v3_1_1::Publish) -> Fields {
    vec![
        ("publish", text(packet.topic_name())),
        ("dup", number(packet.dup())),
        ("qos", number(packet.qos() as u8)),
        ("retain", number(packet.retain())),
        ("packet id", or_absent(packet.packet_id(), number)),
        ("properties", Item::List(vec![])),
        ("payload", bytes(packet.payload().as_slice())),
    ]
}

pub fn of_publish_of_5(packet: &v5_0::Publish) -> Fields {
    vec![
        ("publish", text(packet.topic_name())),
        ("dup", number(packet.dup())),
        ("qos", number(packet.qos() as u8)),
        ("retain", number(packet.retain())),
        ("packet id", or_absent(packet.packet_id(), number)),
        ("properties", of_properties(packet.props())),
        ("payload", bytes(packet.payload().as_slice())),
    ]
}

pub fn of_suback_of_3_1_1(packet: &v3_1_1::Suback) -> Fields {
    let reasons = packet
        .return_codes()
        .into_iter()
        .map(|code| code as u8)
        .collect();
    of_reasons("suback", packet.packet_id(), &[], reasons)
}

pub fn of_suback_of_5(packet: &v5_0::Suback) -> Fields {
    let reasons = packet
        .reason_codes()
        .into_iter()
        .map(|code| code as u8)
        .collect();
    of_reasons("suback", packet.packet_id(), packet.props(), reasons)
}

pub fn of_unsuback_of_5(packet: &v5_0::Unsuback) -> Fields {
    let reasons = packet
        .reason_codes()
        .into_iter()
        .map(|code| code as u8)
        .collect();
    of_reasons("unsuback", packet.packet_id(), packet.props(), reasons)
}

pub fn of_disconnect_of_5(packet: &v5_0::Disconnect) -> Fields {
    let reason = packet.reason_code().map_or(0, |code| code as u8);
    let properties = of_properties(packet.props().as_deref().unwrap_or_default());
    vec![("disconnect", number(reason)), ("properties", properties)]
}

pub fn of_auth_of_5(packet: &v5_0::Auth) -> Fields {
    let reason = packet.reason_code().map_or(0, |code| code as u8);
    let properties = of_properties(packet.props().as_deref().unwrap_or_default());
    vec![("auth", number(reason)), ("properties", properties)]
}
