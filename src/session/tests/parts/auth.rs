//! The authentication step: nothing leaves before yes, one fresh token after a no, then it is over.

use super::*;

/// A session that is authenticating and has been asked for credentials, at 0.
fn asked(config: Config) -> Dialogue {
    let mut d = Dialogue::dialled(config);
    d.handshakes().expects("authenticating, ask credentials");
    d
}

/// Answers what is asked for up to the server's verdict.
fn up_to_verdict(d: &mut Dialogue) {
    d.url(WSS).expects("dial");
    d.handshakes().expects("authenticating, ask credentials");
    d.news(News::CredentialsReady).expects("");
}

/// Refused once at 0, and asked for a fresh token.
fn refused_once() -> Dialogue {
    let mut d = asked(authenticated());
    d.news(News::CredentialsReady).verdict(Verdict::Refused);
    d.expects("abandon, waiting 1 (unauthorized)");
    assert_eq!(d.wait().kind, WaitKind::Authorization);
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d
}

#[test]
fn nothing_leaves_before_yes() {
    let mut d = asked(heartbeat_and_auth());
    d.queue(1).expects("");
    assert!(!d.session.can_pass());
    d.news(News::CredentialsReady).queue(2).expects("");
    d.signal(Signal::Online)
        .hears()
        .verdict(Verdict::Ping)
        .expects("");
    d.silence_until(9_999);
    d.verdict(Verdict::Accepted)
        .expects("open, opened, transmit 1, transmit 2");
}

fn heartbeat_and_auth() -> Config {
    Config {
        auth: Auth::Secure,
        ..heartbeat()
    }
}

#[test]
fn messages_that_are_neither_yes_nor_no_change_nothing() {
    let mut d = asked(authenticated());
    d.news(News::CredentialsReady);
    d.hears()
        .verdict(Verdict::Message)
        .verdict(Verdict::Invalid)
        .verdict(Verdict::Pong(None));
    d.expects("")
        .verdict(Verdict::Accepted)
        .expects("open, opened");
}

#[test]
fn a_yes_before_the_credentials_were_sent_is_none() {
    let mut d = asked(authenticated());
    d.verdict(Verdict::Accepted).expects("");
    d.news(News::CredentialsReady)
        .verdict(Verdict::Accepted)
        .expects("open, opened");
}

#[test]
fn a_yes_or_no_while_open_changes_nothing() {
    let mut d = Dialogue::opened(authenticated());
    d.verdict(Verdict::Accepted)
        .verdict(Verdict::Refused)
        .expects("");
    assert_eq!(d.name(), StateName::Open);
}

#[test]
fn a_server_that_never_answers_the_credentials_fails_the_attempt() {
    let mut d = asked(authenticated());
    d.news(News::CredentialsReady).expects("");
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
    assert_eq!(d.wait().kind, WaitKind::Backoff);
}

#[test]
fn a_refusal_asks_for_a_fresh_token_once_within_four_seconds() {
    for seed in 0..DRAWS {
        let mut d = Dialogue::seeded(authenticated(), seed);
        d.open().expects("connecting, ask url 0");
        up_to_verdict(&mut d);
        d.verdict(Verdict::Refused)
            .expects("abandon, waiting 1 (unauthorized)");
        assert!(d.wait().until <= 4_000);
        let until = d.wait().until;
        d.at(until).expects("connecting, ask url 1");
        up_to_verdict(&mut d);
        d.verdict(Verdict::Refused)
            .expects("abandon, closed unauthorized (unauthorized)");
        d.silence_until(1_000_000);
    }
}

#[test]
fn a_fresh_token_that_is_accepted_goes_on_as_if_nothing_had_been() {
    let mut d = refused_once();
    up_to_verdict(&mut d);
    d.verdict(Verdict::Accepted).expects("open, opened");
}

#[test]
fn a_provider_that_fails_does_not_use_up_the_fresh_token() {
    let mut d = refused_once();
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("authenticating, ask credentials");
    d.fails().expects("abandon, waiting 2 (provider)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 2");
    d.fails().expects("waiting 3 (provider)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 3");
    // The fresh token is tried now, and once.
    up_to_verdict(&mut d);
    d.verdict(Verdict::Refused)
        .expects("abandon, closed unauthorized (unauthorized)");
}

#[test]
fn other_breaks_do_not_use_up_the_first_token() {
    let mut d = asked(authenticated());
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    up_to_verdict(&mut d);
    d.verdict(Verdict::Refused)
        .expects("abandon, waiting 2 (unauthorized)");
}

#[test]
fn a_close_code_of_refusal_counts_like_a_no() {
    for code in [4401, 4403, 3000, 3003, 1008] {
        let mut d = refused_once();
        up_to_verdict(&mut d);
        d.closes(code, "")
            .expects(&format!("closed unauthorized (closed {code})"));
    }
}

#[test]
fn the_allowance_is_renewed_after_ten_seconds_of_accepted_uptime() {
    for (uptime, renewed) in [(9_999, false), (10_000, true)] {
        let mut d = refused_once();
        up_to_verdict(&mut d);
        d.verdict(Verdict::Accepted).expects("open, opened");
        let until = d.now + uptime;
        d.silence_until(until).closes(4401, "");
        if renewed {
            d.expects("waiting 1 (closed 4401)");
        } else {
            d.expects("closed unauthorized (closed 4401)");
        }
    }
}

#[test]
fn messages_alone_do_not_renew_the_allowance() {
    let mut d = refused_once();
    up_to_verdict(&mut d);
    d.verdict(Verdict::Accepted).expects("open, opened");
    d.hears()
        .hears()
        .closes(4401, "")
        .expects("closed unauthorized (closed 4401)");
}

#[test]
fn reconnect_after_a_refusal_begins_anew() {
    let mut d = refused_once();
    up_to_verdict(&mut d);
    d.verdict(Verdict::Refused)
        .expects("abandon, closed unauthorized (unauthorized)");
    d.reconnect().expects("connecting, ask url 0");
    up_to_verdict(&mut d);
    d.verdict(Verdict::Refused)
        .expects("abandon, waiting 1 (unauthorized)");
}

#[test]
fn each_connection_is_authenticated_anew() {
    let mut d = Dialogue::opened(authenticated());
    for _ in 0..3 {
        d.reconnect().said.clear();
        d.queue(1).expects("");
        up_to_verdict(&mut d);
        d.verdict(Verdict::Accepted)
            .expects("open, reopened, transmit 1");
    }
}
