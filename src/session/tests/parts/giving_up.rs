//! When the count of attempts starts anew, and when it is over.

use super::*;

/// Loses the connection and dials again, at the time its wait is over; says which attempt it was.
fn comes_back(d: &mut Dialogue) -> u32 {
    d.closes(1006, "");
    d.said.clear();
    let Wait { attempt, until, .. } = d.wait();
    d.at(until).comes_up();
    attempt
}

#[test]
fn the_count_starts_anew_after_ten_seconds_of_uptime() {
    let mut d = Dialogue::opened(Config::default());
    let mut attempts = Vec::new();
    for uptime in [0, 9_999, 10_000, 9_999, 9_999, 60_000] {
        let until = d.now + uptime;
        d.silence_until(until);
        attempts.push(comes_back(&mut d));
    }
    assert_eq!(attempts, [1, 2, 1, 2, 3, 1]);
}

#[test]
fn the_count_does_not_start_anew_on_open_or_on_messages_alone() {
    let mut d = Dialogue::opened(Config::default());
    for attempt in 1..=8 {
        d.hears().hears();
        assert_eq!(comes_back(&mut d), attempt);
    }
}

#[test]
fn the_count_starts_anew_on_accepted_authentication_and_one_message() {
    let mut d = Dialogue::opened(authenticated());
    assert_eq!(comes_back(&mut d), 1);
    assert_eq!(comes_back(&mut d), 2, "the yes itself is not that message");
    d.hears();
    assert_eq!(comes_back(&mut d), 1);
    assert_eq!(comes_back(&mut d), 2);
}

#[test]
fn without_a_limit_it_never_gives_up() {
    let mut d = Dialogue::started(Config::default());
    for attempt in 1..=2_000 {
        d.fails().expects(&format!("waiting {attempt} (provider)"));
        let until = d.wait().until;
        d.at(until)
            .expects(&format!("connecting, ask url {attempt}"));
    }
}

#[test]
fn max_attempts_counts_retries_in_a_row() {
    let mut d = Dialogue::started(Config {
        max_attempts: Some(2),
        ..Config::default()
    });
    for attempt in 1..=2 {
        d.fails().expects(&format!("waiting {attempt} (provider)"));
        let until = d.wait().until;
        d.at(until)
            .expects(&format!("connecting, ask url {attempt}"));
    }
    d.fails().expects("closed exhausted (provider)");
    d.silence_until(1_000_000);
}

#[test]
fn max_attempts_of_zero_never_retries() {
    let mut d = Dialogue::opened(Config {
        max_attempts: Some(0),
        ..Config::default()
    });
    d.closes(1006, "").expects("closed exhausted (closed 1006)");
}

#[test]
fn a_healthy_connection_gives_all_attempts_back() {
    let mut d = Dialogue::opened(Config {
        max_attempts: Some(1),
        ..Config::default()
    });
    for _ in 0..20 {
        let until = d.now + 10_000;
        d.silence_until(until);
        assert_eq!(comes_back(&mut d), 1);
    }
}

#[test]
fn max_elapsed_ends_it_as_soon_as_no_retry_can_be_in_time() {
    for seed in 0..DRAWS {
        let mut d = Dialogue::opened_with_seed(
            Config {
                max_elapsed_ms: Some(60_000),
                ..Config::default()
            },
            seed,
        );
        d.at(1_000_000).closes(1006, "");
        while d.name() == StateName::Waiting {
            let until = d.wait().until;
            assert!(until <= 1_060_000, "a retry at {until}");
            d.said.clear();
            d.at(until).fails();
        }
        assert_eq!(*d.session.state(), State::Closed(ClosedWhy::Exhausted));
        assert!(d.now > 1_030_000, "given up already at {}", d.now);
        d.said.clear();
    }
}

#[test]
fn max_elapsed_counts_from_open_until_the_first_connection() {
    let mut d = Dialogue::new(Config {
        max_elapsed_ms: Some(5_000),
        ..Config::default()
    });
    d.at(1_000_000).open().expects("connecting, ask url 0");
    d.at(1_010_000)
        .expects("closed exhausted (connect-timeout)");
}

#[test]
fn a_short_connection_starts_the_elapsed_time_anew() {
    let mut d = Dialogue::opened(Config {
        max_elapsed_ms: Some(5_000),
        backoff_initial_ms: 1_000,
        backoff_max_ms: 1_000,
        ..Config::default()
    });
    for _ in 0..50 {
        comes_back(&mut d);
    }
}

#[test]
fn time_on_hold_is_not_time_spent_trying() {
    let config = || Config {
        max_elapsed_ms: Some(60_000),
        ..Config::default()
    };
    let mut paused = Dialogue::opened(config());
    paused
        .pause()
        .expects("abandon 1000, suspended paused (paused)");
    paused
        .at(3_600_000)
        .resume()
        .expects("connecting, ask url 0");
    paused.fails().expects("waiting 1 (provider)");
    let mut cached = Dialogue::opened(config());
    cached.signal(Signal::PageHidePersisted);
    cached.expects("abandon 1000, suspended frozen (page-hide)");
    cached.at(3_600_000).signal(Signal::PageShowPersisted);
    cached
        .expects("connecting, ask url 0")
        .fails()
        .expects("waiting 1 (provider)");
}

#[test]
fn reconnect_after_giving_up_begins_anew() {
    let mut d = Dialogue::started(Config {
        max_attempts: Some(1),
        max_elapsed_ms: Some(60_000),
        ..Config::default()
    });
    for _ in 0..3 {
        d.fails().expects("waiting 1 (provider)");
        let until = d.wait().until;
        d.at(until).expects("connecting, ask url 1");
        d.fails().expects("closed exhausted (provider)");
        let later = d.now + 3_600_000;
        d.silence_until(later)
            .reconnect()
            .expects("connecting, ask url 0");
    }
}
