//! Offline and online: a hint that can be wrong.

use super::*;

#[test]
fn an_open_connection_is_asked_not_closed_when_the_network_seems_gone() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000).signal(Signal::Offline).expects("ping 1");
    d.at(1_080).pong(Some(1)).expects("latency 80");
    let mut gone = Dialogue::opened(heartbeat());
    gone.at(1_000).signal(Signal::Offline).expects("ping 1");
    gone.at(5_000).expects("abandon, waiting 1 (heartbeat)");
    let mut mute = Dialogue::opened(Config::default());
    mute.signal(Signal::Offline).expects("");
    assert_eq!(mute.name(), StateName::Open);
}

#[test]
fn while_offline_dials_are_thirty_seconds_apart() {
    let mut d = Dialogue::started(Config::default());
    d.at(1_000).signal(Signal::Offline).expects("");
    for attempt in 1..=10_u64 {
        d.fails().expects(&format!("waiting {attempt} (provider)"));
        d.at(attempt * 30_000);
        d.expects(&format!("connecting, ask url {attempt}"));
    }
}

#[test]
fn a_wait_that_is_under_way_grows_when_the_network_goes() {
    let mut d = Dialogue::started(Config::default());
    d.at(100).fails().expects("waiting 1 (provider)");
    d.signal(Signal::Offline).expects("waiting 1");
    assert_eq!(d.wait().until, 30_000);
    d.signal(Signal::Offline).expects("");
    d.at(30_000).expects("connecting, ask url 1");
}

#[test]
fn a_longer_wait_is_left_as_it_is() {
    let mut d = Dialogue::opened(Config::default());
    d.closes(1013, "retry-after=60000")
        .expects("waiting 1 (closed 1013)");
    let until = d.wait().until;
    d.signal(Signal::Offline).expects("");
    d.at(until).expects("connecting, ask url 1");
}

#[test]
fn online_dials_at_once() {
    let mut d = Dialogue::waiting(Config::default());
    d.signal(Signal::Offline).expects("waiting 1");
    d.at(20_000)
        .signal(Signal::Online)
        .expects("connecting, ask url 1");
    d.fails().expects("waiting 2 (provider)");
    assert!(d.wait().until <= 20_000 + 8_000);
}

#[test]
fn online_soon_after_another_dial_is_not_lost() {
    let mut d = Dialogue::waiting(Config::default());
    d.signal(Signal::Shown).expects("connecting, ask url 1");
    d.at(1_000).signal(Signal::Offline).expects("");
    d.fails().expects("waiting 2 (provider)");
    assert_eq!(d.wait().until, 30_000);
    d.at(2_000).signal(Signal::Online).expects("waiting 2");
    d.at(5_000).expects("connecting, ask url 2");
}

#[test]
fn online_gives_a_told_delay_its_own_time_back() {
    let mut d = Dialogue::opened(Config::default());
    d.closes(1000, "retry-after=10000")
        .expects("waiting 1 (closed 1000)");
    let told = d.wait().until;
    assert!((10_000..=12_000).contains(&told));
    d.signal(Signal::Offline).expects("waiting 1");
    assert_eq!(d.wait().until, 30_000);
    d.at(5_000).signal(Signal::Online).expects("waiting 1");
    // The delay has to be served, so this was no act, and what follows is not held back by it.
    assert_eq!(d.wait().until, told);
    d.at(told).expects("connecting, ask url 1").comes_up();
}

#[test]
fn online_after_a_told_delay_is_over_dials_at_once() {
    let mut d = Dialogue::opened(Config::default());
    d.signal(Signal::Offline).expects("");
    d.closes(1000, "retry-after=10000")
        .expects("waiting 1 (closed 1000)");
    assert_eq!(d.wait().until, 30_000);
    d.at(20_000)
        .signal(Signal::Online)
        .expects("connecting, ask url 1");
}

#[test]
fn loopback_ignores_it() {
    let mut d = Dialogue::started(heartbeat());
    d.url(Address {
        loopback: true,
        ..Address::default()
    });
    d.expects("dial").handshakes().expects("open, opened");
    d.signal(Signal::Offline).expects("").closes(1006, "");
    d.expects("waiting 1 (closed 1006)");
    assert!(d.wait().until <= 4_000);
    d.signal(Signal::Offline).expects("");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
}

#[test]
fn reconnect_dials_even_when_the_network_seems_gone() {
    let mut d = Dialogue::waiting(Config::default());
    d.signal(Signal::Offline).expects("waiting 1");
    d.reconnect().expects("connecting (reconnect), ask url 1");
}

#[test]
fn a_wrong_hint_does_not_keep_a_connection_from_opening() {
    let mut d = Dialogue::new(Config::default());
    d.signal(Signal::Offline)
        .open()
        .expects("connecting, ask url 0");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, opened");
}
