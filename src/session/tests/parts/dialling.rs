//! How an attempt is made: provider, handshake, connect timeout, one socket at a time.

use super::*;

/// An attempt that failed `retries` times, dialled again at once each time.
fn after_retries(config: Config, retries: u32) -> Dialogue {
    let mut d = Dialogue::started(config);
    for attempt in 1..=retries {
        d.fails();
        d.said.clear();
        let until = d.wait().until;
        d.at(until)
            .expects(&format!("connecting, ask url {attempt}"));
    }
    d
}

#[test]
fn nothing_happens_before_open() {
    let mut d = Dialogue::new(heartbeat());
    for signal in [Signal::Online, Signal::Shown, Signal::PageHidePersisted] {
        d.signal(signal).expects("");
    }
    d.pause().expects("");
    assert_eq!(d.session.poll_timeout(), None);
    assert_eq!(d.name(), StateName::Idle);
}

#[test]
fn from_open_to_open_without_authentication_and_restore() {
    let mut d = Dialogue::new(Config::default());
    d.open().expects("connecting, ask url 0");
    d.at(30).url(WSS).expects("dial");
    d.at(70).handshakes().expects("open, opened");
}

#[test]
fn every_step_that_is_configured_is_taken_in_order() {
    let mut d = Dialogue::dialled(Config {
        restore: true,
        ..authenticated()
    });
    d.handshakes().expects("authenticating, ask credentials");
    d.news(News::CredentialsReady).expects("");
    d.verdict(Verdict::Accepted)
        .expects("restoring, ask restore");
    d.news(News::Restored).expects("open, opened");
}

#[test]
fn a_second_open_does_nothing() {
    let mut d = Dialogue::started(Config::default());
    d.open().expects("");
    d.url(WSS).expects("dial").open().expects("");
    d.handshakes().expects("open, opened").open().expects("");
}

#[test]
fn the_provider_is_asked_anew_for_each_attempt_and_told_its_number() {
    let mut d = after_retries(Config::default(), 5);
    d.url(WSS).expects("dial");
}

#[test]
fn a_provider_that_fails_is_an_attempt_that_failed() {
    let mut d = Dialogue::started(Config::default());
    d.at(20).fails().expects("waiting 1 (provider)");
    assert!(d.wait().until <= 20 + 4_000);
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
}

#[test]
fn an_address_that_cannot_be_dialled_is_an_attempt_that_failed() {
    let mut d = Dialogue::dialled(Config::default());
    d.fails().expects("abandon, waiting 1 (provider)");
}

#[test]
fn a_provider_that_hangs_is_given_up_and_its_late_answer_is_old_news() {
    let mut d = Dialogue::started(Config::default());
    let asked = d.session.generation();
    d.at(10_000).expects("waiting 1 (connect-timeout)");
    assert!(!d.session.handle_news(d.now, asked, News::UrlReady(WSS)));
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    assert!(!d.session.handle_news(d.now, asked, News::UrlReady(WSS)));
    assert!(!d.session.handle_news(d.now, asked, News::Failed));
    d.expects("").url(WSS).expects("dial");
}

#[test]
fn a_handshake_that_hangs_is_abandoned_after_ten_seconds_and_not_waited_for() {
    let mut d = Dialogue::dialled(Config::default());
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
}

#[test]
fn one_connect_timeout_covers_provider_handshake_authentication_and_restore() {
    let mut d = Dialogue::started(Config {
        restore: true,
        ..authenticated()
    });
    d.at(2_000).url(WSS).expects("dial");
    d.at(4_000)
        .handshakes()
        .expects("authenticating, ask credentials");
    d.at(6_000).news(News::CredentialsReady).expects("");
    d.at(8_000)
        .verdict(Verdict::Accepted)
        .expects("restoring, ask restore");
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
}

#[test]
fn the_connect_timeout_ends_with_open() {
    let mut d = Dialogue::dialled(Config {
        lifecycle: false,
        ..Config::default()
    });
    d.at(9_999).handshakes().expects("open, opened");
    d.silence_until(1_000_000);
}

#[test]
fn each_step_that_hangs_fails_its_attempt() {
    let config = || Config {
        restore: true,
        connect_timeout_ms: 3_000,
        ..authenticated()
    };
    let mut asked = Dialogue::dialled(config());
    asked
        .handshakes()
        .expects("authenticating, ask credentials");
    asked
        .at(3_000)
        .expects("abandon, waiting 1 (connect-timeout)");
    let mut unanswered = Dialogue::dialled(config());
    unanswered.handshakes().news(News::CredentialsReady);
    unanswered.expects("authenticating, ask credentials");
    unanswered
        .at(3_000)
        .expects("abandon, waiting 1 (connect-timeout)");
}

#[test]
fn where_the_browser_holds_dials_back_the_timeout_grows_with_the_failures() {
    let patient = || Config {
        patient_dials: true,
        ..Config::default()
    };
    let timeouts: Vec<_> = [0, 1, 2, 3, 4, 12, 14, 40]
        .into_iter()
        .map(|retries| {
            let mut d = after_retries(patient(), retries);
            let from = d.now;
            d.url(WSS).expects("dial");
            let at = d.time_of("abandon", from + 200_000).expect("a timeout");
            d.said.clear();
            at - from
        })
        .collect();
    assert_eq!(
        timeouts,
        [
            10_000, 10_400, 10_600, 10_900, 11_350, 44_587, 70_000, 70_000
        ]
    );
    // Firefox holds a dial back for 60 s at most: none of these was ended while it was merely waiting.
    let mut other = after_retries(Config::default(), 40);
    let from = other.now;
    other
        .at(from + 10_000)
        .expects("waiting 41 (connect-timeout)");
}

#[test]
fn after_a_retry_that_took_too_long_firefox_is_given_the_longest_time_it_may_need() {
    let patient = Config {
        patient_dials: true,
        ..Config::default()
    };
    // Other tabs have failed as well: Firefox holds back longer than our own failures would explain.
    let mut d = after_retries(patient, 1);
    let from = d.now;
    d.url(WSS).expects("dial");
    d.at(from + 10_400);
    d.expects("abandon, waiting 2 (connect-timeout)");
    let retry = d.wait().until;
    d.at(retry).expects("connecting, ask url 2");
    d.url(WSS).expects("dial");
    d.silence_until(retry + 69_999);
    d.handshakes().said.clear();
    // The browser lets go of its delay with the first success.
    d.closes(1006, "").said.clear();
    let retry = d.wait().until;
    d.at(retry).said.clear();
    d.url(WSS).expects("dial");
    let attempt = d.session.stats(d.now).attempts;
    let at = d.time_of("abandon", retry + 200_000).expect("a timeout");
    d.said.clear();
    assert!(at - retry < 20_000, "attempt {attempt}: {}", at - retry);
}

#[test]
fn plain_ws_from_an_https_page_ends_at_once_for_that_reason() {
    let mut d = Dialogue::started(Config::default());
    d.url(Address {
        secure: false,
        from_secure_page: true,
        ..Address::default()
    });
    d.expects("closed insecure (insecure)")
        .silence_until(100_000);
}

#[test]
fn plain_ws_from_an_http_page_works_unless_security_is_required() {
    let plain = Address::default();
    let mut d = Dialogue::started(Config::default());
    d.url(plain).expects("dial");
    let mut strict = Dialogue::started(Config {
        require_secure: true,
        ..Config::default()
    });
    strict.url(plain).expects("closed insecure (insecure)");
}

#[test]
fn loopback_is_exempt_from_every_demand_for_wss() {
    let mut d = Dialogue::started(Config {
        require_secure: true,
        ..authenticated()
    });
    d.url(Address {
        loopback: true,
        from_secure_page: true,
        ..Address::default()
    });
    d.expects("dial");
}

#[test]
fn credentials_travel_over_plain_ws_only_if_the_user_says_so() {
    let mut d = Dialogue::started(authenticated());
    d.url(Address::default())
        .expects("closed insecure (insecure)");
    let mut told = Dialogue::started(Config {
        auth: Auth::AllowInsecure,
        ..Config::default()
    });
    told.url(Address::default()).expects("dial");
}

#[test]
fn a_provider_that_turns_to_plain_ws_later_is_refused_then() {
    let mut d = Dialogue::waiting(authenticated());
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d.url(Address::default())
        .expects("closed insecure (insecure)");
}

#[test]
fn a_subprotocol_that_was_not_selected_is_an_error_at_once() {
    let offering = Address {
        offers_protocols: true,
        ..WSS
    };
    let mut d = Dialogue::started(Config::default());
    d.url(offering).expects("dial").handshakes();
    d.expects("protocol not selected, abandon 4002, waiting 1 (protocol)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d.url(offering).expects("dial");
    d.news(News::Opened {
        protocol_selected: true,
    });
    d.expects("open, opened");
}

#[test]
fn a_new_socket_is_dialled_only_after_the_old_one_is_let_go() {
    // The harness fails on any second socket.
    let mut d = Dialogue::dialled(Config::default());
    d.reconnect()
        .expects("abandon 1000, connecting (reconnect), ask url 0");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("open, opened");
    d.reconnect()
        .expects("abandon 1000, connecting (reconnect), ask url 0");
    d.url(WSS).expects("dial");
}

#[test]
fn news_of_an_older_generation_is_dropped_whatever_it_says() {
    let mut d = Dialogue::opened(Config {
        restore: true,
        ..authenticated()
    });
    let old = d.session.generation();
    d.reconnect()
        .expects("abandon 1000, connecting (reconnect), ask url 0");
    for step in 0..4 {
        for news in [
            News::UrlReady(WSS),
            News::Failed,
            News::Opened {
                protocol_selected: true,
            },
            News::CredentialsReady,
            News::Restored,
            News::Classified(Verdict::Accepted),
            News::Classified(Verdict::Refused),
            News::Classified(Verdict::Pong(None)),
            News::Classified(Verdict::Ping),
            News::Closed(Close::default()),
        ] {
            let before = *d.session.state();
            assert!(!d.session.handle_news(d.now, old, news));
            assert_eq!(d.session.heard(old, 10), Heard::Discard);
            assert!(!d.session.may_restore(old));
            assert_eq!(*d.session.state(), before);
        }
        d.drain().expects("");
        match step {
            0 => d.url(WSS).expects("dial"),
            1 => d.handshakes().expects("authenticating, ask credentials"),
            2 => d.news(News::CredentialsReady).verdict(Verdict::Accepted),
            _ => &mut d,
        };
        d.said.clear();
    }
    assert_eq!(
        d.session.stats(0).messages_received,
        1 + 1,
        "only the two times yes"
    );
}

#[test]
fn news_at_the_wrong_moment_is_not_taken() {
    let mut d = Dialogue::started(Config::default());
    let refuses = |d: &mut Dialogue, news: News| {
        let generation = d.session.generation();
        assert!(
            !d.session.handle_news(d.now, generation, news.clone()),
            "{news:?}"
        );
        d.drain().expects("");
    };
    let opened = News::Opened {
        protocol_selected: false,
    };
    refuses(&mut d, opened.clone());
    refuses(&mut d, News::Closed(Close::default()));
    refuses(&mut d, News::Classified(Verdict::Accepted));
    d.url(WSS).expects("dial");
    refuses(&mut d, News::UrlReady(WSS));
    refuses(&mut d, News::CredentialsReady);
    d.handshakes().expects("open, opened");
    refuses(&mut d, opened);
    refuses(&mut d, News::Failed);
    refuses(&mut d, News::Restored);
}

#[test]
fn time_that_runs_backwards_stands_still_instead() {
    let mut d = Dialogue::dialled(Config::default());
    d.at(5_000);
    d.session.handle_timeout(1_000);
    d.session.handle_signal(0, Signal::Online);
    d.drain().expects("");
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
}
