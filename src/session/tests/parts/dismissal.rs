//! A peer that ends the conversation by its subprotocol, and one that breaks it.

use super::*;

fn dismissed(action: Action, delay_ms: Millis) -> News {
    News::Dismissed { action, delay_ms }
}

#[test]
fn a_peer_that_breaks_the_protocol_is_left_with_4002() {
    let mut d = Dialogue::opened(Config::default());
    d.at(500).hears().news(News::Violated);
    d.expects("abandon 4002, waiting 1 (protocol)");
}

#[test]
fn it_is_left_at_each_step_before_open() {
    let mut d = Dialogue::dialled(Config {
        restore: true,
        ..authenticated()
    });
    d.handshakes().expects("authenticating, ask credentials");
    d.news(News::Violated);
    d.expects("abandon 4002, waiting 1 (protocol)");
    let due = d.wait().until;
    d.at(due).expects("connecting, ask url 1");
    d.url(WSS).handshakes().news(News::CredentialsReady);
    d.verdict(Verdict::Accepted)
        .expects("dial, authenticating, ask credentials, restoring, ask restore");
    d.news(News::Violated);
    d.expects("abandon 4002, waiting 2 (protocol)");
}

#[test]
fn three_violations_in_a_row_end_it() {
    let mut d = Dialogue::opened(Config::default());
    for strike in 1..=3 {
        d.at(d.now + 59_000).news(News::Violated);
        if strike == 3 {
            d.expects("abandon 4002, closed peer (protocol)");
            return;
        }
        d.expects("abandon 4002, waiting 1 (protocol)");
        let due = d.wait().until;
        d.at(due).said.clear();
        d.comes_up();
    }
}

#[test]
fn a_healthy_minute_forgives_a_violation() {
    let mut d = Dialogue::opened(Config::default());
    for _ in 0..5 {
        d.at(d.now + 60_000).news(News::Violated);
        d.expects("abandon 4002, waiting 1 (protocol)");
        let due = d.wait().until;
        d.at(due).said.clear();
        d.comes_up();
    }
}

#[test]
fn each_last_word_has_the_consequence_of_such_a_close() {
    let after = |action, delay_ms| {
        let mut d = Dialogue::opened(Config::default());
        d.at(1_000).hears().news(dismissed(action, delay_ms));
        let said = d.pending();
        d.said.clear();
        (*d.session.state(), said)
    };
    let (state, said) = after(Action::Final, 0);
    assert_eq!(said, "abandon, closed final (closed)");
    assert_eq!(state, State::Closed(ClosedWhy::Final));
    let (state, said) = after(Action::Jitter, 0);
    assert_eq!(said, "abandon, waiting 1 (closed)");
    assert!(matches!(state, State::Waiting(wait) if wait.kind == WaitKind::Backoff));
    let (state, _) = after(Action::Spread, 0);
    assert!(matches!(state, State::Waiting(wait) if wait.kind == WaitKind::Spread));
    let (state, _) = after(Action::Delay, 10_000);
    let State::Waiting(wait) = state else {
        panic!("{state:?}");
    };
    assert_eq!(wait.kind, WaitKind::Told);
    assert!((11_000..=13_000).contains(&wait.until), "{wait:?}");
    let (state, said) = after(Action::Unauthorized, 0);
    assert_eq!(said, "abandon, closed unauthorized (unauthorized)");
    assert_eq!(state, State::Closed(ClosedWhy::Unauthorized));
}

#[test]
fn a_spread_is_served_in_full_in_a_doubled_window() {
    let mut longest = 0;
    for seed in 0..DRAWS {
        let mut d = Dialogue::opened_with_seed(Config::default(), seed);
        d.hears().news(dismissed(Action::Spread, 0)).said.clear();
        let due = d.wait().until;
        longest = due.max(longest);
        if due > 0 {
            d.signal(Signal::Online).expects("");
        }
    }
    assert!((7_000..=8_000).contains(&longest), "{longest}");
}

#[test]
fn refused_credentials_are_asked_for_once_more() {
    let mut d = Dialogue::opened(authenticated());
    d.at(20_000).hears();
    d.news(dismissed(Action::Unauthorized, 0));
    d.expects("abandon, waiting 1 (unauthorized)");
    let due = d.wait().until;
    d.at(due).said.clear();
    d.comes_up();
    d.hears().news(dismissed(Action::Unauthorized, 0));
    d.expects("abandon, closed unauthorized (unauthorized)");
}

#[test]
fn a_peer_that_only_says_goodbye_is_met_after_longer_and_longer_waits() {
    let mut d = Dialogue::opened(authenticated());
    for attempt in 1..=4 {
        // The word itself is a message after the yes, and no sign of health.
        d.hears().news(dismissed(Action::Jitter, 0));
        d.expects(&format!("abandon, waiting {attempt} (closed)"));
        let due = d.wait().until;
        d.at(due).said.clear();
        d.comes_up();
    }
    d.at(d.now + 10_000)
        .hears()
        .news(dismissed(Action::Jitter, 0));
    d.expects("abandon, waiting 1 (closed)");
}

#[test]
fn the_users_retry_function_has_the_last_word() {
    let mut d = Dialogue::opened(Config {
        retry_asks: true,
        ..Config::default()
    });
    d.hears().news(dismissed(Action::Final, 0));
    d.expects("abandon, ask retry 1 (closed)");
    d.advise(Advice::After(250)).expects("waiting 1 (closed)");
    assert_eq!(d.wait().until, 250);
}

#[test]
fn what_is_kept_goes_again_after_a_dismissal() {
    let mut d = Dialogue::opened(Config {
        delivery: Delivery::AtLeastOnce,
        ..heartbeat()
    });
    d.queue(7).expects("transmit 7");
    d.hears().news(dismissed(Action::Delay, 100));
    d.expects("abandon, waiting 1 (closed)");
    let due = d.wait().until;
    d.at(due).expects("connecting, ask url 1");
    d.url(WSS).handshakes();
    d.expects("dial, open, reopened, transmit 7");
}

#[test]
fn neither_comes_in_where_nothing_is_linked() {
    let refuses = |mut d: Dialogue| {
        for news in [News::Violated, dismissed(Action::Final, 0)] {
            let generation = d.session.generation();
            assert!(!d.session.handle_news(d.now, generation, news));
            d.drain().expects("");
        }
    };
    refuses(Dialogue::started(Config::default()));
    refuses(Dialogue::dialled(Config::default()));
    refuses(Dialogue::waiting(Config::default()));
    let mut d = Dialogue::opened(Config::default());
    d.close(0).expects("close 1000 bye, closing");
    refuses(d);
}

#[test]
fn a_goodbye_under_way_is_over_when_the_peer_has_the_last_word() {
    let mut d = Dialogue::opened(Config {
        delivery: Delivery::AtLeastOnce,
        ..heartbeat()
    });
    d.queue(1).expects("transmit 1");
    d.close(5_000).expects("closing, ping 1");
    d.hears().news(dismissed(Action::Final, 0));
    d.expects("abandon, drop 1 unconfirmed (requeued), closed user (closed)");
}
