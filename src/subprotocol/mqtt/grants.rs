//! What the broker grants and limits, as its CONNACK says (MQTT 5.0, section 3.2.2.3). One of 3.1.1 says nothing.

use super::packet::{Properties, PropertyId, QoS, ReasonCode, Value};
use super::topic;

/// What the broker grants on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grants {
    /// How many messages of QoS 1 and 2 it takes at a time; `None` if it has not said.
    pub receive_maximum: Option<u16>,
    /// The highest quality of service it takes.
    pub maximum_qos: QoS,
    /// Whether it keeps retained messages.
    pub retain: bool,
    /// The largest packet it takes, in bytes; `u32::MAX` is no limit.
    pub maximum_packet_size: u32,
    /// The highest topic alias it takes; 0 is none.
    pub topic_alias_maximum: u16,
    /// Whether filters may have wildcards.
    pub wildcards: bool,
    /// Whether subscriptions may have identifiers.
    pub subscription_identifiers: bool,
    /// Whether subscriptions may be shared.
    pub shared: bool,
    /// How many seconds it keeps the session, where it differs from what was asked for.
    pub session_expiry_s: Option<u32>,
    /// The keep alive in seconds that it wants instead of ours.
    pub keep_alive_s: Option<u16>,
}

impl Default for Grants {
    fn default() -> Self {
        Grants {
            receive_maximum: None,
            maximum_qos: QoS::ExactlyOnce,
            retain: true,
            maximum_packet_size: u32::MAX,
            topic_alias_maximum: 0,
            wildcards: true,
            subscription_identifiers: true,
            shared: true,
            session_expiry_s: None,
            keep_alive_s: None,
        }
    }
}

impl Grants {
    /// Reads them from the properties of CONNACK, which decoding has checked.
    pub(super) fn read(properties: Properties<'_>) -> Self {
        let mut grants = Grants::default();
        for property in properties {
            let Value::Number(number) = property.value else {
                continue;
            };
            let (flag, short) = (number != 0, number as u16);
            match property.id {
                PropertyId::ReceiveMaximum => grants.receive_maximum = Some(short),
                PropertyId::MaximumQoS if flag => grants.maximum_qos = QoS::AtLeastOnce,
                PropertyId::MaximumQoS => grants.maximum_qos = QoS::AtMostOnce,
                PropertyId::RetainAvailable => grants.retain = flag,
                PropertyId::MaximumPacketSize => grants.maximum_packet_size = number,
                PropertyId::TopicAliasMaximum => grants.topic_alias_maximum = short,
                PropertyId::WildcardSubscriptionAvailable => grants.wildcards = flag,
                PropertyId::SubscriptionIdentifierAvailable => {
                    grants.subscription_identifiers = flag;
                }
                PropertyId::SharedSubscriptionAvailable => grants.shared = flag,
                PropertyId::SessionExpiryInterval => grants.session_expiry_s = Some(number),
                PropertyId::ServerKeepAlive => grants.keep_alive_s = Some(short),
                _ => {}
            }
        }
        grants
    }

    /// Why a message of that kind is not taken, if so.
    pub(super) fn refuse_message(&self, qos: QoS, retain: bool) -> Option<ReasonCode> {
        if qos > self.maximum_qos {
            Some(ReasonCode::QoSNotSupported)
        } else if retain && !self.retain {
            Some(ReasonCode::RetainNotSupported)
        } else {
            None
        }
    }

    /// Why a subscription is not taken, if so.
    pub(super) fn refuse_filter(&self, filter: &str) -> Option<ReasonCode> {
        if !self.wildcards && topic::has_wildcard(filter.as_bytes()) {
            Some(ReasonCode::WildcardSubscriptionsNotSupported)
        } else if !self.shared && topic::is_shared(filter) {
            Some(ReasonCode::SharedSubscriptionsNotSupported)
        } else {
            None
        }
    }
}
