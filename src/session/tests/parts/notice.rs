//! How soon a dead link is noticed, with a heartbeat at its defaults, whatever the phase.

use super::*;

/// An idle link is let go within this time of the last sign of life.
const IDLE_MS: Millis = 40_000;
/// And within this time of a send that was lost.
const SEND_MS: Millis = 12_000;

/// Round trips that a test of bounds goes through; `None` has never been measured.
const ROUND_TRIPS: [Option<Millis>; 4] = [None, Some(1), Some(300), Some(2_000)];

/// An open connection whose peer answers after `round_trip` and has shown so, unless it is `None`.
fn measured(round_trip: Option<Millis>) -> Dialogue {
    let mut d = Dialogue::opened(heartbeat());
    if let Some(ms) = round_trip {
        d.at(25_000).expects("ping 1");
        d.at(25_000 + ms)
            .pong(Some(1))
            .expects(&format!("latency {ms}"));
    }
    d
}

fn runs_until(d: &mut Dialogue, time: Millis) {
    while d.now < time {
        d.step(time);
    }
    d.said.clear();
}

fn known_after(d: &mut Dialogue, from: Millis) -> Millis {
    let known = d
        .time_of("abandon", from + 1_000_000)
        .expect("the link is dead");
    d.said.clear();
    known - from
}

#[test]
fn an_idle_link_is_let_go_within_forty_seconds_of_the_last_message() {
    for round_trip in ROUND_TRIPS {
        let start = measured(round_trip).now;
        for phase in (0..25_000).step_by(100) {
            let mut d = measured(round_trip);
            let last = start + phase;
            d.at(last).hears();
            let known = known_after(&mut d, last);
            assert!(known <= IDLE_MS, "{round_trip:?} {phase}: {known}");
            assert!(
                known >= 18_750,
                "{round_trip:?} {phase}: {known} is no silence"
            );
        }
    }
}

#[test]
fn an_idle_link_is_let_go_within_forty_seconds_of_the_last_pong() {
    for round_trip in [1, 300, 2_000, 5_000] {
        let mut d = Dialogue::opened(heartbeat());
        d.peer(round_trip, 200_000);
        let mut last = 0;
        while d.now < 200_000 {
            d.step(200_000);
            if d.said.iter().any(|said| said.starts_with("latency")) {
                last = d.now;
            }
            d.said.clear();
        }
        let known = known_after(&mut d, last);
        assert!(known <= IDLE_MS, "{round_trip}: {known}");
    }
}

#[test]
fn after_a_lost_send_a_dead_link_is_let_go_within_twelve_seconds() {
    for round_trip in ROUND_TRIPS {
        let start = measured(round_trip).now;
        for heard in (0..25_000).step_by(1_250) {
            for silence in (0..24_000).step_by(750) {
                let mut d = measured(round_trip);
                runs_until(&mut d, start + heard);
                d.hears();
                let sent = start + heard + silence;
                runs_until(&mut d, sent);
                if d.name() != StateName::Open {
                    continue;
                }
                d.sends();
                let known = known_after(&mut d, sent);
                assert!(
                    known <= SEND_MS,
                    "{round_trip:?} {heard} {silence}: {known}"
                );
            }
        }
    }
}

#[test]
fn a_lost_send_is_noticed_even_when_an_earlier_one_was_answered() {
    // Send, an answer, another send while the first is still being watched; then the link dies.
    for round_trip in ROUND_TRIPS {
        for answer in (0..6_000).step_by(200) {
            for again in (0..6_000).step_by(200) {
                let mut d = measured(round_trip);
                d.peer(round_trip.unwrap_or(50), d.now + 10_000 + answer);
                let sent = d.now + 10_000;
                runs_until(&mut d, sent);
                d.sends();
                runs_until(&mut d, sent + answer);
                d.hears();
                let lost = sent + answer + again;
                runs_until(&mut d, lost);
                d.sends();
                let known = known_after(&mut d, lost);
                assert!(known <= SEND_MS, "{round_trip:?} {answer} {again}: {known}");
            }
        }
    }
}

#[test]
fn a_lost_send_is_noticed_while_a_ping_is_out() {
    for round_trip in [1, 300, 2_000] {
        for after in 0..=round_trip.min(50) {
            let mut d = measured(Some(round_trip));
            let pinged = d.now + 25_000;
            d.at(pinged).expects("ping 2");
            let lost = pinged + after * round_trip / 50;
            d.at(lost.min(pinged + round_trip)).sends();
            // The pong was under way already when the link died.
            d.at(pinged + round_trip).pong(Some(2));
            let known = known_after(&mut d, lost);
            assert!(known <= SEND_MS, "{round_trip} {after}: {known}");
        }
    }
}

#[test]
fn in_a_lively_conversation_the_last_send_is_noticed_in_time() {
    for seed in 0..2_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut d = measured(ROUND_TRIPS[seed as usize % 4]);
        let dies_at = d.now + rng.u64(1_000..40_000);
        d.peer(50, dies_at);
        while d.now < dies_at {
            let now = (d.now + rng.u64(1..3_000)).min(dies_at);
            runs_until(&mut d, now);
            if rng.bool() {
                d.hears();
            } else {
                d.sends();
            }
            d.said.clear();
        }
        // What was heard last was heard before that send.
        d.sends();
        let known = known_after(&mut d, dies_at);
        assert!(known <= SEND_MS, "seed {seed}: {known}");
    }
}

#[test]
fn a_send_right_after_opening_and_a_queue_that_leaves_are_watched_too() {
    let mut d = Dialogue::dialled(heartbeat());
    d.queue(1)
        .at(500)
        .handshakes()
        .expects("open, opened, transmit 1");
    assert!(known_after(&mut d, 500) <= SEND_MS);
}

#[test]
fn a_send_after_silence_pings_at_once() {
    let mut d = measured(Some(20));
    let now = d.now + 6_000;
    d.at(now).sends().expects("ping 2");
    d.at(now + 2_000).expects("abandon, waiting 1 (heartbeat)");
}

#[test]
fn a_send_into_a_conversation_does_not_ping() {
    let mut d = measured(Some(20));
    for _ in 0..1_000 {
        let now = d.now + 400;
        d.silence_until(now).sends();
        let now = d.now + 30;
        d.silence_until(now).hears();
    }
    d.expects("");
}

#[test]
fn a_send_asks_for_the_clock_once_per_watch() {
    let mut d = measured(Some(20));
    let asks = (0..1_000).filter(|_| d.session.note_passed(10));
    // The shell has not answered with the time yet, so each would ask.
    assert_eq!(asks.count(), 1_000);
    d.session.handle_sent(d.now);
    let asks = (0..1_000).filter(|_| d.session.note_passed(10));
    assert_eq!(asks.count(), 0);
    let mut deaf = Dialogue::opened(pinged());
    assert!(!deaf.session.note_passed(10));
    deaf.expects("");
}

#[test]
fn the_next_attempt_is_scheduled_in_the_moment_that_gives_up_the_old_socket() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1");
    d.at(35_000).expects("abandon, waiting 1 (heartbeat)");
    let until = d.wait().until;
    assert_eq!(d.session.poll_timeout(), Some((until, Timer::Retry)));
}
