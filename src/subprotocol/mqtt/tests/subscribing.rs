//! Subscriptions: asked, answered, ended, and asked again exactly when the broker has lost them.

use super::*;
use packet::{PacketError, ReasonCode, RetainHandling};

fn back(d: &mut Dialogue, session_present: bool) -> &mut Dialogue {
    d.breaks();
    d.said.clear();
    d.accepts(session_present)
}

#[test]
fn a_subscription_is_asked_and_answered() {
    let mut d = Dialogue::up();
    assert_eq!(d.subscribes("a/+", 1), 1);
    d.expects("SUBSCRIBE 1 [0b01] a/+ 01");
    d.hears(&suback(1, 0)).expects("subscribed 1 00");
}

#[test]
fn a_refused_subscription_is_over() {
    let mut d = Dialogue::up();
    d.subscribes("secret/#", 1);
    d.expects("SUBSCRIBE 1 [0b01] secret/# 01");
    d.hears(&suback(1, 0x87)).expects("subscribed 1 87");
    back(&mut d, false).expects("connected");
    assert!(!d.client.unsubscribe(0, 1));
}

#[test]
fn subscriptions_are_asked_again_exactly_when_the_broker_has_no_session() {
    let mut d = Dialogue::up();
    d.subscribes("a", 1);
    d.subscribes("b", 0);
    d.expects("SUBSCRIBE 1 [0b01] a 01, SUBSCRIBE 2 [0b02] b 00");
    d.hears(&[suback(1, 1), suback(2, 0)].concat())
        .expects("subscribed 1 01, subscribed 2 00");
    back(&mut d, true).expects("resumed");
    back(&mut d, false).expects("connected, SUBSCRIBE 3 [0b01] a 01, SUBSCRIBE 4 [0b02] b 00");
    // Unanswered, they are asked again even if the session is there.
    back(&mut d, true).expects("resumed, SUBSCRIBE 5 [0b01] a 01, SUBSCRIBE 6 [0b02] b 00");
    d.hears(&[suback(5, 1), suback(6, 0)].concat())
        .expects("subscribed 1 01, subscribed 2 00");
}

#[test]
fn what_is_subscribed_offline_is_asked_before_anything_in_the_queue() {
    let mut d = Dialogue::new(Options::default());
    d.subscribes("reply", 1);
    d.publishes(1, 1, "ask", "x");
    d.opens();
    d.said.clear();
    d.accepts(false)
        .expects("connected, SUBSCRIBE 1 [0b01] reply 01, PUBLISH 2 q1 ask x");
}

#[test]
fn unsubscribing_is_asked_and_answered() {
    let mut d = Dialogue::up();
    d.subscribes("a", 1);
    d.hears(&suback(1, 1));
    d.said.clear();
    d.unsubscribes(1).expects("UNSUBSCRIBE 2 a");
    // Messages on their way are for nobody.
    d.hears(&publish(0, 0, "a", &[0x0b, 1], "x"))
        .expects("message q0 a x []");
    d.hears(&unsuback(2, 0)).expects("unsubscribed 1 00");
    back(&mut d, false).expects("connected");
}

#[test]
fn unsubscribing_offline_is_asked_where_the_session_is_kept() {
    let mut d = Dialogue::up();
    d.subscribes("a", 1);
    d.subscribes("b", 1);
    d.hears(&[suback(1, 1), suback(2, 1)].concat());
    d.loses();
    d.said.clear();
    d.unsubscribes(1).expects("");
    d.reconnects();
    d.said.clear();
    d.accepts(true).expects("resumed, UNSUBSCRIBE 3 a");
    d.loses();
    d.said.clear();
    d.unsubscribes(2).reconnects();
    d.said.clear();
    d.accepts(false)
        .expects("connected, unsubscribed 1 00, unsubscribed 2 00");
}

#[test]
fn what_was_never_asked_ends_without_a_word() {
    let mut d = Dialogue::new(Options::default());
    d.subscribes("a", 1);
    d.unsubscribes(1).expects("unsubscribed 1 00");
    d.opens();
    d.said.clear();
    d.accepts(false).expects("connected");
}

#[test]
fn leaving_before_the_answer_and_coming_again_keeps_the_order() {
    let mut d = Dialogue::up();
    assert_eq!(d.subscribes("a", 1), 1);
    d.unsubscribes(1);
    assert_eq!(d.subscribes("a", 0), 2);
    d.expects("SUBSCRIBE 1 [0b01] a 01, UNSUBSCRIBE 2 a, SUBSCRIBE 3 [0b02] a 00");
    d.hears(&[suback(1, 1), unsuback(2, 0), suback(3, 0)].concat())
        .expects("unsubscribed 1 00, subscribed 2 00");
}

#[test]
fn the_same_filter_keeps_its_number_and_takes_new_options() {
    let mut d = Dialogue::up();
    assert_eq!(d.subscribes("a", 0), 1);
    d.hears(&suback(1, 0));
    d.said.clear();
    assert_eq!(d.subscribes("a", 2), 1);
    d.expects("SUBSCRIBE 2 [0b01] a 02");
    d.hears(&suback(2, 2)).expects("subscribed 1 02");
}

#[test]
fn options_and_user_properties_reach_the_broker() {
    let mut d = Dialogue::up();
    let options = SubscriptionOptions {
        qos: QoS::AtLeastOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::SendIfNew,
    };
    let mut properties = PropertyBuf::new();
    properties
        .push(PropertyId::UserProperty, Value::Pair("k", "v"))
        .unwrap();
    let number = d
        .client
        .subscribe(0, "a", options, properties.as_properties());
    assert_eq!(number, Ok(1));
    d.drain().expects("SUBSCRIBE 1 [0b012600016b000176] a 1d");
}

#[test]
fn what_cannot_be_subscribed_is_refused_at_once() {
    let mut d = Dialogue::asked(Options::default());
    // No wildcards, no identifiers, no shared subscriptions.
    d.hears(&connack(false, 0, &[0x28, 0, 0x29, 0, 0x2a, 0]))
        .expects("connected");
    let mut subscribe = |filter: &str, no_local| {
        let options = SubscriptionOptions {
            no_local,
            ..SubscriptionOptions::default()
        };
        d.client.subscribe(0, filter, options, Properties::NONE)
    };
    assert_eq!(
        subscribe("a/#/b", false),
        Err(Refusal::Packet(PacketError::TopicFilter))
    );
    assert_eq!(
        subscribe("$share/g/a", true),
        Err(Refusal::Packet(PacketError::NoLocal))
    );
    assert_eq!(
        subscribe("a/#", false),
        Err(Refusal::Reason(
            ReasonCode::WildcardSubscriptionsNotSupported
        ))
    );
    assert_eq!(
        subscribe("$share/g/a", false),
        Err(Refusal::Reason(ReasonCode::SharedSubscriptionsNotSupported))
    );
    assert_eq!(subscribe("a", false), Ok(1));
    d.drain().expects("SUBSCRIBE 1 a 00");
}

#[test]
fn what_turns_out_not_to_be_taken_is_told() {
    let mut d = Dialogue::new(Options::default());
    d.subscribes("a/#", 0);
    d.subscribes("b", 0);
    d.opens();
    d.said.clear();
    d.hears(&connack(false, 0, &[0x28, 0]))
        .expects("connected, subscribed 1 a2, SUBSCRIBE 2 [0b02] b 00");
}

#[test]
fn an_answer_to_nothing_is_a_violation() {
    let broken = "violated 82, DISCONNECT 82, abandon 4002, waiting 1";
    Dialogue::up().hears(&suback(9, 0)).expects(broken);
    Dialogue::up().hears(&unsuback(9, 0)).expects(broken);
    let mut d = Dialogue::up();
    d.subscribes("a", 0);
    d.said.clear();
    d.hears(&unsuback(1, 0)).expects(broken);
    let mut d = Dialogue::up();
    d.subscribes("a", 0);
    d.said.clear();
    d.hears(&packet_of_two_codes()).expects(broken);
}

fn packet_of_two_codes() -> Vec<u8> {
    wire::packet(0x90, &[0, 1, 0, 0, 0])
}

#[test]
fn mqtt_3_1_1_has_neither_identifiers_nor_reasons() {
    let mut d = Dialogue::up_with(Dialogue::v311());
    d.subscribes("a", 1);
    d.expects("SUBSCRIBE 1 a 01");
    d.hears(&[0x90, 3, 0, 1, 1]).expects("subscribed 1 01");
    d.hears(&[0x30, 4, 0, 1, b'a', b'x'])
        .expects("message q0 a x [1]");
    d.unsubscribes(1).expects("UNSUBSCRIBE 2 a");
    d.hears(&[0xb0, 2, 0, 2]).expects("unsubscribed 1 00");
    d.subscribes("b", 1);
    d.expects("SUBSCRIBE 3 b 01");
    d.hears(&[0x90, 3, 0, 3, 0x80]).expects("subscribed 2 80");
}

#[test]
fn a_session_that_may_be_another_is_asked_again() {
    let mut d = Dialogue::up();
    d.subscribes("a", 1);
    d.hears(&suback(1, 1));
    // A CONNECT without an answer: the session that is there next may have begun with it.
    d.breaks();
    d.said.clear();
    back(&mut d, true).expects("resumed, SUBSCRIBE 2 [0b01] a 01");
    d.hears(&suback(2, 1)).expects("subscribed 1 01");
    back(&mut d, true).expects("resumed");
}
