//! From packets to bytes. What is refused leaves the buffer as it was.

use super::place;
use super::property::{Facts, Properties, PropertyId};
use super::wire::Writer;
use super::{
    Ack, AckKind, Auth, Connect, Disconnect, PacketError, PacketId, PingReq, Publish, QoS,
    ReasonCode, Subscribe, SubscriptionOptions, Unsubscribe, Version, Will,
};
use crate::subprotocol::mqtt::topic;

impl Connect<'_> {
    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// The caller's: a text or property that MQTT cannot carry, a will with a topic that is none, what MQTT 3.1.1 does not have,
    /// and there an empty [`client_id`](Connect::client_id) without a clean start or a password without a user name.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), PacketError> {
        self.encode_with(version, out, |_| {})
    }

    /// The same, with properties of the caller's before the others.
    pub(crate) fn encode_with(
        &self,
        version: Version,
        out: &mut Vec<u8>,
        write_properties: impl FnOnce(&mut Writer<'_>),
    ) -> Result<(), PacketError> {
        let mut flags = u8::from(self.clean_start) << 1
            | u8::from(self.user_name.is_some()) << 7
            | u8::from(self.password.is_some()) << 6;
        if let Some(will) = self.will {
            flags |= 4 | (will.qos as u8) << 3 | u8::from(will.retain) << 5;
        }
        let mut packet = Writer::new(out, 0x10);
        packet.bytes(b"\0\x04MQTT");
        packet.bytes(&[version as u8, flags]);
        packet.u16(self.keep_alive);
        let at = packet.open();
        write_properties(&mut packet);
        packet.bytes(self.properties.as_bytes());
        packet.close_properties(version, at, at, place::CONNECT);
        packet.text(self.client_id);
        if let Some(Will {
            topic,
            payload,
            properties,
            ..
        }) = self.will
        {
            packet.properties(version, properties, place::WILL);
            packet.name(topic);
            packet.binary(payload);
        }
        if let Some(user_name) = self.user_name {
            packet.text(user_name);
        }
        if let Some(password) = self.password {
            packet.binary(password);
        }
        if version == Version::V311 {
            packet.require(
                !self.client_id.is_empty() || self.clean_start,
                PacketError::ClientIdentifier,
            );
            packet.require(
                self.password.is_none() || self.user_name.is_some(),
                PacketError::UserName,
            );
        }
        packet.finish(0, u32::MAX)
    }
}

impl Publish<'_> {
    /// Appends the packet to `out`. `maximum` is the maximum packet size of the server, in bytes; `u32::MAX` is none.
    ///
    /// # Errors
    /// See [`encode_head`](Self::encode_head).
    pub fn encode(
        &self,
        version: Version,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        self.encode_head(version, self.payload.len(), maximum, out)?;
        out.extend_from_slice(self.payload);
        Ok(())
    }

    /// Appends all of the packet but its payload, which is to follow and has `payload_length` bytes. So a payload that is
    /// elsewhere need not come here first; `payload` is not looked at.
    ///
    /// # Errors
    /// The caller's: a topic that is empty (without an alias), has wildcards, U+0000 or more than 65,535 bytes; a packet identifier
    /// at QoS 0 or none above; `dup` at QoS 0; properties that do not belong here, or any in MQTT 3.1.1; a packet above `maximum`.
    pub fn encode_head(
        &self,
        version: Version,
        payload_length: usize,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        self.encode_with(version, payload_length, maximum, out, None)
    }

    /// The same, with an expiry before the other properties.
    #[inline(never)]
    pub(crate) fn encode_with(
        &self,
        version: Version,
        payload_length: usize,
        maximum: u32,
        out: &mut Vec<u8>,
        expiry_s: Option<u32>,
    ) -> Result<(), PacketError> {
        let has_id = self.qos != QoS::AtMostOnce;
        let flags = u8::from(self.dup) << 3 | (self.qos as u8) << 1 | u8::from(self.retain);
        let mut packet = Writer::new(out, 0x30 | flags);
        if self.topic.is_empty() && self.topic_alias.is_some() {
            packet.u16(0);
        } else {
            packet.name(self.topic);
        }
        packet.require(
            self.packet_id.is_some() == has_id,
            PacketError::PacketIdentifier,
        );
        packet.require(has_id || !self.dup, PacketError::QoS);
        if let Some(packet_id) = self.packet_id {
            packet.u16(packet_id.get());
        }
        let at = packet.open();
        // The alias is written from here, and not allowed in the properties.
        if let Some(alias) = self.topic_alias {
            packet.number(PropertyId::TopicAlias, 2, alias.get().into());
        }
        let from = packet.end();
        if let Some(seconds) = expiry_s {
            packet.number(PropertyId::MessageExpiryInterval, 4, seconds);
        }
        packet.bytes(self.properties.as_bytes());
        packet.close_properties(version, at, from, place::PUBLISH_OUT);
        packet.finish(payload_length, maximum)
    }
}

impl Ack<'_> {
    /// Appends the packet to `out`. `maximum` is the maximum packet size of the server, in bytes; `u32::MAX` is none.
    ///
    /// # Errors
    /// The caller's: a reason code that the packet cannot carry, properties that do not belong here, either of them in
    /// MQTT 3.1.1, a packet above `maximum`.
    pub fn encode(
        &self,
        version: Version,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        let (first, place) = match self.kind {
            AckKind::PubAck => (0x40, place::PUBACK),
            AckKind::PubRec => (0x50, place::PUBACK),
            AckKind::PubRel => (0x62, place::PUBREL),
            AckKind::PubComp => (0x70, place::PUBREL),
        };
        let mut packet = Writer::new(out, first);
        packet.u16(self.packet_id.get());
        packet.reason(version, self.reason, self.properties, place);
        packet.finish(0, maximum)
    }
}

impl Subscribe<'_> {
    /// Appends the packet to `out`. `maximum` is the maximum packet size of the server, in bytes; `u32::MAX` is none.
    ///
    /// # Errors
    /// The caller's: no filter, one that is not valid, No Local on a shared subscription, options or properties that
    /// MQTT 3.1.1 does not have, a packet above `maximum` (split it).
    pub fn encode(
        &self,
        version: Version,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        let mut packet = Writer::new(out, 0x82);
        packet.u16(self.packet_id.get());
        packet.properties(version, self.properties, place::SUBSCRIBE);
        for subscription in self.subscriptions {
            packet.filter(version, subscription.filter, Some(subscription.options));
        }
        packet.require(!self.subscriptions.is_empty(), PacketError::Empty);
        packet.finish(0, maximum)
    }
}

impl SubscriptionOptions {
    /// The byte of SUBSCRIBE (MQTT 5.0, section 3.8.3.1).
    pub(crate) const fn bits(self) -> u8 {
        self.qos as u8
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | (self.retain_handling as u8) << 4
    }
}

impl Unsubscribe<'_> {
    /// Appends the packet to `out`. `maximum` is the maximum packet size of the server, in bytes; `u32::MAX` is none.
    ///
    /// # Errors
    /// The caller's: no filter, one that is not valid, properties in MQTT 3.1.1, a packet above `maximum` (split it).
    pub fn encode(
        &self,
        version: Version,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        let mut packet = Writer::new(out, 0xa2);
        packet.u16(self.packet_id.get());
        packet.properties(version, self.properties, place::UNSUBSCRIBE);
        for filter in self.filters {
            packet.filter(version, filter, None);
        }
        packet.require(!self.filters.is_empty(), PacketError::Empty);
        packet.finish(0, maximum)
    }
}

/// SUBSCRIBE, or without options UNSUBSCRIBE, of one filter, with a subscription identifier unless that is 0.
#[expect(clippy::too_many_arguments, reason = "each is a part of the packet")]
pub(crate) fn encode_request(
    version: Version,
    maximum: u32,
    out: &mut Vec<u8>,
    packet_id: PacketId,
    identifier: u32,
    properties: Properties<'_>,
    filter: &str,
    options: Option<SubscriptionOptions>,
) -> Result<(), PacketError> {
    let first = if options.is_some() { 0x82 } else { 0xa2 };
    let mut packet = Writer::new(out, first);
    packet.u16(packet_id.get());
    let at = packet.open();
    if identifier > 0 && version == Version::V5 {
        packet.u8(PropertyId::SubscriptionIdentifier as u8);
        packet.variable(identifier);
    }
    packet.bytes(properties.as_bytes());
    // What may stand in UNSUBSCRIBE may in SUBSCRIBE.
    packet.close_properties(version, at, at, place::SUBSCRIBE);
    packet.filter(version, filter, options);
    packet.finish(0, maximum)
}

impl PingReq {
    /// Appends the packet to `out`: two bytes, which every server takes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0xc0, 0]);
    }
}

impl Disconnect<'_> {
    /// Appends the packet to `out`. `maximum` is the maximum packet size of the server, in bytes; `u32::MAX` is none.
    ///
    /// # Errors
    /// The caller's: a reason code that only servers send, properties that do not belong here, either of them in
    /// MQTT 3.1.1, a packet above `maximum`.
    pub fn encode(
        &self,
        version: Version,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        let mut packet = Writer::new(out, 0xe0);
        packet.reason(version, self.reason, self.properties, place::DISCONNECT_OUT);
        packet.finish(0, maximum)
    }
}

impl Auth<'_> {
    /// Appends the packet to `out`. `maximum` is the maximum packet size of the server, in bytes; `u32::MAX` is none.
    ///
    /// # Errors
    /// The caller's: a reason code that only servers send, no authentication method, properties that do not belong here,
    /// MQTT 3.1.1, a packet above `maximum`.
    pub fn encode(
        &self,
        version: Version,
        maximum: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        let mut packet = Writer::new(out, 0xf0);
        packet.require(version == Version::V5, PacketError::NotInVersion);
        let facts = packet.reason(version, self.reason, self.properties, place::AUTH_OUT);
        packet.require(
            facts.has(PropertyId::AuthenticationMethod),
            PacketError::AuthenticationMethod,
        );
        packet.finish(0, maximum)
    }
}

/// AUTH of the client's, with method and data of its authentication.
pub(crate) fn encode_auth(
    version: Version,
    maximum: u32,
    out: &mut Vec<u8>,
    reason: ReasonCode,
    method: Option<&str>,
    data: Option<&[u8]>,
) -> Result<(), PacketError> {
    let mut packet = Writer::new(out, 0xf0);
    packet.u8(reason as u8);
    let at = packet.open();
    packet.authentication(method, data);
    packet.close_properties(version, at, at, place::AUTH_OUT);
    packet.finish(0, maximum)
}

impl Writer<'_> {
    /// A topic name.
    pub(super) fn name(&mut self, topic: &str) {
        if let Err(error) = topic::check_name(topic) {
            self.require(false, error);
        }
        self.text(topic);
    }

    /// Method and data of an enhanced authentication, among properties.
    pub(crate) fn authentication(&mut self, method: Option<&str>, data: Option<&[u8]>) {
        let Some(method) = method else {
            return;
        };
        self.u8(PropertyId::AuthenticationMethod as u8);
        self.text(method);
        if let Some(data) = data {
            self.u8(PropertyId::AuthenticationData as u8);
            self.binary(data);
        }
    }

    /// A topic filter of SUBSCRIBE, or without options of UNSUBSCRIBE.
    #[inline(never)]
    fn filter(&mut self, version: Version, filter: &str, options: Option<SubscriptionOptions>) {
        if let Err(error) = topic::check_filter(filter) {
            self.require(false, error);
        }
        self.text(filter);
        if let Some(options) = options {
            self.require(
                !options.no_local || !topic::is_shared(filter),
                PacketError::NoLocal,
            );
            let bits = options.bits();
            self.require(
                version == Version::V5 || bits < 3,
                PacketError::NotInVersion,
            );
            self.u8(bits);
        }
    }

    /// The end of most packets: a reason code and properties, both left out where that means the same.
    #[inline(never)]
    fn reason(
        &mut self,
        version: Version,
        reason: ReasonCode,
        properties: Properties<'_>,
        place: place::Place,
    ) -> Facts {
        self.require(reason.fits(place), PacketError::ReasonCode);
        let has_properties = !properties.is_empty();
        if !has_properties && reason == ReasonCode::Success {
            return Facts::default();
        }
        self.require(version == Version::V5, PacketError::NotInVersion);
        self.u8(reason as u8);
        if has_properties {
            self.properties(version, properties, place)
        } else {
            Facts::default()
        }
    }
}
