//! From packets to bytes. Everything is checked and counted first; what is refused leaves the buffer as it was.

use super::place;
use super::property::{self, Properties, PropertyId};
use super::wire;
use super::{
    Ack, AckKind, Auth, Connect, Disconnect, PacketError, PingReq, Publish, QoS, ReasonCode,
    Subscribe, Subscription, Unsubscribe, Version, Will,
};
use crate::subprotocol::mqtt::topic;

impl Connect<'_> {
    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// The caller's: a text or property that MQTT cannot carry, a will with a topic that is none, what MQTT 3.1.1 does not have,
    /// and there an empty [`client_id`](Connect::client_id) without a clean start or a password without a user name.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), PacketError> {
        let mut flags = u8::from(self.clean_start) << 1;
        let mut remaining = 10;
        add(
            &mut remaining,
            properties_length(version, self.properties, place::CONNECT)?,
        );
        add(&mut remaining, text_length(self.client_id)?);
        if let Some(will) = self.will {
            flags |= 4 | (will.qos as u8) << 3 | u8::from(will.retain) << 5;
            add(&mut remaining, will_length(version, &will)?);
        }
        if let Some(user_name) = self.user_name {
            flags |= 0x80;
            add(&mut remaining, text_length(user_name)?);
        }
        if let Some(password) = self.password {
            flags |= 0x40;
            add(&mut remaining, binary_length(password)?);
        }
        if version == Version::V311 {
            if self.client_id.is_empty() && !self.clean_start {
                return Err(PacketError::ClientIdentifier);
            }
            if self.password.is_some() && self.user_name.is_none() {
                return Err(PacketError::UserName);
            }
        }
        begin(out, 0x10, remaining, 0, u32::MAX)?;
        wire::put_binary(out, b"MQTT");
        out.extend_from_slice(&[version as u8, flags]);
        wire::put_u16(out, self.keep_alive);
        put_properties(version, out, self.properties);
        wire::put_binary(out, self.client_id.as_bytes());
        if let Some(will) = self.will {
            put_properties(version, out, will.properties);
            wire::put_binary(out, will.topic.as_bytes());
            wire::put_binary(out, will.payload);
        }
        if let Some(user_name) = self.user_name {
            wire::put_binary(out, user_name.as_bytes());
        }
        if let Some(password) = self.password {
            wire::put_binary(out, password);
        }
        Ok(())
    }
}

fn will_length(version: Version, will: &Will<'_>) -> Result<usize, PacketError> {
    topic::check_name(will.topic)?;
    let mut length = properties_length(version, will.properties, place::WILL)?;
    add(&mut length, text_length(will.topic)?);
    add(&mut length, binary_length(will.payload)?);
    Ok(length)
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
        if !self.topic.is_empty() || self.topic_alias.is_none() {
            topic::check_name(self.topic)?;
        }
        let mut remaining = text_length(self.topic)?;
        if self.packet_id.is_some() != (self.qos != QoS::AtMostOnce) {
            return Err(PacketError::PacketIdentifier);
        }
        if self.dup && self.qos == QoS::AtMostOnce {
            return Err(PacketError::QoS);
        }
        if self.topic_alias.is_some() && version == Version::V311 {
            return Err(PacketError::NotInVersion);
        }
        if self.packet_id.is_some() {
            add(&mut remaining, 2);
        }
        // The alias stands before the other properties and counts among them.
        let alias = if self.topic_alias.is_some() { 3 } else { 0 };
        let block = properties_length_behind(version, self.properties, alias, place::PUBLISH_OUT)?;
        add(&mut remaining, block);
        let flags = u8::from(self.dup) << 3 | (self.qos as u8) << 1 | u8::from(self.retain);
        begin(out, 0x30 | flags, remaining, payload_length, maximum)?;
        wire::put_binary(out, self.topic.as_bytes());
        if let Some(packet_id) = self.packet_id {
            wire::put_u16(out, packet_id.get());
        }
        if version == Version::V5 {
            wire::put_variable(out, (alias + self.properties.as_bytes().len()) as u32);
            if let Some(topic_alias) = self.topic_alias {
                out.push(PropertyId::TopicAlias as u8);
                wire::put_u16(out, topic_alias.get());
            }
            out.extend_from_slice(self.properties.as_bytes());
        }
        Ok(())
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
        let id = self.packet_id.get().to_be_bytes();
        put_reason(
            version,
            out,
            first,
            &id,
            self.reason,
            self.properties,
            place,
            maximum,
        )
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
        let mut remaining = 2;
        add(
            &mut remaining,
            properties_length(version, self.properties, place::SUBSCRIBE)?,
        );
        for subscription in self.subscriptions {
            check_options(version, subscription)?;
            add(&mut remaining, filter_length(subscription.filter)?);
            add(&mut remaining, 1);
        }
        if self.subscriptions.is_empty() {
            return Err(PacketError::Empty);
        }
        begin(out, 0x82, remaining, 0, maximum)?;
        wire::put_u16(out, self.packet_id.get());
        put_properties(version, out, self.properties);
        for subscription in self.subscriptions {
            wire::put_binary(out, subscription.filter.as_bytes());
            out.push(option_bits(subscription));
        }
        Ok(())
    }
}

fn check_options(version: Version, subscription: &Subscription<'_>) -> Result<(), PacketError> {
    if subscription.options.no_local && topic::is_shared(subscription.filter) {
        return Err(PacketError::NoLocal);
    }
    if version == Version::V311 && option_bits(subscription) > 2 {
        return Err(PacketError::NotInVersion);
    }
    Ok(())
}

fn option_bits(subscription: &Subscription<'_>) -> u8 {
    let options = subscription.options;
    options.qos as u8
        | u8::from(options.no_local) << 2
        | u8::from(options.retain_as_published) << 3
        | (options.retain_handling as u8) << 4
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
        let mut remaining = 2;
        add(
            &mut remaining,
            properties_length(version, self.properties, place::UNSUBSCRIBE)?,
        );
        for filter in self.filters {
            add(&mut remaining, filter_length(filter)?);
        }
        if self.filters.is_empty() {
            return Err(PacketError::Empty);
        }
        begin(out, 0xa2, remaining, 0, maximum)?;
        wire::put_u16(out, self.packet_id.get());
        put_properties(version, out, self.properties);
        for filter in self.filters {
            wire::put_binary(out, filter.as_bytes());
        }
        Ok(())
    }
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
        put_reason(
            version,
            out,
            0xe0,
            &[],
            self.reason,
            self.properties,
            place::DISCONNECT_OUT,
            maximum,
        )
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
        if version == Version::V311 {
            return Err(PacketError::NotInVersion);
        }
        if self
            .properties
            .get(PropertyId::AuthenticationMethod)
            .is_none()
        {
            return Err(PacketError::AuthenticationMethod);
        }
        put_reason(
            version,
            out,
            0xf0,
            &[],
            self.reason,
            self.properties,
            place::AUTH_OUT,
            maximum,
        )
    }
}

/// Packets that end with a reason code and properties, both left out where that means the same.
#[expect(clippy::too_many_arguments, reason = "one body for six packets")]
fn put_reason(
    version: Version,
    out: &mut Vec<u8>,
    first: u8,
    id: &[u8],
    reason: ReasonCode,
    properties: Properties<'_>,
    place: place::Place,
    maximum: u32,
) -> Result<(), PacketError> {
    if !reason.fits(place) {
        return Err(PacketError::ReasonCode);
    }
    let block = properties_length(version, properties, place)?;
    let has_properties = !properties.is_empty();
    let has_reason = has_properties || reason != ReasonCode::Success;
    if has_reason && version == Version::V311 {
        return Err(PacketError::NotInVersion);
    }
    let mut remaining = id.len() + usize::from(has_reason);
    if has_properties {
        add(&mut remaining, block);
    }
    begin(out, first, remaining, 0, maximum)?;
    out.extend_from_slice(id);
    if has_reason {
        out.push(reason as u8);
    }
    if has_properties {
        put_properties(version, out, properties);
    }
    Ok(())
}

/// Writes the fixed header, unless the packet is too large for the protocol or for the server. `later` bytes of the remaining
/// length are written elsewhere.
fn begin(
    out: &mut Vec<u8>,
    first: u8,
    remaining: usize,
    later: usize,
    maximum: u32,
) -> Result<(), PacketError> {
    let whole = remaining.saturating_add(later);
    let length = u32::try_from(whole)
        .ok()
        .filter(|&length| length <= wire::VARIABLE_MAX);
    let length = length.ok_or(PacketError::TooLarge)?;
    let header = 1 + wire::variable_length(length);
    if length.saturating_add(header as u32) > maximum {
        return Err(PacketError::TooLarge);
    }
    out.reserve(header + remaining);
    out.push(first);
    wire::put_variable(out, length);
    Ok(())
}

fn properties_length(
    version: Version,
    properties: Properties<'_>,
    place: place::Place,
) -> Result<usize, PacketError> {
    properties_length_behind(version, properties, 0, place)
}

/// How many bytes checked properties take with the length before them, `before` bytes of other ones included.
fn properties_length_behind(
    version: Version,
    properties: Properties<'_>,
    before: usize,
    place: place::Place,
) -> Result<usize, PacketError> {
    if version == Version::V311 {
        return if properties.is_empty() {
            Ok(0)
        } else {
            Err(PacketError::NotInVersion)
        };
    }
    property::check(properties, place)?;
    let length = before.saturating_add(properties.as_bytes().len());
    Ok(length.saturating_add(wire::variable_length(
        u32::try_from(length).unwrap_or(u32::MAX),
    )))
}

fn put_properties(version: Version, out: &mut Vec<u8>, properties: Properties<'_>) {
    if version == Version::V5 {
        wire::put_variable(out, properties.as_bytes().len() as u32);
        out.extend_from_slice(properties.as_bytes());
    }
}

fn filter_length(filter: &str) -> Result<usize, PacketError> {
    topic::check_filter(filter)?;
    text_length(filter)
}

fn text_length(text: &str) -> Result<usize, PacketError> {
    wire::check_text(text)?;
    Ok(2 + text.len())
}

fn binary_length(bytes: &[u8]) -> Result<usize, PacketError> {
    wire::check_length(bytes)?;
    Ok(2 + bytes.len())
}

/// Adds without wrapping: what is absurdly long stays too long.
fn add(sum: &mut usize, length: usize) {
    *sum = sum.saturating_add(length);
}
