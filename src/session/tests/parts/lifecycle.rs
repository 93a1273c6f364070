//! The page: shown, hidden, frozen, in and out of the back/forward cache.

use super::*;

/// What says that the network or the page is back.
const GOOD_NEWS: [Signal; 4] = [
    Signal::Online,
    Signal::Shown,
    Signal::Resumed,
    Signal::PageShowPersisted,
];

/// Its waits are so long that only a signal ends them.
fn slow(config: Config) -> Config {
    Config {
        backoff_initial_ms: 400_000,
        backoff_max_ms: 400_000,
        ..config
    }
}

/// A session that waits after a close with a delay that has to be served in full; each would be over at `until`.
fn held() -> Vec<Dialogue> {
    let mut all = Vec::new();
    for (config, code, reason) in [
        (Config::default(), 1000, "retry-after=3000"),
        (Config::default(), 1012, ""),
        (Config::default(), 1013, ""),
        (authenticated(), 4401, ""),
    ] {
        let mut d = Dialogue::opened(config);
        d.closes(code, reason);
        d.expects(&format!("waiting 1 (closed {code})"));
        assert!(d.wait().until > 100, "a seed with a delay to speak of");
        all.push(d);
    }
    all
}

#[test]
fn good_news_ends_a_wait_at_once() {
    for news in GOOD_NEWS {
        let mut d = Dialogue::waiting(Config::default());
        d.at(10).signal(news).expects("connecting, ask url 1");
    }
}

#[test]
fn a_server_that_goes_away_without_restarting_is_dialled_on_good_news() {
    for code in [1001, 4408, 4425, 4429] {
        let mut d = Dialogue::opened(Config::default());
        d.closes(code, "")
            .expects(&format!("waiting 1 (closed {code})"));
        d.signal(Signal::Online).expects("connecting, ask url 1");
    }
}

#[test]
fn good_news_never_cuts_short_what_has_to_be_served_in_full() {
    for news in GOOD_NEWS {
        for mut d in held() {
            d.at(50).signal(news).expects("");
            let until = d.wait().until;
            d.at(until).expects("connecting, ask url 1");
        }
    }
}

#[test]
fn good_news_does_not_reset_the_attempt_count() {
    let mut d = Dialogue::waiting(Config::default());
    for attempt in 1..=20 {
        d.signal(Signal::Online).said.clear();
        if d.name() == StateName::Waiting {
            let until = d.wait().until;
            d.at(until)
                .expects(&format!("connecting, ask url {attempt}"));
        }
        d.fails();
        d.expects(&format!("waiting {} (provider)", attempt + 1));
    }
}

#[test]
fn good_news_is_acted_on_once_in_five_seconds_and_then_takes_its_turn() {
    // A seed whose second wait would be long.
    for seed in 0..50 {
        let mut d = Dialogue::opened_with_seed(Config::default(), seed);
        d.closes(1006, "").expects("waiting 1 (closed 1006)");
        d.signal(Signal::Shown).expects("connecting, ask url 1");
        d.fails().expects("waiting 2 (provider)");
        if d.wait().until < 5_000 {
            d.signal(Signal::Online).expects("");
            continue;
        }
        d.signal(Signal::Online).expects("waiting 2");
        assert_eq!(d.wait().until, 5_000);
        // More of it changes nothing, and none of it makes a second dial.
        for news in GOOD_NEWS {
            d.signal(news).expects("");
        }
        d.at(5_000).expects("connecting, ask url 2");
        d.fails().said.clear();
        for news in GOOD_NEWS {
            d.signal(news);
        }
        assert!(d.wait().until <= 10_000);
        d.said.clear();
    }
}

#[test]
fn a_flood_of_good_news_dials_no_more_than_once_in_five_seconds() {
    let mut d = Dialogue::waiting(Config {
        backoff_initial_ms: 60_000,
        backoff_max_ms: 60_000,
        ..Config::default()
    });
    let mut dials = Vec::new();
    for now in (0..60_000).step_by(100) {
        d.at(now);
        d.signal(GOOD_NEWS[now as usize / 100 % 4]);
        if d.name() == StateName::Connecting {
            dials.push(now);
            d.fails();
        }
        d.said.clear();
    }
    let close = dials.windows(2).filter(|pair| pair[1] - pair[0] < 5_000);
    // A wait may happen to be over by itself in between.
    assert!(close.count() <= 1, "{dials:?}");
    assert!(dials.len() >= 10, "{dials:?}");
}

#[test]
fn good_news_probes_an_open_connection_with_a_short_deadline() {
    for news in GOOD_NEWS {
        let mut d = Dialogue::opened(heartbeat());
        d.at(1_000).signal(news).expects("ping 1");
        d.at(5_000).expects("abandon, waiting 1 (heartbeat)");
        let mut alive = Dialogue::opened(heartbeat());
        alive.at(1_000).signal(news).expects("ping 1");
        alive.at(4_999).pong(Some(1)).expects("latency 3999");
        alive.silence_until(5_000);
    }
}

#[test]
fn good_news_shortens_the_deadline_of_a_ping_that_is_out_already() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(26_000).signal(Signal::Online).expects("");
    d.at(30_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn good_news_leaves_an_open_connection_alone_where_nothing_can_be_asked() {
    for config in [Config::default(), pinged()] {
        let mut d = Dialogue::opened(config);
        for news in GOOD_NEWS {
            d.signal(news).expects("");
        }
        assert_eq!(d.name(), StateName::Open);
    }
}

#[test]
fn good_news_that_nothing_could_be_asked_on_does_not_hold_up_the_next() {
    let mut d = Dialogue::opened(slow(Config::default()));
    d.signal(Signal::Resumed).expects("");
    d.at(1_500).closes(1006, "");
    d.expects("waiting 1 (closed 1006)");
    d.signal(Signal::Shown).expects("connecting, ask url 1");
}

#[test]
fn a_probe_on_good_news_does_not_hold_up_the_dial_that_its_outcome_calls_for() {
    let mut d = Dialogue::opened(slow(heartbeat()));
    d.signal(Signal::Shown).expects("ping 1");
    d.at(1_500).closes(1006, "");
    d.expects("waiting 1 (closed 1006)");
    d.signal(Signal::Online).expects("connecting, ask url 1");
}

#[test]
fn a_dial_on_good_news_holds_up_the_next_probe() {
    let mut d = Dialogue::opened(slow(heartbeat()));
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.signal(Signal::Online).expects("connecting, ask url 1");
    d.comes_up().signal(Signal::Shown).expects("");
}

#[test]
fn a_break_that_is_read_right_after_good_news_is_followed_by_a_dial_at_once() {
    for news in GOOD_NEWS {
        let mut d = Dialogue::opened(slow(Config::default()));
        d.signal(news).expects("");
        d.at(900).closes(1006, "");
        d.expects("waiting 1 (closed 1006), connecting, ask url 1");
        // Once: what breaks again waits.
        d.comes_up().closes(1006, "");
        d.expects("waiting 2 (closed 1006)");
    }
}

#[test]
fn a_break_with_a_word_of_the_server_is_not_hurried_by_good_news_before() {
    let mut d = Dialogue::opened(slow(Config::default()));
    d.signal(Signal::Resumed).closes(1012, "");
    d.expects("waiting 1 (closed 1012)");
    let mut d = Dialogue::opened(slow(Config::default()));
    d.signal(Signal::Resumed).at(1_001).closes(1006, "");
    d.expects("waiting 1 (closed 1006)");
}

#[test]
fn good_news_leaves_an_attempt_alone() {
    let mut d = Dialogue::dialled(heartbeat());
    for news in GOOD_NEWS {
        d.signal(news).expects("");
    }
    d.handshakes().expects("open, opened");
}

#[test]
fn a_page_that_goes_into_the_cache_closes_cleanly_and_dials_when_it_comes_back() {
    for back in [Signal::PageShowPersisted, Signal::Resumed] {
        let mut d = Dialogue::opened(heartbeat());
        d.at(1_000).signal(Signal::PageHidePersisted);
        d.expects("abandon 1000, suspended frozen (page-hide)");
        d.signal(Signal::Hidden).signal(Signal::Frozen).expects("");
        d.silence_until(3_600_000)
            .signal(back)
            .expects("connecting, ask url 0");
        // The other signals of the same return find an attempt under way.
        for news in GOOD_NEWS {
            d.signal(news).expects("");
        }
    }
}

#[test]
fn whatever_is_under_way_ends_when_the_page_goes_into_the_cache() {
    let mut asking = Dialogue::started(Config::default());
    asking
        .signal(Signal::PageHidePersisted)
        .expects("suspended frozen (page-hide)");
    let mut handshaking = Dialogue::dialled(Config::default());
    handshaking.signal(Signal::PageHidePersisted);
    handshaking.expects("abandon 1000, suspended frozen (page-hide)");
    let mut waiting = Dialogue::waiting(Config::default());
    waiting
        .signal(Signal::PageHidePersisted)
        .expects("suspended frozen (page-hide)");
    waiting
        .silence_until(60_000)
        .signal(Signal::PageShowPersisted);
    waiting.expects("connecting, ask url 1");
}

#[test]
fn a_trip_through_the_cache_does_not_cut_short_what_has_to_be_served_in_full() {
    for mut d in held() {
        let until = d.wait().until;
        d.at(50).signal(Signal::PageHidePersisted).expects("");
        d.at(100).signal(Signal::PageShowPersisted).expects("");
        d.at(until).expects("connecting, ask url 1");
    }
    for mut d in held() {
        d.signal(Signal::PageHidePersisted).expects("");
        d.freezes_until(3_600_000).signal(Signal::PageShowPersisted);
        d.expects("connecting, ask url 1");
    }
}

#[test]
fn a_page_that_is_only_frozen_keeps_its_connection() {
    let mut d = Dialogue::opened(heartbeat());
    d.signal(Signal::Hidden).signal(Signal::Frozen).expects("");
    d.freezes_until(20_000)
        .signal(Signal::Resumed)
        .expects("ping 1");
    d.pong(Some(1)).expects("latency 0").silence_until(25_000);
}

#[test]
fn no_signal_wakes_what_the_user_put_on_hold() {
    let mut d = Dialogue::opened(heartbeat());
    d.pause().expects("abandon 1000, suspended paused (paused)");
    for signal in EVERY_SIGNAL {
        d.signal(signal).expects("");
    }
    d.silence_until(1_000_000)
        .resume()
        .expects("connecting, ask url 0");
}

#[test]
fn hidden_pages_stay_connected_and_dial_as_ever() {
    let mut d = Dialogue::opened(Config::default());
    d.signal(Signal::Hidden).expects("").closes(1006, "");
    d.expects("waiting 1 (closed 1006)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, reopened");
}

#[test]
fn the_heartbeat_is_slower_while_the_page_is_hidden() {
    let mut d = Dialogue::opened(heartbeat());
    d.signal(Signal::Hidden).expects("");
    d.at(50_000).expects("ping 1");
    d.at(60_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_slow_heartbeat_is_not_hurried_by_hiding_the_page() {
    let mut d = Dialogue::opened(Config {
        heartbeat: HeartbeatConfig {
            interval_ms: Some(120_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    });
    d.signal(Signal::Hidden).expects("");
    d.at(120_000).expects("ping 1");
    d.pong(Some(1)).expects("latency 0");
}

#[test]
fn showing_the_page_asks_at_once_and_goes_back_to_the_ordinary_rhythm() {
    let mut d = Dialogue::opened(heartbeat());
    d.signal(Signal::Hidden).expects("");
    d.at(40_000).signal(Signal::Shown).expects("ping 1");
    d.at(40_050).pong(Some(1)).expects("latency 50");
    d.at(65_050).expects("ping 2");
    d.pong(Some(2)).expects("latency 0");
}

#[test]
fn hiding_and_showing_again_and_again_does_not_ping_more_than_the_interval_and_the_limit_allow() {
    let mut d = Dialogue::opened(heartbeat());
    d.peer(20, Millis::MAX);
    let mut pings = 0;
    for now in (0..100_000).step_by(250) {
        while d.now < now {
            d.step(now);
        }
        d.signal(Signal::Hidden).signal(Signal::Shown);
        pings += d
            .said
            .iter()
            .filter(|said| said.starts_with("ping"))
            .count();
        d.said.clear();
    }
    assert!((15..=20).contains(&pings), "{pings} pings in 100 s");
}

#[test]
fn with_lifecycle_off_no_signal_does_anything() {
    let off = |config| Config {
        lifecycle: false,
        ..config
    };
    let mut waiting = Dialogue::waiting(off(Config::default()));
    let mut open = Dialogue::opened(off(heartbeat()));
    for signal in EVERY_SIGNAL {
        waiting.signal(signal).expects("");
        open.signal(signal).expects("");
    }
    open.at(25_000).expects("ping 1");
}
