//! A heartbeat agreed on after the yes, and something that leaves at least so often.

use super::*;

fn beats(keep_alive: KeepAlive) -> HeartbeatConfig {
    HeartbeatConfig {
        keep_alive,
        ..HeartbeatConfig::default()
    }
}

fn answered(within_ms: Millis) -> Config {
    Config {
        heartbeat: beats(KeepAlive::Answered(within_ms)),
        ..Config::default()
    }
}

fn unanswered(within_ms: Millis) -> Config {
    Config {
        heartbeat: beats(KeepAlive::Unanswered(within_ms)),
        ..Config::default()
    }
}

#[test]
fn an_idle_connection_says_something_in_three_quarters_of_the_time() {
    let mut d = Dialogue::opened(unanswered(10_000));
    for beat in 1..=50 {
        d.at(beat * 7_500).expects("ping 0");
    }
}

#[test]
fn an_unanswered_beat_expects_nothing_back() {
    let mut d = Dialogue::opened(unanswered(10_000));
    d.at(7_500).expects("ping 0");
    d.pong(None).expects("");
    d.at(15_000).expects("ping 0");
    assert_eq!(d.session.stats(d.now).latency_ms, None);
}

#[test]
fn an_answered_beat_is_a_ping_that_finds_a_dead_peer() {
    let mut d = Dialogue::opened(answered(60_000));
    d.at(45_000).expects("ping 1");
    d.at(45_030).pong(None).expects("latency 30");
    d.at(90_000).expects("ping 2");
    d.at(92_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn what_arrives_does_not_count() {
    let mut d = Dialogue::opened(answered(20_000));
    for now in (1_000..15_000).step_by(1_000) {
        d.silence_until(now).hears();
    }
    d.at(15_000).hears().expects("ping 1");
}

#[test]
fn every_send_counts_and_no_more_than_the_time_passes_between_two() {
    for within_ms in [1, 2, 3, 5, 7, 1_000, 10_000, 60_000] {
        let mut d = Dialogue::opened(unanswered(within_ms));
        let mut rng = fastrand::Rng::with_seed(within_ms);
        let mut last = 0;
        for _ in 0..500 {
            let now = d.now + rng.u64(1..=within_ms);
            while let Some(at) = d.time_of("ping 0", now) {
                assert!(at - last <= within_ms, "{within_ms}: {last}, {at}");
                last = at;
                if at == now {
                    break;
                }
            }
            assert!(now - last <= within_ms, "{within_ms}: {last}, {now}");
            match rng.u32(..3) {
                0 => {
                    assert!(d.session.can_pass());
                    d.session.note_passed(1);
                }
                1 => d.session.note_sent(),
                _ => {
                    d.queue(1).expects("transmit 1");
                }
            }
            last = now;
        }
    }
}

#[test]
fn a_connection_that_sends_all_the_time_is_left_alone() {
    let mut d = Dialogue::opened(unanswered(10_000));
    for now in (0..1_000_000).step_by(2_400) {
        d.silence_until(now).session.note_sent();
    }
}

#[test]
fn the_answer_to_a_ping_of_the_peer_is_a_send() {
    let mut d = Dialogue::opened(unanswered(10_000));
    d.at(5_000).verdict(Verdict::Ping).expects("pong");
    d.silence_until(10_000);
    d.at(12_500).expects("ping 0");
}

#[test]
fn while_a_pong_is_awaited_the_same_ping_goes_again_and_is_judged_as_before() {
    let mut d = Dialogue::opened(answered(2_000));
    for now in (1_500..11_500).step_by(1_500) {
        d.at(now).expects("ping 1");
    }
    d.at(11_500).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn pongs_of_a_ping_that_went_twice_answer_it_once() {
    let mut d = Dialogue::opened(answered(2_000));
    d.at(1_500).expects("ping 1");
    d.at(3_000).expects("ping 1");
    d.at(3_200).pong(None).expects("latency 1700");
    d.pong(None).expects("");
    d.at(4_500).expects("ping 2");
    d.at(4_520).pong(None).expects("latency 20");
}

#[test]
fn it_goes_on_while_nothing_is_read() {
    let mut d = Dialogue::opened(answered(20_000));
    d.holds();
    for beat in 1..=10 {
        d.at(beat * 15_000).expects("ping 1");
    }
}

#[test]
fn a_late_timer_is_made_good_at_once() {
    let mut d = Dialogue::opened(unanswered(60_000));
    d.sleeps_until(25_000).expects("");
    d.sleeps_until(70_000);
    assert!(d.pending().starts_with("ping 0") || d.name() != StateName::Open);
    d.said.clear();
}

#[test]
fn what_was_sent_before_the_connection_was_open_counts_from_then() {
    let mut d = Dialogue::dialled(Config {
        restore: true,
        auth: Auth::Secure,
        ..unanswered(4_000)
    });
    d.handshakes().news(News::CredentialsReady).said.clear();
    d.at(2_500).verdict(Verdict::Accepted).said.clear();
    d.at(2_800).news(News::Restored).expects("open, opened");
    d.at(3_000).expects("ping 0");
    d.at(6_000).expects("ping 0");
}

#[test]
fn a_heartbeat_agreed_on_with_the_yes_is_that_of_this_connection_only() {
    let mut d = Dialogue::dialled(Config {
        auth: Auth::Secure,
        ..unanswered(100_000)
    });
    d.handshakes().news(News::CredentialsReady).said.clear();
    d.session
        .set_heartbeat(0, beats(KeepAlive::Unanswered(4_000)));
    d.verdict(Verdict::Accepted).expects("open, opened");
    d.at(3_000).expects("ping 0");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    let due = d.wait().until;
    d.at(due).said.clear();
    d.comes_up();
    d.silence_until(due + 74_999);
    d.at(due + 75_000).expects("ping 0");
}

#[test]
fn on_an_open_connection_it_takes_effect_at_once() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    let agreed = HeartbeatConfig {
        interval_ms: Some(8_000),
        ..beats(KeepAlive::Answered(60_000))
    };
    d.at(26_000).session.set_heartbeat(26_000, agreed);
    // The ping under way is no longer judged, and its late pong answers no later one.
    d.at(34_000).expects("ping 2");
    d.pong(None).expects("");
    d.at(34_100).pong(None).expects("latency 100");
    d.session.set_heartbeat(34_100, HeartbeatConfig::default());
    d.silence_until(10_000_000);
}

#[test]
fn a_peer_that_agreed_to_speak_is_judged_by_that() {
    let mut d = Dialogue::opened(Config::default());
    let agreed = HeartbeatConfig {
        expect_every_ms: Some(10_000),
        ..beats(KeepAlive::Unanswered(10_000))
    };
    d.session.set_heartbeat(0, agreed);
    d.at(7_500).expects("ping 0");
    d.at(12_500).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn where_there_is_no_connection_nothing_is_agreed() {
    let mut d = Dialogue::waiting(heartbeat());
    d.session
        .set_heartbeat(d.now, beats(KeepAlive::Unanswered(1_000)));
    let due = d.wait().until;
    d.at(due).said.clear();
    d.comes_up();
    d.at(due + 25_000).expects("ping 1");
    d.said.clear();
}
