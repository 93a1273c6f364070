//! `/mqtt`: the broker, spoken to in both versions.

use std::collections::VecDeque;
use std::time::Duration;

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::Event;
use mqtt_protocol_core::mqtt::packet::{
    ContentType, CorrelationData, GenericPacketTrait, MessageExpiryInterval, Packet, Property, Qos,
    ReceiveMaximum, ResponseTopic, RetainHandling, SessionExpiryInterval, SubEntry, SubOpts,
    SubscriptionIdentifier, UserProperty, WillDelayInterval, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode, SubackReasonCode,
};
use mqtt_protocol_core::mqtt::{Connection, Version, role};
use serde_json::json;

use crate::client::{Client, Host, Seen};

const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

/// A client of one version; acknowledgements are given by themselves.
struct Peer {
    socket: Client,
    engine: Connection<role::Client>,
    v5: bool,
    packets: VecDeque<Packet>,
}

/// How a peer connects.
#[derive(Default)]
struct Options {
    client: &'static str,
    keeps: bool,
    will: Option<(&'static str, u32)>,
    password: Option<&'static str>,
    keep_alive: u16,
    receive_maximum: Option<u16>,
    silent: bool,
}

/// A message as a test looks at it.
#[derive(Debug, PartialEq)]
struct Told {
    topic: String,
    payload: String,
    qos: Qos,
    retain: bool,
    dup: bool,
}

fn told(topic: &str, payload: &str, qos: Qos) -> Told {
    Told {
        topic: topic.to_owned(),
        payload: payload.to_owned(),
        qos,
        retain: false,
        dup: false,
    }
}

impl Peer {
    async fn open(host: &Host, v5: bool, path: &str) -> Self {
        let (socket, selected) = host.offer(path, "mqtt").await;
        assert_eq!(selected.as_deref(), Some("mqtt"));
        let version = if v5 { Version::V5_0 } else { Version::V3_1_1 };
        let mut engine = Connection::new(version);
        engine.set_auto_pub_response(true);
        Self {
            socket,
            engine,
            v5,
            packets: VecDeque::new(),
        }
    }

    /// Connects and returns whether there was a session.
    async fn connect(host: &Host, v5: bool, options: Options) -> (Self, bool) {
        let mut peer = Self::open(host, v5, "/mqtt?client=peer").await;
        peer.engine.set_auto_pub_response(!options.silent);
        match peer.ask_in(&options).await {
            Packet::V3_1_1Connack(it) => {
                assert_eq!(it.return_code(), ConnectReturnCode::Accepted);
                (peer, it.session_present())
            }
            Packet::V5_0Connack(it) => {
                assert_eq!(it.reason_code(), ConnectReasonCode::Success);
                (peer, it.session_present())
            }
            other => panic!("expected a CONNACK, got {other}"),
        }
    }

    async fn named(host: &Host, v5: bool, client: &'static str) -> Self {
        let options = Options {
            client,
            ..Options::default()
        };
        Self::connect(host, v5, options).await.0
    }

    /// Sends CONNECT and returns the answer.
    async fn ask_in(&mut self, options: &Options) -> Packet {
        let packet: Packet = if self.v5 {
            let mut properties: Vec<Property> = Vec::new();
            if options.keeps {
                properties.push(SessionExpiryInterval::new(100).unwrap().into());
            }
            if let Some(most) = options.receive_maximum {
                properties.push(ReceiveMaximum::new(most).unwrap().into());
            }
            let mut builder = v5_0::Connect::builder()
                .client_id(options.client)
                .unwrap()
                .clean_start(!options.keeps)
                .keep_alive(options.keep_alive)
                .props(properties);
            if let Some((topic, delay)) = options.will {
                let properties = vec![WillDelayInterval::new(delay).unwrap().into()];
                builder = builder
                    .will_message(topic, "gone", Qos::AtLeastOnce, false)
                    .unwrap()
                    .will_props(properties);
            }
            if let Some(password) = options.password {
                builder = builder
                    .user_name("ann")
                    .unwrap()
                    .password(password)
                    .unwrap();
            }
            builder.build().unwrap().into()
        } else {
            let mut builder = v3_1_1::Connect::builder()
                .client_id(options.client)
                .unwrap()
                .clean_session(!options.keeps)
                .keep_alive(options.keep_alive);
            if let Some((topic, _)) = options.will {
                builder = builder
                    .will_message(topic, "gone", Qos::AtLeastOnce, false)
                    .unwrap();
            }
            if let Some(password) = options.password {
                builder = builder
                    .user_name("ann")
                    .unwrap()
                    .password(password)
                    .unwrap();
            }
            builder.build().unwrap().into()
        };
        self.send(packet).await;
        self.packet().await
    }

    async fn send(&mut self, packet: Packet) {
        let events = self.engine.send(packet);
        self.carry_out(events).await;
    }

    async fn carry_out(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::NotifyPacketReceived(packet) => self.packets.push_back(packet),
                Event::RequestSendPacket { packet, .. } => {
                    self.socket
                        .send_binary(&packet.to_continuous_buffer())
                        .await;
                }
                Event::NotifyError(error) => panic!("the broker broke the protocol: {error:?}"),
                _ => {}
            }
        }
    }

    /// The next packet of the broker.
    async fn packet(&mut self) -> Packet {
        loop {
            if let Some(packet) = self.packets.pop_front() {
                return packet;
            }
            match self.socket.see().await {
                Seen::Binary(bytes) => {
                    let mut cursor = Cursor::new(bytes.as_slice());
                    while cursor.position() < bytes.len() as u64 {
                        let events = self.engine.recv(&mut cursor);
                        self.carry_out(events).await;
                    }
                }
                other => panic!("expected a packet, saw {other:?}"),
            }
        }
    }

    /// The next message, past acknowledgements.
    async fn message(&mut self) -> Told {
        loop {
            match self.packet().await {
                Packet::V3_1_1Publish(it) => {
                    return Told {
                        topic: it.topic_name().to_owned(),
                        payload: String::from_utf8(it.payload().as_slice().to_vec()).unwrap(),
                        qos: it.qos(),
                        retain: it.retain(),
                        dup: it.dup(),
                    };
                }
                Packet::V5_0Publish(it) => {
                    return Told {
                        topic: it.topic_name().to_owned(),
                        payload: String::from_utf8(it.payload().as_slice().to_vec()).unwrap(),
                        qos: it.qos(),
                        retain: it.retain(),
                        dup: it.dup(),
                    };
                }
                _ => {}
            }
        }
    }

    async fn has_nothing(&mut self) {
        assert!(self.packets.is_empty());
        self.socket.is_silent().await;
    }

    async fn subscribe(&mut self, filter: &str, options: SubOpts) -> Packet {
        let id = self.engine.acquire_packet_id().unwrap();
        let entries = vec![SubEntry::new(filter, options).unwrap()];
        let packet: Packet = if self.v5 {
            let builder = v5_0::Subscribe::builder().packet_id(id).entries(entries);
            builder.build().unwrap().into()
        } else {
            let builder = v3_1_1::Subscribe::builder().packet_id(id).entries(entries);
            builder.build().unwrap().into()
        };
        self.send(packet).await;
        self.packet().await
    }

    async fn listen(&mut self, filter: &str, qos: Qos) {
        self.subscribe(filter, SubOpts::new().set_qos(qos)).await;
    }

    /// Sends a message and waits until the broker has it, as far as the level has a way to say so.
    async fn publish(&mut self, topic: &str, payload: &str, qos: Qos, retain: bool) {
        self.publish_with(topic, payload, qos, retain, Vec::new())
            .await;
        for _ in 0..(qos as u8) {
            self.packet().await;
        }
    }

    async fn publish_with(
        &mut self,
        topic: &str,
        payload: &str,
        qos: Qos,
        retain: bool,
        properties: Vec<Property>,
    ) {
        let id = (qos != Qos::AtMostOnce).then(|| self.engine.acquire_packet_id().unwrap());
        let packet: Packet = if self.v5 {
            let mut builder = v5_0::Publish::builder()
                .topic_name(topic)
                .unwrap()
                .qos(qos)
                .retain(retain)
                .props(properties)
                .payload(payload);
            if let Some(id) = id {
                builder = builder.packet_id(id);
            }
            builder.build().unwrap().into()
        } else {
            let mut builder = v3_1_1::Publish::builder()
                .topic_name(topic)
                .unwrap()
                .qos(qos)
                .retain(retain)
                .payload(payload);
            if let Some(id) = id {
                builder = builder.packet_id(id);
            }
            builder.build().unwrap().into()
        };
        self.send(packet).await;
    }

    async fn say_goodbye(&mut self) {
        let packet: Packet = if self.v5 {
            v5_0::Disconnect::builder().build().unwrap().into()
        } else {
            v3_1_1::Disconnect::builder().build().unwrap().into()
        };
        self.send(packet).await;
        self.socket.closed(1000, "").await;
    }

    async fn is_dismissed(&mut self, code: DisconnectReasonCode) {
        match self.packet().await {
            Packet::V5_0Disconnect(it) => assert_eq!(it.reason_code(), Some(code)),
            other => panic!("expected a DISCONNECT, got {other}"),
        }
    }
}

#[tokio::test]
async fn a_message_arrives_at_the_lower_of_both_levels() {
    let host = Host::start().await;
    for (v5, theirs) in [(false, false), (true, true), (false, true), (true, false)] {
        let mut one = Peer::named(&host, v5, "one").await;
        let mut other = Peer::named(&host, theirs, "other").await;
        for granted in QOS {
            other.listen("a/+", granted).await;
            for qos in QOS {
                one.publish("a/b", "hello", qos, false).await;
                let expected = told("a/b", "hello", qos.min(granted));
                assert_eq!(other.message().await, expected);
            }
        }
    }
}

#[tokio::test]
async fn what_is_retained_greets_those_who_come_later() {
    let host = Host::start().await;
    for v5 in [false, true] {
        let mut one = Peer::named(&host, v5, "one").await;
        one.publish("a", "kept", Qos::AtLeastOnce, true).await;
        let mut other = Peer::named(&host, v5, "other").await;
        other.listen("#", Qos::AtLeastOnce).await;
        let mut expected = told("a", "kept", Qos::AtLeastOnce);
        expected.retain = true;
        assert_eq!(other.message().await, expected);
        one.publish("a", "", Qos::AtLeastOnce, true).await;
        assert_eq!(other.message().await, told("a", "", Qos::AtLeastOnce));
        other.listen("#", Qos::AtLeastOnce).await;
        other.has_nothing().await;
    }
}

#[tokio::test]
async fn retain_handling_and_retain_as_published_are_heeded() {
    let host = Host::start().await;
    let mut peer = Peer::named(&host, true, "one").await;
    peer.publish("a", "kept", Qos::AtMostOnce, true).await;
    let never = SubOpts::new().set_rh(RetainHandling::DoNotSendRetained);
    peer.subscribe("a", never).await;
    peer.has_nothing().await;
    let if_new = SubOpts::new().set_rh(RetainHandling::SendRetainedIfNotExists);
    peer.subscribe("a", if_new).await;
    peer.has_nothing().await;
    peer.subscribe("+", if_new.set_rap(true)).await;
    assert!(peer.message().await.retain);
    peer.publish("a", "new", Qos::AtMostOnce, true).await;
    let seen = peer.message().await;
    assert!(
        seen.retain,
        "two subscriptions, one of which keeps the flag"
    );
}

#[tokio::test]
async fn a_will_comes_when_the_client_is_gone_without_a_word() {
    let host = Host::start().await;
    for v5 in [false, true] {
        let mut watcher = Peer::named(&host, v5, "watcher").await;
        watcher.listen("will", Qos::AtLeastOnce).await;
        let options = || Options {
            client: "mortal",
            will: Some(("will", 0)),
            ..Options::default()
        };
        let (mut peer, _) = Peer::connect(&host, v5, options()).await;
        peer.say_goodbye().await;
        watcher.has_nothing().await;
        let (peer, _) = Peer::connect(&host, v5, options()).await;
        drop(peer);
        let expected = told("will", "gone", Qos::AtLeastOnce);
        assert_eq!(watcher.message().await, expected);
    }
}

#[tokio::test]
async fn a_will_with_a_delay_waits_and_is_taken_back_by_a_return() {
    let host = Host::start().await;
    let mut watcher = Peer::named(&host, true, "watcher").await;
    watcher.listen("will", Qos::AtMostOnce).await;
    let options = || Options {
        client: "mortal",
        keeps: true,
        will: Some(("will", 1)),
        ..Options::default()
    };
    let (peer, _) = Peer::connect(&host, true, options()).await;
    drop(peer);
    let (peer, present) = Peer::connect(&host, true, options()).await;
    assert!(present);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    watcher.has_nothing().await;
    drop(peer);
    assert_eq!(
        watcher.message().await,
        told("will", "gone", Qos::AtMostOnce)
    );
}

#[tokio::test]
async fn a_session_keeps_subscriptions_and_what_was_promised() {
    let host = Host::start().await;
    for v5 in [false, true] {
        let options = || Options {
            client: "kept",
            keeps: true,
            ..Options::default()
        };
        let (mut peer, present) = Peer::connect(&host, v5, options()).await;
        assert!(!present);
        peer.listen("a", Qos::ExactlyOnce).await;
        peer.say_goodbye().await;
        let mut other = Peer::named(&host, v5, "other").await;
        for qos in QOS {
            other.publish("a", "missed", qos, false).await;
        }
        let (mut peer, present) = Peer::connect(&host, v5, options()).await;
        assert!(present);
        for qos in [Qos::AtLeastOnce, Qos::ExactlyOnce] {
            assert_eq!(peer.message().await, told("a", "missed", qos));
        }
        peer.packet().await; // PUBREL
        peer.say_goodbye().await;
        Peer::named(&host, v5, "kept").await.say_goodbye().await;
        let (mut peer, present) = Peer::connect(&host, v5, options()).await;
        assert!(!present, "a clean start forgets");
        peer.say_goodbye().await;
        Peer::named(&host, v5, "kept").await;
    }
}

#[tokio::test]
async fn what_was_under_way_at_a_break_arrives_once() {
    let host = Host::start().await;
    // A client may come back with another version, too.
    for (before, after) in [(false, false), (true, true), (false, true), (true, false)] {
        let options = |silent| Options {
            client: "kept",
            keeps: true,
            silent,
            ..Options::default()
        };
        let (mut peer, _) = Peer::connect(&host, before, options(true)).await;
        peer.listen("a", Qos::ExactlyOnce).await;
        let mut other = Peer::named(&host, before, "other").await;
        other.publish("a", "one", Qos::ExactlyOnce, false).await;
        assert!(!peer.message().await.dup);
        // It breaks before it has acknowledged anything.
        let (mut again, present) = Peer::connect(&host, after, options(false)).await;
        assert!(present);
        let seen = again.message().await;
        assert!(seen.dup && seen.payload == "one", "{seen:?}");
        other.publish("a", "two", Qos::ExactlyOnce, false).await;
        loop {
            match again.packet().await {
                Packet::V3_1_1Publish(it) => break assert_eq!(it.payload().as_slice(), b"two"),
                Packet::V5_0Publish(it) => break assert_eq!(it.payload().as_slice(), b"two"),
                _ => {}
            }
        }
        drop((peer, again));
        Peer::named(&host, after, "kept").await;
    }
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_no_second_message() {
    let host = Host::start().await;
    for v5 in [false, true] {
        let mut watcher = Peer::named(&host, v5, "watcher").await;
        watcher.listen("a", Qos::ExactlyOnce).await;
        let options = || Options {
            client: "twice",
            keeps: true,
            silent: true,
            ..Options::default()
        };
        for dup in [false, true] {
            let (mut peer, present) = Peer::connect(&host, v5, options()).await;
            assert_eq!(present, dup);
            peer.engine.register_packet_id(7).unwrap();
            let packet: Packet = if v5 {
                let builder = v5_0::Publish::builder().topic_name("a").unwrap();
                let builder = builder.qos(Qos::ExactlyOnce).dup(dup).packet_id(7u16);
                builder.payload("once").build().unwrap().into()
            } else {
                let builder = v3_1_1::Publish::builder().topic_name("a").unwrap();
                let builder = builder.qos(Qos::ExactlyOnce).dup(dup).packet_id(7u16);
                builder.payload("once").build().unwrap().into()
            };
            peer.send(packet).await;
            peer.packet().await; // PUBREC
        }
        assert_eq!(watcher.message().await, told("a", "once", Qos::ExactlyOnce));
        watcher.packet().await; // PUBREL
        watcher.has_nothing().await;
        Peer::named(&host, v5, "twice").await;
    }
}

#[tokio::test]
async fn the_second_of_two_with_one_name_stays() {
    let host = Host::start().await;
    let mut old = Peer::named(&host, true, "same").await;
    let mut new = Peer::named(&host, false, "same").await;
    old.is_dismissed(DisconnectReasonCode::SessionTakenOver)
        .await;
    old.socket.closed(1000, "session taken over").await;
    new.listen("a", Qos::AtMostOnce).await;
}

#[tokio::test]
async fn a_password_is_a_token() {
    let host = Host::start().await;
    let ask = async |v5, password| {
        let mut peer = Peer::open(&host, v5, "/mqtt").await;
        let options = Options {
            client: "ann",
            password: Some(password),
            ..Options::default()
        };
        let answer = peer.ask_in(&options).await;
        (peer, answer)
    };
    for (password, v3, v5) in [
        (
            "wrong",
            ConnectReturnCode::BadUserNameOrPassword,
            ConnectReasonCode::BadUserNameOrPassword,
        ),
        (
            "revoked",
            ConnectReturnCode::NotAuthorized,
            ConnectReasonCode::NotAuthorized,
        ),
    ] {
        let (mut peer, answer) = ask(false, password).await;
        assert!(matches!(answer, Packet::V3_1_1Connack(it) if it.return_code() == v3));
        peer.socket.closed(1000, "").await;
        let (mut peer, answer) = ask(true, password).await;
        assert!(matches!(answer, Packet::V5_0Connack(it) if it.reason_code() == v5));
        peer.socket.closed(1000, "").await;
    }
    let (_, answer) = ask(true, "good-ann").await;
    assert!(
        matches!(answer, Packet::V5_0Connack(it) if it.reason_code() == ConnectReasonCode::Success)
    );
}

#[tokio::test]
async fn one_of_a_group_gets_each_message() {
    let host = Host::start().await;
    let mut one = Peer::named(&host, true, "one").await;
    let mut two = Peer::named(&host, false, "two").await;
    for peer in [&mut one, &mut two] {
        peer.listen("$share/group/a/#", Qos::AtLeastOnce).await;
    }
    let mut other = Peer::named(&host, true, "other").await;
    for payload in ["1", "2", "3", "4"] {
        other.publish("a/b", payload, Qos::AtLeastOnce, false).await;
    }
    let mut seen = Vec::new();
    for peer in [&mut one, &mut two] {
        seen.push(peer.message().await.payload);
        seen.push(peer.message().await.payload);
    }
    seen.sort();
    assert_eq!(seen, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn properties_reach_the_subscriber() {
    let host = Host::start().await;
    let mut peer = Peer::named(&host, true, "one").await;
    for (filter, identifier) in [("a/+", 3), ("a/b", 4)] {
        let id = peer.engine.acquire_packet_id().unwrap();
        let properties = vec![SubscriptionIdentifier::new(identifier).unwrap().into()];
        let builder = v5_0::Subscribe::builder()
            .packet_id(id)
            .entries(vec![SubEntry::new(filter, SubOpts::new()).unwrap()])
            .props(properties);
        peer.send(builder.build().unwrap().into()).await;
        peer.packet().await;
    }
    let sent: Vec<Property> = vec![
        ContentType::new("text/plain").unwrap().into(),
        ResponseTopic::new("back").unwrap().into(),
        CorrelationData::new("7").unwrap().into(),
        UserProperty::new("k", "v").unwrap().into(),
        MessageExpiryInterval::new(60).unwrap().into(),
    ];
    peer.publish_with("a/b", "x", Qos::AtMostOnce, false, sent.clone())
        .await;
    let Packet::V5_0Publish(got) = peer.packet().await else {
        panic!("expected a message");
    };
    for property in &sent {
        assert!(got.props().contains(property), "{property}");
    }
    let mut identifiers: Vec<_> = got
        .props()
        .iter()
        .filter_map(|property| match property {
            Property::SubscriptionIdentifier(it) => Some(it.val()),
            _ => None,
        })
        .collect();
    identifiers.sort_unstable();
    assert_eq!(identifiers, [3, 4]);
}

#[tokio::test]
async fn own_messages_do_not_come_back_if_not_wanted() {
    let host = Host::start().await;
    let mut peer = Peer::named(&host, true, "one").await;
    peer.subscribe("a", SubOpts::new().set_nl(true)).await;
    peer.publish("a", "own", Qos::AtLeastOnce, false).await;
    peer.has_nothing().await;
    let mut other = Peer::named(&host, true, "other").await;
    other.publish("a", "other", Qos::AtMostOnce, false).await;
    assert_eq!(peer.message().await.payload, "other");
}

#[tokio::test]
async fn no_more_than_the_receive_maximum_is_under_way() {
    let host = Host::start().await;
    let options = Options {
        client: "slow",
        receive_maximum: Some(1),
        silent: true,
        ..Options::default()
    };
    let (mut slow, _) = Peer::connect(&host, true, options).await;
    slow.listen("a", Qos::AtLeastOnce).await;
    let mut other = Peer::named(&host, true, "other").await;
    for payload in ["1", "2"] {
        other.publish("a", payload, Qos::AtLeastOnce, false).await;
    }
    let Packet::V5_0Publish(first) = slow.packet().await else {
        panic!("expected a message");
    };
    slow.has_nothing().await;
    let answer = v5_0::Puback::builder().packet_id(first.packet_id().unwrap());
    slow.send(answer.build().unwrap().into()).await;
    assert_eq!(slow.message().await.payload, "2");
}

#[tokio::test]
async fn a_message_that_is_too_old_is_not_delivered() {
    let host = Host::start().await;
    let options = || Options {
        client: "late",
        keeps: true,
        ..Options::default()
    };
    let (mut late, _) = Peer::connect(&host, true, options()).await;
    late.listen("a", Qos::AtLeastOnce).await;
    late.say_goodbye().await;
    let mut other = Peer::named(&host, true, "other").await;
    for (payload, seconds) in [("old", 1), ("young", 60)] {
        let expiry = vec![MessageExpiryInterval::new(seconds).unwrap().into()];
        other
            .publish_with("a", payload, Qos::AtLeastOnce, false, expiry)
            .await;
        other.packet().await;
    }
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    let (mut late, _) = Peer::connect(&host, true, options()).await;
    let Packet::V5_0Publish(seen) = late.packet().await else {
        panic!("expected a message");
    };
    assert_eq!(seen.payload().as_slice(), b"young");
    let left = seen.props().iter().find_map(|property| match property {
        Property::MessageExpiryInterval(it) => Some(it.val()),
        _ => None,
    });
    assert!(left.is_some_and(|left| left <= 59), "{left:?}");
}

#[tokio::test]
async fn a_silent_client_is_let_go() {
    let host = Host::start().await;
    let options = |keep_alive| Options {
        client: "silent",
        keep_alive,
        ..Options::default()
    };
    let (mut peer, _) = Peer::connect(&host, true, options(1)).await;
    peer.is_dismissed(DisconnectReasonCode::KeepAliveTimeout)
        .await;
    peer.socket.closed(1000, "").await;
    let (mut peer, _) = Peer::connect(&host, false, options(1)).await;
    peer.socket.closed(1000, "").await;
}

#[tokio::test]
async fn what_is_no_filter_is_not_subscribed() {
    let host = Host::start().await;
    let mut peer = Peer::named(&host, true, "").await;
    let answer = peer.subscribe("a/#/b", SubOpts::new()).await;
    let Packet::V5_0Suback(it) = answer else {
        panic!("expected a SUBACK");
    };
    assert_eq!(it.reason_codes(), [SubackReasonCode::TopicFilterInvalid]);
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_connection() {
    let host = Host::start().await;
    for (frame, close) in [
        (&[0xc0, 0x00][..], 1002),                         // PINGREQ before CONNECT
        (&[0x10, 0xff, 0xff, 0xff, 0xff, 0xff][..], 1002), // no length
        (&[0x10, 0xff, 0xff, 0xff, 0x7f][..], 1009),       // 256 MiB
    ] {
        let mut peer = Peer::open(&host, true, "/mqtt").await;
        peer.socket.send_binary(frame).await;
        match peer.socket.see().await {
            Seen::Close(Some((code, _))) => assert_eq!(code, close, "{frame:?}"),
            other => panic!("expected a close, saw {other:?}"),
        }
    }
    let mut peer = Peer::open(&host, true, "/mqtt").await;
    peer.socket.send("hello").await;
    peer.socket
        .closed(1003, "MQTT speaks in binary frames")
        .await;
    let mut peer = Peer::named(&host, true, "one").await;
    peer.socket.send_binary(&[0xf0, 0x00]).await; // AUTH of nobody who asked
    peer.is_dismissed(DisconnectReasonCode::ProtocolError).await;
}

#[tokio::test]
async fn control_kills_a_link_and_the_will_follows() {
    let host = Host::start().await;
    let mut watcher = Peer::open(&host, false, "/mqtt?client=watcher").await;
    let options = Options {
        client: "watcher",
        ..Options::default()
    };
    watcher.ask_in(&options).await;
    watcher.listen("will", Qos::AtMostOnce).await;
    let options = Options {
        client: "mortal",
        will: Some(("will", 0)),
        ..Options::default()
    };
    let (mut peer, _) = Peer::connect(&host, true, options).await;
    let killed = host
        .control(json!({ "action": "kill", "client": "peer" }))
        .await;
    assert_eq!(killed, 1);
    assert_eq!(peer.socket.see().await, Seen::Reset);
    assert_eq!(watcher.message().await.topic, "will");
}
