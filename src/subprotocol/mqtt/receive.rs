//! Packets from the broker, one after the other.

use super::event::{Kind, Message, Span};
use super::flights::{Flight, Past, Phase};
use super::machine::{Link, Mqtt};
use super::packet::decode::{self, Answer};
use super::packet::{AckKind, PacketId, PropertyId, Publish, QoS, Reader, ReasonCode, Value};
use crate::session::{News, Verdict};

impl Mqtt {
    /// The topic name of a message. One that has only an alias holds until the next output is polled.
    pub fn topic(&self, message: &Message) -> &str {
        // Decoding has checked it.
        core::str::from_utf8(self.topic_bytes(message)).unwrap_or_default()
    }

    pub(crate) fn topic_bytes(&self, message: &Message) -> &[u8] {
        if message.topic.length == 0 {
            return self.aliases_in.get(message.alias).as_bytes();
        }
        self.bytes(message.topic)
    }

    /// The subscriptions that the message polled last is for, by their numbers.
    pub fn routes(&self) -> &[u32] {
        &self.routes
    }

    /// Acknowledges a message of QoS 1 or 2, where [`manual_acknowledgements`](super::Options::manual_acknowledgements) is
    /// on; it leaves when those before it have. False if that was done before, or the connection has ended, after which the
    /// broker sends the message again.
    pub fn acknowledge(&mut self, id: PacketId) -> bool {
        let is_up = self.is_up();
        let mut received = self.received.iter_mut();
        let Some(it) = received.find(|it| it.id == id) else {
            return false;
        };
        it.phase = match it.phase {
            Phase::Arrived1 if is_up => Phase::Given1,
            Phase::Arrived2 if is_up => Phase::Given2,
            _ => return false,
        };
        while let Some(place) = self.place_of(|it| it.phase != Phase::Received)
            && let Some(&Flight { id, phase, .. }) = self.received.get(place)
            && phase >= Phase::Given1
        {
            self.received.remove(place);
            let is_twice = phase == Phase::Given2;
            self.take_in(id, is_twice);
        }
        true
    }

    /// Reads the next packet of the input; false if there is no whole packet.
    pub(super) fn read_packet(&mut self) -> bool {
        if self.link == Link::Silent || self.generation != self.session.generation() {
            return false;
        }
        // What a packet says is borrowed from the input, which nothing changes meanwhile.
        let input = core::mem::take(&mut self.input);
        let is_read = self.read_from(&input);
        self.input = input;
        is_read
    }

    fn read_from(&mut self, input: &[u8]) -> bool {
        let rest = input.get(self.read..self.end).unwrap_or_default();
        let version = self.options.version;
        let (header, length) = match decode::head(version, rest, self.options.maximum_packet_size) {
            Ok(decode::Head::Packet { header, length }) => (header, length),
            Ok(decode::Head::Missing(_)) => return false,
            Err(error) => {
                self.violate_by(error);
                return true;
            }
        };
        let (Some(body), Some(first)) = (rest.get(header..length), rest.first()) else {
            return false;
        };
        self.read += length;
        let kind = first >> 4;
        let mut body = Reader::new(body);
        if kind == decode::PUBLISH {
            let publish = decode::publish(version, *first, &mut body);
            if self.may_come(kind, &body) {
                self.on_publish(input, &publish);
            }
        } else {
            let answer = decode::answer(version, kind, &mut body);
            if self.may_come(kind, &body) {
                let properties = span(input, answer.properties.as_bytes());
                self.on_answer(kind, &answer, properties);
            }
        }
        true
    }

    /// Whether a packet was well formed, and may come now. It is a violation if not.
    #[inline(never)]
    fn may_come(&mut self, kind: u8, body: &Reader<'_>) -> bool {
        if let Some(error) = body.error() {
            self.violate_by(error);
            return false;
        }
        // Before CONNACK the broker says nothing else but AUTH (MQTT 5.0, section 3.2).
        if self.link == Link::Asked && !matches!(kind, decode::CONNACK | decode::AUTH) {
            self.violate(ReasonCode::ProtocolError);
            return false;
        }
        true
    }

    fn on_answer(&mut self, kind: u8, answer: &Answer<'_>, properties: Span) {
        match kind {
            decode::CONNACK => self.on_connack(answer, properties),
            decode::SUBACK | decode::UNSUBACK => {
                self.on_suback(answer, properties, kind == decode::UNSUBACK);
            }
            decode::PINGRESP => {
                self.tell(News::Classified(Verdict::Pong(None)));
            }
            decode::DISCONNECT => self.dismiss(Kind::Disconnected, answer.reason, properties),
            decode::AUTH => self.on_auth(answer, properties),
            _ => self.on_ack(kind, answer.packet_id, answer.reason, properties),
        }
    }

    fn on_publish(&mut self, input: &[u8], publish: &Publish<'_>) {
        let alias = publish.topic_alias.map_or(0, |alias| alias.get());
        if alias > self.options.topic_alias_maximum {
            return self.violate(ReasonCode::TopicAliasInvalid);
        }
        if publish.topic.is_empty() {
            if self.aliases_in.get(alias).is_empty() {
                return self.violate(ReasonCode::ProtocolError);
            }
        } else if alias > 0 {
            self.aliases_in.set(alias, publish.topic);
        }
        if let Some(id) = publish.packet_id
            && !self.may_deliver(id, publish.qos, publish.dup)
        {
            return;
        }
        self.find_routes(publish, alias);
        self.message = Message {
            topic: span(input, publish.topic.as_bytes()),
            alias,
            payload: span(input, publish.payload),
            properties: span(input, publish.properties.as_bytes()),
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            packet_id: publish.packet_id,
        };
        self.notify(Kind::Message, 0, 0, Span::default());
    }

    /// Whether a message of QoS 1 or 2 is for the application: not if it is one of QoS 2 that has come before. It is
    /// acknowledged, or will be.
    fn may_deliver(&mut self, id: PacketId, qos: QoS, dup: bool) -> bool {
        if qos == QoS::ExactlyOnce
            && let Some(place) = self.place_of(|it| it.id == id)
            && let Some(known) = self.received.get_mut(place)
        {
            if known.phase != Phase::Received {
                return false;
            }
            if dup || known.past != Past::Doubtful {
                known.is_fresh = true;
                self.check_receive_maximum();
                self.say(AckKind::PubRec, id, ReasonCode::Success);
                return false;
            }
            // Another message of a new session.
            self.received.remove(place);
        }
        let is_twice = qos == QoS::ExactlyOnce;
        if !self.options.manual_acknowledgements {
            self.take_in(id, is_twice);
        } else if is_twice {
            self.note_received(id, Phase::Arrived2);
        } else {
            self.note_received(id, Phase::Arrived1);
        }
        self.link != Link::Silent
    }

    fn place_of(&self, is_meant: impl Fn(&Flight) -> bool) -> Option<usize> {
        self.received.iter().position(is_meant)
    }

    #[inline(never)]
    fn note_received(&mut self, id: PacketId, phase: Phase) {
        self.received.push(Flight {
            id,
            ticket: None,
            phase,
            is_fresh: true,
            past: Past::None,
        });
        self.check_receive_maximum();
    }

    /// Acknowledges a message; one of QoS 2 is known from now on, so that it is not taken twice.
    fn take_in(&mut self, id: PacketId, is_twice: bool) {
        if !is_twice {
            return self.say(AckKind::PubAck, id, ReasonCode::Success);
        }
        self.revise();
        self.note_received(id, Phase::Received);
        self.say(AckKind::PubRec, id, ReasonCode::Success);
    }

    /// More than we said to take at a time (MQTT 5.0, section 3.3.4)?
    fn check_receive_maximum(&mut self) {
        let under_way = self.received.iter().filter(|it| it.is_fresh).count();
        if self.is_v5() && under_way > usize::from(self.options.receive_maximum.max(1)) {
            self.violate(ReasonCode::ReceiveMaximumExceeded);
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

    /// Writes an acknowledgement: four bytes, or with a reason code five, which are never too many.
    #[inline(never)]
    pub(super) fn say(&mut self, kind: AckKind, packet_id: PacketId, reason: ReasonCode) {
        if self.link == Link::Silent {
            return;
        }
        let flags = if kind == AckKind::PubRel { 2 } else { 0 };
        let [high, low] = packet_id.get().to_be_bytes();
        let first = (kind as u8) << 4 | flags;
        // MQTT 3.1.1 has none but success, which goes without saying.
        let has_reason = self.is_v5() && reason != ReasonCode::Success;
        let bytes = [first, 2 + u8::from(has_reason), high, low, reason as u8];
        let said = bytes.get(..4 + usize::from(has_reason));
        self.out.extend_from_slice(said.unwrap_or_default());
    }

    fn on_ack(&mut self, kind: u8, id: PacketId, reason: ReasonCode, properties: Span) {
        if kind == decode::PUBREL {
            let place = self.place_of(|it| it.id == id && it.phase == Phase::Received);
            self.revise();
            let answer = if let Some(place) = place {
                self.received.remove(place);
                ReasonCode::Success
            } else {
                ReasonCode::PacketIdentifierNotFound
            };
            return self.say(AckKind::PubComp, id, answer);
        }
        let phase = self.flights.phase(id);
        let answer = match (kind, phase) {
            (decode::PUBACK, Some(Phase::Sent1)) | (decode::PUBCOMP, Some(Phase::Released)) => {
                return self.settle(id, reason, properties);
            }
            (decode::PUBREC, Some(Phase::Sent2)) if reason.is_failure() => {
                return self.settle(id, reason, properties);
            }
            (decode::PUBREC, Some(Phase::Sent2)) => {
                self.flights.release(id);
                self.revise();
                ReasonCode::Success
            }
            (decode::PUBREC, Some(Phase::Released)) => ReasonCode::Success,
            // The broker has a message that we know nothing of: a page before this one has sent it.
            (decode::PUBREC, None) => ReasonCode::PacketIdentifierNotFound,
            _ => return self.violate(ReasonCode::ProtocolError),
        };
        self.say(AckKind::PubRel, id, answer);
    }

    /// The broker has answered a message for the last time.
    fn settle(&mut self, id: PacketId, reason: ReasonCode, properties: Span) {
        self.revise();
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
        let (kind, reason) = match flight.past {
            Past::Doubtful if is_unknown => (Kind::SessionLost, 0),
            // The broker had let go of it when the connection broke, and only its last answer was lost.
            Past::Known if is_unknown => (Kind::Acknowledged, 0),
            _ => (Kind::Acknowledged, reason as u32),
        };
        self.notify(kind, reason, ticket, properties);
    }

    fn on_suback(&mut self, ack: &Answer<'_>, properties: Span, leaves: bool) {
        let request = self.subscriptions.answered(ack.packet_id, leaves);
        let (Some(request), [] | [_]) = (request, ack.codes) else {
            return self.violate(ReasonCode::ProtocolError);
        };
        // UNSUBACK of MQTT 3.1.1 has none: all went well.
        let code = ack.codes.first().copied().unwrap_or_default();
        self.ids.release(request.id);
        self.on_subscription(request.number, code, properties, leaves);
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
