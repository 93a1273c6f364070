//! CONNECT, what the broker says to it, and enhanced authentication.

use super::*;
use packet::ReasonCode;

const CONNECT: &str = "CONNECT clean 60 [110000012c2708000000220010] \"\"";

fn scram() -> Options {
    Options {
        authentication_method: Some("SCRAM".into()),
        ..Options::default()
    }
}

/// Authentication method and data, as properties.
fn method(name: &str, data: &str) -> Vec<u8> {
    [&[0x15][..], &text(name), &[0x16], &text(data)].concat()
}

#[test]
fn nothing_leaves_before_the_broker_says_yes_but_connect() {
    let mut d = Dialogue::new(Options::default());
    d.is_wordy = true;
    d.publishes(1, 0, "a", "x");
    d.subscribes("b", 0);
    d.opens()
        .expects(&format!("connecting, authenticating, {CONNECT}"));
    d.accepts(false)
        .expects("connected, restoring, SUBSCRIBE 1 [0b01] b 00, open, PUBLISH q0 a x");
}

#[test]
fn the_session_is_thrown_away_once_and_then_gone_on_with() {
    let mut d = Dialogue::new(Options::default());
    d.opens().expects(CONNECT);
    // Not accepted, it is still to be thrown away.
    d.breaks().expects(&format!("waiting 1, {CONNECT}"));
    d.accepts(false).expects("connected");
    let again = CONNECT.replace(" clean", "");
    d.breaks().expects(&format!("waiting 2, {again}"));
}

#[test]
fn without_an_expiry_each_session_is_new() {
    let mut d = Dialogue::up_with(Options {
        session_expiry_s: 0,
        ..Options::default()
    });
    d.breaks()
        .expects("waiting 1, CONNECT clean 60 [2708000000220010] \"\"");
    let mut d = Dialogue::up_with(Dialogue::v311());
    d.breaks().expects("waiting 1, CONNECT clean 60 \"\"");
}

#[test]
fn will_and_options_stand_in_connect() {
    let mut options = Options {
        client_id: "me".into(),
        clean_start: false,
        session_expiry_s: u32::MAX,
        keep_alive_s: 10,
        receive_maximum: 20,
        maximum_packet_size: 1_000,
        topic_alias_maximum: 0,
        ..Options::default()
    };
    options
        .properties
        .push(PropertyId::RequestResponseInformation, Value::Number(1))
        .unwrap();
    let mut will = LastWill {
        topic: "gone".into(),
        payload: b"me".to_vec(),
        qos: QoS::AtLeastOnce,
        retain: true,
        ..LastWill::default()
    };
    will.properties
        .push(PropertyId::WillDelayInterval, Value::Number(5))
        .unwrap();
    options.will = Some(will);
    Dialogue::new(options)
        .opens()
        .expects("CONNECT 10 [11ffffffff21001427000003e81901] \"me\" will gone [1800000005] me");
}

#[test]
fn credentials_stand_in_connect_and_nowhere_else() {
    let credentials = Credentials {
        user_name: Some("ann"),
        password: Some(b"secret"),
        data: None,
    };
    assert_eq!(format!("{credentials:?}"), "Credentials(…)");
    let mut d = Dialogue::new(Dialogue::v311());
    let mut out = Vec::new();
    d.client.write_connect(credentials, true, &mut out).unwrap();
    assert_eq!(
        wire::read(Version::V311, &out),
        ["CONNECT clean 60 \"\" user ann password secret"]
    );
    d.drain().expects("");
}

#[test]
fn options_that_cannot_be_written_are_told_before() {
    let mut client = Mqtt::new(Dialogue::v311(), Config::default(), 1);
    assert_eq!(client.check_options(), Ok(()));
    client.options_mut().will = Some(LastWill {
        topic: "a/#".into(),
        ..LastWill::default()
    });
    assert_eq!(
        client.check_options(),
        Err(packet::PacketError::TopicWildcard)
    );
}

#[test]
fn the_client_identifier_that_the_broker_gives_is_kept() {
    let mut d = Dialogue::asked(Options::default());
    d.hears(&connack(false, 0, &[&[0x12][..], &text("auto-7")].concat()))
        .expects("connected");
    assert_eq!(d.client.options().client_id, "auto-7");
    d.breaks();
    assert!(d.pending().ends_with("\"auto-7\""));
    d.said.clear();
}

#[test]
fn the_broker_s_keep_alive_goes_before_ours() {
    let mut d = Dialogue::asked(Options::default());
    d.hears(&connack(false, 0, &[0x13, 0, 8]))
        .expects("connected");
    assert_eq!(d.client.grants().keep_alive_s, Some(8));
    // Something leaves within eight seconds, though the session would be silent for 25.
    d.at(6_000).expects("PINGREQ");
    d.hears(&PINGRESP).expects("latency 0");
    // The next connection begins with what is asked for.
    d.breaks();
    d.said.clear();
    d.accepts(true).expects("resumed");
    d.at(6_000 + 25_000).expects("PINGREQ");
    d.hears(&PINGRESP).expects("latency 0");
}

#[test]
fn a_dead_broker_is_found_by_pingreq() {
    let mut d = Dialogue::up();
    d.at(25_000).expects("PINGREQ");
    d.at(35_000).expects("abandon 0, waiting 1");
}

#[test]
fn messages_that_arrive_do_not_stand_for_those_that_leave() {
    let mut d = Dialogue::up();
    for second in 1..=40 {
        d.at(second * 1_000);
        d.hears(&publish(0, 0, "a", &[], "x"));
        d.said.clear();
    }
    // Three quarters of the keep alive.
    d.at(45_000).expects("PINGREQ");
}

#[test]
fn refusals_lead_to_what_they_mean() {
    for (code, words) in [
        (0x84, "refused 84, abandon 0, closed final"),
        (0x85, "refused 85, abandon 0, closed final"),
        (0x8a, "refused 8a, abandon 0, closed final"),
        (0x86, "refused 86, abandon 0, waiting 1"),
        (0x88, "refused 88, abandon 0, waiting 1"),
        (0x9d, "refused 9d, abandon 0, closed final"),
    ] {
        Dialogue::asked(Options::default())
            .hears(&connack(false, code, &[]))
            .expects(words);
    }
    // Credentials that are refused twice are wrong.
    let mut d = Dialogue::asked(Options::default());
    d.hears(&connack(false, 0x87, &[]))
        .expects("refused 87, abandon 0, waiting 1");
    d.reconnects();
    d.said.clear();
    d.hears(&connack(false, 0x87, &[]))
        .expects("refused 87, abandon 0, closed unauthorized");
}

#[test]
fn return_codes_of_3_1_1_mean_the_same() {
    for (code, words) in [
        (1, "refused 84, abandon 0, closed final"),
        (3, "refused 88, abandon 0, waiting 1"),
        (4, "refused 86, abandon 0, waiting 1"),
        (5, "refused 87, abandon 0, waiting 1"),
    ] {
        Dialogue::asked(Dialogue::v311())
            .hears(&[0x20, 2, 0, code])
            .expects(words);
    }
}

#[test]
fn another_server_is_followed_only_where_that_is_wanted() {
    let moved = connack(false, 0x9d, &[&[0x1c][..], &text("other:443")].concat());
    let mut d = Dialogue::asked(Options {
        follow_redirects: true,
        ..Options::default()
    });
    let mut refused = 0;
    while d.name() == StateName::Authenticating {
        refused += 1;
        d.hears(&moved);
        if refused <= 5 {
            assert_eq!(
                d.pending(),
                "refused 9d, abandon 0, waiting ".to_string() + &refused.to_string()
            );
            d.said.clear();
            let now = d.now;
            d.at(now);
            d.said.clear();
        }
    }
    // A ring of servers that name each other ends.
    d.expects("refused 9d, abandon 0, closed final");
    assert_eq!(refused, 6);
}

#[test]
fn what_comes_instead_of_connack_is_a_violation() {
    for bytes in [
        publish(0, 0, "a", &[], "x"),
        suback(1, 0),
        PINGRESP.to_vec(),
        disconnect(0, &[]),
    ] {
        Dialogue::asked(Options::default())
            .hears(&bytes)
            .expects("violated 82, DISCONNECT 82, abandon 4002, waiting 1");
    }
    // And so is a second one, or a session that was to be thrown away.
    Dialogue::up()
        .hears(&connack(false, 0, &[]))
        .expects("violated 82, DISCONNECT 82, abandon 4002, waiting 1");
    Dialogue::asked(Options::default())
        .hears(&connack(true, 0, &[]))
        .expects("violated 82, DISCONNECT 82, abandon 4002, waiting 1");
}

#[test]
fn authentication_goes_on_until_the_broker_is_content() {
    let mut d = Dialogue::new(scram());
    d.opens();
    assert!(d.pending().contains("150005534352414d1600056669727374"));
    d.said.clear();
    d.hears(&auth(0x18, &method("SCRAM", "challenge")))
        .expects("challenged challenge");
    let generation = d.socket.unwrap();
    assert_eq!(d.client.answer(0, generation, Some(b"proof")), Ok(true));
    d.drain()
        .expects("AUTH 18 [150005534352414d16000570726f6f66]");
    d.hears(&connack(false, 0, &method("SCRAM", "verified")))
        .expects("connected");
    // Nobody waits for an answer any more.
    assert_eq!(d.client.answer(0, generation, None), Ok(false));
}

#[test]
fn an_open_connection_is_authenticated_anew() {
    let mut d = Dialogue::up_with(scram());
    d.client.session_mut().reauthenticate(0);
    d.drain()
        .expects("AUTH 19 [150005534352414d1600056669727374]");
    d.hears(&auth(0x18, &method("SCRAM", "challenge")))
        .expects("challenged challenge");
    let generation = d.socket.unwrap();
    assert_eq!(d.client.answer(0, generation, Some(b"proof")), Ok(true));
    d.said.clear();
    d.drain();
    d.said.clear();
    d.hears(&auth(0, &method("SCRAM", ""))).expects("renewed");
}

#[test]
fn without_a_method_there_is_nothing_to_authenticate_anew() {
    let mut d = Dialogue::up();
    d.client.session_mut().reauthenticate(0);
    d.drain().expects("renewal failed");
}

#[test]
fn an_auth_that_nobody_asked_for_is_a_violation() {
    let broken = "violated 82, DISCONNECT 82, abandon 4002, waiting 1";
    Dialogue::up()
        .hears(&auth(0x18, &method("SCRAM", "")))
        .expects(broken);
    Dialogue::up_with(scram())
        .hears(&auth(0x18, &method("SCRAM", "")))
        .expects(broken);
    let mut d = Dialogue::asked(scram());
    d.hears(&auth(0x18, &method("OTHER", ""))).expects(broken);
}

#[test]
fn a_text_frame_is_a_violation() {
    let mut d = Dialogue::up();
    let generation = d.socket.unwrap();
    d.client.session_mut().heard(generation, 2);
    d.client.handle_frame(0, generation, FrameRef::Text("hi"));
    d.drain()
        .expects("violated 82, DISCONNECT 82, abandon 4002, waiting 1");
    let _ = ReasonCode::Success;
}
