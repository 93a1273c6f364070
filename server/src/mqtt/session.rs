//! What the broker knows of one client, over its connections.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mqtt_protocol_core::mqtt::Connection;
use mqtt_protocol_core::mqtt::packet::{Packet, Qos, StorePacket, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::role;
use tokio::time::Instant;

use super::broker::LinkId;
use super::filter::Filter;
use super::message::{Delivery, Message};
use crate::limits;

pub struct Subscription {
    pub text: String,
    pub filter: Filter,
    pub qos: Qos,
    pub no_local: bool,
    pub retain_as_published: bool,
    pub identifier: Option<u32>,
}

/// What is published when the client is gone without a word.
pub struct Will {
    pub message: Arc<Message>,
    pub delay: Duration,
}

#[derive(Default)]
pub struct Session {
    pub subscriptions: Vec<Subscription>,
    pub link: Option<LinkId>,
    /// How long it is kept without a connection.
    pub keep: Duration,
    /// Until when it is kept, once there is no connection.
    pub until: Option<Instant>,
    /// The will that is due later.
    pub will: Option<(Instant, Arc<Message>)>,
    queue: VecDeque<Delivery>,
    queued: usize,
    flow: Flow,
}

/// Acknowledgements that were under way when the connection ended.
#[derive(Default)]
struct Flow {
    packets: Vec<StorePacket>,
    received: Vec<u16>,
}

impl Session {
    /// Adds a subscription or replaces the one with the same filter; says whether it is new. Nothing if there are too many.
    pub fn subscribe(&mut self, subscription: Subscription) -> Option<bool> {
        let all = &mut self.subscriptions;
        if let Some(place) = all.iter_mut().find(|it| it.text == subscription.text) {
            *place = subscription;
            return Some(false);
        }
        if all.len() >= limits::MQTT_SUBSCRIPTIONS {
            return None;
        }
        all.push(subscription);
        Some(true)
    }

    /// Whether there was such a subscription.
    pub fn unsubscribe(&mut self, text: &str) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|it| it.text != text);
        self.subscriptions.len() < before
    }

    /// Queues a message; a full queue takes no more, and what is sent at most once does not wait for a connection.
    pub fn push(&mut self, delivery: Delivery) {
        if self.link.is_none() && delivery.qos == Qos::AtMostOnce {
            return;
        }
        let size = delivery.message.size();
        let full = self.queue.len() >= limits::MQTT_QUEUE_MESSAGES
            || self.queued.saturating_add(size) > limits::MQTT_QUEUE_BYTES;
        if !full {
            self.queued += size;
            self.queue.push_back(delivery);
        }
    }

    /// The next message, if it needs no more acknowledgements than `vacancy`. What has expired is dropped.
    pub fn pop(&mut self, vacancy: usize) -> Option<Delivery> {
        loop {
            let next = self.queue.front()?;
            if next.qos != Qos::AtMostOnce && vacancy == 0 {
                return None;
            }
            let delivery = self.queue.pop_front()?;
            self.queued = self.queued.saturating_sub(delivery.message.size());
            if !delivery.message.is_expired() {
                return Some(delivery);
            }
        }
    }

    /// Keeps what is under way on a connection that ends.
    pub fn keep_flow(&mut self, connection: &Connection<role::Server>) {
        self.flow = Flow {
            packets: connection.get_stored_packets(),
            received: connection.get_qos2_publish_handled().into_iter().collect(),
        };
        // What was sent at most once is not sent again.
        self.queue.retain(|it| it.qos != Qos::AtMostOnce);
        self.queued = self.queue.iter().map(|it| it.message.size()).sum();
    }

    /// Gives a new connection what was under way; returns how many acknowledgements are awaited. Packets of another version of
    /// the protocol are translated.
    pub fn resume_flow(&mut self, connection: &mut Connection<role::Server>, v5: bool) -> usize {
        let Flow { packets, received } = std::mem::take(&mut self.flow);
        let packets: Vec<_> = packets
            .into_iter()
            .filter_map(|packet| in_version(packet, v5))
            .collect();
        let awaited = packets.len();
        connection.restore_packets(packets);
        connection.restore_qos2_publish_handled(received.into_iter().collect());
        awaited
    }
}

/// A packet as the other version says it, for a client that comes back with that one.
fn in_version(packet: StorePacket, v5: bool) -> Option<StorePacket> {
    let delivery = |message, qos, retain| Delivery {
        message: Arc::new(message),
        qos,
        retain,
        identifiers: Vec::new(),
    };
    let other: Packet = match &packet {
        StorePacket::V3_1_1Publish(it) if v5 => {
            delivery(Message::from_v3(it), it.qos(), it.retain()).to_v5(it.packet_id())?
        }
        StorePacket::V5_0Publish(it) if !v5 => {
            delivery(Message::from_v5(it), it.qos(), it.retain()).to_v3(it.packet_id())?
        }
        StorePacket::V3_1_1Pubrel(it) if v5 => v5_0::Pubrel::builder()
            .packet_id(it.packet_id())
            .build()
            .ok()?
            .into(),
        StorePacket::V5_0Pubrel(it) if !v5 => v3_1_1::Pubrel::builder()
            .packet_id(it.packet_id())
            .build()
            .ok()?
            .into(),
        _ => return Some(packet),
    };
    match other {
        Packet::V3_1_1Publish(it) => it.set_dup(true).try_into().ok(),
        Packet::V5_0Publish(it) => it.set_dup(true).try_into().ok(),
        Packet::V3_1_1Pubrel(it) => it.try_into().ok(),
        Packet::V5_0Pubrel(it) => it.try_into().ok(),
        _ => None,
    }
}
