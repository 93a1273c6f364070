//! How connections end: by the application, by the broker's word, by its violations.

use super::*;

#[test]
fn a_goodbye_takes_leave_and_ends_the_session_that_began_clean() {
    let mut d = Dialogue::up();
    d.closes(0)
        .expects("DISCONNECT 00 [1100000000], close 1000");
}

#[test]
fn a_session_that_is_kept_stays_with_the_broker() {
    let mut d = Dialogue::up_with(Options {
        clean_start: false,
        client_id: "kept".into(),
        ..Options::default()
    });
    d.closes(0).expects("DISCONNECT 00, close 1000");
}

#[test]
fn a_goodbye_may_leave_the_will_and_another_expiry() {
    let mut d = Dialogue::up();
    d.client.set_farewell(Farewell {
        with_will: true,
        session_expiry_s: Some(9),
    });
    d.closes(0)
        .expects("DISCONNECT 04 [1100000009], close 1000");
}

#[test]
fn a_goodbye_waits_for_what_is_under_way() {
    let mut d = Dialogue::up();
    d.publishes(1, 1, "a", "x").publishes(2, 2, "a", "y");
    d.said.clear();
    d.closes(1_000).expects("");
    d.hears(&ack(PUBACK, 1, 0)).expects("acknowledged 1 00");
    d.hears(&ack(PUBREC, 2, 0)).expects("PUBREL 2");
    d.hears(&ack(PUBCOMP, 2, 0))
        .expects("acknowledged 2 00, DISCONNECT 00 [1100000000], close 1000");
}

#[test]
fn what_was_handed_in_just_before_a_goodbye_leaves() {
    let mut d = Dialogue::up();
    // As from inside of a callback, where nothing is polled between the two.
    let kept = Kept {
        topic: "a".into(),
        payload: "last".into(),
        qos: QoS::AtMostOnce,
        retain: false,
        expiry_s: None,
        since: 0,
        properties: PropertyBuf::new(),
    };
    d.kept.insert(1, kept);
    let message = session::Message::plain(1, 10);
    d.client.session_mut().enqueue(0, message);
    d.closes(0)
        .expects("PUBLISH q0 a last, DISCONNECT 00 [1100000000], close 1000");
}

#[test]
fn mqtt_3_1_1_takes_leave_without_a_reason() {
    let mut d = Dialogue::up_with(Dialogue::v311());
    d.closes(0).expects("DISCONNECT 00, close 1000");
}

#[test]
fn a_pause_takes_leave_and_keeps_the_session() {
    let mut d = Dialogue::up();
    d.client.session_mut().pause(0);
    d.drain().expects("DISCONNECT 00, abandon 1000");
    d.client.session_mut().resume(0);
    d.drain();
    assert!(d.pending().starts_with("CONNECT 60"), "{}", d.pending());
    d.said.clear();
}

#[test]
fn a_goodbye_before_connack_follows_connect() {
    let mut d = Dialogue::asked(Options::default());
    d.closes(0)
        .expects("DISCONNECT 00, abandon 1000, closed user");
    // And where CONNECT has not left, nothing does.
    let mut d = Dialogue::up();
    d.loses().expects("waiting 1");
    d.closes(0).expects("closed user");
}

#[test]
fn the_last_word_of_the_broker_leads_to_what_it_means() {
    for (code, words) in [
        (0x00, "disconnected 00, abandon 0, waiting 1"),
        (0x8b, "disconnected 8b, abandon 0, waiting 1"),
        (0x87, "disconnected 87, abandon 0, waiting 1"),
        (0x8e, "disconnected 8e, abandon 0, closed final"),
        (0x98, "disconnected 98, abandon 0, waiting 1"),
        (0x9c, "disconnected 9c, abandon 0, waiting 1"),
        (0x9d, "disconnected 9d, abandon 0, closed final"),
    ] {
        Dialogue::up().hears(&disconnect(code, &[])).expects(words);
    }
}

#[test]
fn what_stands_behind_the_last_word_is_not_read() {
    let mut d = Dialogue::up();
    let bytes = [disconnect(0x8b, &[]), publish(1, 1, "a", &[], "x")];
    d.hears(&bytes.concat())
        .expects("disconnected 8b, abandon 0, waiting 1");
    d.reconnects();
    d.said.clear();
    d.accepts(true).expects("resumed");
}

#[test]
fn the_reason_in_words_can_be_read() {
    let mut d = Dialogue::up();
    let generation = d.socket.unwrap();
    let said = disconnect(0x8b, &[&[0x1f][..], &text("maintenance")].concat());
    d.client.session_mut().heard(generation, said.len() as u64);
    d.client.handle_frame(0, generation, FrameRef::Bytes(&said));
    let Some(Output::Event(Event::Disconnected { properties, .. })) = d.client.poll_output() else {
        panic!("the last word");
    };
    let properties = d.client.properties(properties);
    assert_eq!(
        properties.text(PropertyId::ReasonString),
        Some("maintenance")
    );
    d.drain().expects("abandon 0, waiting 1");
}

#[test]
fn malformed_packets_are_answered_with_the_reason() {
    for (bytes, code) in [
        // An unknown packet type; bits that are reserved; QoS 3; a client's packet; a remaining length without an end.
        (&[0x00, 0][..], "81"),
        (&[0xd1, 0][..], "81"),
        (&[0x36, 0][..], "81"),
        (&[0xc0, 0][..], "82"),
        (&[0x30, 0x80, 0x80, 0x80, 0x80][..], "81"),
    ] {
        let words = format!("violated {code}, DISCONNECT {code}, abandon 4002, waiting 1");
        Dialogue::up().hears(bytes).expects(&words);
    }
}

#[test]
fn three_violations_in_a_row_are_enough() {
    let mut d = Dialogue::up();
    for _ in 0..2 {
        d.hears(&[0, 0]);
        d.reconnects();
        d.accepts(true);
        d.said.clear();
    }
    d.hears(&[0, 0])
        .expects("violated 81, DISCONNECT 81, abandon 4002, closed peer");
}

#[test]
fn mqtt_3_1_1_is_told_of_a_violation_by_the_close_alone() {
    let mut d = Dialogue::up_with(Dialogue::v311());
    d.hears(&ack(PUBACK, 9, 0))
        .expects("violated 82, abandon 4002, waiting 1");
}

#[test]
fn acknowledgements_of_nothing_are_violations() {
    let broken = "violated 82, DISCONNECT 82, abandon 4002, waiting 1";
    Dialogue::up().hears(&ack(PUBACK, 9, 0)).expects(broken);
    Dialogue::up().hears(&ack(PUBCOMP, 9, 0)).expects(broken);
    // And of the wrong kind.
    let mut d = Dialogue::up();
    d.publishes(1, 2, "a", "x").expects("PUBLISH 1 q2 a x");
    d.hears(&ack(PUBACK, 1, 0)).expects(broken);
    let mut d = Dialogue::up();
    d.publishes(1, 2, "a", "x").expects("PUBLISH 1 q2 a x");
    d.hears(&ack(PUBCOMP, 1, 0)).expects(broken);
    let mut d = Dialogue::up();
    d.publishes(1, 1, "a", "x").expects("PUBLISH 1 q1 a x");
    d.hears(&ack(PUBREC, 1, 0)).expects(broken);
}

#[test]
fn a_frame_above_the_limit_is_answered_with_packet_too_large() {
    let mut d = Dialogue::configured(
        Options::default(),
        Config {
            max_message_bytes: 100,
            ..Config::default()
        },
    );
    d.opens().accepts(false);
    d.said.clear();
    d.hears(&[0; 101])
        .expects("DISCONNECT 95, abandon 4009, waiting 1");
}
