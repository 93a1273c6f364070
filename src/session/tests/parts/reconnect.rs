//! `reconnect()`, `pause()` and `resume()`, whatever they find.

use super::*;

#[test]
fn reconnect_ends_a_wait_and_dials_once() {
    let mut d = Dialogue::waiting(Config::default());
    d.at(5)
        .reconnect()
        .expects("connecting (reconnect), ask url 1");
    d.url(WSS).expects("dial");
    d.silence_until(9_000);
}

#[test]
fn reconnect_ends_waits_that_good_news_may_not() {
    for (config, code, reason) in [
        (Config::default(), 1000, "retry-after=60000"),
        (Config::default(), 1012, ""),
        (authenticated(), 4401, ""),
    ] {
        let mut d = Dialogue::opened(config);
        d.closes(code, reason).said.clear();
        d.reconnect().expects("connecting (reconnect), ask url 1");
    }
}

#[test]
fn reconnect_replaces_an_open_connection_without_counting_an_attempt() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000)
        .reconnect()
        .expects("abandon 1000, connecting (reconnect), ask url 0");
    d.at(1_040)
        .url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, reopened");
    assert_eq!(d.last_opening.downtime_ms, 40);
}

#[test]
fn reconnect_starts_what_was_not_started() {
    let mut d = Dialogue::new(Config::default());
    d.reconnect()
        .expects("connecting, ask url 0")
        .open()
        .expects("");
}

#[test]
fn reconnect_brings_a_closed_session_back_from_zero() {
    let mut d = Dialogue::opened(Config::default());
    for attempt in 1..=3 {
        d.closes(1006, "")
            .expects(&format!("waiting {attempt} (closed 1006)"));
        d.reconnect().said.clear();
        d.comes_up();
    }
    d.closes(4400, "").expects("closed final (closed 4400)");
    d.at(9_000).reconnect().expects("connecting, ask url 0");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, reopened");
    assert_eq!(d.last_opening.downtime_ms, 9_000);
}

#[test]
fn close_and_reconnect_in_one_breath_closes_and_comes_back() {
    let mut d = Dialogue::opened(Config::default());
    d.at(1_000).close(0).expects("close 1000 bye, closing");
    d.reconnect()
        .expects("abandon 1000, closed user, connecting, ask url 0");
    d.at(1_500)
        .url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, reopened");
    assert_eq!(d.last_opening.downtime_ms, 500);
}

#[test]
fn reconnect_cuts_a_drain_short_and_comes_back() {
    let mut d = Dialogue::started(Config::default());
    d.queue(1).close(5_000).expects("closing");
    d.reconnect()
        .expects("drop 1 closed, closed user, connecting, ask url 0");
    d.queue(2)
        .url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, opened, transmit 2");
}

#[test]
fn downtime_after_a_close_counts_from_that_close() {
    let mut d = Dialogue::opened(Config::default());
    d.at(1_000).close(0).expects("close 1000 bye, closing");
    d.closes(1000, "bye").expects("closed user (user 1000)");
    d.at(61_000)
        .reconnect()
        .expects("connecting, ask url 0")
        .comes_up();
    assert_eq!(d.last_opening.downtime_ms, 60_000);
}

#[test]
fn pause_closes_cleanly_keeps_the_queue_and_stays_quiet() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(10)
        .pause()
        .expects("abandon 1000, suspended paused (paused)");
    d.queue(1).pause().expects("").silence_until(3_600_000);
    d.resume().expects("connecting, ask url 0");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, reopened, transmit 1");
}

#[test]
fn pause_ends_an_attempt_and_a_wait() {
    let mut attempt = Dialogue::dialled(Config::default());
    attempt
        .pause()
        .expects("abandon 1000, suspended paused (paused)");
    let mut wait = Dialogue::waiting(Config::default());
    wait.pause()
        .expects("suspended paused (paused)")
        .silence_until(100_000);
    wait.resume().expects("connecting, ask url 1");
}

#[test]
fn pause_holds_in_a_cached_page_too() {
    let mut d = Dialogue::opened(Config::default());
    d.signal(Signal::PageHidePersisted);
    d.expects("abandon 1000, suspended frozen (page-hide)");
    d.pause().expects("suspended paused (paused)");
    d.signal(Signal::PageShowPersisted)
        .expects("")
        .resume()
        .expects("connecting, ask url 0");
}

#[test]
fn resume_does_nothing_where_nothing_is_paused() {
    let mut d = Dialogue::waiting(Config::default());
    d.resume().expects("");
    let mut open = Dialogue::opened(Config::default());
    open.resume().expects("");
    let mut idle = Dialogue::new(Config::default());
    idle.resume().expects("");
}

#[test]
fn reconnect_ends_a_pause() {
    let mut d = Dialogue::opened(Config::default());
    d.pause().expects("abandon 1000, suspended paused (paused)");
    d.reconnect().expects("connecting (reconnect), ask url 0");
}

#[test]
fn a_session_that_follows_an_earlier_one_reopens() {
    let mut d = Dialogue::new(Config {
        lost_at: Some(1_000),
        ..Config::default()
    });
    d.at(4_000).open().expects("connecting, ask url 0");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, reopened");
    assert_eq!(d.last_opening.downtime_ms, 3_000);
}
