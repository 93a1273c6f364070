//! Messages from the broker, each to the application as often as its level promises.

use super::*;

const SUBSCRIBED: &str = "SUBSCRIBE 1 [0b01] a/# 02, subscribed 1 02";

/// A client with one subscription, `a/#`.
fn subscribed() -> Dialogue {
    subscribed_with(Options::default())
}

fn subscribed_with(options: Options) -> Dialogue {
    let mut d = Dialogue::up_with(options);
    d.subscribes("a/#", 2);
    d.hears(&suback(1, 2));
    d.said.clear();
    d
}

#[test]
fn a_message_comes_with_the_subscriptions_it_is_for() {
    let mut d = Dialogue::up();
    assert_eq!((d.subscribes("a/#", 2), d.subscribes("+/b", 0)), (1, 2));
    d.hears(&[suback(1, 2), suback(2, 0)].concat());
    d.said.clear();
    // As the broker says.
    d.hears(&publish(0, 0, "a/b", &[0x0b, 2], "x"))
        .expects("message q0 a/b x [2]");
    d.hears(&publish(0, 0, "a/b", &[0x0b, 1, 0x0b, 2], "x"))
        .expects("message q0 a/b x [1, 2]");
    // And where it says nothing, or a number that is not known, as the filters say.
    d.hears(&publish(0, 0, "a/b", &[], "x"))
        .expects("message q0 a/b x [1, 2]");
    d.hears(&publish(0, 0, "a/c", &[0x0b, 9], "x"))
        .expects("message q0 a/c x [1]");
    d.hears(&publish(0, 0, "c/d", &[], "x"))
        .expects("message q0 c/d x []");
}

#[test]
fn numbers_of_an_earlier_page_are_not_trusted() {
    let mut d = Dialogue::new(Options {
        clean_start: false,
        client_id: "kept".into(),
        ..Options::default()
    });
    d.subscribes("b/#", 0);
    d.opens();
    d.said.clear();
    d.accepts(true)
        .expects("resumed, SUBSCRIBE 1 [0b01] b/# 00");
    // The number 1 was another filter's.
    d.hears(&publish(0, 0, "a", &[0x0b, 1], "x"))
        .expects("message q0 a x []");
    d.hears(&publish(0, 0, "b/c", &[0x0b, 1], "x"))
        .expects("message q0 b/c x [1]");
}

#[test]
fn qos_1_is_acknowledged_each_time() {
    let mut d = subscribed();
    d.hears(&publish(1, 7, "a/b", &[], "x"))
        .expects("message q1 a/b x [1], PUBACK 7");
    d.hears(&publish(1, 7, "a/b", &[], "x"))
        .expects("message q1 a/b x [1], PUBACK 7");
}

#[test]
fn qos_2_reaches_the_application_once() {
    let mut d = subscribed();
    let first = publish(2, 7, "a/b", &[], "x");
    d.hears(&first).expects("message q2 a/b x [1], PUBREC 7");
    let mut again = first.clone();
    again[0] |= 8;
    d.hears(&again).expects("PUBREC 7");
    d.hears(&ack(PUBREL, 7, 0)).expects("PUBCOMP 7");
    // Now it is another message.
    d.hears(&first).expects("message q2 a/b x [1], PUBREC 7");
}

#[test]
fn qos_2_reaches_the_application_once_over_a_break() {
    let mut d = subscribed();
    let message = publish(2, 7, "a/b", &[], "x");
    d.hears(&message).expects("message q2 a/b x [1], PUBREC 7");
    d.breaks();
    d.said.clear();
    d.accepts(true).expects("resumed");
    d.hears(&message).expects("PUBREC 7");
    d.hears(&ack(PUBREL, 7, 0)).expects("PUBCOMP 7");
    d.hears(&ack(PUBREL, 7, 0)).expects("PUBCOMP 7 92");
}

#[test]
fn an_identifier_of_a_session_that_may_be_another_is_told_by_the_mark_of_a_duplicate() {
    let mut d = subscribed();
    let message = publish(2, 7, "a/b", &[], "x");
    d.hears(&message).expects("message q2 a/b x [1], PUBREC 7");
    d.breaks().breaks();
    d.said.clear();
    d.accepts(true)
        .expects("resumed, SUBSCRIBE 2 [0b01] a/# 02");
    let mut again = message.clone();
    again[0] |= 8;
    d.hears(&again).expects("PUBREC 7");
    // Without it, it is another message, once.
    d.hears(&message).expects("message q2 a/b x [1], PUBREC 7");
    d.hears(&message).expects("PUBREC 7");
}

#[test]
fn the_receive_maximum_begins_anew_with_each_connection() {
    let mut d = Dialogue::asked(Options {
        receive_maximum: 1,
        ..Options::default()
    });
    d.accepts(false).expects("connected");
    let message = |id| publish(2, id, "a/b", &[], "x");
    d.hears(&message(7))
        .expects("message q2 a/b x [], PUBREC 7");
    d.breaks();
    d.said.clear();
    d.accepts(true).expects("resumed");
    // PUBREL for the first one may come later, or never if the broker has lost the session.
    d.hears(&message(8))
        .expects("message q2 a/b x [], PUBREC 8");
    d.hears(&message(9))
        .expects("violated 93, DISCONNECT 93, abandon 4002, waiting 1");
}

#[test]
fn identifiers_of_a_lost_session_are_forgotten() {
    let mut d = subscribed();
    let message = publish(2, 7, "a/b", &[], "x");
    d.hears(&message).expects("message q2 a/b x [1], PUBREC 7");
    d.breaks();
    d.said.clear();
    d.accepts(false)
        .expects("connected, SUBSCRIBE 2 [0b01] a/# 02");
    d.hears(&message).expects("message q2 a/b x [1], PUBREC 7");
}

#[test]
fn acknowledgements_of_one_frame_leave_in_one_in_order() {
    let mut d = subscribed();
    let frame = [
        publish(1, 7, "a/b", &[], "x"),
        publish(2, 8, "a/b", &[], "y"),
        publish(1, 9, "a/b", &[], "z"),
    ];
    d.hears(&frame.concat()).expects(
        "message q1 a/b x [1], message q2 a/b y [1], message q1 a/b z [1], PUBACK 7, PUBREC 8, PUBACK 9",
    );
}

#[test]
fn packets_are_read_however_they_are_cut() {
    let frame = [
        publish(1, 7, "a/b", &[], "first"),
        publish(0, 0, "a/c", &[], &"long".repeat(100)),
        ack(PUBREL, 9, 0),
    ]
    .concat();
    let mut whole = subscribed();
    whole.hears(&frame);
    let expected: String = whole.pending().split(", PUBACK 7, PUBCOMP 9 92").collect();
    whole.said.clear();
    for cut in 1..frame.len() {
        let mut d = subscribed();
        d.hears(&frame[..cut]).hears(&frame[cut..]);
        let messages: Vec<_> = d
            .said
            .iter()
            .filter(|it| it.starts_with("message"))
            .cloned()
            .collect();
        assert_eq!(messages.join(", "), expected, "cut at {cut}");
        d.said.clear();
    }
    let mut d = subscribed();
    for byte in frame {
        d.hears(&[byte]);
    }
    assert_eq!(d.said.len(), 4);
    d.said.clear();
}

#[test]
fn aliases_stand_for_topics_until_the_connection_ends() {
    let mut d = subscribed();
    d.hears(&publish(0, 0, "a/b", &[0x23, 0, 3], "1"))
        .expects("message q0 a/b 1 [1]");
    d.hears(&publish(0, 0, "", &[0x23, 0, 3], "2"))
        .expects("message q0 a/b 2 [1]");
    // Several in one frame, the alias given anew between them.
    let frame = [
        publish(0, 0, "", &[0x23, 0, 3], "3"),
        publish(0, 0, "a/c", &[0x23, 0, 3], "4"),
        publish(0, 0, "", &[0x23, 0, 3], "5"),
    ];
    d.hears(&frame.concat())
        .expects("message q0 a/b 3 [1], message q0 a/c 4 [1], message q0 a/c 5 [1]");
    d.breaks();
    d.said.clear();
    d.accepts(true).expects("resumed");
    d.hears(&publish(0, 0, "", &[0x23, 0, 3], "x"))
        .expects("violated 82, DISCONNECT 82, abandon 4002, waiting 1");
}

#[test]
fn an_alias_above_the_maximum_is_a_violation() {
    let mut d = subscribed();
    d.hears(&publish(0, 0, "a/b", &[0x23, 0, 17], "x"))
        .expects("violated 94, DISCONNECT 94, abandon 4002, waiting 1");
}

#[test]
fn more_than_the_receive_maximum_is_a_violation() {
    let mut d = subscribed_with(Options {
        receive_maximum: 2,
        ..Options::default()
    });
    for id in [7, 8] {
        let words = format!("message q2 a/b x [1], PUBREC {id}");
        d.hears(&publish(2, id, "a/b", &[], "x")).expects(&words);
    }
    d.hears(&publish(2, 9, "a/b", &[], "x"))
        .expects("violated 93, DISCONNECT 93, abandon 4002, waiting 1");
}

#[test]
fn a_packet_above_the_maximum_ends_the_connection_as_soon_as_its_length_is_there() {
    let mut d = subscribed_with(Options {
        maximum_packet_size: 100,
        ..Options::default()
    });
    d.hears(&publish(0, 0, "a/b", &[], &"x".repeat(200))[..4])
        .expects("violated 95, DISCONNECT 95, abandon 4002, waiting 1");
}

#[test]
fn acknowledgements_by_hand_leave_in_the_order_of_the_messages() {
    let mut d = subscribed_with(Options {
        manual_acknowledgements: true,
        receive_maximum: 3,
        ..Options::default()
    });
    for (qos, id) in [(1, 7), (2, 8), (1, 9)] {
        d.hears(&publish(qos, id, "a/b", &[], "x"));
    }
    d.expects("message q1 a/b x [1], message q2 a/b x [1], message q1 a/b x [1]");
    let id = |number| packet::PacketId::new(number).unwrap();
    assert!(d.client.acknowledge(id(9)));
    assert!(!d.client.acknowledge(id(9)) && !d.client.acknowledge(id(5)));
    assert!(d.client.acknowledge(id(8)));
    d.drain().expects("");
    assert!(d.client.acknowledge(id(7)));
    d.drain().expects("PUBACK 7, PUBREC 8, PUBACK 9");
}

#[test]
fn what_was_not_acknowledged_by_hand_comes_again() {
    let mut d = subscribed_with(Options {
        manual_acknowledgements: true,
        ..Options::default()
    });
    d.hears(&publish(2, 7, "a/b", &[], "x"))
        .expects("message q2 a/b x [1]");
    d.breaks();
    d.said.clear();
    d.accepts(true).expects("resumed");
    let id = packet::PacketId::new(7).unwrap();
    assert!(!d.client.acknowledge(id));
    d.hears(&publish(2, 7, "a/b", &[], "x"))
        .expects("message q2 a/b x [1]");
    assert!(d.client.acknowledge(id));
    d.drain().expects("PUBREC 7");
    d.hears(&publish(2, 7, "a/b", &[], "x")).expects("PUBREC 7");
}

#[test]
fn what_comes_before_connect_or_from_an_older_connection_is_nothing() {
    let mut d = Dialogue::up();
    let old = d.socket.unwrap();
    d.hears(&publish(0, 0, "a/b", &[], "half")[..3]);
    d.breaks();
    d.said.clear();
    d.client
        .handle_frame(0, old, FrameRef::Bytes(&publish(0, 0, "a", &[], "old")));
    d.drain().expects("");
    d.accepts(true).expects("resumed");
    let _ = SUBSCRIBED;
}

#[test]
fn whatever_a_broker_says_ends_in_a_violation_or_not_at_all_and_never_in_a_panic() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut violations = 0;
    for _ in 0..3_000 {
        let mut d = subscribed();
        d.publishes(1, 2, "out", "x").publishes(2, 1, "out", "y");
        let mut frame = [
            publish(2, 7, "a/b", &[0x0b, 1, 0x23, 0, 1], "x"),
            ack(PUBREC, 2, 0),
            publish(1, 8, "", &[0x23, 0, 1], "y"),
            ack(PUBREL, 7, 0),
            ack(PUBACK, 3, 0x10),
            auth(0x18, &[]),
            suback(4, 1),
            disconnect(0x8b, &[0x1f, 0, 1, b'!']),
        ]
        .concat();
        for _ in 0..rng.usize(1..6) {
            let at = rng.usize(..frame.len());
            match rng.u8(..3) {
                0 => frame[at] = rng.u8(..),
                1 => frame[at] ^= 1 << rng.u8(..8),
                _ => drop(frame.remove(at)),
            }
        }
        let cut = rng.usize(..=frame.len());
        d.hears(&frame[..cut]);
        if d.socket.is_some() {
            d.hears(&frame[cut..]);
        }
        violations += d
            .said
            .iter()
            .filter(|it| it.starts_with("violated"))
            .count();
        d.said.clear();
    }
    assert!(violations > 1_000, "{violations}");
}
