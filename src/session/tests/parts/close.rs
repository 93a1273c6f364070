//! Goodbyes: close with and without a drain, abort, and what does not bring a closed session back.

use super::*;

/// One session in each state that a close can find.
fn in_each_state() -> Vec<Dialogue> {
    let full = || Config {
        restore: true,
        ..authenticated()
    };
    let mut asked = Dialogue::dialled(full());
    asked.handshakes();
    let mut sent = Dialogue::dialled(full());
    sent.handshakes().news(News::CredentialsReady);
    let mut restoring = Dialogue::dialled(full());
    restoring
        .handshakes()
        .news(News::CredentialsReady)
        .verdict(Verdict::Accepted);
    let mut paused = Dialogue::opened(full());
    paused.pause();
    let mut cached = Dialogue::opened(full());
    cached.signal(Signal::PageHidePersisted);
    let mut deciding = Dialogue::opened(Config {
        retry_asks: true,
        ..full()
    });
    deciding.closes(1006, "");
    let mut all = vec![
        Dialogue::new(full()),
        Dialogue::started(full()),
        Dialogue::dialled(full()),
        asked,
        sent,
        restoring,
        Dialogue::opened(full()),
        Dialogue::opened(heartbeat()),
        Dialogue::waiting(full()),
        paused,
        cached,
        deciding,
    ];
    for d in &mut all {
        d.said.clear();
    }
    all
}

#[test]
fn an_open_connection_closes_with_a_handshake() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000).close(0).expects("close 1000 bye, closing");
    d.at(1_030)
        .closes(1000, "bye")
        .expects("closed user (user 1000)");
    d.silence_until(1_000_000);
}

#[test]
fn a_close_over_a_dead_link_is_done_within_a_second() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(1_000).close(0).expects("close 1000 bye, closing");
    d.at(2_000).expects("abandon 1000, closed user");
}

#[test]
fn a_close_is_done_within_the_drain_and_a_second_in_every_state() {
    for drain in [0, 3_000] {
        for mut d in in_each_state() {
            let state = *d.session.state();
            d.queue(1);
            d.said.clear();
            d.close(drain);
            while d.name() != StateName::Closed {
                assert!(d.now <= drain + 1_000, "{state:?} with {drain}");
                d.step(drain + 1_001);
            }
            assert_eq!(*d.session.state(), State::Closed(ClosedWhy::User));
            d.said.clear();
        }
    }
}

#[test]
fn without_a_connection_it_is_over_at_once() {
    for mut d in in_each_state() {
        if d.name() != StateName::Open {
            d.close(0);
            assert_eq!(d.name(), StateName::Closed);
            assert_eq!(d.said.back().map(String::as_str), Some("closed user"));
            d.said.clear();
        }
    }
}

#[test]
fn once_the_user_has_closed_nothing_but_reconnect_opens_it_again() {
    for mut d in in_each_state() {
        d.close(0);
        let later = d.now + 2_000;
        while d.now < later {
            d.step(later);
        }
        d.said.clear();
        for signal in EVERY_SIGNAL {
            d.signal(signal).expects("");
        }
        d.open()
            .expects("")
            .pause()
            .expects("")
            .resume()
            .expects("");
        d.advise(Advice::Retry).close(0).expects("");
        d.sleeps_until(later + 10_000_000).expects("");
        d.reconnect().expects("connecting, ask url 0");
    }
}

#[test]
fn signals_during_the_closing_handshake_change_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.close(0).expects("close 1000 bye, closing");
    for signal in EVERY_SIGNAL {
        d.signal(signal).expects("");
    }
    d.pause().resume().close(0).expects("");
    d.closes(1005, "").expects("closed user (user 1005)");
}

#[test]
fn what_the_queue_holds_leaves_before_the_goodbye() {
    let mut d = Dialogue::opened(Config::default());
    assert_eq!(d.session.enqueue(0, message(1, 10)), Fate::Queued(1));
    d.close(0).expects("transmit 1, close 1000 bye, closing");
    assert_eq!(d.enqueue(message(2, 10)), Fate::Dropped(DropReason::Closed));
    assert!(!d.session.can_pass());
}

#[test]
fn without_a_drain_what_is_queued_is_reported() {
    let mut d = Dialogue::dialled(Config::default());
    d.queue(1).queue(2).close(0);
    d.expects("abandon 1000, drop 1 closed, drop 2 closed, closed user");
}

#[test]
fn a_drain_lets_the_queue_leave_over_a_connection_that_is_still_to_come() {
    let mut d = Dialogue::started(Config::default());
    d.queue(1).queue(2).close(5_000).expects("closing");
    d.at(1_000).url(WSS).expects("dial");
    d.at(2_000)
        .handshakes()
        .expects("transmit 1, transmit 2, close 1000 bye");
    d.at(2_050)
        .closes(1000, "bye")
        .expects("closed user (user 1000)");
}

#[test]
fn a_drain_goes_on_over_failed_attempts_and_reports_what_did_not_leave() {
    let mut d = Dialogue::started(Config {
        backoff_initial_ms: 500,
        backoff_max_ms: 500,
        ..Config::default()
    });
    d.queue(1).close(5_000).expects("closing");
    d.at(100).fails().expects("");
    let until = d.wait().until;
    d.at(until).expects("ask url 1");
    d.url(WSS).expects("dial");
    d.at(5_000)
        .expects("abandon 1000, drop 1 closed, closed user");
}

#[test]
fn a_drain_ends_when_there_is_no_coming_back() {
    let mut d = Dialogue::dialled(Config {
        max_attempts: Some(0),
        ..Config::default()
    });
    d.queue(1).close(5_000).expects("closing");
    d.closes(1006, "")
        .expects("drop 1 closed, closed user (refused 1006)");
}

#[test]
fn a_drain_takes_no_new_messages() {
    let mut d = Dialogue::dialled(Config::default());
    d.queue(1).close(5_000).expects("closing");
    assert_eq!(d.enqueue(message(2, 10)), Fate::Dropped(DropReason::Closed));
    d.handshakes().expects("transmit 1, close 1000 bye");
}

#[test]
fn a_drain_waits_for_nothing_where_nothing_is_queued() {
    let mut d = Dialogue::dialled(Config::default());
    d.close(5_000).expects("abandon 1000, closed user");
}

#[test]
fn a_drain_ends_with_the_last_message_that_outlives_its_time() {
    let mut d = Dialogue::dialled(Config::default());
    let brief = Message {
        ttl_ms: Some(1_000),
        ..message(1, 10)
    };
    assert_eq!(d.enqueue(brief), Fate::Queued(1));
    d.close(5_000).expects("closing");
    d.at(1_000)
        .expects("drop 1 expired, abandon 1000, closed user");
}

#[test]
fn a_drain_ends_when_the_page_goes() {
    let mut d = Dialogue::dialled(Config::default());
    d.queue(1).close(5_000).expects("closing");
    d.signal(Signal::PageHidePersisted);
    d.expects("abandon 1000, drop 1 closed, closed user");
}

#[test]
fn nothing_is_waited_for_that_is_on_hold_or_not_started() {
    let mut idle = Dialogue::new(Config::default());
    idle.queue(1)
        .close(5_000)
        .expects("drop 1 closed, closed user");
    let mut paused = Dialogue::opened(Config::default());
    paused
        .pause()
        .expects("abandon 1000, suspended paused (paused)");
    paused
        .queue(1)
        .close(5_000)
        .expects("drop 1 closed, closed user");
}

#[test]
fn a_second_close_changes_nothing() {
    let mut d = Dialogue::opened(Config::default());
    d.close(5_000)
        .expects("close 1000 bye, closing")
        .close(0)
        .expects("");
    d.at(6_000)
        .expects("abandon 1000, closed user")
        .close(0)
        .expects("");
}

#[test]
fn a_second_close_does_not_shorten_a_drain_nor_lengthen_it() {
    for again in [0, 60_000] {
        let mut d = Dialogue::dialled(Config::default());
        d.queue(1).close(5_000).expects("closing");
        d.session.close(d.now, Some(4321), "again", again);
        d.drain().expects("").silence_until(4_999);
        d.handshakes().expects("transmit 1, close 1000 bye");
    }
}

#[test]
fn code_and_reason_are_the_users() {
    let mut d = Dialogue::opened(Config::default());
    d.session.close(0, Some(4321), "enough", 0);
    d.drain().expects("close 4321 enough, closing");
    let mut plain = Dialogue::opened(Config::default());
    plain.session.close(0, None, "", 0);
    plain.drain().expects("close, closing");
}

#[test]
fn an_abort_ends_everything_at_once() {
    for mut d in in_each_state() {
        d.queue(1);
        d.said.clear();
        d.abort();
        assert_eq!(*d.session.state(), State::Closed(ClosedWhy::Aborted));
        assert_eq!(d.said.back().map(String::as_str), Some("closed aborted"));
        d.said.clear();
    }
}

#[test]
fn nothing_brings_back_what_was_aborted() {
    for mut d in in_each_state() {
        d.abort().said.clear();
        d.reconnect()
            .expects("")
            .open()
            .expects("")
            .resume()
            .expects("");
        for signal in EVERY_SIGNAL {
            d.signal(signal).expects("");
        }
        d.silence_until(100_000);
    }
}

#[test]
fn what_is_closed_can_still_be_aborted_and_tells_nobody_twice() {
    let mut d = Dialogue::dialled(Config::default());
    d.close(0).expects("abandon 1000, closed user");
    d.abort().expects("").reconnect().expects("");
    assert_eq!(*d.session.state(), State::Closed(ClosedWhy::Aborted));
}

#[test]
fn an_abort_cuts_a_goodbye_short() {
    let mut closing = Dialogue::opened(Config::default());
    closing.close(5_000).expects("close 1000 bye, closing");
    closing.abort().expects("abandon 1000, closed aborted");
    let mut draining = Dialogue::started(Config::default());
    draining.queue(1).close(5_000).expects("closing");
    draining.abort().expects("drop 1 closed, closed aborted");
}
