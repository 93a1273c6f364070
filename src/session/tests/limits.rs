//! Limits on the peer: the size of a frame, and how often it may misbehave.

use super::*;

fn narrow() -> Config {
    Config {
        max_message_bytes: 100,
        ..Config::default()
    }
}

/// A frame above the limit, then back again.
fn strikes(d: &mut Dialogue) {
    assert_eq!(d.arrives(101), Heard::TooLarge);
    assert!(
        d.pending().starts_with("abandon 4009, waiting"),
        "{}",
        d.pending()
    );
    d.said.clear();
    let until = d.wait().until;
    d.at(until).comes_up();
}

/// A break that is not the peer's fault, then back again.
fn breaks(d: &mut Dialogue) {
    d.closes(1006, "");
    d.said.clear();
    let until = d.wait().until;
    d.at(until).comes_up();
}

#[test]
fn a_frame_at_the_limit_passes() {
    let mut d = Dialogue::opened(narrow());
    assert_eq!(d.arrives(100), Heard::Deliver);
}

#[test]
fn three_frames_above_the_limit_in_a_row_end_it() {
    let mut d = Dialogue::opened(narrow());
    strikes(&mut d);
    strikes(&mut d);
    assert_eq!(d.arrives(101), Heard::TooLarge);
    d.expects("abandon 4009, closed peer (too-large)");
}

#[test]
fn other_breaks_between_do_not_excuse_the_peer() {
    let mut d = Dialogue::opened(narrow());
    strikes(&mut d);
    breaks(&mut d);
    strikes(&mut d);
    breaks(&mut d);
    d.arrives(101);
    d.expects("abandon 4009, closed peer (too-large)");
}

#[test]
fn less_than_a_healthy_minute_excuses_nothing() {
    let mut d = Dialogue::opened(narrow());
    for _ in 0..2 {
        strikes(&mut d);
        let until = d.now + 59_000;
        d.silence_until(until);
    }
    d.arrives(101);
    d.expects("abandon 4009, closed peer (too-large)");
}

#[test]
fn a_healthy_minute_excuses_the_peer() {
    let mut d = Dialogue::opened(narrow());
    for _ in 0..10 {
        strikes(&mut d);
        let until = d.now + 60_000;
        d.silence_until(until);
    }
}

#[test]
fn three_servers_in_a_row_that_select_no_subprotocol_end_it() {
    let mut d = Dialogue::new(Config::default());
    d.open().expects("connecting, ask url 0");
    for attempt in 1..=3 {
        d.url(Address {
            offers_protocols: true,
            ..WSS
        });
        d.expects("dial").handshakes();
        if attempt < 3 {
            d.expects(&format!(
                "protocol not selected, abandon 4002, waiting {attempt} (protocol)"
            ));
            let until = d.wait().until;
            d.at(until)
                .expects(&format!("connecting, ask url {attempt}"));
        }
    }
    d.expects("protocol not selected, abandon 4002, closed peer (protocol)");
}

#[test]
fn reconnect_excuses_the_peer() {
    let mut d = Dialogue::opened(narrow());
    strikes(&mut d);
    strikes(&mut d);
    d.arrives(101);
    d.expects("abandon 4009, closed peer (too-large)");
    d.reconnect().expects("connecting, ask url 0").comes_up();
    strikes(&mut d);
    strikes(&mut d);
}

/// A frame's arrival reads no clock: the wait once counted from the last call, perhaps long ago, and was over before
/// it began.
#[test]
fn the_wait_counts_from_the_frame_above_the_limit() {
    let mut d = Dialogue::opened(narrow());
    d.at(9_000).arrives(101);
    d.expects("abandon 4009, waiting 1 (too-large)");
    assert!(d.wait().until >= 9_000, "{:?}", d.wait());
}
