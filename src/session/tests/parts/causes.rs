//! Coming back by cause: each row of the table, seen through the delays it leads to.

use super::*;

/// What follows from a close of a connection that was open for a moment, over many seeds.
fn waits_after(config: &Config, code: u16, reason: &str) -> Vec<Wait> {
    (0..DRAWS)
        .map(|seed| {
            let mut d = Dialogue::opened_with_seed(config.clone(), seed);
            d.at(1_000).closes(code, reason);
            d.expects(&format!("waiting 1 (closed {code})"));
            d.wait()
        })
        .collect()
}

/// The delays fill `0..=window` evenly enough, and none leaves it.
#[track_caller]
fn assert_fills(delays: impl Iterator<Item = Millis>, window: Millis) {
    let delays: Vec<_> = delays.collect();
    let (mut low, mut high) = (0, 0);
    for &delay in &delays {
        assert!(delay <= window, "{delay} is beyond {window}");
        low += u32::from(delay < window / 10);
        high += u32::from(delay > window - window / 10);
    }
    let tenth = delays.len() as u32 / 10;
    for count in [low, high] {
        assert!(
            count > tenth / 3 && count < tenth * 3,
            "{count} of {delays:?}"
        );
    }
}

fn assert_jitter(waits: &[Wait], window: Millis) {
    assert_fills(waits.iter().map(|wait| wait.until - 1_000), window);
}

#[track_caller]
fn assert_final(config: Config, code: u16, reason: &str, why: &str) {
    let mut d = Dialogue::opened(config);
    d.closes(code, reason);
    d.expects(&format!("closed {why} (closed {code})"));
    for signal in [Signal::Online, Signal::Shown, Signal::PageShowPersisted] {
        d.signal(signal).expects("");
    }
    d.silence_until(10_000_000);
}

#[test]
fn ordinary_ends_wait_a_random_part_of_four_seconds() {
    for code in [1000, 1005, 1006, 1008, 1011, 1014, 1015, 3001, 4000, 4500] {
        let waits = waits_after(&Config::default(), code, "");
        assert_jitter(&waits, 4_000);
        assert!(waits.iter().all(|wait| wait.kind == WaitKind::Backoff));
    }
}

#[test]
fn a_server_that_goes_away_is_given_twice_the_first_window() {
    for code in [1001, 1012, 1013, 4408, 4425, 4429] {
        let waits = waits_after(&Config::default(), code, "");
        assert_jitter(&waits, 8_000);
        let restart = matches!(code, 1012 | 1013);
        for wait in waits {
            assert_eq!(wait.kind == WaitKind::Spread, restart, "{code}");
        }
    }
}

#[test]
fn windows_double_up_to_thirty_seconds_and_jitter_comes_after_the_cap() {
    for (retries, window) in [4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
        .into_iter()
        .enumerate()
    {
        let delays = (0..DRAWS).map(|seed| {
            let mut d = Dialogue::seeded(Config::default(), seed);
            d.open();
            for _ in 0..retries {
                d.fails();
                let until = d.wait().until;
                d.said.clear();
                d.at(until);
            }
            d.fails();
            d.said.clear();
            d.wait().until - d.now
        });
        assert_fills(delays, window);
    }
}

#[test]
fn backoff_is_the_users_to_choose() {
    let waits = waits_after(
        &Config {
            backoff_initial_ms: 1_000,
            ..Config::default()
        },
        1006,
        "",
    );
    assert_jitter(&waits, 1_000);
    let capped = waits_after(
        &Config {
            backoff_max_ms: 2_000,
            ..Config::default()
        },
        1012,
        "",
    );
    assert_jitter(&capped, 2_000);
}

#[test]
fn a_failed_handshake_waits_like_any_other_break() {
    let mut d = Dialogue::dialled(Config::default());
    d.closes(1006, "").expects("waiting 1 (refused 1006)");
    assert!(d.wait().until <= 4_000);
    assert_eq!(d.wait().kind, WaitKind::Backoff);
}

#[test]
fn a_lone_break_is_back_within_two_seconds_on_average() {
    let mean = (0..10_000)
        .map(|seed| {
            let mut d = Dialogue::opened_with_seed(Config::default(), seed);
            d.closes(1006, "");
            d.said.clear();
            d.wait().until
        })
        .sum::<u64>()
        / 10_000;
    assert!((1_950..2_050).contains(&mean), "{mean}");
}

#[test]
fn a_delay_told_by_the_server_is_served_and_stretched_by_a_fifth_at_most() {
    for reason in [r#"{"retry_after_ms": 20000}"#, "retry-after=20000"] {
        for code in [1000, 1006, 1012, 4000, 4429] {
            let waits = waits_after(&Config::default(), code, reason);
            assert!(waits.iter().all(|wait| wait.kind == WaitKind::Told));
            assert_fills(waits.iter().map(|wait| wait.until - 21_000), 4_000);
        }
    }
}

#[test]
fn final_codes_end_it() {
    for code in [1002, 1003, 1007, 1009, 1010, 4400, 4402, 4404, 4428, 4499] {
        assert_final(Config::default(), code, "", "final");
    }
    // Not even with a delay: the code says that it is pointless.
    assert_final(Config::default(), 4400, "retry-after=10", "final");
}

#[test]
fn a_server_can_forbid_coming_back_in_the_reason_of_any_code() {
    for code in [1000, 1001, 1013, 4000, 4401] {
        assert_final(Config::default(), code, r#"{"reconnect": false}"#, "final");
    }
}

#[test]
fn refused_credentials_without_a_token_source_end_it() {
    for code in [3000, 3003, 4401, 4403] {
        assert_final(Config::default(), code, "", "unauthorized");
    }
}

#[test]
fn refused_credentials_with_a_token_source_ask_once_more_within_four_seconds() {
    let config = Config {
        token_source: true,
        ..Config::default()
    };
    for code in [3000, 3003, 4401, 4403] {
        let waits = waits_after(&config, code, "");
        assert_jitter(&waits, 4_000);
        assert!(
            waits
                .iter()
                .all(|wait| wait.kind == WaitKind::Authorization)
        );
        let mut d = Dialogue::opened(config.clone());
        d.closes(code, "")
            .expects(&format!("waiting 1 (closed {code})"));
        let until = d.wait().until;
        d.at(until).expects("connecting, ask url 1");
        d.url(WSS)
            .expects("dial")
            .handshakes()
            .expects("open, reopened");
        d.closes(code, "");
        d.expects(&format!("closed unauthorized (closed {code})"));
    }
}

#[test]
fn a_policy_violation_is_a_refusal_only_where_authentication_is_configured() {
    let mut d = Dialogue::opened(authenticated());
    d.closes(1008, "").expects("waiting 1 (closed 1008)");
    assert_eq!(d.wait().kind, WaitKind::Authorization);
    let mut plain = Dialogue::opened(Config::default());
    plain.closes(1008, "").expects("waiting 1 (closed 1008)");
    assert_eq!(plain.wait().kind, WaitKind::Backoff);
}

fn ruled(from: u16, to: u16, action: Action, delay_ms: Millis) -> Config {
    Config {
        rules: vec![Rule {
            from,
            to,
            action,
            delay_ms,
        }],
        ..Config::default()
    }
}

#[test]
fn the_users_rules_replace_the_table_by_code_and_by_band() {
    assert_final(ruled(1000, 1000, Action::Final, 0), 1000, "", "final");
    for code in [4500, 4599] {
        assert_final(ruled(4500, 4599, Action::Final, 0), code, "", "final");
    }
    assert_jitter(
        &waits_after(&ruled(4500, 4599, Action::Final, 0), 4600, ""),
        4_000,
    );
    assert_jitter(
        &waits_after(&ruled(4400, 4400, Action::Jitter, 0), 4400, ""),
        4_000,
    );
    assert_jitter(
        &waits_after(&ruled(4000, 4000, Action::Spread, 0), 4000, ""),
        8_000,
    );
}

#[test]
fn a_rule_with_a_delay_is_served_exactly() {
    let mut d = Dialogue::opened(ruled(4000, 4000, Action::Delay, 7_000));
    d.closes(4000, "").expects("waiting 1 (closed 4000)");
    assert_eq!(d.wait().kind, WaitKind::Told);
    d.at(7_000).expects("connecting, ask url 1");
}

#[test]
fn the_users_rules_stand_above_the_servers_word() {
    let waits = waits_after(
        &ruled(1000, 1000, Action::Jitter, 0),
        1000,
        r#"{"reconnect":false}"#,
    );
    assert_jitter(&waits, 4_000);
}

#[test]
fn each_preset_decides_for_its_server() {
    let preset = |preset| Config {
        preset,
        ..Config::default()
    };
    assert_final(preset(Preset::GraphqlWs), 4429, "", "final");
    assert_final(preset(Preset::GraphqlWs), 1011, "", "final");
    assert_jitter(&waits_after(&preset(Preset::GraphqlWs), 4499, ""), 4_000);
    assert_final(preset(Preset::Pusher), 4001, "", "final");
    for wait in waits_after(&preset(Preset::Pusher), 4100, "") {
        assert_eq!((wait.until, wait.kind), (2_000, WaitKind::Told));
    }
    for wait in waits_after(&preset(Preset::Pusher), 4200, "") {
        assert_eq!(wait.until, 1_000);
    }
    assert_final(preset(Preset::Centrifuge), 3500, "", "final");
    assert_jitter(&waits_after(&preset(Preset::Centrifuge), 4400, ""), 4_000);
    assert_jitter(&waits_after(&preset(Preset::YWebsocket), 1002, ""), 4_000);
    // The user's own rules stand above a preset too.
    let both = Config {
        preset: Preset::Pusher,
        ..ruled(4001, 4001, Action::Jitter, 0)
    };
    assert_jitter(&waits_after(&both, 4001, ""), 4_000);
}

#[test]
fn the_wait_tells_attempt_time_and_cause() {
    let mut d = Dialogue::opened(Config::default());
    d.at(500)
        .closes(4000, "why")
        .expects("waiting 1 (closed 4000)");
    let wait = d.wait();
    assert_eq!((wait.cause.code, wait.cause.was_clean), (Some(4000), true));
    assert_eq!(d.session.close_reason(), "why");
    assert_eq!((wait.attempt, wait.due), (1, wait.until));
}

#[test]
fn two_sessions_do_not_come_back_together() {
    let waits = waits_after(&Config::default(), 1006, "");
    assert!(waits.iter().any(|wait| wait.until != waits[0].until));
}
