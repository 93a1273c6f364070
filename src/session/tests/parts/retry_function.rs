//! The user's retry function: what it is asked, what its answers do, and commands given while it is asked.

use super::*;

fn asking() -> Config {
    Config {
        retry_asks: true,
        ..Config::default()
    }
}

/// A session whose retry function is being asked about a lost connection.
fn asked(config: Config) -> Dialogue {
    let mut d = Dialogue::opened(config);
    d.closes(4000, "").expects("ask retry 1 (closed 4000)");
    d
}

#[test]
fn true_retries_with_jitter_even_where_the_table_stops() {
    let mut d = Dialogue::opened(asking());
    d.closes(4400, "").expects("ask retry 1 (closed 4400)");
    d.advise(Advice::Retry).expects("waiting 1 (closed 4400)");
    assert_eq!(d.wait().kind, WaitKind::Backoff);
    assert!(d.wait().until <= 4_000);
}

#[test]
fn false_ends_it() {
    let mut d = asked(asking());
    d.advise(Advice::Stop).expects("closed final (closed 4000)");
    d.silence_until(100_000);
}

#[test]
fn a_delay_is_served_exactly_and_no_good_news_cuts_it_short() {
    let mut d = asked(asking());
    d.advise(Advice::After(9_000))
        .expects("waiting 1 (closed 4000)");
    d.signal(Signal::Online).signal(Signal::Shown).expects("");
    d.at(9_000).expects("connecting, ask url 1");
}

#[test]
fn no_answer_leaves_it_to_the_table() {
    let mut d = Dialogue::opened(asking());
    d.closes(4400, "").expects("ask retry 1 (closed 4400)");
    d.advise(Advice::Default)
        .expects("closed final (closed 4400)");
    let mut told = Dialogue::opened(asking());
    told.closes(1000, "retry-after=100")
        .expects("ask retry 1 (closed 1000)");
    told.advise(Advice::Default)
        .expects("waiting 1 (closed 1000)");
    assert_eq!(told.wait().kind, WaitKind::Told);
}

#[test]
fn it_is_asked_about_every_cause_with_the_number_of_the_retry() {
    let mut d = Dialogue::new(asking());
    d.open().expects("connecting, ask url 0");
    d.fails().expects("ask retry 1 (provider)");
    d.advise(Advice::After(0)).expects("waiting 1 (provider)");
    d.at(0).session.handle_timeout(0);
    d.drain().expects("connecting, ask url 1");
    d.url(WSS).expects("dial");
    d.closes(1006, "").expects("ask retry 2 (refused 1006)");
    d.advise(Advice::After(5))
        .expects("waiting 2 (refused 1006)");
    d.at(5).expects("connecting, ask url 2");
    d.at(10_005).expects("ask retry 3 (connect-timeout)");
    d.advise(Advice::Stop)
        .expects("closed final (connect-timeout)");
}

#[test]
fn it_is_not_asked_where_the_address_may_not_be_dialled() {
    let mut d = Dialogue::started(Config {
        require_secure: true,
        ..asking()
    });
    d.url(Address::default())
        .expects("closed insecure (insecure)");
}

#[test]
fn its_word_stands_above_refused_tokens_and_strikes() {
    let mut d = Dialogue::opened(asking());
    for attempt in 1..=5 {
        d.closes(4401, "")
            .expects(&format!("ask retry {attempt} (closed 4401)"));
        d.advise(Advice::Retry)
            .expects(&format!("waiting {attempt} (closed 4401)"));
        d.reconnect();
        d.said.clear();
        d.comes_up();
    }
    let mut strikes = Dialogue::opened(Config {
        max_message_bytes: 100,
        ..asking()
    });
    for attempt in 1..=5 {
        strikes.arrives(101);
        strikes.expects(&format!("abandon 4009, ask retry {attempt} (too-large)"));
        strikes
            .advise(Advice::Retry)
            .expects(&format!("waiting {attempt} (too-large)"));
        strikes.reconnect();
        strikes.said.clear();
        strikes.comes_up();
    }
}

#[test]
fn limits_hold_whatever_it_says() {
    let mut d = asked(Config {
        max_attempts: Some(0),
        ..asking()
    });
    d.advise(Advice::Retry)
        .expects("closed exhausted (closed 4000)");
}

#[test]
fn the_old_socket_is_gone_before_it_is_asked() {
    let mut d = Dialogue::opened(Config {
        retry_asks: true,
        ..heartbeat()
    });
    d.at(25_000).expects("ping 1");
    d.at(35_000).expects("abandon, ask retry 1 (heartbeat)");
    assert_eq!(d.session.poll_timeout(), None);
    d.silence_until(100_000)
        .advise(Advice::After(1))
        .expects("waiting 1 (heartbeat)");
}

#[test]
fn a_close_from_inside_it_wins() {
    let mut d = asked(asking());
    d.close(0).expects("closed user");
    d.advise(Advice::Retry).expects("").silence_until(100_000);
}

#[test]
fn an_abort_from_inside_it_wins() {
    let mut d = asked(asking());
    d.abort().expects("closed aborted");
    d.advise(Advice::Retry).expects("");
}

#[test]
fn a_pause_from_inside_it_wins() {
    let mut d = asked(asking());
    d.pause().expects("suspended paused (paused)");
    d.advise(Advice::Stop).expects("").silence_until(100_000);
    d.resume().expects("connecting, ask url 0");
}

#[test]
fn a_reconnect_from_inside_it_dials_once() {
    let mut d = asked(asking());
    d.reconnect().expects("connecting (reconnect), ask url 0");
    d.advise(Advice::Stop).expects("");
    d.url(WSS).expects("dial");
}

#[test]
fn a_send_from_inside_it_is_queued() {
    let mut d = asked(asking());
    d.queue(1)
        .expects("")
        .advise(Advice::After(0))
        .expects("waiting 1 (closed 4000)");
    d.at(0).session.handle_timeout(0);
    d.drain().expects("connecting, ask url 1");
    d.url(WSS)
        .handshakes()
        .expects("dial, open, reopened, transmit 1");
}

#[test]
fn the_page_may_go_while_it_is_asked() {
    let mut d = asked(asking());
    d.signal(Signal::PageHidePersisted)
        .expects("suspended frozen (page-hide)");
    d.advise(Advice::Retry).expects("");
    d.signal(Signal::PageShowPersisted)
        .expects("connecting, ask url 0");
}

#[test]
fn advice_that_nobody_asked_for_is_ignored() {
    let mut d = Dialogue::opened(asking());
    d.advise(Advice::Stop).expects("");
    let mut waiting = asked(asking());
    waiting
        .advise(Advice::After(50))
        .expects("waiting 1 (closed 4000)");
    waiting.advise(Advice::Stop).expects("");
    waiting.at(50).expects("connecting, ask url 1");
}
