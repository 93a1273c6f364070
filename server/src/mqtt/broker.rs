//! Sessions, links, retained messages, and how a message gets from one to the others.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, Qos, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::{DisconnectReasonCode, MqttError};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::connect::{self, Request};
use super::filter;
use super::link::Link;
use super::message::{Delivery, Message};
use super::session::Session;
use crate::limits;

/// The number of a link; none is used twice.
pub type LinkId = u64;

/// What a link has to send, and whether it ends after that.
#[derive(Debug, Default)]
pub struct Output {
    pub packets: Vec<Vec<u8>>,
    pub close: Option<(u16, &'static str)>,
}

/// The broker; see the module.
#[derive(Default)]
pub struct Broker {
    pub(super) sessions: HashMap<String, Session>,
    pub(super) links: HashMap<LinkId, Link>,
    pub(super) retained: BTreeMap<String, Arc<Message>>,
    retained_bytes: usize,
    last_link: LinkId,
    turns: usize,
}

impl Broker {
    /// A new connection, and what tells it that there is something to [`pump`](Self::pump).
    pub fn open(&mut self) -> (LinkId, Arc<Notify>) {
        self.last_link += 1;
        let link = Link::new();
        let wake = Arc::clone(&link.wake);
        self.links.insert(self.last_link, link);
        (self.last_link, wake)
    }

    /// Bytes of a client; packets may be split and merged in any way.
    pub fn receive(&mut self, id: LinkId, bytes: &[u8]) -> Output {
        let mut cursor = Cursor::new(bytes);
        while cursor.position() < bytes.len() as u64 {
            let Some(link) = self.links.get_mut(&id) else {
                break;
            };
            if link.out.close.is_some() {
                break;
            }
            let events = link.connection.recv(&mut cursor);
            let failed = events.iter().any(|it| matches!(it, Event::NotifyError(_)));
            self.apply(id, events);
            if failed && let Some(link) = self.links.get_mut(&id) {
                // The engine leaves it to us whether what comes before CONNECT ends the connection.
                link.out.close.get_or_insert((1002, "protocol error"));
            }
        }
        self.pump(id)
    }

    /// What there is to send by now: messages, answers, the end that is due.
    pub fn pump(&mut self, id: LinkId) -> Output {
        self.lapse();
        self.judge(id);
        for _ in 0..limits::MQTT_BATCH {
            let Some(delivery) = self.next_delivery(id) else {
                return self.take_output(id);
            };
            self.deliver(id, &delivery);
        }
        let output = self.take_output(id);
        if let Some(link) = self.links.get(&id) {
            link.wake.notify_one(); // there may be more
        }
        output
    }

    /// When to pump at the latest.
    pub fn deadline(&self, id: LinkId) -> Option<Instant> {
        let link = self.links.get(&id)?;
        let wills = self.sessions.values().filter_map(|it| it.will.as_ref());
        [link.connect_by, link.alive_until]
            .into_iter()
            .flatten()
            .chain(wills.map(|(at, _)| *at))
            .min()
    }

    /// The connection is gone, whoever ended it.
    pub fn close(&mut self, id: LinkId) {
        self.leave(id);
        self.links.remove(&id);
    }

    fn take_output(&mut self, id: LinkId) -> Output {
        self.links
            .get_mut(&id)
            .map(|link| std::mem::take(&mut link.out))
            .unwrap_or_default()
    }

    /// Ends a link whose client is silent for too long.
    fn judge(&mut self, id: LinkId) {
        let now = Instant::now();
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        if link.connect_by.is_some_and(|at| at <= now) {
            link.connect_by = None;
            link.out.close.get_or_insert((1000, "no CONNECT"));
        }
        if link.alive_until.is_some_and(|at| at <= now) {
            link.alive_until = None;
            let events = link.connection.notify_timer_fired(TimerKind::PingreqRecv);
            self.apply(id, events);
        }
    }

    fn next_delivery(&mut self, id: LinkId) -> Option<Delivery> {
        let link = self.links.get(&id)?;
        if link.out.close.is_some() {
            return None;
        }
        let session = self.sessions.get_mut(link.client.as_ref()?)?;
        session.pop(link.vacancy())
    }

    fn deliver(&mut self, id: LinkId, delivery: &Delivery) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let packet_id = match delivery.qos {
            Qos::AtMostOnce => None,
            _ => match link.connection.acquire_packet_id() {
                Ok(packet_id) => Some(packet_id),
                Err(_) => return,
            },
        };
        let packet = if link.v5 {
            delivery.to_v5(packet_id)
        } else {
            delivery.to_v3(packet_id)
        };
        let sent = link.out.packets.len();
        if let Some(packet) = packet {
            let events = link.connection.send(packet);
            self.apply(id, events);
        }
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        // It may be too large for the client: then it is as if it had been delivered (MQTT 5.0, section 3.1.2.11.4).
        match packet_id {
            Some(_) if link.out.packets.len() > sent => link.awaited += 1,
            Some(packet_id) => drop(link.connection.release_packet_id(packet_id)),
            None => {}
        }
    }

    /// Carries out what the protocol engine says.
    fn apply(&mut self, id: LinkId, events: Vec<Event>) {
        let failed = events.iter().find_map(|event| match event {
            Event::NotifyError(error) => Some(*error),
            _ => None,
        });
        for event in events {
            let Some(link) = self.links.get_mut(&id) else {
                return;
            };
            match event {
                Event::NotifyPacketReceived(packet) => self.handle(id, packet),
                Event::RequestSendPacket { packet, .. } => {
                    link.out.packets.push(packet.to_continuous_buffer());
                }
                Event::NotifyPacketIdReleased(_) => link.awaited = link.awaited.saturating_sub(1),
                Event::RequestTimerReset { kind, duration_ms } => {
                    if matches!(kind, TimerKind::PingreqRecv) {
                        let time = std::time::Duration::from_millis(duration_ms);
                        link.alive_until = Some(Instant::now() + time);
                    }
                }
                Event::RequestTimerCancel(_) => link.alive_until = None,
                Event::NotifyError(_) => {}
                Event::RequestClose => {
                    let close = match failed {
                        None => (1000, ""),
                        Some(MqttError::PacketTooLarge) => (1009, "packet too large"),
                        Some(_) => (1002, "protocol error"),
                    };
                    link.out.close.get_or_insert(close);
                }
            }
        }
    }

    fn handle(&mut self, id: LinkId, packet: Packet) {
        match packet {
            Packet::V3_1_1Connect(it) => self.connect(id, Request::from_v3(&it)),
            Packet::V5_0Connect(it) => self.connect(id, Request::from_v5(&it)),
            Packet::V3_1_1Publish(it) => self.publish(id, Message::from_v3(&it)),
            Packet::V5_0Publish(it) => self.publish(id, Message::from_v5(&it)),
            Packet::V3_1_1Subscribe(it) => self.subscribe_v3(id, &it),
            Packet::V5_0Subscribe(it) => self.subscribe_v5(id, &it),
            Packet::V3_1_1Unsubscribe(it) => {
                self.unsubscribe(id, it.entries());
                let answer = v3_1_1::Unsuback::builder()
                    .packet_id(it.packet_id())
                    .build();
                self.send(id, answer.map(Packet::from));
            }
            Packet::V5_0Unsubscribe(it) => {
                let codes = self.unsubscribe(id, it.entries());
                let answer = v5_0::Unsuback::builder()
                    .packet_id(it.packet_id())
                    .reason_codes(codes)
                    .build();
                self.send(id, answer.map(Packet::from));
            }
            Packet::V3_1_1Disconnect(_) => self.farewell(id),
            Packet::V5_0Disconnect(it) => self.farewell_v5(id, &it),
            Packet::V5_0Auth(_) => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.dismiss(
                        DisconnectReasonCode::ProtocolError,
                        "no authentication method",
                    );
                }
            }
            // Acknowledgements and pings are the engine's.
            _ => {}
        }
    }

    /// Sends a packet of our own; one that cannot be built is none.
    pub(super) fn send(&mut self, id: LinkId, packet: Result<Packet, MqttError>) {
        if let (Ok(packet), Some(link)) = (packet, self.links.get_mut(&id)) {
            let events = link.connection.send(packet);
            self.apply(id, events);
        }
    }

    fn farewell(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.will = None;
            link.out.close.get_or_insert((1000, ""));
        }
    }

    fn farewell_v5(&mut self, id: LinkId, packet: &v5_0::Disconnect) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let normal = packet
            .reason_code()
            .is_none_or(|it| it == DisconnectReasonCode::NormalDisconnection);
        if normal {
            link.will = None;
        }
        link.out.close.get_or_insert((1000, ""));
        let client = link.client.clone().unwrap_or_default();
        let properties = packet.props().as_deref().unwrap_or_default();
        if let Some(seconds) = properties.iter().find_map(connect::session_expiry)
            && let Some(session) = self.sessions.get_mut(&client)
        {
            let asked = std::time::Duration::from_secs(seconds.into());
            session.keep = asked.min(limits::MQTT_SESSION_KEPT);
        }
    }
}

/// Messages.
impl Broker {
    fn publish(&mut self, id: LinkId, message: Message) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        if !filter::is_topic(&message.topic) {
            return link.dismiss(DisconnectReasonCode::TopicNameInvalid, "invalid topic");
        }
        let client = link.client.clone();
        self.spread(Arc::new(message), client.as_deref());
    }

    /// Gives a message to all who want it.
    fn spread(&mut self, message: Arc<Message>, from: Option<&str>) {
        if message.retain {
            self.retain(&message);
        }
        let mut groups: BTreeMap<(String, String), Vec<(String, Delivery)>> = BTreeMap::new();
        for (client, session) in &mut self.sessions {
            let own = from == Some(client.as_str());
            let mut copy: Option<Delivery> = None;
            for subscription in &session.subscriptions {
                let filter = &subscription.filter;
                if (own && subscription.no_local) || !filter.matches(&message.topic) {
                    continue;
                }
                let delivery = Delivery {
                    message: Arc::clone(&message),
                    qos: message.qos.min(subscription.qos),
                    retain: message.retain && subscription.retain_as_published,
                    identifiers: subscription.identifier.into_iter().collect(),
                };
                match &filter.share {
                    Some(group) => groups
                        .entry((group.clone(), filter.pattern.clone()))
                        .or_default()
                        .push((client.clone(), delivery)),
                    None => merge(&mut copy, delivery),
                }
            }
            if let Some(delivery) = copy {
                session.push(delivery);
                wake(&self.links, session);
            }
        }
        for members in groups.into_values() {
            self.give_one(members);
        }
    }

    /// One member of a group gets the message: in turns, those who are connected first.
    fn give_one(&mut self, mut members: Vec<(String, Delivery)>) {
        let is_here = |client: &String| {
            self.sessions
                .get(client)
                .is_some_and(|it| it.link.is_some())
        };
        if members.iter().any(|(client, _)| is_here(client)) {
            members.retain(|(client, _)| is_here(client));
        }
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.turns = self.turns.wrapping_add(1);
        let turn = self.turns % members.len().max(1);
        if let Some((client, delivery)) = members.into_iter().nth(turn)
            && let Some(session) = self.sessions.get_mut(&client)
        {
            session.push(delivery);
            wake(&self.links, session);
        }
    }

    fn retain(&mut self, message: &Arc<Message>) {
        if let Some(old) = self.retained.remove(&message.topic) {
            self.retained_bytes = self.retained_bytes.saturating_sub(old.size());
        }
        let bytes = self.retained_bytes.saturating_add(message.size());
        let fits =
            self.retained.len() < limits::MQTT_RETAINED && bytes <= limits::MQTT_RETAINED_BYTES;
        if !message.payload.is_empty() && fits {
            self.retained_bytes = bytes;
            self.retained
                .insert(message.topic.clone(), Arc::clone(message));
        }
    }
}

/// Sessions.
impl Broker {
    /// A link is no longer its session's, and its will is due.
    pub(super) fn leave(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let (Some(client), will) = (link.client.take(), link.will.take()) else {
            return;
        };
        let Some(session) = self
            .sessions
            .get_mut(&client)
            .filter(|it| it.link == Some(id))
        else {
            return;
        };
        let now = Instant::now();
        session.link = None;
        session.until = Some(now + session.keep);
        session.keep_flow(&link.connection);
        match will {
            Some(will) if !will.delay.min(session.keep).is_zero() => {
                session.will = Some((now + will.delay.min(session.keep), will.message));
                // Whoever sleeps until the next deadline has a new one.
                for link in self.links.values() {
                    link.wake.notify_one();
                }
            }
            Some(will) => self.spread(will.message, Some(&client)),
            None => {}
        }
        self.lapse();
    }

    /// Ends sessions and publishes wills whose time has come.
    pub(super) fn lapse(&mut self) {
        let now = Instant::now();
        let mut wills = Vec::new();
        for (client, session) in &mut self.sessions {
            if session.will.as_ref().is_some_and(|(at, _)| *at <= now) {
                wills.extend(session.will.take().map(|(_, will)| (client.clone(), will)));
            }
        }
        self.sessions
            .retain(|_, it| it.link.is_some() || it.until.is_none_or(|until| until > now));
        for (client, will) in wills {
            self.spread(will, Some(&client));
        }
    }

    /// Ends a session; a will that was still to come comes now.
    pub(super) fn forget(&mut self, client: &str) {
        let will = self.sessions.remove(client).and_then(|it| it.will);
        if let Some((_, will)) = will {
            self.spread(will, Some(client));
        }
    }

    /// Whether there is room for one more session.
    pub(super) fn make_room(&mut self) -> bool {
        if self.sessions.len() < limits::MQTT_SESSIONS {
            return true;
        }
        let idle = self
            .sessions
            .iter()
            .filter_map(|(client, it)| Some((it.until?, client)));
        let Some(client) = idle.min().map(|(_, client)| client.clone()) else {
            return false;
        };
        self.forget(&client);
        true
    }

    /// An identifier for a client that has none.
    pub(super) fn new_client(&self, id: LinkId) -> String {
        let mut client = format!("auto-{id}");
        while self.sessions.contains_key(&client) {
            client.push('-');
        }
        client
    }
}

/// Overlapping subscriptions of one client make one delivery (MQTT 5.0, section 3.3.4).
fn merge(copy: &mut Option<Delivery>, other: Delivery) {
    match copy {
        None => *copy = Some(other),
        Some(copy) => {
            copy.qos = copy.qos.max(other.qos);
            copy.retain |= other.retain;
            copy.identifiers.extend(other.identifiers);
        }
    }
}

fn wake(links: &HashMap<LinkId, Link>, session: &Session) {
    if let Some(link) = session.link.and_then(|id| links.get(&id)) {
        link.wake.notify_one();
    }
}
