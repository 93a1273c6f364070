//! "Heart-beating": agreed in CONNECTED, sent in time, judged with a tolerance.

use super::*;

fn beating(outgoing_ms: u32, incoming_ms: u32, theirs: &str) -> Dialogue {
    let config = StompConfig {
        outgoing_ms,
        incoming_ms,
        ..StompConfig::default()
    };
    let mut d = Dialogue::connecting(config);
    d.hears(&format!("CONNECTED|version:1.2|heart-beat:{theirs}||^"));
    d.said.clear();
    d
}

#[test]
fn a_line_end_leaves_before_the_agreed_time_is_over() {
    let mut d = beating(4_000, 0, "0,10000");
    let mut last = 0;
    for _ in 0..20 {
        let (at, _) = d.stomp.session().poll_timeout().unwrap();
        d.at(at);
        if d.all() == "> |" {
            assert!(at - last <= 7_500, "{last} {at}");
            last = at;
        }
    }
    assert!(last > 25_000, "{last}");
}

#[test]
fn what_is_sent_counts_as_a_heart_beat() {
    let mut d = beating(10_000, 0, "0,10000");
    for _ in 0..10 {
        let next = d.now + 2_500;
        d.at(next);
        d.expects("");
        d.sends_text("x", false, false);
        d.expects("> SEND|destination:/q||x^");
    }
}

#[test]
fn silence_ends_the_connection_after_the_agreed_time_and_its_tolerance() {
    let mut d = beating(0, 10_000, "10000,0");
    // 10 s agreed, a quarter of tolerance, and a quarter for the way.
    let mut over = 0;
    while over == 0 {
        let (at, _) = d.stomp.session().poll_timeout().unwrap();
        d.at(at);
        if d.all() == "abandon 0, waiting 1 (heartbeat)" {
            over = at;
        }
    }
    assert!((15_625..=18_750).contains(&over), "{over}");
}

#[test]
fn line_ends_and_frames_of_the_broker_are_life() {
    let mut d = beating(0, 10_000, "10000,0");
    for _ in 0..20 {
        let next = d.now + 9_000;
        d.at(next);
        d.hears("|").expects("");
    }
    assert!(d.stomp.session().state().is_linked());
}

#[test]
fn where_one_side_wants_none_there_is_none() {
    for (outgoing, incoming, theirs) in [(0, 0, "5000,5000"), (5_000, 5_000, "0,0")] {
        let mut d = beating(outgoing, incoming, theirs);
        d.at(3_600_000).expects("");
    }
}

#[test]
fn a_heart_beat_that_is_no_pair_of_numbers_breaks_the_protocol() {
    for text in ["", "1", "a,b", "1,-2", "99999999999,0", "1,2,3"] {
        let mut d = Dialogue::connecting(quiet());
        d.hears(&format!("CONNECTED|version:1.2|heart-beat:{text}||^"));
        let said = d.all();
        assert!(
            said.starts_with("violated heart-beat, abandon 4002"),
            "{text}: {said}"
        );
    }
}
