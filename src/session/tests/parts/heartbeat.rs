//! The heartbeat in both directions, message by message.

use super::*;

fn both() -> Config {
    Config {
        heartbeat: HeartbeatConfig {
            interval_ms: Some(25_000),
            expect_every_ms: Some(25_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    }
}

#[test]
fn silence_is_followed_by_a_ping_and_no_answer_by_letting_go_at_once() {
    let mut d = Dialogue::dialled(heartbeat());
    d.at(40).handshakes().expects("open, opened");
    d.at(25_040).expects("ping 1");
    d.at(35_040).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn without_a_heartbeat_silence_is_left_alone() {
    let mut d = Dialogue::opened(Config::default());
    d.sends().silence_until(10_000_000);
}

#[test]
fn a_pong_is_life_and_starts_the_silence_anew() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(25_100).pong(Some(1)).expects("latency 100");
    d.at(50_100).expects("ping 2");
    d.at(50_250).pong(Some(2)).expects("latency 150");
}

#[test]
fn any_received_message_is_life() {
    let mut d = Dialogue::opened(heartbeat());
    for now in (20_000..1_000_000).step_by(18_000) {
        d.silence_until(now).hears();
    }
}

#[test]
fn while_messages_flow_the_timer_ticks_every_quarter_of_the_interval() {
    let mut d = Dialogue::opened(heartbeat());
    let mut ticks = 0;
    for now in (100..=250_000).step_by(100) {
        let before = d.session.poll_timeout();
        assert!(before.is_some_and(|(_, timer)| timer == Timer::Heartbeat));
        d.silence_until(now).hears();
        ticks += u32::from(d.session.poll_timeout() != before);
    }
    assert_eq!(ticks, 40);
}

#[test]
fn a_message_that_is_no_pong_saves_the_link_but_not_the_ping() {
    for heard in [25_001, 31_249, 31_250, 31_251, 34_999] {
        let mut d = Dialogue::opened(heartbeat());
        d.at(25_000).expects("ping 1");
        d.at(heard).hears();
        // Its pong is overdue at 35 s, which ends nothing; a late one measures nothing and confirms nothing.
        d.silence_until(40_000).pong(Some(1)).expects("");
        assert_eq!(d.name(), StateName::Open);
    }
}

#[test]
fn after_a_pong_that_never_came_and_has_no_id_a_link_that_lives_is_kept() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(30_000).hears();
    d.at(50_000).expects("ping 2");
    // It may be that of the first, and then a second one comes. Here it does not.
    d.at(50_050).pong(None);
    d.sends().at(50_100).sends();
    d.time_of("ping 2", 60_000).expect("the same again");
    d.pong(None).expects("");
    d.at(70_000);
    assert_eq!(d.name(), StateName::Open);
}

#[test]
fn a_message_from_before_the_ping_does_not_answer_it() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(24_000)
        .hears()
        .signal(Signal::Online)
        .expects("ping 1");
    d.at(28_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn one_ping_is_outstanding_at_most() {
    let mut d = Dialogue::opened(Config {
        heartbeat: HeartbeatConfig {
            interval_ms: Some(2_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    });
    d.at(2_000).expects("ping 1");
    d.silence_until(11_999);
    d.at(12_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn pongs_may_come_without_an_id() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(25_030).pong(None).expects("latency 30");
}

#[test]
fn a_pong_with_another_id_is_life_but_no_answer() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(25_030).pong(Some(7)).expects("");
    d.at(25_060).pong(Some(1)).expects("latency 60");
}

#[test]
fn a_pong_that_nobody_asked_for_is_life_only() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(12_000).pong(Some(1)).pong(None).expects("");
    assert_eq!(d.session.stats(d.now).latency_ms, None);
    d.silence_until(30_000);
}

#[test]
fn the_deadline_adapts_to_the_measured_round_trip() {
    for (round_trip, deadline) in [(20, 2_000), (1_000, 3_000), (2_000, 6_000), (9_000, 10_000)] {
        let mut d = Dialogue::opened(heartbeat());
        d.at(25_000).expects("ping 1");
        d.at(25_000 + round_trip).pong(Some(1));
        d.expects(&format!("latency {round_trip}"));
        d.at(50_000 + round_trip).expects("ping 2");
        d.at(50_000 + round_trip + deadline);
        d.expects("abandon, waiting 1 (heartbeat)");
    }
}

#[test]
fn what_was_learnt_of_the_round_trip_outlives_the_connection() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(25_020).pong(Some(1)).expects("latency 20");
    d.reconnect().said.clear();
    d.comes_up();
    d.at(50_020).expects("ping 2");
    d.at(52_020).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_ping_of_the_old_connection_is_not_answered_on_the_new_one() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(26_000).reconnect().said.clear();
    d.comes_up().pong(Some(1)).expects("");
    d.at(51_000).expects("ping 2");
}

#[test]
fn a_pong_without_an_id_does_not_answer_a_ping_of_the_old_connection() {
    let mut d = Dialogue::opened(Config {
        auth: Auth::Secure,
        ..heartbeat()
    });
    d.sends().at(1_000).expects("ping 1");
    d.reconnect().url(WSS).handshakes().said.clear();
    d.pong(None).expects("");
    assert_eq!(d.session.stats(d.now).latency_ms, None);
    assert_eq!(d.session.stats(d.now).unconfirmed, 1);
}

#[test]
fn the_heartbeat_beats_only_while_open() {
    let mut d = Dialogue::dialled(Config {
        connect_timeout_ms: 100_000,
        restore: true,
        auth: Auth::Secure,
        ..heartbeat()
    });
    d.silence_until(30_000)
        .handshakes()
        .expects("authenticating, ask credentials");
    d.silence_until(60_000)
        .news(News::CredentialsReady)
        .verdict(Verdict::Accepted);
    d.expects("restoring, ask restore").silence_until(90_000);
    d.news(News::Restored).expects("open, opened");
    d.at(115_000).expects("ping 1");
}

// --- the server pings --------------------------------------------------------------------------------------------

#[test]
fn the_servers_ping_is_answered() {
    let mut d = Dialogue::opened(pinged());
    d.at(500).verdict(Verdict::Ping).expects("pong");
    let mut unasked = Dialogue::opened(Config::default());
    unasked.verdict(Verdict::Ping).expects("pong");
}

#[test]
fn the_servers_ping_is_answered_while_restoring_but_not_before_the_yes() {
    let mut d = Dialogue::dialled(Config {
        restore: true,
        ..authenticated()
    });
    d.handshakes().expects("authenticating, ask credentials");
    d.verdict(Verdict::Ping).expects("");
    d.news(News::CredentialsReady)
        .verdict(Verdict::Ping)
        .expects("");
    d.verdict(Verdict::Accepted)
        .expects("restoring, ask restore");
    d.verdict(Verdict::Ping).expects("pong");
}

#[test]
fn a_server_that_keeps_its_rhythm_is_kept() {
    let mut d = Dialogue::opened(pinged());
    for now in (25_000..2_000_000).step_by(25_000) {
        d.silence_until(now + now % 3 * 2_000)
            .verdict(Verdict::Ping)
            .expects("pong");
    }
}

#[test]
fn silence_is_judged_by_the_servers_rhythm() {
    // A quarter of the rhythm is allowed for, and the grain of the looks is another.
    for heard in (25_000..50_000).step_by(250) {
        let mut d = Dialogue::opened(pinged());
        d.at(20_000).verdict(Verdict::Ping).expects("pong");
        d.silence_until(heard)
            .verdict(Verdict::Ping)
            .expects("pong");
        let known = d.time_of("abandon", 200_000).expect("the server is silent");
        d.expects("waiting 1 (heartbeat)");
        assert!(
            (31_250..=37_500).contains(&(known - heard)),
            "{heard} {known}"
        );
    }
}

#[test]
fn any_message_keeps_the_servers_rhythm() {
    let mut d = Dialogue::opened(pinged());
    for now in (20_000..500_000).step_by(20_000) {
        d.silence_until(now).hears();
    }
}

#[test]
fn the_slack_of_a_rhythm_is_a_quarter_and_two_seconds_at_least() {
    for (every, known) in [(4_000, 6_000), (25_000, 31_250), (120_000, 150_000)] {
        let mut d = Dialogue::opened(Config {
            heartbeat: HeartbeatConfig {
                expect_every_ms: Some(every),
                ..HeartbeatConfig::default()
            },
            ..Config::default()
        });
        d.at(known).expects("abandon, waiting 1 (heartbeat)");
    }
}

#[test]
fn both_directions_may_be_combined() {
    let mut d = Dialogue::opened(both());
    d.at(20_000).verdict(Verdict::Ping).expects("pong");
    // The last look before it was at 18.75 s.
    d.at(43_750).expects("ping 1");
    d.at(43_800).pong(Some(1)).expects("latency 50");
    d.at(68_800).expects("ping 2");
    d.at(70_800).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_server_that_answers_but_no_longer_pings_is_alive() {
    let mut d = Dialogue::opened(both());
    d.peer(30, Millis::MAX);
    assert_eq!(d.time_of("abandon", 1_000_000), None);
}

/// A ping at 25,000 whose pong is due at 35,000, and so many bytes that the browser holds back then.
fn uploading(buffered: u64) -> Dialogue {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.session.note_buffered(buffered);
    d
}

#[test]
fn a_ping_behind_an_upload_that_moves_is_waited_for() {
    let mut d = uploading(9_000_000);
    d.silence_until(35_000);
    for (at, buffered) in [(37_000, 8_000_000), (47_000, 3_000_000), (57_000, 0)] {
        d.session.note_buffered(buffered);
        d.silence_until(at);
    }
    // The last of it may still be on its way.
    d.at(66_000).pong(Some(1)).expects("latency 41000");
}

#[test]
fn an_upload_that_stands_still_is_a_dead_link() {
    let mut d = uploading(9_000_000);
    d.silence_until(35_000);
    d.at(37_000).expects("abandon, waiting 1 (heartbeat)");

    let mut d = uploading(9_000_000);
    d.silence_until(35_000);
    d.session.note_buffered(5_000_000);
    d.silence_until(37_000);
    d.at(47_000).expects("abandon, waiting 1 (heartbeat)");

    let mut d = uploading(9_000_000);
    d.silence_until(35_000);
    d.session.note_buffered(0);
    d.silence_until(37_000);
    d.at(47_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn little_that_is_held_back_and_what_is_sent_meanwhile_are_no_progress() {
    for buffered in [0, 20, 65_535] {
        let mut d = uploading(buffered);
        d.sends();
        d.session.note_buffered(buffered / 2);
        d.at(35_000).expects("abandon, waiting 1 (heartbeat)");
    }
    let mut d = uploading(9_000_000);
    d.silence_until(35_000);
    d.sends();
    d.session.note_buffered(9_000_010);
    d.at(37_000).expects("abandon, waiting 1 (heartbeat)");
}
