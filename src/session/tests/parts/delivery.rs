//! Confirmation by pong and at-least-once: what a pong confirms, when it is asked for, what a break does.

use super::*;

fn at_least_once() -> Config {
    Config {
        delivery: Delivery::AtLeastOnce,
        ..heartbeat()
    }
}

/// Room for four messages, or 100 bytes.
fn four(overflow: Overflow) -> Config {
    Config {
        queue: QueueConfig {
            max_messages: 4,
            max_bytes: 100,
            overflow,
            ..QueueConfig::default()
        },
        ..at_least_once()
    }
}

fn confirmable(ticket: Ticket) -> Message {
    Message {
        awaits: Awaits::Confirmation,
        ..message(ticket, 10)
    }
}

fn timed(ticket: Ticket, timeout_ms: Millis) -> Message {
    Message {
        timeout_ms: Some(timeout_ms),
        ..confirmable(ticket)
    }
}

#[test]
fn a_pong_confirms_what_was_sent_before_its_ping_and_nothing_after() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.enqueue(confirmable(2));
    d.expects("transmit 2");
    d.pong(Some(1)).expects("latency 0, confirmed 1");
    d.at(2_000).expects("ping 2");
    d.pong(Some(2)).expects("latency 0, confirmed 2");
    assert_eq!(d.session.stats(d.now).unconfirmed, 0);
}

#[test]
fn the_ping_comes_within_a_second_of_the_first_message_whatever_else_arrives() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(300).enqueue(confirmable(1));
    d.expects("transmit 1");
    for time in [400, 600, 900, 1_200] {
        d.at(time).hears().enqueue(confirmable(time as u32));
        d.expects(&format!("transmit {time}"));
    }
    d.at(1_300).expects("ping 1");
    d.pong(Some(1)).expects(
        "latency 0, confirmed 1, confirmed 400, confirmed 600, confirmed 900, confirmed 1200",
    );
}

#[test]
fn confirm_within_is_configurable_down_to_at_once() {
    let config = Config {
        confirm_within_ms: 0,
        ..heartbeat()
    };
    let mut d = Dialogue::opened(config);
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(0).expects("ping 1");
    d.pong(Some(1)).expects("latency 0, confirmed 1");
}

#[test]
fn one_ping_is_outstanding_and_the_next_follows_its_pong_at_once_where_the_time_is_up() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.enqueue(confirmable(2));
    d.expects("transmit 2");
    d.at(1_900).hears();
    d.at(2_500).hears().expects("");
    d.pong(Some(1)).expects("latency 1500, confirmed 1, ping 2");
    d.pong(Some(2)).expects("latency 0, confirmed 2");
}

#[test]
fn a_later_message_does_not_put_off_the_ping_of_an_earlier_one() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.enqueue(confirmable(2));
    d.expects("transmit 2");
    d.at(1_900).hears();
    d.at(2_500).enqueue(confirmable(3));
    d.expects("transmit 3");
    d.at(2_600)
        .pong(Some(1))
        .expects("latency 1600, confirmed 1, ping 2");
    d.pong(Some(2))
        .expects("latency 0, confirmed 2, confirmed 3");
}

#[test]
fn the_heartbeat_shares_the_ping() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(25_100).pong(Some(1)).expects("latency 100");
    d.at(26_000).expects("ping 2");
    d.pong(Some(2)).expects("latency 0, confirmed 1");
    d.enqueue(confirmable(2));
    d.expects("transmit 2");
    d.signal(Signal::Online).expects("ping 3");
    d.pong(Some(3)).expects("latency 0, confirmed 2");
    d.silence_until(40_000);
}

#[test]
fn late_unsolicited_and_foreign_pongs_confirm_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.pong(None).pong(Some(1)).pong(Some(7)).expects("");
    d.at(1_000).expects("ping 1");
    d.pong(Some(2)).expects("");
    // The peer lives, but this ping is given up; its pong comes when the next is outstanding.
    d.at(11_000).expects("");
    d.at(12_000).expects("ping 2");
    d.pong(Some(1)).expects("");
    d.at(12_050)
        .pong(Some(2))
        .expects("latency 50, confirmed 1");
}

#[test]
fn without_ids_a_late_pong_confirms_no_more_than_its_own_ping_would_have() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.at(5_000).hears();
    d.at(11_400).hears();
    d.at(11_500).enqueue(confirmable(2));
    d.expects("transmit 2");
    d.at(12_000).expects("ping 2");
    // It looks like the answer to the second ping and is the late one to the first.
    d.at(12_500).pong(None).expects("confirmed 1");
    d.at(12_600).pong(None).expects("latency 600, confirmed 2");
}

#[test]
fn without_ids_a_pong_that_never_came_holds_up_confirmations_by_one_ping() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.at(5_000).hears();
    d.at(12_000).expects("ping 2");
    d.enqueue(confirmable(2));
    d.expects("transmit 2");
    d.at(12_100).pong(None).expects("confirmed 1");
    d.at(22_000).expects("");
    d.at(23_000).expects("ping 3");
    d.at(23_100).pong(None).expects("");
    d.at(33_000).hears().expects("");
    d.at(34_000).expects("ping 4");
    d.at(34_100).pong(None).expects("confirmed 2");
}

#[test]
fn pongs_that_nobody_asked_for_use_up_no_ping() {
    let mut d = Dialogue::opened(heartbeat());
    for _ in 0..20 {
        d.pong(None).expects("");
    }
    d.enqueue(confirmable(1));
    d.expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.pong(None).expects("latency 0, confirmed 1");
}

#[test]
fn a_break_tells_at_once_of_what_was_not_confirmed() {
    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(confirmable(1));
    d.sends().enqueue(confirmable(2));
    d.expects("transmit 1, transmit 2");
    d.closes(1006, "")
        .expects("drop 1 unconfirmed (sent), drop 2 unconfirmed (sent), waiting 1 (closed 1006)");
    assert_eq!(d.session.stats(d.now).unconfirmed, 3);
    assert_eq!(d.session.stats(d.now).held_messages, 0);
}

#[test]
fn one_that_is_still_queued_survives_a_break_and_is_confirmed_on_the_next_connection() {
    let mut d = Dialogue::waiting(heartbeat());
    d.enqueue(confirmable(1));
    d.expects("");
    d.reconnect().expects("connecting (reconnect), ask url 1");
    d.url(WSS)
        .handshakes()
        .expects("dial, open, reopened, transmit 1");
    d.at(1_000).expects("ping 1");
    d.pong(Some(1)).expects("latency 0, confirmed 1");
}

#[test]
fn at_least_once_sends_the_unconfirmed_again_in_order_and_before_anything_newer() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).queue(2).expects("transmit 1, transmit 2");
    d.at(1_000).expects("ping 1");
    d.queue(3).expects("transmit 3");
    d.pong(Some(1))
        .expects("latency 0, confirmed 1, confirmed 2");
    d.queue(4).expects("transmit 4");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.queue(5).expects("");
    d.reconnect().expects("connecting (reconnect), ask url 1");
    d.url(WSS)
        .handshakes()
        .expects("dial, open, reopened, transmit 3, transmit 4, transmit 5");
    assert_eq!(d.last_opening.unconfirmed, 2);
    d.at(2_000).expects("ping 2");
    d.pong(Some(2))
        .expects("latency 0, confirmed 3, confirmed 4, confirmed 5");
}

#[test]
fn at_least_once_nothing_passes_the_queue() {
    let mut d = Dialogue::opened(at_least_once());
    assert!(!d.session.can_pass());
    d.queue(1).expects("transmit 1");
    assert!(!d.session.can_pass());
    assert_eq!(d.session.stats(0).queued_messages, 0);
    assert_eq!(d.session.stats(0).held_messages, 1);
    assert_eq!(d.session.stats(0).held_bytes, 10);
}

#[test]
fn at_least_once_waits_for_authentication_and_restore_again() {
    let config = Config {
        auth: Auth::Secure,
        restore: true,
        ..at_least_once()
    };
    let mut d = Dialogue::opened(config);
    d.queue(1).expects("transmit 1");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.reconnect().expects("connecting (reconnect), ask url 1");
    d.url(WSS)
        .handshakes()
        .expects("dial, authenticating, ask credentials");
    d.news(News::CredentialsReady).expects("");
    d.verdict(Verdict::Accepted)
        .expects("restoring, ask restore");
    d.news(News::Restored).expects("open, reopened, transmit 1");
}

#[test]
fn a_message_may_go_out_many_times_until_it_is_confirmed() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).expects("transmit 1");
    for round in 1..=5 {
        d.closes(1006, "");
        d.said.clear();
        d.reconnect();
        d.url(WSS).handshakes();
        assert_eq!(
            d.said.back().map(String::as_str),
            Some("transmit 1"),
            "{round}"
        );
        d.said.clear();
    }
    let now = d.now;
    d.at(now + 1_000).expects("ping 1");
    d.pong(Some(1)).expects("latency 0, confirmed 1");
    d.closes(1006, "").expects("waiting 6 (closed 1006)");
    d.reconnect();
    d.url(WSS)
        .handshakes()
        .expects("connecting (reconnect), ask url 6, dial, open, reopened");
}

#[test]
fn what_is_kept_counts_against_the_bounds_and_is_never_evicted() {
    for overflow in Overflow::ALL {
        let mut d = Dialogue::opened(four(*overflow));
        d.queue(1).expects("transmit 1");
        d.queue(2).expects("transmit 2, ping 1");
        d.queue(3).queue(4).expects("transmit 3, transmit 4");
        assert_eq!(
            d.enqueue(message(5, 10)),
            Fate::Dropped(DropReason::QueueFull),
            "{overflow:?}"
        );
        d.pong(Some(1))
            .expects("latency 0, confirmed 1, confirmed 2, ping 2");
        d.queue(6).expects("transmit 6");
        d.closes(1006, "").expects("waiting 1 (closed 1006)");
        d.queue(7).expects("");
        let fate = d.enqueue(message(8, 10));
        match overflow {
            Overflow::Reject => {
                assert_eq!(fate, Fate::Dropped(DropReason::QueueFull));
                d.expects("");
            }
            Overflow::DropOldest | Overflow::DropNewest => {
                assert_eq!(fate, Fate::Queued(8));
                d.expects("drop 7 queue-full");
            }
        }
        let last = if *overflow == Overflow::Reject { 7 } else { 8 };
        d.reconnect();
        d.url(WSS).handshakes();
        d.expects(&format!(
            "connecting (reconnect), ask url 1, dial, open, reopened, transmit 3, transmit 4, ping 3, \
             transmit 6, transmit {last}"
        ));
    }
}

#[test]
fn bytes_are_bounded_too_and_nothing_is_evicted_in_vain() {
    let mut d = Dialogue::opened(four(Overflow::DropOldest));
    assert_eq!(d.enqueue(message(1, 60)), Fate::Queued(1));
    d.expects("transmit 1, ping 1");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.queue(2).expects("");
    // Even without the second there would be no room.
    assert_eq!(
        d.enqueue(message(3, 50)),
        Fate::Dropped(DropReason::QueueFull)
    );
    assert_eq!(
        d.enqueue(message(4, 101)),
        Fate::Dropped(DropReason::TooLarge)
    );
    assert_eq!(d.enqueue(message(5, 40)), Fate::Queued(5));
    d.expects("drop 2 queue-full");
}

#[test]
fn half_of_the_room_taken_asks_for_a_pong_at_once() {
    let mut d = Dialogue::opened(four(Overflow::Reject));
    d.queue(1).expects("transmit 1");
    d.queue(2).expects("transmit 2, ping 1");
    d.queue(3).queue(4).expects("transmit 3, transmit 4");
    d.pong(Some(1))
        .expects("latency 0, confirmed 1, confirmed 2, ping 2");
    d.pong(Some(2))
        .expects("latency 0, confirmed 3, confirmed 4");
    d.silence_until(5_000);
}

#[test]
fn what_was_sent_is_neither_replaced_nor_expired() {
    let mut d = Dialogue::opened(at_least_once());
    let keyed = |ticket| Message {
        key: Some(9),
        ttl_ms: Some(500),
        ..message(ticket, 10)
    };
    assert_eq!(d.enqueue(keyed(1)), Fate::Queued(1));
    d.expects("transmit 1");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    assert_eq!(d.enqueue(keyed(2)), Fate::Queued(2));
    assert_eq!(d.enqueue(keyed(3)), Fate::Queued(3));
    d.expects("drop 2 replaced");
    d.at(500).expects("drop 3 expired");
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, open, reopened, transmit 1");
}

#[test]
fn a_timeout_ends_the_wait_queued_or_sent_and_nothing_goes_again() {
    let mut d = Dialogue::waiting(heartbeat());
    d.enqueue(timed(1, 300));
    d.at(300).expects("drop 1 timeout");

    let mut d = Dialogue::opened(heartbeat());
    d.enqueue(timed(1, 300));
    d.expects("transmit 1");
    d.at(300).expects("drop 1 timeout (sent)");
    // Only the heartbeat still wants to know whether the send was answered.
    d.at(1_000).expects("ping 1");
    d.pong(Some(1)).expects("latency 0");
    d.silence_until(20_000);

    let mut d = Dialogue::opened(at_least_once());
    d.enqueue(timed(1, 300));
    d.expects("transmit 1");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.at(300).expects("drop 1 timeout (requeued)");
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, open, reopened");
}

#[test]
fn a_withdrawn_message_leaves_no_more() {
    let mut d = Dialogue::waiting(at_least_once());
    d.queue(1).queue(2);
    assert_eq!(d.session.withdraw(0, 1), Some(Progress::Queued));
    assert_eq!(d.session.withdraw(0, 1), None);
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, open, reopened, transmit 2");
    d.queue(3).expects("transmit 3");
    assert_eq!(d.session.withdraw(0, 2), Some(Progress::Sent));
    d.closes(1006, "").expects("waiting 2 (closed 1006)");
    assert_eq!(d.session.withdraw(0, 3), Some(Progress::Requeued));
    assert_eq!(d.session.stats(0).held_messages, 0);
    assert_eq!(d.session.stats(0).held_bytes, 0);
}

#[test]
fn the_end_tells_of_everything_and_whether_it_was_sent() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).expects("transmit 1");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.queue(2).close(0);
    d.expects("drop 1 unconfirmed (requeued), drop 2 closed, closed user");

    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).close(0);
    d.expects("transmit 1, close 1000 bye, closing");
    d.closes(1000, "");
    d.expects("drop 1 unconfirmed (requeued), closed user (user 1000)");
}

#[test]
fn a_goodbye_with_a_drain_waits_for_the_confirmation() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).close(2_000);
    d.expects("transmit 1, closing, ping 1");
    assert!(!d.session.can_pass());
    assert_eq!(d.enqueue(message(2, 10)), Fate::Dropped(DropReason::Closed));
    d.at(50)
        .pong(Some(1))
        .expects("latency 50, confirmed 1, close 1000 bye");
    d.closes(1000, "").expects("closed user (user 1000)");
}

#[test]
fn a_goodbye_waits_no_longer_than_its_drain() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).close(2_000);
    d.expects("transmit 1, closing, ping 1");
    d.at(2_000).expects("close 1000 bye");
    d.at(3_000)
        .expects("abandon 1000, drop 1 unconfirmed (requeued), closed user");
}

#[test]
fn a_goodbye_survives_a_break_during_its_drain() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).close(30_000);
    d.expects("transmit 1, closing, ping 1");
    d.closes(1006, "").expects("");
    let until = d.wait().until;
    d.at(until).expects("ask url 1");
    d.url(WSS).handshakes().expects("dial, transmit 1, ping 2");
    d.pong(Some(2))
        .expects("latency 0, confirmed 1, close 1000 bye");
    d.closes(1000, "").expects("closed user (user 1000)");
}

#[test]
fn without_anything_to_confirm_a_goodbye_is_said_at_once() {
    let mut d = Dialogue::opened(heartbeat());
    d.sends().close(2_000);
    d.expects("close 1000 bye, closing");
    d.closes(1000, "").expects("closed user (user 1000)");
}

#[test]
fn a_peer_that_is_gone_is_found_through_what_awaits_confirmation() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).expects("transmit 1");
    d.at(1_000).expects("ping 1");
    d.at(11_000).expects("abandon, waiting 1 (heartbeat)");
    d.reconnect();
    d.url(WSS).handshakes();
    d.expects("connecting (reconnect), ask url 1, dial, open, reopened, transmit 1");
}

#[test]
fn a_sleep_is_followed_by_grace_and_the_confirmation() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).expects("transmit 1");
    d.sleeps_until(600_000).expects("ping 1");
    d.at(600_100)
        .pong(Some(1))
        .expects("latency 100, confirmed 1");
}

#[test]
fn a_page_that_goes_into_the_cache_keeps_what_is_unconfirmed() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).expects("transmit 1");
    d.signal(Signal::PageHidePersisted)
        .expects("abandon 1000, suspended frozen (page-hide)");
    d.signal(Signal::PageShowPersisted)
        .expects("connecting, ask url 0");
    d.url(WSS)
        .handshakes()
        .expects("dial, open, reopened, transmit 1");
}

#[test]
fn a_reconnect_cuts_a_drain_short() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).close(30_000);
    d.expects("transmit 1, closing, ping 1");
    d.reconnect();
    d.expects("abandon 1000, drop 1 unconfirmed (requeued), closed user, connecting, ask url 0");
}

#[test]
fn a_page_that_is_put_away_during_a_drain_is_the_end() {
    let mut d = Dialogue::opened(at_least_once());
    d.queue(1).close(30_000);
    d.expects("transmit 1, closing, ping 1");
    d.signal(Signal::PageHidePersisted)
        .expects("abandon 1000, drop 1 unconfirmed (requeued), closed user");
}
