//! Requests: one reply each, or a reason why none will come.

use super::*;

fn request(ticket: Ticket, timeout_ms: Millis) -> Message {
    Message {
        awaits: Awaits::Reply,
        timeout_ms: Some(timeout_ms),
        ..message(ticket, 10)
    }
}

fn idempotent(ticket: Ticket, timeout_ms: Millis) -> Message {
    Message {
        repeats: true,
        ..request(ticket, timeout_ms)
    }
}

impl Dialogue {
    /// A reply arrives; whether a request waits for it.
    fn reply(&mut self, ticket: Ticket) -> bool {
        self.hears();
        let generation = self.session.generation();
        let news = News::Classified(Verdict::Reply(ticket));
        let matched = self.session.handle_news(self.now, generation, news);
        self.drain();
        matched
    }
}

#[test]
fn a_reply_settles_its_request_once() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 5_000));
    d.enqueue(request(2, 5_000));
    d.expects("transmit 1, transmit 2");
    assert!(d.reply(2));
    assert!(!d.reply(2), "a second reply");
    assert!(!d.reply(77), "a reply to nobody");
    assert!(d.reply(1));
    d.silence_until(20_000);
}

#[test]
fn a_request_without_a_reply_ends_in_time_and_the_late_reply_is_to_nobody() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 5_000));
    d.expects("transmit 1");
    d.at(5_000).expects("drop 1 timeout (sent)");
    assert!(!d.reply(1));
}

#[test]
fn the_time_counts_from_the_call_also_in_the_queue() {
    let mut d = Dialogue::waiting(Config::default());
    d.enqueue(request(1, 300));
    d.at(300).expects("drop 1 timeout");
}

#[test]
fn a_reply_cannot_come_before_its_request_has_left() {
    let mut d = Dialogue::opened(Config {
        restore: true,
        ..Config::default()
    });
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.enqueue(request(1, 5_000));
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, restoring, ask restore");
    assert!(!d.reply(1));
    d.news(News::Restored).expects("open, reopened, transmit 1");
    assert!(d.reply(1));
}

#[test]
fn a_break_ends_what_must_not_be_done_twice_and_repeats_what_may() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 60_000));
    d.enqueue(idempotent(2, 60_000));
    d.enqueue(idempotent(3, 60_000));
    d.expects("transmit 1, transmit 2, transmit 3");
    assert!(d.reply(2));
    d.closes(1006, "")
        .expects("drop 1 unanswered (sent), waiting 1 (closed 1006)");
    d.queue(4);
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, open, reopened, transmit 3, transmit 4");
    assert!(d.reply(3));
    assert!(!d.reply(3));
}

#[test]
fn a_request_that_has_not_left_survives_a_break() {
    let mut d = Dialogue::waiting(Config::default());
    d.enqueue(request(1, 60_000));
    d.reconnect();
    d.url(WSS).closes(1006, "");
    d.expects("connecting (reconnect), ask url 1, dial, waiting 2 (refused 1006)");
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 2, dial, open, reopened, transmit 1");
}

#[test]
fn pending_requests_are_bounded_queued_and_sent_together() {
    let config = Config {
        max_requests: 2,
        ..Config::default()
    };
    let mut d = Dialogue::opened(config);
    d.enqueue(request(1, 5_000));
    d.expects("transmit 1");
    d.enqueue(idempotent(2, 5_000));
    d.expects("transmit 2");
    let full = Fate::Dropped(DropReason::TooManyRequests);
    assert_eq!(d.enqueue(request(3, 5_000)), full);
    d.queue(4).expects("transmit 4");
    assert!(d.reply(1));
    assert_eq!(d.enqueue(request(5, 5_000)), Fate::Queued(5));
    d.expects("transmit 5");
    d.closes(1006, "")
        .expects("drop 5 unanswered (sent), waiting 1 (closed 1006)");
    assert_eq!(d.enqueue(request(6, 5_000)), Fate::Queued(6));
    assert_eq!(d.enqueue(request(7, 5_000)), full);
}

#[test]
fn a_request_does_not_take_the_room_of_messages_once_it_is_sent() {
    let config = Config {
        queue: QueueConfig {
            max_messages: 1,
            ..QueueConfig::default()
        },
        delivery: Delivery::AtLeastOnce,
        ..heartbeat()
    };
    let mut d = Dialogue::opened(config);
    d.enqueue(request(1, 5_000));
    d.expects("transmit 1");
    assert_eq!(d.session.stats(0).held_messages, 0);
    d.queue(2).expects("transmit 2, ping 1");
    assert!(d.reply(1));
}

#[test]
fn at_least_once_leaves_requests_to_their_own_rule() {
    let config = Config {
        delivery: Delivery::AtLeastOnce,
        ..heartbeat()
    };
    let mut d = Dialogue::opened(config);
    d.queue(1);
    d.enqueue(request(2, 60_000));
    d.enqueue(idempotent(3, 60_000));
    d.expects("transmit 1, transmit 2, transmit 3");
    d.at(1_000).expects("ping 1");
    d.pong(Some(1)).expects("latency 0, confirmed 1");
    d.queue(4).expects("transmit 4");
    d.closes(1006, "")
        .expects("drop 2 unanswered (sent), waiting 1 (closed 1006)");
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, open, reopened, transmit 3, transmit 4");
}

#[test]
fn the_end_tells_of_every_request() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 60_000));
    d.enqueue(idempotent(2, 60_000));
    d.expects("transmit 1, transmit 2");
    d.close(0).expects("close 1000 bye, closing");
    d.at(1_000).expects(
        "abandon 1000, drop 1 unanswered (sent), drop 2 unanswered (requeued), closed user",
    );

    let mut d = Dialogue::waiting(Config::default());
    d.enqueue(request(1, 60_000));
    d.abort().expects("drop 1 closed, closed aborted");
}

#[test]
fn a_goodbye_with_a_drain_waits_for_replies() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 60_000));
    d.close(2_000).expects("transmit 1, closing");
    assert!(d.reply(1));
    d.expects("close 1000 bye");
    d.closes(1000, "").expects("closed user (user 1000)");
}

#[test]
fn a_break_that_leaves_nothing_to_wait_for_is_the_end_of_a_goodbye() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 60_000));
    d.close(30_000).expects("transmit 1, closing");
    d.closes(1006, "")
        .expects("drop 1 unanswered (sent), closed user (closed 1006)");
    d.silence_until(60_000);

    let mut d = Dialogue::opened(Config::default());
    d.enqueue(idempotent(1, 60_000));
    d.close(30_000).expects("transmit 1, closing");
    d.closes(1006, "").expects("");
    let until = d.wait().until;
    d.at(until).expects("ask url 1");
}

#[test]
fn nor_is_a_link_replaced_after_a_sleep_when_a_goodbye_has_nothing_to_wait_for() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 120_000));
    d.close(100_000).expects("transmit 1, closing");
    d.sleeps_until(60_000)
        .expects("abandon, drop 1 unanswered (sent), closed user (sleep)");
}

#[test]
fn a_withdrawn_request_is_answered_by_nobody() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 60_000));
    d.expects("transmit 1");
    assert_eq!(d.session.withdraw(0, 1), Some(Progress::Sent));
    assert!(!d.reply(1));
    d.silence_until(70_000);
}

#[test]
fn while_the_goodbye_is_said_only_its_end_is_waited_for() {
    let mut d = Dialogue::opened(Config::default());
    d.enqueue(request(1, 300));
    d.enqueue(request(2, 60_000));
    d.close(0)
        .expects("transmit 1, transmit 2, close 1000 bye, closing");
    assert_eq!(d.session.withdraw(0, 2), Some(Progress::Sent));
    assert_eq!(d.session.poll_timeout(), Some((1_000, Timer::Close)));
    d.at(1_000)
        .expects("abandon 1000, drop 1 unanswered (sent), closed user");
}
