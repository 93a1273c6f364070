//! New credentials for an open connection: asked for, before expiry, refused, failed.

use super::*;

fn opened() -> Dialogue {
    Dialogue::opened(authenticated())
}

/// A session whose credentials hold that long from 0.
fn holding(holds_ms: Millis, seed: u64) -> Dialogue {
    let mut d = Dialogue::seeded(authenticated(), seed);
    d.open();
    d.url(WSS).handshakes().news(News::CredentialsReady);
    d.session.note_credentials_hold(holds_ms);
    d.verdict(Verdict::Accepted);
    assert_eq!(d.name(), StateName::Open);
    d.said.clear();
    d
}

impl Dialogue {
    fn reauthenticate(&mut self) -> &mut Self {
        self.session.reauthenticate(self.now);
        self.drain()
    }

    fn is_taken(&mut self, news: News) -> bool {
        let generation = self.session.generation();
        let taken = self.session.handle_news(self.now, generation, news);
        self.drain();
        taken
    }
}

#[test]
fn new_credentials_go_over_the_open_connection_while_messages_flow() {
    let mut d = opened();
    d.reauthenticate().expects("ask credentials");
    d.sends().hears();
    d.at(400).news(News::CredentialsReady).expects("");
    d.sends().hears();
    d.at(500).verdict(Verdict::Accepted).expects("renewed");
    assert_eq!(d.name(), StateName::Open);
    d.silence_until(60_000);
}

#[test]
fn answers_to_credentials_are_looked_for_only_while_there_are_any() {
    let mut d = Dialogue::started(authenticated());
    d.queue(1);
    assert!(!d.session.awaits_judgement());
    // A goodbye that lets the queue leave first goes through all steps below its own state.
    d.close(30_000);
    d.url(WSS).handshakes().news(News::CredentialsReady);
    assert!(d.session.awaits_judgement());
    d.verdict(Verdict::Accepted);
    assert!(!d.session.awaits_judgement());
    d.said.clear();

    let mut d = opened();
    assert!(!d.session.awaits_judgement());
    d.reauthenticate().expects("ask credentials");
    assert!(!d.session.awaits_judgement());
    d.news(News::CredentialsReady);
    assert!(d.session.awaits_judgement());
    d.verdict(Verdict::Accepted).expects("renewed");
    assert!(!d.session.awaits_judgement());
    d.reauthenticate().news(News::CredentialsReady);
    d.said.clear();
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    assert!(!d.session.awaits_judgement());
}

#[test]
fn called_twice_the_provider_is_asked_once() {
    let mut d = opened();
    d.reauthenticate().expects("ask credentials");
    d.reauthenticate().expects("");
    d.news(News::CredentialsReady).reauthenticate().expects("");
    d.verdict(Verdict::Accepted).expects("renewed");
    d.reauthenticate().expects("ask credentials");
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Accepted).expects("renewed");
}

#[test]
fn where_there_is_no_connection_the_next_brings_new_credentials_anyway() {
    let mut d = Dialogue::waiting(authenticated());
    d.reauthenticate().expects("");
    let mut d = Dialogue::dialled(authenticated());
    d.reauthenticate().expects("");
    d.handshakes().expects("authenticating, ask credentials");
    d.reauthenticate().expects("");
    let mut d = Dialogue::opened(Config::default());
    d.reauthenticate().expects("");
}

#[test]
fn refused_it_is_a_break_with_one_fresh_token_then_the_end() {
    let mut d = opened();
    d.reauthenticate().expects("ask credentials");
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Refused)
        .expects("abandon, waiting 1 (unauthorized)");
    assert_eq!(d.wait().kind, WaitKind::Authorization);
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d.url(WSS).handshakes().news(News::CredentialsReady);
    d.expects("dial, authenticating, ask credentials");
    d.verdict(Verdict::Refused)
        .expects("abandon, closed unauthorized (unauthorized)");
}

#[test]
fn a_no_or_yes_that_nobody_asked_for_means_nothing_on_an_open_connection() {
    let mut d = opened();
    d.verdict(Verdict::Refused)
        .verdict(Verdict::Accepted)
        .expects("");
    d.reauthenticate().expects("ask credentials");
    d.verdict(Verdict::Refused)
        .verdict(Verdict::Accepted)
        .expects("");
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Accepted).expects("renewed");
}

#[test]
fn a_provider_that_fails_or_hangs_leaves_the_connection_as_it_is() {
    let mut d = opened();
    d.reauthenticate().expects("ask credentials");
    d.fails().expects("renewal failed");
    assert!(!d.is_taken(News::Failed), "nobody asked");
    assert!(!d.is_taken(News::CredentialsReady), "nobody asked");
    d.reauthenticate().expects("ask credentials");
    d.at(10_000).expects("renewal failed");
    assert!(!d.is_taken(News::CredentialsReady), "too late");
    assert_eq!(d.name(), StateName::Open);
    d.silence_until(60_000);
}

#[test]
fn a_server_that_does_not_answer_leaves_the_connection_as_it_is() {
    let mut d = opened();
    d.reauthenticate().expects("ask credentials");
    d.at(9_000).news(News::CredentialsReady).expects("");
    d.at(10_000).expects("renewal failed");
    d.verdict(Verdict::Accepted)
        .verdict(Verdict::Refused)
        .expects("");
}

#[test]
fn a_break_ends_it_and_the_next_connection_asks_anew() {
    let mut d = opened();
    d.reauthenticate().expects("ask credentials");
    let old = d.session.generation();
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    assert!(!d.session.handle_news(0, old, News::CredentialsReady));
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d.url(WSS)
        .handshakes()
        .expects("dial, authenticating, ask credentials");
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Accepted).expects("open, reopened");
    d.silence_until(120_000);
}

#[test]
fn credentials_are_renewed_when_a_fifth_to_a_tenth_of_their_time_is_left() {
    let mut earliest = Millis::MAX;
    let mut latest = 0;
    for seed in 0..DRAWS {
        let mut d = holding(3_600_000, seed);
        let at = d.time_of("ask credentials", 3_600_000).expect("a renewal");
        earliest = earliest.min(at);
        latest = latest.max(at);
        d.said.clear();
    }
    assert!((2_880_000..2_920_000).contains(&earliest), "{earliest}");
    assert!((3_200_000..=3_240_000).contains(&latest), "{latest}");
}

#[test]
fn each_yes_says_anew_how_long_they_hold() {
    let mut d = holding(100_000, 1);
    let first = d.time_of("ask credentials", 100_000).expect("a renewal");
    d.news(News::CredentialsReady);
    d.session.note_credentials_hold(50_000);
    d.verdict(Verdict::Accepted).expects("renewed");
    let second = d
        .time_of("ask credentials", first + 50_000)
        .expect("another");
    assert!(second >= first + 40_000);
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Accepted).expects("renewed");
    d.silence_until(second + 500_000);
}

#[test]
fn a_renewal_that_fails_is_tried_again_as_long_as_there_is_time() {
    let mut d = holding(100_000, 1);
    let mut tries = 0;
    while d.time_of("ask credentials", 200_000).is_some() {
        assert!(d.now < 100_000, "{}", d.now);
        tries += 1;
        d.fails().expects("renewal failed");
    }
    assert!((3..=7).contains(&tries), "{tries}");
    assert_eq!(d.name(), StateName::Open);
}

#[test]
fn nothing_is_renewed_after_the_connection_has_ended() {
    let mut d = holding(100_000, 1);
    d.pause().expects("abandon 1000, suspended paused (paused)");
    d.silence_until(200_000);
    let mut d = holding(100_000, 1);
    d.close(0).expects("close 1000 bye, closing");
    d.closes(1000, "").expects("closed user (user 1000)");
    d.silence_until(200_000);
}

#[test]
fn an_expiry_beyond_all_time_is_no_trouble() {
    let mut d = holding(Millis::MAX, 1);
    d.silence_until(1_000_000);
    let mut d = holding(0, 1);
    d.at(0).expects("ask credentials");
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Accepted).expects("renewed");
}

#[test]
fn credentials_that_expired_before_it_opened_are_renewed_at_once_and_that_is_no_sleep() {
    let config = Config {
        restore: true,
        connect_timeout_ms: 60_000,
        ..authenticated()
    };
    let mut d = Dialogue::dialled(config);
    d.handshakes().news(News::CredentialsReady);
    d.session.note_credentials_hold(1_000);
    d.verdict(Verdict::Accepted)
        .expects("authenticating, ask credentials, restoring, ask restore");
    d.at(30_000).news(News::Restored).expects("open, opened");
    d.at(30_000).expects("ask credentials");
    d.news(News::CredentialsReady);
    d.verdict(Verdict::Accepted).expects("renewed");
}
