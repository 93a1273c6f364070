//! The queue: bounds, overflow, time to live, replacement, order, and a report of everything that leaves it unsent.

use super::*;

fn holding(queue: QueueConfig) -> Config {
    Config {
        queue,
        ..Config::default()
    }
}

fn three(overflow: Overflow) -> Config {
    holding(QueueConfig {
        max_messages: 3,
        max_bytes: 100,
        overflow,
        ttl_ms: None,
    })
}

fn keyed(ticket: Ticket, key: u32) -> Message {
    Message {
        key: Some(key),
        ..message(ticket, 10)
    }
}

fn brief(ticket: Ticket, ttl_ms: Millis) -> Message {
    Message {
        ttl_ms: Some(ttl_ms),
        ..message(ticket, 10)
    }
}

/// What leaves once the connection opens.
fn leaves(d: &mut Dialogue) -> Vec<Ticket> {
    d.url(WSS).handshakes();
    let sent = d
        .said
        .iter()
        .filter_map(|said| said.strip_prefix("transmit ")?.parse().ok())
        .collect();
    d.said.clear();
    sent
}

#[test]
fn order_is_kept() {
    let mut d = Dialogue::started(Config::default());
    for ticket in 0..1_000 {
        d.queue(ticket);
    }
    assert_eq!(leaves(&mut d), (0..1_000).collect::<Vec<_>>());
    assert!(d.session.can_pass());
}

#[test]
fn messages_queue_in_every_state_without_a_connection() {
    let mut d = Dialogue::new(Config::default());
    d.queue(1).open().expects("connecting, ask url 0");
    d.queue(2).url(WSS).expects("dial");
    d.queue(3).fails().expects("abandon, waiting 1 (provider)");
    d.queue(4).pause().expects("suspended paused (paused)");
    d.queue(5).resume().expects("connecting, ask url 1");
    assert_eq!(leaves(&mut d), [1, 2, 3, 4, 5]);
}

#[test]
fn the_queue_leaves_only_after_authentication_and_restore() {
    let mut d = Dialogue::dialled(Config {
        restore: true,
        ..authenticated()
    });
    d.queue(1)
        .handshakes()
        .expects("authenticating, ask credentials");
    d.queue(2).news(News::CredentialsReady).expects("");
    d.verdict(Verdict::Accepted)
        .expects("restoring, ask restore");
    d.queue(3).expects("");
    assert!(!d.session.can_pass());
    d.news(News::Restored)
        .expects("open, opened, transmit 1, transmit 2, transmit 3");
}

#[test]
fn the_queue_survives_breaks_and_failed_attempts() {
    let mut d = Dialogue::waiting(Config::default());
    d.queue(1);
    for attempt in 1..=5 {
        let until = d.wait().until;
        d.at(until)
            .expects(&format!("connecting, ask url {attempt}"));
        d.fails();
        d.said.clear();
    }
    d.reconnect().expects("connecting (reconnect), ask url 6");
    assert_eq!(leaves(&mut d), [1]);
}

#[test]
fn nothing_handed_to_the_native_socket_is_queued_again() {
    let mut d = Dialogue::started(Config::default());
    d.queue(1).queue(2);
    assert_eq!(leaves(&mut d), [1, 2]);
    d.sends()
        .closes(1006, "")
        .expects("waiting 1 (closed 1006)");
    d.reconnect().expects("connecting (reconnect), ask url 1");
    assert!(leaves(&mut d).is_empty());
    assert_eq!(d.last_opening.unconfirmed, 3);
}

#[test]
fn reject_refuses_the_message_that_does_not_fit() {
    let mut d = Dialogue::started(three(Overflow::Reject));
    d.queue(1).queue(2).queue(3);
    assert_eq!(
        d.enqueue(message(4, 10)),
        Fate::Dropped(DropReason::QueueFull)
    );
    assert_eq!(leaves(&mut d), [1, 2, 3]);
}

#[test]
fn drop_oldest_makes_room_at_the_front() {
    let mut d = Dialogue::started(three(Overflow::DropOldest));
    d.queue(1)
        .queue(2)
        .queue(3)
        .queue(4)
        .expects("drop 1 queue-full");
    assert_eq!(d.enqueue(message(5, 80)), Fate::Queued(5));
    d.expects("drop 2 queue-full");
    assert_eq!(d.enqueue(message(6, 100)), Fate::Queued(6));
    d.expects("drop 3 queue-full, drop 4 queue-full, drop 5 queue-full");
    assert_eq!(leaves(&mut d), [6]);
}

#[test]
fn drop_newest_makes_room_at_the_back() {
    let mut d = Dialogue::started(three(Overflow::DropNewest));
    d.queue(1)
        .queue(2)
        .queue(3)
        .queue(4)
        .expects("drop 3 queue-full");
    assert_eq!(d.enqueue(message(5, 90)), Fate::Queued(5));
    d.expects("drop 4 queue-full, drop 2 queue-full");
    assert_eq!(leaves(&mut d), [1, 5]);
}

#[test]
fn bytes_bound_the_queue_as_well_as_messages() {
    let mut d = Dialogue::started(three(Overflow::Reject));
    assert_eq!(d.enqueue(message(1, 60)), Fate::Queued(1));
    assert_eq!(
        d.enqueue(message(2, 41)),
        Fate::Dropped(DropReason::QueueFull)
    );
    assert_eq!(d.enqueue(message(3, 40)), Fate::Queued(3));
    assert_eq!(leaves(&mut d), [1, 3]);
}

#[test]
fn a_message_larger_than_the_whole_queue_is_too_large_and_evicts_nobody() {
    for overflow in [Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest] {
        let mut d = Dialogue::started(three(overflow));
        d.queue(1);
        assert_eq!(
            d.enqueue(message(2, 101)),
            Fate::Dropped(DropReason::TooLarge)
        );
        assert_eq!(leaves(&mut d), [1]);
    }
}

#[test]
fn a_queue_of_no_messages_takes_none() {
    for overflow in [Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest] {
        let mut d = Dialogue::started(holding(QueueConfig {
            max_messages: 0,
            overflow,
            ..QueueConfig::default()
        }));
        assert_eq!(
            d.enqueue(message(1, 0)),
            Fate::Dropped(DropReason::QueueFull)
        );
        d.expects("");
    }
}

#[test]
fn the_defaults_are_1024_messages_and_a_mebibyte_and_rejection() {
    let mut d = Dialogue::started(Config::default());
    for ticket in 0..1_024 {
        d.queue(ticket);
    }
    assert_eq!(
        d.enqueue(message(9_999, 1)),
        Fate::Dropped(DropReason::QueueFull)
    );
    let mut large = Dialogue::started(Config::default());
    assert_eq!(large.enqueue(message(1, 1 << 20)), Fate::Queued(1));
    assert_eq!(
        large.enqueue(message(2, 1)),
        Fate::Dropped(DropReason::QueueFull)
    );
    assert_eq!(
        large.enqueue(message(3, (1 << 20) + 1)),
        Fate::Dropped(DropReason::TooLarge)
    );
}

#[test]
fn an_open_connection_knows_no_bounds() {
    let mut d = Dialogue::opened(three(Overflow::Reject));
    for ticket in 0..10 {
        assert_eq!(d.enqueue(message(ticket, 1_000)), Fate::Queued(ticket));
        d.expects(&format!("transmit {ticket}"));
    }
}

#[test]
fn a_newer_message_replaces_the_older_one_of_its_key_and_stands_last() {
    let mut d = Dialogue::started(Config::default());
    for message in [keyed(1, 7), keyed(2, 8), message(3, 10)] {
        d.enqueue(message);
    }
    assert_eq!(d.enqueue(keyed(4, 7)), Fate::Queued(4));
    d.expects("drop 1 replaced");
    assert_eq!(leaves(&mut d), [2, 3, 4]);
}

#[test]
fn messages_without_a_key_replace_nothing() {
    let mut d = Dialogue::started(Config::default());
    d.queue(1).queue(2).expects("");
    assert_eq!(leaves(&mut d), [1, 2]);
}

#[test]
fn what_is_replaced_counts_as_free_room() {
    for overflow in [Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest] {
        let mut d = Dialogue::started(three(overflow));
        d.enqueue(keyed(1, 7));
        d.queue(2).queue(3);
        assert_eq!(d.enqueue(keyed(4, 7)), Fate::Queued(4));
        d.expects("drop 1 replaced");
        assert_eq!(d.session.stats(d.now).queued_bytes, 30);
        assert_eq!(leaves(&mut d), [2, 3, 4]);
    }
}

#[test]
fn a_message_that_is_refused_replaces_nothing() {
    let mut d = Dialogue::started(three(Overflow::Reject));
    d.enqueue(keyed(1, 7));
    d.enqueue(message(2, 80));
    let larger = Message {
        bytes: 30,
        ..keyed(3, 7)
    };
    assert_eq!(d.enqueue(larger), Fate::Dropped(DropReason::QueueFull));
    let huge = Message {
        bytes: 101,
        ..keyed(4, 7)
    };
    assert_eq!(d.enqueue(huge), Fate::Dropped(DropReason::TooLarge));
    assert_eq!(leaves(&mut d), [1, 2]);
}

#[test]
fn a_message_that_outlives_its_time_is_dropped_then() {
    let mut d = Dialogue::started(Config {
        connect_timeout_ms: 100_000,
        ..Config::default()
    });
    d.enqueue(brief(1, 3_000));
    d.enqueue(brief(2, 1_000));
    d.queue(3);
    assert_eq!(d.session.poll_timeout(), Some((1_000, Timer::Expiry)));
    d.at(1_000).expects("drop 2 expired");
    d.at(3_000).expects("drop 1 expired");
    d.silence_until(90_000);
    assert_eq!(leaves(&mut d), [3]);
}

#[test]
fn a_message_may_outlive_the_queues_time_to_live_by_its_own() {
    let mut d = Dialogue::started(holding(QueueConfig {
        ttl_ms: Some(1_000),
        ..QueueConfig::default()
    }));
    d.queue(1).enqueue(brief(2, 2_000));
    d.at(1_000).expects("drop 1 expired");
    d.at(2_000).expects("drop 2 expired");
}

#[test]
fn a_message_with_no_time_at_all_is_never_sent_late() {
    let mut d = Dialogue::started(Config::default());
    assert_eq!(d.enqueue(brief(1, 0)), Fate::Queued(1));
    d.session.handle_timeout(0);
    d.drain().expects("drop 1 expired");
    let mut open = Dialogue::opened(Config::default());
    assert_eq!(open.enqueue(brief(1, 0)), Fate::Queued(1));
    open.expects("transmit 1");
}

#[test]
fn what_has_outlived_its_time_does_not_leave_although_the_timer_is_late() {
    let mut d = Dialogue::dialled(Config::default());
    d.enqueue(brief(1, 1_000));
    d.queue(2).freezes_until(2_000).handshakes();
    d.expects("drop 1 expired, open, opened, transmit 2");
}

#[test]
fn messages_expire_while_waiting_and_while_on_hold() {
    let mut waiting = Dialogue::waiting(Config::default());
    waiting.enqueue(brief(1, 1));
    waiting.at(1).expects("drop 1 expired");
    let mut paused = Dialogue::opened(Config::default());
    paused
        .pause()
        .expects("abandon 1000, suspended paused (paused)");
    paused.enqueue(brief(1, 1_000));
    paused.at(1_000).expects("drop 1 expired");
}

#[test]
fn no_timer_is_left_when_all_has_been_sent() {
    let mut d = Dialogue::dialled(Config {
        lifecycle: false,
        ..Config::default()
    });
    d.enqueue(brief(1, 5_000));
    d.handshakes().expects("open, opened, transmit 1");
    assert_eq!(d.session.poll_timeout(), None);
}

#[test]
fn what_is_queued_when_it_is_over_is_reported() {
    let over: [fn(&mut Dialogue); 4] = [
        |d| {
            _ = d
                .close(0)
                .expects("drop 1 closed, drop 2 closed, closed user")
        },
        |d| {
            _ = d
                .abort()
                .expects("drop 1 closed, drop 2 closed, closed aborted")
        },
        |d| {
            _ = d
                .fails()
                .expects("drop 1 closed, drop 2 closed, closed exhausted (provider)")
        },
        |d| {
            d.url(Address::default());
            d.expects("drop 1 closed, drop 2 closed, closed insecure (insecure)");
        },
    ];
    for end in over {
        let mut d = Dialogue::started(Config {
            max_attempts: Some(0),
            require_secure: true,
            ..Config::default()
        });
        d.queue(1).queue(2);
        end(&mut d);
        assert_eq!(d.enqueue(message(3, 1)), Fate::Dropped(DropReason::Closed));
        assert_eq!(d.session.stats(d.now).queued_messages, 0);
    }
}

#[test]
fn every_message_has_exactly_one_fate() {
    for seed in 0..200 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let overflow = Overflow::ALL[seed as usize % 3];
        let mut d = Dialogue::seeded(three(overflow), seed);
        d.open().said.clear();
        let mut fates = vec![0; 200];
        for ticket in 0..200 {
            let bytes = rng.u32(0..120);
            let fate = d.enqueue(Message {
                ttl_ms: rng.bool().then(|| rng.u64(0..2_000)),
                key: rng.bool().then(|| rng.u32(0..4)),
                ..message(ticket, bytes)
            });
            fates[ticket as usize] += u32::from(matches!(fate, Fate::Dropped(_)));
            let now = d.now + rng.u64(0..300);
            while d.now < now {
                d.step(now);
            }
            let up = d.name() == StateName::Open;
            match rng.u32(0..12) {
                0 if up => _ = d.closes(1006, ""),
                1 if d.name() == StateName::Waiting => _ = d.reconnect(),
                2..5 if d.session.state() == &State::Connecting(Dial::Asking) => {
                    d.url(WSS).handshakes();
                }
                _ => {}
            }
            count(&mut d, &mut fates);
        }
        d.close(0);
        count(&mut d, &mut fates);
        assert!(
            fates.iter().all(|&fates| fates == 1),
            "seed {seed}: {fates:?}"
        );
    }
}

fn count(d: &mut Dialogue, fates: &mut [u32]) {
    for said in d.said.drain(..) {
        let mut words = said.split(' ');
        if let (Some("transmit" | "drop"), Some(ticket)) = (words.next(), words.next()) {
            fates[ticket.parse::<usize>().expect("a ticket")] += 1;
        }
    }
}
