//! A packet as a list of named values: the form in which two codecs are compared.

use tautline::subprotocol::mqtt::packet::{
    Ack, AckKind, Auth, ConnAck, Connect, Disconnect, Packet, Properties, Publish, ReasonCode,
    SubAck, Subscribe, Unsubscribe, Value,
};

/// One value of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Absent,
    Number(u32),
    Text(String),
    Bytes(Vec<u8>),
    Pair(String, String),
    List(Vec<Item>),
    Property(u8, Box<Item>),
}

/// A packet: its values with their names.
pub type Fields = Vec<(&'static str, Item)>;

pub fn number(value: impl Into<u32>) -> Item {
    Item::Number(value.into())
}

pub fn text(value: &str) -> Item {
    Item::Text(value.to_owned())
}

pub fn bytes(value: &[u8]) -> Item {
    Item::Bytes(value.to_vec())
}

pub fn or_absent<T>(value: Option<T>, item: impl FnOnce(T) -> Item) -> Item {
    value.map_or(Item::Absent, item)
}

fn properties(properties: Properties<'_>) -> Item {
    let item = |value: Value<'_>| match value {
        Value::Number(value) => Item::Number(value),
        Value::Text(value) => text(value),
        Value::Binary(value) => bytes(value),
        Value::Pair(name, value) => Item::Pair(name.to_owned(), value.to_owned()),
    };
    Item::List(
        properties
            .iter()
            .map(|it| Item::Property(it.id as u8, Box::new(item(it.value))))
            .collect(),
    )
}

fn reasons(reasons: impl Iterator<Item = ReasonCode>) -> Item {
    Item::List(reasons.map(|reason| number(reason as u8)).collect())
}

/// The fields of a packet that we have read.
pub fn of_packet(packet: Packet<'_>) -> Fields {
    match packet {
        Packet::ConnAck(packet) => of_connack(packet),
        Packet::Publish(packet) => of_publish(packet),
        Packet::Ack(packet) => of_ack(packet),
        Packet::SubAck(packet) => of_suback("suback", packet),
        Packet::UnsubAck(packet) => of_suback("unsuback", packet),
        Packet::PingResp => vec![("pingresp", Item::Absent)],
        Packet::Disconnect(Disconnect {
            reason,
            properties: all,
        }) => {
            vec![
                ("disconnect", number(reason as u8)),
                ("properties", properties(all)),
            ]
        }
        Packet::Auth(Auth {
            reason,
            properties: all,
        }) => {
            vec![
                ("auth", number(reason as u8)),
                ("properties", properties(all)),
            ]
        }
    }
}

pub fn of_connack(packet: ConnAck<'_>) -> Fields {
    vec![
        ("connack", number(packet.reason as u8)),
        ("session present", number(packet.session_present)),
        ("properties", properties(packet.properties)),
    ]
}

pub fn of_publish(packet: Publish<'_>) -> Fields {
    vec![
        ("publish", text(packet.topic)),
        ("dup", number(packet.dup)),
        ("qos", number(packet.qos as u8)),
        ("retain", number(packet.retain)),
        (
            "packet id",
            or_absent(packet.packet_id, |id| number(id.get())),
        ),
        ("properties", properties(packet.properties)),
        ("payload", bytes(packet.payload)),
    ]
}

pub fn of_ack(packet: Ack<'_>) -> Fields {
    let name = match packet.kind {
        AckKind::PubAck => "puback",
        AckKind::PubRec => "pubrec",
        AckKind::PubRel => "pubrel",
        AckKind::PubComp => "pubcomp",
    };
    vec![
        (name, number(packet.packet_id.get())),
        ("reason", number(packet.reason as u8)),
        ("properties", properties(packet.properties)),
    ]
}

fn of_suback(name: &'static str, packet: SubAck<'_>) -> Fields {
    vec![
        (name, number(packet.packet_id.get())),
        ("properties", properties(packet.properties)),
        ("reasons", reasons(packet.reasons())),
    ]
}

pub fn of_connect(packet: &Connect<'_>) -> Fields {
    let will = or_absent(packet.will, |will| {
        Item::List(vec![
            text(will.topic),
            bytes(will.payload),
            number(will.qos as u8),
            number(will.retain),
            properties(will.properties),
        ])
    });
    vec![
        ("connect", text(packet.client_id)),
        ("clean start", number(packet.clean_start)),
        ("keep alive", number(packet.keep_alive)),
        ("properties", properties(packet.properties)),
        ("will", will),
        ("user name", or_absent(packet.user_name, text)),
        ("password", or_absent(packet.password, bytes)),
    ]
}

pub fn of_subscribe(packet: &Subscribe<'_>) -> Fields {
    let entry = |filter, options: [u32; 4]| {
        Item::List(
            [text(filter)]
                .into_iter()
                .chain(options.map(Item::Number))
                .collect(),
        )
    };
    let entries = packet.subscriptions.iter().map(|it| {
        let options = it.options;
        let flags = [options.no_local, options.retain_as_published].map(u32::from);
        entry(
            it.filter,
            [
                options.qos as u32,
                flags[0],
                flags[1],
                options.retain_handling as u32,
            ],
        )
    });
    vec![
        ("subscribe", number(packet.packet_id.get())),
        ("properties", properties(packet.properties)),
        ("entries", Item::List(entries.collect())),
    ]
}

pub fn of_unsubscribe(packet: &Unsubscribe<'_>) -> Fields {
    vec![
        ("unsubscribe", number(packet.packet_id.get())),
        ("properties", properties(packet.properties)),
        (
            "entries",
            Item::List(packet.filters.iter().map(|filter| text(filter)).collect()),
        ),
    ]
}

pub fn of_disconnect(packet: &Disconnect<'_>) -> Fields {
    vec![
        ("disconnect", number(packet.reason as u8)),
        ("properties", properties(packet.properties)),
    ]
}

pub fn of_auth(packet: &Auth<'_>) -> Fields {
    vec![
        ("auth", number(packet.reason as u8)),
        ("properties", properties(packet.properties)),
    ]
}
