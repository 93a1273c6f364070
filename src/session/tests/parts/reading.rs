//! An application that holds the reading back: what the peer says stands unread, and its silence proves nothing.

use super::*;

fn at_least_once() -> Config {
    Config {
        delivery: Delivery::AtLeastOnce,
        ..heartbeat()
    }
}

#[test]
fn while_nothing_is_read_it_is_pinged_in_its_rhythm_and_never_given_up() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(10_000).holds();
    for ping in 1..=200 {
        d.at(ping * 25_000).expects("ping 1");
    }
    assert_eq!(d.name(), StateName::Open);
}

#[test]
fn a_pong_that_is_due_when_the_reading_stops_is_not_waited_for() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(30_000).holds();
    // The next look pings on, and from then on it keeps the rhythm.
    d.at(31_250).expects("ping 1");
    d.at(56_250).expects("ping 1");
}

#[test]
fn when_the_reading_goes_on_the_pong_has_its_time_anew() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.holds().at(31_250).expects("ping 1");
    d.at(50_000).releases().silence_until(59_999);
    d.at(60_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn when_the_reading_goes_on_silence_starts_anew() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(10_000).holds().at(20_000).releases();
    d.silence_until(44_999).at(45_000);
    d.time_of("ping 1", 52_000).expect("a ping");
}

#[test]
fn a_round_trip_through_a_socket_that_was_not_read_measures_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.holds().at(26_000).releases();
    d.at(26_100).pong(Some(1)).expects("");
    d.at(51_100).expects("ping 2");
    d.at(51_150).pong(Some(2)).expects("latency 50");
}

#[test]
fn a_server_that_pings_is_not_judged_by_what_stands_unread() {
    let mut d = Dialogue::opened(pinged());
    d.at(20_000).holds().silence_until(600_000);
    d.releases().silence_until(631_249);
    let lost = d.time_of("abandon", 650_000).expect("an end");
    assert!(lost >= 631_250, "{lost}");
    d.expects("waiting 1 (heartbeat)");
}

#[test]
fn a_send_and_good_news_find_nothing_dead_meanwhile() {
    let mut d = Dialogue::opened(heartbeat());
    d.holds().at(10_000).sends().expects("ping 1");
    d.at(12_000).signal(Signal::Online);
    d.silence_until(24_999);
    d.time_of("ping 1", 40_000).expect("a further ping");
    assert_eq!(d.name(), StateName::Open);
}

#[test]
fn a_sleep_meanwhile_ends_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.holds().sleeps_until(600_000);
    d.said.clear();
    d.at(604_999).said.clear();
    assert_eq!(d.name(), StateName::Open);

    let mut d = Dialogue::opened(Config::default());
    d.holds().sleeps_until(600_000).expects("");
    d.releases().sleeps_until(1_200_000);
    d.expects("abandon, connecting (sleep), ask url 0");
}

#[test]
fn confirmations_wait_and_nothing_is_given_up() {
    let mut d = Dialogue::opened(at_least_once());
    d.holds().queue(7).expects("transmit 7");
    d.at(1_000).expects("ping 1");
    d.at(25_000).expects("ping 1");
    d.at(30_000).releases();
    d.at(30_010).pong(None).expects("confirmed 7");
    d.pong(None).expects("");
}

#[test]
fn each_further_pong_without_an_id_is_told_from_that_of_a_later_ping() {
    let mut d = Dialogue::opened(at_least_once());
    d.holds().queue(7).expects("transmit 7");
    d.at(1_000).expects("ping 1");
    for ping in 1..=20 {
        d.at(25_000 * ping).expects("ping 1");
    }
    d.releases().pong(None).expects("confirmed 7");
    d.queue(8).expects("transmit 8");
    d.at(501_000).expects("ping 2");
    for _ in 0..20 {
        d.pong(None).expects("");
    }
    d.pong(None).expects("latency 0, confirmed 8");
}

#[test]
fn new_credentials_wait_for_an_answer_that_stands_unread() {
    let mut d = Dialogue::opened(authenticated());
    d.session.reauthenticate(0);
    d.drain().expects("ask credentials");
    d.news(News::CredentialsReady).holds().silence_until(65_000);
    d.releases().verdict(Verdict::Accepted).expects("renewed");
}

#[test]
fn a_hold_ends_with_its_connection_and_none_begins_without_one() {
    let mut d = Dialogue::opened(heartbeat());
    d.holds()
        .closes(1006, "")
        .expects("waiting 1 (closed 1006)");
    d.holds().reconnect().said.clear();
    d.comes_up();
    d.at(25_000).expects("ping 1");
    d.at(35_000).expects("abandon, waiting 1 (heartbeat)");
}
