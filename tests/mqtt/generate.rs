//! Random values of all kinds, from a seed.

use fastrand::Rng;
use mqtt_protocol_core::mqtt::packet::prelude::PropertyValueAccess;
use mqtt_protocol_core::mqtt::packet::*;
use tautline::subprotocol::mqtt::packet::{PropertyBuf, PropertyId as Id, Value};

/// Text without U+0000: mostly short, of one to four bytes a character, now and then the longest there is.
pub fn text(rng: &mut Rng) -> String {
    let length = match rng.u32(0..200) {
        0 => 65_535 / 4,
        1..=20 => 0,
        21..=60 => rng.usize(60..200),
        _ => rng.usize(1..12),
    };
    (0..length).map(|_| character(rng)).collect()
}

fn character(rng: &mut Rng) -> char {
    match rng.u32(0..10) {
        0 => rng.char('\u{1}'..='\u{7f}'),
        1 => rng.char('\u{80}'..='\u{7ff}'),
        2 => rng.char('\u{800}'..='\u{ffff}'),
        3 => rng.char('\u{10000}'..='\u{10ffff}'),
        4 => '/',
        _ => rng.alphanumeric(),
    }
}

/// A topic name: not empty, without wildcards.
pub fn topic(rng: &mut Rng) -> String {
    let name = text(rng).replace(['+', '#'], "_");
    if name.is_empty() {
        "t".to_owned()
    } else {
        name
    }
}

/// A topic filter that is valid.
pub fn filter(rng: &mut Rng) -> String {
    let level = |rng: &mut Rng| match rng.u32(0..4) {
        0 => "+".to_owned(),
        1 => topic(rng).replace('/', "_"),
        _ => rng.alphanumeric().to_string(),
    };
    let mut levels: Vec<String> = (0..rng.usize(1..5)).map(|_| level(rng)).collect();
    if rng.bool() {
        levels.push("#".to_owned());
    }
    let filter = levels.join("/");
    if filter.len() > 65_000 {
        "#".to_owned()
    } else {
        filter
    }
}

pub fn binary(rng: &mut Rng) -> Vec<u8> {
    let length = match rng.u32(0..200) {
        0 => 65_535,
        1..=20 => 0,
        _ => rng.usize(1..40),
    };
    (0..length).map(|_| rng.u8(..)).collect()
}

/// Properties out of those that a packet may have: each at most once, but for those that may be repeated.
pub fn properties(rng: &mut Rng, allowed: &[Id]) -> Vec<Property> {
    let mut properties = Vec::new();
    if rng.u32(0..3) == 0 {
        return properties;
    }
    for &id in allowed {
        let times = match id {
            Id::UserProperty => rng.usize(0..3),
            _ => usize::from(rng.u32(0..3) == 0),
        };
        properties.extend((0..times).map(|_| property(rng, id)));
    }
    rng.shuffle(&mut properties);
    properties
}

/// One property with a random value, made by the other codec.
pub fn property(rng: &mut Rng, id: Id) -> Property {
    made(rng, id).expect("the value is valid")
}

fn made(
    rng: &mut Rng,
    id: Id,
) -> Result<Property, mqtt_protocol_core::mqtt::result_code::MqttError> {
    let flag = u8::from(rng.bool());
    let format = if flag == 1 {
        PayloadFormat::String
    } else {
        PayloadFormat::Binary
    };
    Ok(match id {
        Id::PayloadFormatIndicator => PayloadFormatIndicator::new(format)?.into(),
        Id::MessageExpiryInterval => MessageExpiryInterval::new(rng.u32(..))?.into(),
        Id::ContentType => ContentType::new(text(rng))?.into(),
        Id::ResponseTopic => ResponseTopic::new(topic(rng))?.into(),
        Id::CorrelationData => CorrelationData::new(binary(rng))?.into(),
        Id::SubscriptionIdentifier => SubscriptionIdentifier::new(variable(rng))?.into(),
        Id::SessionExpiryInterval => SessionExpiryInterval::new(rng.u32(..))?.into(),
        Id::AssignedClientIdentifier => AssignedClientIdentifier::new(text(rng))?.into(),
        Id::ServerKeepAlive => ServerKeepAlive::new(rng.u16(..))?.into(),
        Id::AuthenticationMethod => AuthenticationMethod::new(text(rng))?.into(),
        Id::AuthenticationData => AuthenticationData::new(binary(rng))?.into(),
        Id::RequestProblemInformation => RequestProblemInformation::new(flag)?.into(),
        Id::WillDelayInterval => WillDelayInterval::new(rng.u32(..))?.into(),
        Id::RequestResponseInformation => RequestResponseInformation::new(flag)?.into(),
        Id::ResponseInformation => ResponseInformation::new(text(rng))?.into(),
        Id::ServerReference => ServerReference::new(text(rng))?.into(),
        Id::ReasonString => ReasonString::new(text(rng))?.into(),
        Id::ReceiveMaximum => ReceiveMaximum::new(rng.u16(1..))?.into(),
        Id::TopicAliasMaximum => TopicAliasMaximum::new(rng.u16(..))?.into(),
        Id::TopicAlias => TopicAlias::new(rng.u16(1..))?.into(),
        Id::MaximumQoS => MaximumQos::new(flag)?.into(),
        Id::RetainAvailable => RetainAvailable::new(flag)?.into(),
        Id::UserProperty => UserProperty::new(text(rng), text(rng))?.into(),
        Id::MaximumPacketSize => MaximumPacketSize::new(rng.u32(1..))?.into(),
        Id::WildcardSubscriptionAvailable => WildcardSubscriptionAvailable::new(flag)?.into(),
        Id::SubscriptionIdentifierAvailable => SubscriptionIdentifierAvailable::new(flag)?.into(),
        Id::SharedSubscriptionAvailable => SharedSubscriptionAvailable::new(flag)?.into(),
    })
}

/// A variable byte integer of one to four bytes, each as likely, and the ends of their ranges more than others.
pub fn variable(rng: &mut Rng) -> u32 {
    let ends = [
        1,
        127,
        128,
        16_383,
        16_384,
        2_097_151,
        2_097_152,
        268_435_455,
    ];
    if rng.bool() {
        ends[rng.usize(..ends.len())]
    } else {
        1 + (rng.u32(..268_435_455) >> rng.u32(0..28))
    }
}

/// The same properties, written by us.
pub fn our_properties(properties: &[Property]) -> PropertyBuf {
    let mut written = PropertyBuf::new();
    for property in properties {
        let id = Id::from_u8(property.id().as_u8()).expect("we know every property");
        let number = property
            .as_u8()
            .map(u32::from)
            .or(property.as_u16().map(u32::from))
            .or(property.as_u32());
        let value = number.map(Value::Number);
        let value = value
            .or(property.as_str().map(Value::Text))
            .or(property.as_bytes().map(Value::Binary));
        let value = value.or(property
            .as_key_value()
            .map(|(name, value)| Value::Pair(name, value)));
        written
            .push(id, value.expect("a property has a value"))
            .expect("the value is valid");
    }
    written
}
