//! What holds whichever parts are there: connecting, breaking, coming back by cause, a queue with bounds, an end.

use super::*;

#[test]
fn it_comes_back_and_the_queue_leaves_in_order() {
    let mut d = Dialogue::opened(Config::default());
    d.at(20_000).closes(1006, "");
    d.expects("waiting 1 (closed 1006)");
    d.queue(1).queue(2);
    let due = d.wait().until;
    assert!(due <= 24_000, "the first window is 4 s: {due}");
    d.at(due).expects("connecting, ask url 1");
    d.url(WSS).expects("dial");
    d.handshakes();
    d.expects("open, reopened, transmit 1, transmit 2");
    assert_eq!(d.last_opening.downtime_ms, due - 20_000);
    d.sends().expects("");
}

#[test]
fn windows_grow_until_a_connection_lasts() {
    for seed in 0..DRAWS {
        let mut d = Dialogue::opened_with_seed(Config::default(), seed);
        for window in [4_000, 8_000, 16_000, 30_000, 30_000] {
            let before = d.now;
            d.closes(1006, "").said.clear();
            let due = d.wait().until;
            assert!(due - before <= window, "{} of {window}", due - before);
            d.at(due).said.clear();
            d.comes_up();
        }
        let lasted = d.now + 10_000;
        d.at(lasted).closes(1006, "").said.clear();
        assert_eq!(d.wait().attempt, 1);
    }
}

#[test]
fn the_code_says_what_follows() {
    let after = |code| {
        let mut d = Dialogue::opened(Config::default());
        d.closes(code, "").said.clear();
        *d.session.state()
    };
    assert!(matches!(after(4400), State::Closed(ClosedWhy::Final)));
    assert!(matches!(
        after(4401),
        State::Closed(ClosedWhy::Unauthorized)
    ));
    assert!(matches!(after(1012), State::Waiting(wait) if wait.kind == WaitKind::Spread));
    assert!(matches!(after(1011), State::Waiting(wait) if wait.kind == WaitKind::Backoff));
}

#[test]
fn an_attempt_that_hangs_is_given_up() {
    let mut d = Dialogue::dialled(Config::default());
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
}

#[test]
fn the_queue_has_bounds() {
    let mut d = Dialogue::started(Config {
        queue: QueueConfig {
            max_messages: 2,
            ..QueueConfig::default()
        },
        ..Config::default()
    });
    d.queue(1).queue(2);
    let fate = d.enqueue(message(3, 10));
    assert_eq!(fate, Fate::Dropped(DropReason::QueueFull));
    d.abort();
    d.expects("drop 1 closed, drop 2 closed, closed aborted");
}

#[test]
fn nothing_comes_after_the_end_but_by_reconnect() {
    let mut d = Dialogue::opened(Config::default());
    d.close(0).expects("close 1000 bye, closing");
    d.closes(1000, "").expects("closed user (user 1000)");
    d.silence_until(100_000);
    d.reconnect().expects("connecting, ask url 0");
}

#[test]
fn a_pause_keeps_the_queue() {
    let mut d = Dialogue::opened(Config::default());
    d.pause().expects("abandon 1000, suspended paused (paused)");
    d.queue(1).silence_until(60_000);
    d.resume().expects("connecting, ask url 0");
    d.url(WSS).expects("dial");
    d.handshakes().expects("open, reopened, transmit 1");
}
