//! A message on its way through the broker, whichever version it came by and leaves by.

use std::time::Duration;

use mqtt_protocol_core::mqtt::ArcPayload;
use mqtt_protocol_core::mqtt::packet::{
    MessageExpiryInterval, Packet, Property, Qos, SubscriptionIdentifier, v3_1_1, v5_0,
};
use tokio::time::Instant;

pub struct Message {
    pub topic: String,
    pub payload: ArcPayload,
    pub qos: Qos,
    pub retain: bool,
    /// What is handed on as it is: content type, response topic, user properties and so on.
    properties: Vec<Property>,
    expires: Option<Instant>,
}

/// A message for one session.
#[derive(Clone)]
pub struct Delivery {
    pub message: std::sync::Arc<Message>,
    pub qos: Qos,
    pub retain: bool,
    pub identifiers: Vec<u32>,
}

impl Message {
    pub fn from_v3(packet: &v3_1_1::Publish) -> Self {
        Self {
            topic: packet.topic_name().to_owned(),
            payload: packet.payload().clone(),
            qos: packet.qos(),
            retain: packet.retain(),
            properties: Vec::new(),
            expires: None,
        }
    }

    pub fn from_v5(packet: &v5_0::Publish) -> Self {
        Self::new(
            packet.topic_name(),
            packet.payload().clone(),
            packet.qos(),
            packet.retain(),
            packet.props(),
        )
    }

    /// Also for the will of a CONNECT.
    pub fn new(
        topic: &str,
        payload: ArcPayload,
        qos: Qos,
        retain: bool,
        properties: &[Property],
    ) -> Self {
        let expiry = properties.iter().find_map(|property| match property {
            Property::MessageExpiryInterval(seconds) => Some(seconds.val()),
            _ => None,
        });
        let is_handed_on = |property: &&Property| {
            matches!(
                property,
                Property::PayloadFormatIndicator(_)
                    | Property::ContentType(_)
                    | Property::ResponseTopic(_)
                    | Property::CorrelationData(_)
                    | Property::UserProperty(_)
            )
        };
        Self {
            topic: topic.to_owned(),
            payload,
            qos,
            retain,
            properties: properties.iter().filter(is_handed_on).cloned().collect(),
            expires: expiry.map(|seconds| Instant::now() + Duration::from_secs(seconds.into())),
        }
    }

    /// About what it weighs in a queue.
    pub fn size(&self) -> usize {
        let properties: usize = self.properties.iter().map(Property::size).sum();
        self.topic.len() + self.payload.len() + properties + 64
    }

    pub fn is_expired(&self) -> bool {
        self.expires.is_some_and(|at| at <= Instant::now())
    }

    /// The seconds that are left of its life: what the broker kept it for is taken off (MQTT 5.0, section 3.3.2.3.3).
    fn expiry(&self) -> Option<Property> {
        let left = self.expires?.saturating_duration_since(Instant::now());
        let seconds = u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
        MessageExpiryInterval::new(seconds).ok().map(Property::from)
    }
}

impl Delivery {
    /// The PUBLISH for a client of MQTT 3.1.1; nothing if it cannot be said there.
    pub fn to_v3(&self, packet_id: Option<u16>) -> Option<Packet> {
        let mut builder = v3_1_1::Publish::builder()
            .topic_name(self.message.topic.as_str())
            .ok()?
            .qos(self.qos)
            .retain(self.retain)
            .payload(self.message.payload.clone());
        if let Some(id) = packet_id {
            builder = builder.packet_id(id);
        }
        Some(builder.build().ok()?.into())
    }

    /// The PUBLISH for a client of MQTT 5.0.
    pub fn to_v5(&self, packet_id: Option<u16>) -> Option<Packet> {
        let mut properties = self.message.properties.clone();
        properties.extend(self.message.expiry());
        for identifier in &self.identifiers {
            properties.push(SubscriptionIdentifier::new(*identifier).ok()?.into());
        }
        let mut builder = v5_0::Publish::builder()
            .topic_name(self.message.topic.as_str())
            .ok()?
            .qos(self.qos)
            .retain(self.retain)
            .props(properties)
            .payload(self.message.payload.clone());
        if let Some(id) = packet_id {
            builder = builder.packet_id(id);
        }
        Some(builder.build().ok()?.into())
    }
}
