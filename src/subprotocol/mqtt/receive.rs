//! Packets from the broker, one after the other.

use super::event::{Event, Message, Span};
use super::flights::{Past, Phase};
use super::machine::{Link, Mqtt, Received};
use super::packet::{
    Ack, AckKind, Decoded, Packet, PacketId, Properties, PropertyId, Publish, QoS, ReasonCode,
    SubAck, Value, decode,
};
use crate::session::{News, Verdict};

impl Mqtt {
    /// The topic name of a message. One that has only an alias holds until the next output is polled.
    pub fn topic(&self, message: &Message) -> &str {
        if message.topic.length == 0 {
            return self.aliases_in.get(message.alias);
        }
        // Decoding has checked it.
        core::str::from_utf8(self.bytes(message.topic)).unwrap_or_default()
    }

    /// The subscriptions that the message polled last is for, by their numbers.
    pub fn routes(&self) -> &[u32] {
        &self.routes
    }

    /// Acknowledges a message of QoS 1 or 2, where [`manual_acknowledgements`](super::Options::manual_acknowledgements) is
    /// on; it leaves when those before it have. False if that was done before, or the connection has ended, after which the
    /// broker sends the message again.
    pub fn acknowledge(&mut self, id: PacketId) -> bool {
        if !self.is_up() || !self.acknowledgements.give(id) {
            return false;
        }
        while let Some(due) = self.acknowledgements.pop() {
            self.take_in(due.id, due.qos);
        }
        true
    }

    /// Reads the next packet of the input, with its event if it has one; `None` if there is no whole packet.
    pub(super) fn read_packet(&mut self) -> Option<Option<Event>> {
        if self.link == Link::Silent || self.generation != self.session.generation() {
            return None;
        }
        // What a packet says is borrowed from the input, which nothing changes meanwhile.
        let input = core::mem::take(&mut self.input);
        let rest = input.get(self.read..self.end).unwrap_or_default();
        let maximum = self.options.maximum_packet_size;
        let decoded = decode(self.options.version, rest, maximum);
        let event = match decoded {
            Ok(Decoded::Missing(_)) => {
                self.input = input;
                return None;
            }
            Ok(Decoded::Packet { packet, length }) => {
                self.read += length;
                self.on_packet(&input, packet)
            }
            Err(error) => {
                self.violate(error.reason_code(), Some(error));
                None
            }
        };
        self.input = input;
        Some(event)
    }

    fn on_packet(&mut self, input: &[u8], packet: Packet<'_>) -> Option<Event> {
        let at = |properties: Properties<'_>| span(input, properties.as_bytes());
        // Before CONNACK the broker says nothing else but AUTH (MQTT 5.0, section 3.2).
        let is_early =
            self.link == Link::Asked && !matches!(packet, Packet::ConnAck(_) | Packet::Auth(_));
        if is_early {
            self.violate(ReasonCode::ProtocolError, None);
            return None;
        }
        match packet {
            Packet::Publish(publish) => return self.on_publish(input, publish),
            Packet::Ack(ack) => self.on_ack(ack, at(ack.properties)),
            Packet::SubAck(ack) => self.on_suback(ack, at(ack.properties), false),
            Packet::UnsubAck(ack) => self.on_suback(ack, at(ack.properties), true),
            Packet::PingResp => {
                self.tell(News::Classified(Verdict::Pong(None)));
            }
            Packet::ConnAck(connack) => self.on_connack(connack, at(connack.properties)),
            Packet::Auth(auth) => self.on_auth(auth, at(auth.properties)),
            Packet::Disconnect(said) => self.on_disconnect(said, at(said.properties)),
        }
        None
    }

    fn on_publish(&mut self, input: &[u8], publish: Publish<'_>) -> Option<Event> {
        let alias = publish.topic_alias.map_or(0, |alias| alias.get());
        if alias > self.options.topic_alias_maximum {
            self.violate(ReasonCode::TopicAliasInvalid, None);
            return None;
        }
        if publish.topic.is_empty() {
            if self.aliases_in.get(alias).is_empty() {
                self.violate(ReasonCode::ProtocolError, None);
                return None;
            }
        } else if alias > 0 {
            self.aliases_in.set(alias, publish.topic);
        }
        if let Some(id) = publish.packet_id
            && !self.may_deliver(id, publish.qos, publish.dup)
        {
            return None;
        }
        self.find_routes(&publish, alias);
        Some(Event::Message(Message {
            topic: span(input, publish.topic.as_bytes()),
            alias,
            payload: span(input, publish.payload),
            properties: span(input, publish.properties.as_bytes()),
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            packet_id: publish.packet_id,
        }))
    }

    /// Whether a message of QoS 1 or 2 is for the application: not if it is one of QoS 2 that has come before. It is
    /// acknowledged, or will be.
    fn may_deliver(&mut self, id: PacketId, qos: QoS, dup: bool) -> bool {
        if qos == QoS::ExactlyOnce
            && let Some(place) = self.place_of(id)
        {
            let known = self.received.swap_remove(place);
            if dup || !known.is_doubtful {
                self.received.push(Received {
                    is_fresh: true,
                    ..known
                });
                self.check_receive_maximum();
                self.say(AckKind::PubRec, id, ReasonCode::Success);
                return false;
            }
        }
        if !self.options.manual_acknowledgements {
            self.take_in(id, qos);
            return self.link != Link::Silent;
        }
        if qos == QoS::ExactlyOnce && self.acknowledgements.has(id) {
            return false;
        }
        self.acknowledgements.push(id, qos);
        self.check_receive_maximum();
        self.link != Link::Silent
    }

    fn place_of(&self, id: PacketId) -> Option<usize> {
        self.received.iter().position(|it| it.id == id)
    }

    /// Acknowledges a message; one of QoS 2 is known from now on, so that it is not taken twice.
    fn take_in(&mut self, id: PacketId, qos: QoS) {
        if qos == QoS::AtLeastOnce {
            return self.say(AckKind::PubAck, id, ReasonCode::Success);
        }
        self.received.push(Received {
            id,
            is_doubtful: false,
            is_fresh: true,
        });
        self.revision = self.revision.wrapping_add(1);
        self.check_receive_maximum();
        self.say(AckKind::PubRec, id, ReasonCode::Success);
    }

    /// More than we said to take at a time (MQTT 5.0, section 3.3.4)?
    fn check_receive_maximum(&mut self) {
        let fresh = self.received.iter().filter(|it| it.is_fresh).count();
        let under_way = fresh + self.acknowledgements.len();
        if self.is_v5() && under_way > usize::from(self.options.receive_maximum.max(1)) {
            self.violate(ReasonCode::ReceiveMaximumExceeded, None);
        }
    }

    /// Finds the subscriptions that a message is for: the broker says it exactly, or the filters tell.
    fn find_routes(&mut self, publish: &Publish<'_>, alias: u16) {
        self.routes.clear();
        let topic = if publish.topic.is_empty() {
            self.aliases_in.get(alias)
        } else {
            publish.topic
        };
        let doubted = self.has_foreign_session.then_some(topic);
        for property in publish.properties {
            if let (PropertyId::SubscriptionIdentifier, Value::Number(number)) =
                (property.id, property.value)
                && self.subscriptions.is_route(number, doubted)
                // As often as there are subscriptions, and not as often as a packet can repeat them.
                && self.routes.len() < self.subscriptions.len()
            {
                self.routes.push(number);
            }
        }
        if self.routes.is_empty() {
            self.subscriptions.find_routes(topic, &mut self.routes);
        }
    }

    pub(super) fn say(&mut self, kind: AckKind, packet_id: PacketId, reason: ReasonCode) {
        if self.link == Link::Silent {
            return;
        }
        let ack = Ack {
            kind,
            packet_id,
            // MQTT 3.1.1 has none but success.
            reason: if self.is_v5() {
                reason
            } else {
                ReasonCode::Success
            },
            properties: Properties::NONE,
        };
        let _ = ack.encode(self.options.version, u32::MAX, &mut self.out);
    }

    fn on_ack(&mut self, ack: Ack<'_>, properties: Span) {
        let (id, reason) = (ack.packet_id, ack.reason);
        if ack.kind == AckKind::PubRel {
            let place = self.place_of(id);
            if let Some(place) = place {
                self.received.swap_remove(place);
            }
            self.revision = self.revision.wrapping_add(1);
            let answer = if place.is_some() {
                ReasonCode::Success
            } else {
                ReasonCode::PacketIdentifierNotFound
            };
            return self.say(AckKind::PubComp, id, answer);
        }
        let phase = self.flights.find(id).map(|flight| flight.phase);
        match (ack.kind, phase) {
            (AckKind::PubAck, Some(Phase::Sent(QoS::AtLeastOnce)))
            | (AckKind::PubComp, Some(Phase::Released)) => self.settle(id, reason, properties),
            (AckKind::PubRec, Some(Phase::Sent(QoS::ExactlyOnce))) if reason.is_failure() => {
                self.settle(id, reason, properties);
            }
            (AckKind::PubRec, Some(Phase::Sent(QoS::ExactlyOnce))) => {
                self.flights.set_phase(id, Phase::Released);
                self.revision = self.revision.wrapping_add(1);
                self.say(AckKind::PubRel, id, ReasonCode::Success);
            }
            (AckKind::PubRec, Some(Phase::Released)) => {
                self.say(AckKind::PubRel, id, ReasonCode::Success);
            }
            // The broker has a message that we know nothing of: a page before this one has sent it.
            (AckKind::PubRec, None) => {
                self.say(AckKind::PubRel, id, ReasonCode::PacketIdentifierNotFound);
            }
            _ => self.violate(ReasonCode::ProtocolError, None),
        }
    }

    /// The broker has answered a message for the last time.
    fn settle(&mut self, id: PacketId, reason: ReasonCode, properties: Span) {
        self.revision = self.revision.wrapping_add(1);
        self.ids.release(id);
        let Some(flight) = self.flights.remove(id) else {
            return;
        };
        let Some(ticket) = flight.ticket else {
            return self.set_window();
        };
        if !self.session.acknowledge(self.now, ticket) {
            return;
        }
        let is_unknown = reason == ReasonCode::PacketIdentifierNotFound;
        self.events.push(match flight.past {
            Past::Doubtful if is_unknown => Event::SessionLost { ticket },
            // The broker had let go of it when the connection broke, and only its last answer was lost.
            Past::Known if is_unknown => Event::Acknowledged {
                ticket,
                reason: ReasonCode::Success,
                properties,
            },
            _ => Event::Acknowledged {
                ticket,
                reason,
                properties,
            },
        });
    }

    fn on_suback(&mut self, ack: SubAck<'_>, properties: Span, leaves: bool) {
        let Some(request) = self.subscriptions.answered(ack.packet_id, leaves) else {
            return self.violate(ReasonCode::ProtocolError, None);
        };
        let mut reasons = ack.reasons();
        let count = reasons.len();
        let reason = reasons.next().unwrap_or(ReasonCode::Success);
        // UNSUBACK of MQTT 3.1.1 has no reasons.
        if count > 1 {
            return self.violate(ReasonCode::ProtocolError, None);
        }
        self.ids.release(request.id);
        self.on_subscription(request.number, reason, properties, leaves);
        self.send_due();
    }
}

/// Where a part of the input is.
fn span(input: &[u8], part: &[u8]) -> Span {
    let at = (part.as_ptr() as usize).wrapping_sub(input.as_ptr() as usize);
    if part.is_empty() || at > input.len() {
        return Span::default();
    }
    Span {
        at: at as u32,
        length: part.len() as u32,
    }
}
