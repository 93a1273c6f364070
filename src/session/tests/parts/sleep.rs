//! Timers that fire far too late: the machine slept, or the page was throttled.

use super::*;

/// In a page hidden for minutes, timers fire once a minute: lets them, until something ends the connection.
/// `each_minute` may bring in what the peer says, which arrives in time.
fn throttled(
    d: &mut Dialogue,
    minutes: u64,
    mut second: impl FnMut(&mut Dialogue, Millis),
) -> Option<Millis> {
    for tick in 1..=minutes * 60 {
        let now = tick * 1_000;
        d.freezes_until(now);
        second(d, now);
        if now % 60_000 == 0 {
            d.session.handle_timeout(now);
            d.drain();
        }
        let ended = d.name() != StateName::Open;
        while let Some(said) = d.said.pop_front() {
            if let (Some(id), Some(peer)) = (said.strip_prefix("ping "), d.peer)
                && now < peer.dies_at
            {
                d.pong(id.parse().ok());
            }
        }
        if ended {
            return Some(now);
        }
    }
    None
}

#[test]
fn after_a_sleep_the_peer_is_given_a_second_then_asked_then_judged() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000).sleeps_until(3_600_000).expects("");
    d.at(3_601_000).expects("ping 1");
    d.at(3_605_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_connection_that_survived_the_sleep_is_kept() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000).sleeps_until(3_600_000).expects("");
    d.at(3_601_000).expects("ping 1");
    d.at(3_601_070).pong(Some(1)).expects("latency 70");
    d.at(3_626_070).expects("ping 2");
}

#[test]
fn a_dead_link_is_known_within_five_seconds_of_waking_whatever_was_under_way() {
    // The last message, and the moment the machine fell asleep, over a whole interval and a ping's deadline.
    for heard in (0..25_000).step_by(1_250) {
        for asleep in (heard..heard + 36_000).step_by(1_250) {
            for slept in [12_000, 30_000, 31_000, 60_000, 3_600_000] {
                for sends in [0, 1] {
                    let mut d = Dialogue::opened(heartbeat());
                    d.peer(40, heard + 1);
                    while d.now < heard {
                        d.step(heard);
                    }
                    d.hears();
                    while d.now < asleep && d.name() == StateName::Open {
                        d.step(asleep);
                    }
                    d.said.clear();
                    if d.name() != StateName::Open {
                        continue;
                    }
                    for _ in 0..sends {
                        d.sends().said.clear();
                    }
                    let woke = asleep + slept;
                    d.sleeps_until(woke);
                    let known = d
                        .time_of("abandon", woke + 60_000)
                        .expect("the link is dead");
                    d.said.clear();
                    assert!(
                        known <= woke + 5_000,
                        "heard {heard} asleep {asleep} woke {woke}: {known}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_ping_that_was_out_during_the_sleep_measures_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.sleeps_until(500_000).expects("");
    d.at(500_010).pong(Some(1)).expects("");
    assert_eq!(d.session.stats(d.now).latency_ms, None);
    d.silence_until(520_000);
}

#[test]
fn a_pong_that_overtakes_the_late_timer_measures_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.freezes_until(500_000).pong(Some(1)).expects("");
    assert_eq!(d.session.stats(d.now).latency_ms, None);
}

#[test]
fn a_signal_that_overtakes_the_late_timer_judges_nobody() {
    let mut d = Dialogue::opened(pinged());
    d.signal(Signal::Hidden).expects("");
    d.freezes_until(3_600_000).signal(Signal::Shown).expects("");
    d.at(3_600_100).verdict(Verdict::Ping).expects("pong");
    d.session.handle_timeout(d.now);
    d.drain().expects("").silence_until(3_620_000);
}

#[test]
fn what_arrived_during_the_sleep_is_read_before_anyone_is_judged() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.sleeps_until(500_000).expects("");
    d.at(500_200).hears();
    // Not the pong, but a sign of life.
    d.silence_until(520_000);
    assert_eq!(d.name(), StateName::Open);
}

#[test]
fn a_frame_that_overtakes_the_late_timer_is_no_answer_to_the_ping_before_the_sleep() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.freezes_until(41_000).hears();
    d.verdict(Verdict::Ping).expects("pong");
    d.at(42_000).expects("ping 2");
    d.at(46_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_server_that_pings_is_given_its_rhythm_anew_after_a_sleep() {
    let mut d = Dialogue::opened(pinged());
    d.sleeps_until(3_600_000).expects("");
    let known = d.time_of("abandon", 4_000_000).expect("the link is dead");
    d.said.clear();
    assert!((3_631_000..=3_638_000).contains(&known), "{known}");
}

#[test]
fn good_news_and_waking_together_ask_once() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000).freezes_until(3_600_000);
    d.signal(Signal::Online).expects("ping 1");
    d.signal(Signal::Resumed).signal(Signal::Shown).expects("");
    d.session.handle_timeout(d.now);
    d.drain().expects("");
    d.at(3_604_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_wait_ends_on_waking() {
    let mut d = Dialogue::opened(Config::default());
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.sleeps_until(3_600_000).expects("connecting, ask url 1");
    d.fails().expects("waiting 2 (provider)");
}

#[test]
fn what_has_to_be_served_in_full_is_served_while_asleep_too() {
    let mut d = Dialogue::opened(Config::default());
    d.closes(1012, "retry-after=60000")
        .expects("waiting 1 (closed 1012)");
    let until = d.wait().until;
    d.freezes_until(30_000).signal(Signal::Resumed).expects("");
    d.at(until).expects("connecting, ask url 1");
}

#[test]
fn a_handshake_may_be_done_already_when_the_machine_wakes() {
    let mut d = Dialogue::dialled(Config::default());
    d.at(1_000).sleeps_until(600_000).expects("");
    d.at(600_900).handshakes().expects("open, opened");
}

#[test]
fn an_attempt_is_given_time_once_only() {
    let mut d = Dialogue::dialled(Config::default());
    d.sleeps_until(600_000).expects("");
    d.at(601_000)
        .expects("abandon, waiting 1 (connect-timeout)");
    let mut throttled = Dialogue::dialled(Config::default());
    throttled.sleeps_until(60_000).expects("");
    throttled
        .sleeps_until(120_000)
        .expects("abandon, waiting 1 (connect-timeout)");
}

#[test]
fn each_attempt_is_given_time_of_its_own() {
    let mut d = Dialogue::dialled(Config::default());
    d.sleeps_until(600_000).expects("");
    d.fails().expects("abandon, waiting 1 (provider)");
    let until = d.wait().until;
    d.at(until)
        .expects("connecting, ask url 1")
        .url(WSS)
        .expects("dial");
    d.sleeps_until(1_200_000).expects("");
    d.handshakes().expects("open, opened");
}

#[test]
fn another_timer_that_is_late_does_not_shorten_an_attempt() {
    let mut d = Dialogue::dialled(Config::default());
    let brief = Message {
        ttl_ms: Some(1_000),
        ..message(1, 10)
    };
    assert_eq!(d.enqueue(brief), Fate::Queued(1));
    d.sleeps_until(7_000).expects("drop 1 expired");
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
}

#[test]
fn a_busy_page_is_not_taken_for_a_sleep() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(31_250)
        .sleeps_until(37_499)
        .expects("abandon, waiting 1 (heartbeat)");
}

// --- without a heartbeat -----------------------------------------------------------------------------------------

#[test]
fn without_a_heartbeat_a_long_sleep_replaces_the_connection() {
    for asleep in [0, 1, 2_500, 4_999] {
        let mut d = Dialogue::opened(Config::default());
        d.at(asleep).sleeps_until(asleep + 30_001);
        d.expects("abandon, connecting (sleep), ask url 0");
    }
}

#[test]
fn without_a_heartbeat_a_nap_of_less_than_half_a_minute_replaces_nothing() {
    for asleep in [0, 1, 2_500, 4_999] {
        let mut d = Dialogue::opened(Config::default());
        d.at(asleep).sleeps_until(asleep + 25_000).expects("");
        d.silence_until(1_000_000);
    }
}

#[test]
fn without_a_heartbeat_a_throttled_page_is_not_taken_for_a_sleep() {
    let mut d = Dialogue::opened(Config::default());
    d.signal(Signal::Hidden).expects("");
    assert_eq!(throttled(&mut d, 60, |_, _| ()), None);
    let woke = d.now + 120_000;
    d.sleeps_until(woke)
        .expects("abandon, connecting (sleep), ask url 0");
}

#[test]
fn news_of_the_old_socket_after_a_long_sleep_is_old_news() {
    let mut d = Dialogue::opened(Config::default());
    let old = d.session.generation();
    d.freezes_until(600_000);
    let ping = News::Classified(Verdict::Ping);
    assert!(!d.session.handle_news(d.now, old, ping));
    d.drain().expects("abandon, connecting (sleep), ask url 0");
}

#[test]
fn how_the_connection_ended_says_more_than_the_sleep_before() {
    let mut refused = Dialogue::opened(Config::default());
    refused.freezes_until(600_000).closes(4400, "");
    refused.expects("closed final (closed 4400)");
    let mut lost = Dialogue::opened(Config::default());
    lost.freezes_until(600_000).closes(1006, "");
    lost.expects("waiting 1 (closed 1006)");
}

#[test]
fn with_lifecycle_off_a_sleep_replaces_nothing_and_no_timer_runs() {
    let mut d = Dialogue::opened(Config {
        lifecycle: false,
        ..Config::default()
    });
    assert_eq!(d.session.poll_timeout(), None);
    d.sleeps_until(3_600_000).expects("");
}

// --- throttled pages ---------------------------------------------------------------------------------------------

#[test]
fn a_dead_link_is_found_although_every_timer_is_a_minute_late() {
    for dies_at in [1, 30_000, 59_999, 60_001, 100_000, 150_000] {
        let mut d = Dialogue::opened(heartbeat());
        d.signal(Signal::Hidden).peer(0, dies_at).expects("");
        let known = throttled(&mut d, 20, |_, _| ()).expect("the link is dead");
        // A look, a grace, a ping and a deadline, each a minute apart.
        assert!(known <= dies_at + 240_000, "died {dies_at}, known {known}");
    }
}

#[test]
fn a_server_that_stops_pinging_is_found_although_every_timer_is_a_minute_late() {
    for dies_at in [1, 70_000, 100_000] {
        let mut d = Dialogue::opened(pinged());
        d.signal(Signal::Hidden).expects("");
        let known = throttled(&mut d, 20, |d, now| {
            if now % 25_000 == 0 && now < dies_at {
                d.verdict(Verdict::Ping).expects("pong");
            }
        });
        let known = known.expect("the link is dead");
        assert!(known <= dies_at + 180_000, "died {dies_at}, known {known}");
    }
}

#[test]
fn a_live_link_is_kept_although_every_timer_is_a_minute_late() {
    let mut silent = Dialogue::opened(heartbeat());
    silent
        .signal(Signal::Hidden)
        .peer(0, Millis::MAX)
        .expects("");
    assert_eq!(throttled(&mut silent, 120, |_, _| ()), None);
    let mut talking = Dialogue::opened(heartbeat());
    talking.signal(Signal::Hidden).expects("");
    let talk = |d: &mut Dialogue, now| {
        if now % 7_000 == 0 {
            d.hears();
        }
    };
    assert_eq!(throttled(&mut talking, 120, talk), None);
    let mut server = Dialogue::opened(pinged());
    server.signal(Signal::Hidden).expects("");
    let ping = |d: &mut Dialogue, now| {
        if now % 25_000 == 0 {
            d.verdict(Verdict::Ping);
        }
    };
    assert_eq!(throttled(&mut server, 120, ping), None);
}

#[test]
fn a_page_throttled_while_shown_finds_a_dead_link_too() {
    let mut d = Dialogue::opened(heartbeat());
    d.peer(0, 90_000);
    let known = throttled(&mut d, 20, |_, _| ()).expect("the link is dead");
    assert!(known <= 90_000 + 240_000, "{known}");
}
