//! The restore step: after authentication, before the queue; its failure is a failed attempt.

use super::*;

fn restoring() -> Config {
    Config {
        restore: true,
        ..Config::default()
    }
}

#[test]
fn it_runs_before_the_queue_leaves() {
    let mut d = Dialogue::dialled(restoring());
    d.queue(1).handshakes().expects("restoring, ask restore");
    let generation = d.session.generation();
    assert!(d.session.may_restore(generation));
    assert!(!d.session.handle_news(0, generation, News::CredentialsReady));
    d.silence_until(5_000).news(News::Restored);
    d.expects("open, opened, transmit 1");
    assert!(!d.session.may_restore(generation));
}

#[test]
fn its_failure_is_a_failed_attempt_and_the_queue_is_kept() {
    let mut d = Dialogue::dialled(restoring());
    d.queue(1).handshakes().expects("restoring, ask restore");
    d.fails().expects("abandon, waiting 1 (restore)");
    let until = d.wait().until;
    d.at(until).expects("connecting, ask url 1");
    d.url(WSS)
        .expects("dial")
        .handshakes()
        .expects("restoring, ask restore");
    d.fails().expects("abandon, waiting 2 (restore)");
    assert_eq!(d.session.stats(d.now).queued_messages, 1);
}

#[test]
fn a_restore_that_hangs_runs_into_the_connect_timeout() {
    let mut d = Dialogue::dialled(restoring());
    d.handshakes().expects("restoring, ask restore");
    d.at(10_000).expects("abandon, waiting 1 (connect-timeout)");
}

#[test]
fn a_break_meanwhile_is_like_any_other() {
    let mut d = Dialogue::dialled(restoring());
    d.handshakes().expects("restoring, ask restore");
    d.closes(1012, "").expects("waiting 1 (closed 1012)");
    assert_eq!(d.wait().kind, WaitKind::Spread);
}

#[test]
fn it_is_told_what_the_new_connection_follows_on() {
    let mut d = Dialogue::new(restoring());
    d.at(1_000).open().expects("connecting, ask url 0");
    let openings = |d: &mut Dialogue| {
        d.url(WSS);
        d.session.handle_news(
            d.now,
            d.session.generation(),
            News::Opened {
                protocol_selected: false,
            },
        );
        let mut told = None;
        while let Some(output) = d.session.poll_output() {
            if let Output::Ask(Question::Restore(opening), _) = output {
                told = Some(opening);
            }
        }
        d.news(News::Restored).said.clear();
        (told, d.last_opening)
    };
    let first = Opening {
        reconnected: false,
        downtime_ms: 0,
        unconfirmed: 0,
    };
    assert_eq!(openings(&mut d), (Some(first), first));
    d.sends()
        .sends()
        .at(20_000)
        .closes(1006, "")
        .expects("waiting 1 (closed 1006)");
    let until = d.wait().until;
    d.at(until).said.clear();
    let second = Opening {
        reconnected: true,
        downtime_ms: until - 20_000,
        unconfirmed: 2,
    };
    assert_eq!(openings(&mut d), (Some(second), second));
}

#[test]
fn unconfirmed_messages_are_not_forgotten_by_a_restore_that_fails() {
    let mut d = Dialogue::opened(restoring());
    d.sends()
        .closes(1006, "")
        .expects("waiting 1 (closed 1006)");
    d.reconnect().expects("connecting (reconnect), ask url 1");
    d.url(WSS).handshakes().fails();
    d.expects("dial, restoring, ask restore, abandon, waiting 2 (restore)");
    d.reconnect().said.clear();
    d.comes_up();
    assert_eq!(d.last_opening.unconfirmed, 1);
}
