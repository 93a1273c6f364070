//! Messages to the broker, and what becomes of them over breaks.

use super::*;

impl Dialogue {
    /// The network breaks, and the broker accepts us again.
    #[track_caller]
    fn comes_back(&mut self, session_present: bool) -> &mut Self {
        self.breaks();
        self.said.clear();
        self.accepts(session_present)
    }
}

fn retained(topic: &str) -> Kept {
    Kept {
        topic: topic.into(),
        payload: "x".into(),
        qos: QoS::AtMostOnce,
        retain: true,
        expiry_s: None,
        since: 0,
        properties: PropertyBuf::new(),
    }
}

#[test]
fn a_message_of_qos_0_is_forgotten_once_it_is_sent() {
    let mut d = Dialogue::up();
    d.publishes(1, 0, "a/b", "x").expects("PUBLISH q0 a/b x");
    d.comes_back(true).expects("resumed");
}

#[test]
fn a_message_of_qos_1_is_settled_by_puback() {
    let mut d = Dialogue::up();
    d.publishes(7, 1, "a", "x").expects("PUBLISH 1 q1 a x");
    d.hears(&ack(PUBACK, 1, 0)).expects("acknowledged 7 00");
    d.comes_back(true).expects("resumed");
}

#[test]
fn a_message_of_qos_2_is_settled_by_pubcomp() {
    let mut d = Dialogue::up();
    d.publishes(7, 2, "a", "x").expects("PUBLISH 1 q2 a x");
    d.hears(&ack(PUBREC, 1, 0)).expects("PUBREL 1");
    d.hears(&ack(PUBCOMP, 1, 0)).expects("acknowledged 7 00");
    d.comes_back(true).expects("resumed");
}

#[test]
fn a_failure_settles_a_message_and_is_told() {
    let mut d = Dialogue::up();
    d.publishes(7, 1, "a", "x").publishes(8, 2, "a", "x");
    d.expects("PUBLISH 1 q1 a x, PUBLISH 2 q2 a x");
    d.hears(&ack(PUBACK, 1, 0x87)).expects("acknowledged 7 87");
    d.hears(&ack(PUBREC, 2, 0x97)).expects("acknowledged 8 97");
    // Both identifiers are free again.
    d.hears(&ack(PUBREC, 2, 0)).expects("PUBREL 2 92");
    d.comes_back(true).expects("resumed");
}

#[test]
fn what_is_not_acknowledged_goes_again_as_a_duplicate_in_order() {
    let mut d = Dialogue::up();
    d.publishes(7, 1, "a", "x").publishes(8, 2, "b", "y");
    d.publishes(9, 1, "c", "z");
    d.expects("PUBLISH 1 q1 a x, PUBLISH 2 q2 b y, PUBLISH 3 q1 c z");
    d.hears(&ack(PUBACK, 1, 0)).expects("acknowledged 7 00");
    d.loses().expects("waiting 1");
    d.publishes(10, 1, "d", "new").expects("");
    d.reconnects();
    d.said.clear();
    d.accepts(true)
        .expects("resumed, PUBLISH 2 q2 dup b y, PUBLISH 3 q1 dup c z, PUBLISH 4 q1 d new");
    d.hears(&ack(PUBACK, 3, 0)).expects("acknowledged 9 00");
}

#[test]
fn what_the_broker_has_is_released_again_and_not_sent_again() {
    let mut d = Dialogue::up();
    d.publishes(7, 2, "a", "x").publishes(8, 2, "b", "y");
    d.expects("PUBLISH 1 q2 a x, PUBLISH 2 q2 b y");
    d.hears(&ack(PUBREC, 1, 0)).expects("PUBREL 1");
    d.comes_back(true)
        .expects("resumed, PUBREL 1, PUBLISH 2 q2 dup b y");
    d.hears(&ack(PUBCOMP, 1, 0)).expects("acknowledged 7 00");
    // And so on after the next break.
    d.comes_back(true).expects("resumed, PUBLISH 2 q2 dup b y");
    d.hears(&ack(PUBREC, 2, 0)).expects("PUBREL 2");
    d.hears(&ack(PUBCOMP, 2, 0)).expects("acknowledged 8 00");
}

#[test]
fn a_message_that_the_broker_has_let_go_of_meanwhile_is_taken() {
    let mut d = Dialogue::up();
    d.publishes(7, 2, "a", "x").expects("PUBLISH 1 q2 a x");
    d.hears(&ack(PUBREC, 1, 0)).expects("PUBREL 1");
    // PUBCOMP is lost.
    d.comes_back(true).expects("resumed, PUBREL 1");
    d.hears(&ack(PUBCOMP, 1, 0x92)).expects("acknowledged 7 00");
    // Without a break it says that the two sides disagree.
    d.publishes(8, 2, "a", "x").expects("PUBLISH 2 q2 a x");
    d.hears(&ack(PUBREC, 2, 0)).expects("PUBREL 2");
    d.hears(&ack(PUBCOMP, 2, 0x92)).expects("acknowledged 8 92");
}

#[test]
fn what_the_broker_may_have_lost_with_a_session_we_know_nothing_of_is_told() {
    let mut d = Dialogue::up();
    d.publishes(7, 2, "a", "x").expects("PUBLISH 1 q2 a x");
    d.hears(&ack(PUBREC, 1, 0)).expects("PUBREL 1");
    // The broker forgets everything, begins a session anew, and its CONNACK is lost.
    d.breaks();
    d.said.clear();
    d.comes_back(true).expects("resumed, PUBREL 1");
    d.hears(&ack(PUBCOMP, 1, 0x92)).expects("session lost 7");
}

#[test]
fn without_a_session_messages_go_anew_and_released_ones_are_not_known() {
    let mut d = Dialogue::up();
    d.publishes(7, 2, "a", "x").publishes(8, 2, "b", "y");
    d.publishes(9, 1, "c", "z");
    d.expects("PUBLISH 1 q2 a x, PUBLISH 2 q2 b y, PUBLISH 3 q1 c z");
    d.hears(&ack(PUBREC, 1, 0)).expects("PUBREL 1");
    d.comes_back(false)
        .expects("connected, session lost 7, PUBLISH 4 q2 b y, PUBLISH 5 q1 c z");
    d.hears(&ack(PUBACK, 5, 0)).expects("acknowledged 9 00");
}

#[test]
fn no_more_is_under_way_than_the_broker_takes() {
    let mut d = Dialogue::asked(Options::default());
    d.hears(&connack(false, 0, &[0x21, 0, 2]))
        .expects("connected");
    d.publishes(1, 1, "a", "1").publishes(2, 2, "a", "2");
    d.publishes(3, 1, "a", "3").publishes(4, 0, "a", "4");
    d.expects("PUBLISH 1 q1 a 1, PUBLISH 2 q2 a 2");
    // PUBREC does not make room, PUBCOMP does.
    d.hears(&ack(PUBREC, 2, 0)).expects("PUBREL 2");
    d.hears(&ack(PUBCOMP, 2, 0))
        .expects("acknowledged 2 00, PUBLISH 3 q1 a 3, PUBLISH q0 a 4");
}

#[test]
fn a_message_that_is_taken_back_stays_under_way_for_the_broker() {
    let mut d = Dialogue::asked(Options::default());
    d.hears(&connack(false, 0, &[0x21, 0, 1]))
        .expects("connected");
    d.publishes(1, 1, "a", "1").expects("PUBLISH 1 q1 a 1");
    d.withdraws(1).publishes(2, 1, "a", "2").expects("");
    d.hears(&ack(PUBACK, 1, 0)).expects("PUBLISH 2 q1 a 2");
    // At QoS 2 the broker may have it, and lets go of it.
    d.hears(&ack(PUBACK, 2, 0)).expects("acknowledged 2 00");
    d.publishes(3, 2, "a", "3").expects("PUBLISH 3 q2 a 3");
    d.withdraws(3).publishes(4, 1, "a", "4").expects("");
    d.comes_back(true)
        .expects("resumed, PUBREL 3, PUBLISH 4 q1 a 4");
    d.hears(&ack(PUBCOMP, 3, 0x92)).expects("");
}

#[test]
fn a_message_that_is_taken_back_at_qos_1_is_forgotten_with_the_connection() {
    let mut d = Dialogue::up();
    d.publishes(1, 1, "a", "1").expects("PUBLISH 1 q1 a 1");
    d.withdraws(1).comes_back(true).expects("resumed");
}

#[test]
fn what_the_broker_does_not_take_is_refused_at_once() {
    let mut d = Dialogue::asked(Options::default());
    // QoS 1 at most, no retained messages, packets of up to 16 bytes.
    d.hears(&connack(false, 0, &[0x24, 1, 0x25, 0, 0x27, 0, 0, 0, 16]))
        .expects("connected");
    let check = |d: &mut Dialogue, qos, retain, payload| {
        let message = Outgoing {
            topic: "abc",
            qos,
            retain,
            ..Outgoing::default()
        };
        d.client.check(&message, str::len(payload))
    };
    assert_eq!(check(&mut d, QoS::AtLeastOnce, false, "1234"), Ok(14));
    assert_eq!(
        check(&mut d, QoS::ExactlyOnce, false, "1"),
        Err(Refusal::Reason(packet::ReasonCode::QoSNotSupported))
    );
    assert_eq!(
        check(&mut d, QoS::AtMostOnce, true, "1"),
        Err(Refusal::Reason(packet::ReasonCode::RetainNotSupported))
    );
    assert_eq!(
        check(&mut d, QoS::AtLeastOnce, false, "1234567"),
        Err(Refusal::Packet(packet::PacketError::TooLarge))
    );
}

#[test]
fn what_was_queued_and_turns_out_too_large_is_told_and_the_rest_goes_on() {
    let mut d = Dialogue::new(Options::default());
    d.publishes(1, 1, "a", "much too large")
        .publishes(2, 1, "a", "x");
    d.opens();
    d.said.clear();
    d.hears(&connack(false, 0, &[0x27, 0, 0, 0, 12]))
        .expects("connected, unsendable 1 Packet(TooLarge), PUBLISH 2 q1 a x");
    d.hears(&ack(PUBACK, 2, 0)).expects("acknowledged 2 00");
    d.comes_back(true).expects("resumed");
}

#[test]
fn retained_messages_carry_their_flag() {
    let mut d = Dialogue::up();
    d.hands_in(1, retained("a"), None)
        .expects("PUBLISH q0 retain a x");
}

#[test]
fn topics_are_named_once_where_the_broker_takes_aliases() {
    let mut d = Dialogue::asked(Options::default());
    d.hears(&connack(false, 0, &[0x22, 0, 1]))
        .expects("connected");
    d.publishes(1, 0, "room/a", "1")
        .publishes(2, 1, "room/a", "2");
    d.publishes(3, 0, "room/b", "3");
    d.expects("PUBLISH q0 room/a [230001] 1, PUBLISH 1 q1  [230001] 2, PUBLISH q0 room/b 3");
    // The next connection begins anew, and the repetition names its topic.
    d.breaks();
    d.said.clear();
    d.hears(&connack(true, 0, &[0x22, 0, 1]))
        .expects("resumed, PUBLISH 1 q1 dup room/a [230001] 2");
}

#[test]
fn what_has_waited_is_taken_off_the_expiry() {
    let mut d = Dialogue::new(Options::default());
    let timed = |ticket_since| Kept {
        expiry_s: Some(10),
        since: ticket_since,
        retain: false,
        ..retained("a")
    };
    d.hands_in(1, timed(0), Some(10_000));
    d.at(4_500);
    d.hands_in(2, timed(4_500), Some(10_000));
    d.at(9_900);
    d.opens();
    d.said.clear();
    // 10 − 9 and 10 − 5 seconds.
    d.accepts(false)
        .expects("connected, PUBLISH q0 a [0200000001] x, PUBLISH q0 a [0200000005] x");
}

#[test]
fn what_expires_in_the_queue_is_dropped() {
    let mut d = Dialogue::new(Options::default());
    d.hands_in(1, retained("a"), Some(1_000));
    d.at(1_000).expects("drop 1 expired");
}

#[test]
fn a_straight_message_needs_no_ticket() {
    let mut d = Dialogue::up();
    let message = Outgoing {
        topic: "a",
        payload: b"x",
        ..Outgoing::default()
    };
    assert_eq!(d.client.pass(0, &message), Ok(Some(true)));
    assert_eq!(d.client.pass(0, &message), Ok(Some(false)));
    d.drain().expects("PUBLISH q0 a x, PUBLISH q0 a x");
    d.loses().expects("waiting 1");
    assert_eq!(d.client.pass(0, &message), Ok(None));
}

#[test]
fn mqtt_3_1_1_keeps_twenty_under_way() {
    // What Mosquitto takes at QoS 2 by default; the rest it acknowledges and drops.
    let mut d = Dialogue::up_with(Dialogue::v311());
    for ticket in 1..=21 {
        d.publishes(ticket, 1, "a", "x");
    }
    assert_eq!(d.said.len(), 20);
    d.said.clear();
    d.hears(&ack(PUBACK, 1, 0))
        .expects("acknowledged 1 00, PUBLISH 21 q1 a x");
}
