//! SUBSCRIBE and UNSUBSCRIBE.

use std::sync::Arc;

use mqtt_protocol_core::mqtt::packet::{
    MqttString, Packet, Property, Qos, RetainHandling, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    SubackReasonCode, SubackReturnCode, UnsubackReasonCode,
};

use super::broker::{Broker, LinkId};
use super::filter::Filter;
use super::message::Delivery;
use super::session::Subscription;

impl Broker {
    pub(super) fn subscribe_v3(&mut self, id: LinkId, packet: &v3_1_1::Subscribe) {
        let codes = packet
            .entries()
            .iter()
            .map(|entry| {
                let options = entry.sub_opts();
                match self.subscribe(id, entry.topic_filter(), options.qos(), |_| {}) {
                    Ok((fresh, client)) => {
                        self.greet(&client, entry.topic_filter(), options.rh(), fresh);
                        match options.qos() {
                            Qos::AtMostOnce => SubackReturnCode::SuccessMaximumQos0,
                            Qos::AtLeastOnce => SubackReturnCode::SuccessMaximumQos1,
                            Qos::ExactlyOnce => SubackReturnCode::SuccessMaximumQos2,
                        }
                    }
                    Err(_) => SubackReturnCode::Failure,
                }
            })
            .collect();
        let answer = v3_1_1::Suback::builder()
            .packet_id(packet.packet_id())
            .return_codes(codes)
            .build();
        self.send(id, answer.map(Packet::from));
    }

    pub(super) fn subscribe_v5(&mut self, id: LinkId, packet: &v5_0::Subscribe) {
        let identifier = packet.props().iter().find_map(|property| match property {
            Property::SubscriptionIdentifier(it) => Some(it.val()),
            _ => None,
        });
        let codes = packet
            .entries()
            .iter()
            .map(|entry| {
                let options = entry.sub_opts();
                let complete = |subscription: &mut Subscription| {
                    subscription.no_local = options.nl();
                    subscription.retain_as_published = options.rap();
                    subscription.identifier = identifier;
                };
                match self.subscribe(id, entry.topic_filter(), options.qos(), complete) {
                    Ok((fresh, client)) => {
                        self.greet(&client, entry.topic_filter(), options.rh(), fresh);
                        match options.qos() {
                            Qos::AtMostOnce => SubackReasonCode::GrantedQos0,
                            Qos::AtLeastOnce => SubackReasonCode::GrantedQos1,
                            Qos::ExactlyOnce => SubackReasonCode::GrantedQos2,
                        }
                    }
                    Err(code) => code,
                }
            })
            .collect();
        let answer = v5_0::Suback::builder()
            .packet_id(packet.packet_id())
            .reason_codes(codes)
            .build();
        self.send(id, answer.map(Packet::from));
    }

    /// Whether the subscription is new, and whose it is.
    fn subscribe(
        &mut self,
        id: LinkId,
        text: &str,
        qos: Qos,
        complete: impl FnOnce(&mut Subscription),
    ) -> Result<(bool, String), SubackReasonCode> {
        let filter = Filter::parse(text).ok_or(SubackReasonCode::TopicFilterInvalid)?;
        let mut subscription = Subscription {
            text: text.to_owned(),
            filter,
            qos,
            no_local: false,
            retain_as_published: false,
            identifier: None,
        };
        complete(&mut subscription);
        let client = self.links.get(&id).and_then(|link| link.client.clone());
        let client = client.ok_or(SubackReasonCode::UnspecifiedError)?;
        let session = self.sessions.get_mut(&client);
        let session = session.ok_or(SubackReasonCode::UnspecifiedError)?;
        let fresh = session.subscribe(subscription);
        Ok((fresh.ok_or(SubackReasonCode::QuotaExceeded)?, client))
    }

    /// Hands a subscriber the retained messages, as it asked for.
    fn greet(&mut self, client: &str, text: &str, handling: RetainHandling, fresh: bool) {
        let wanted = match handling {
            RetainHandling::SendRetained => true,
            RetainHandling::SendRetainedIfNotExists => fresh,
            RetainHandling::DoNotSendRetained => false,
        };
        let Some(session) = self.sessions.get_mut(client) else {
            return;
        };
        let found = session.subscriptions.iter().find(|it| it.text == text);
        let Some(subscription) = found.filter(|it| wanted && it.filter.share.is_none()) else {
            return;
        };
        let deliveries: Vec<_> = self
            .retained
            .values()
            .filter(|message| subscription.filter.matches(&message.topic))
            .map(|message| Delivery {
                message: Arc::clone(message),
                qos: message.qos.min(subscription.qos),
                retain: true,
                identifiers: subscription.identifier.into_iter().collect(),
            })
            .collect();
        for delivery in deliveries {
            session.push(delivery);
        }
    }

    pub(super) fn unsubscribe(
        &mut self,
        id: LinkId,
        filters: &[MqttString],
    ) -> Vec<UnsubackReasonCode> {
        let client = self.links.get(&id).and_then(|link| link.client.as_ref());
        let mut session = client.and_then(|client| self.sessions.get_mut(client));
        filters
            .iter()
            .map(|filter| {
                let session = session.as_mut();
                if session.is_some_and(|it| it.unsubscribe(filter.as_str())) {
                    UnsubackReasonCode::Success
                } else {
                    UnsubackReasonCode::NoSubscriptionExisted
                }
            })
            .collect()
    }
}
