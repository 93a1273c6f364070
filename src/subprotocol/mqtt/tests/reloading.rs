//! A page that is loaded anew goes on where the one before stopped.

use super::*;

/// The client of the next page: the state as numbers, the client identifier, and the payloads with their tickets.
fn reloaded(old: &mut Dialogue) -> Dialogue {
    let mut d = Dialogue::new(Options {
        client_id: "kept".into(),
        ..Options::default()
    });
    assert!(d.client.load(&old.client.save()));
    for (ticket, kept) in core::mem::take(&mut old.kept) {
        if old.client.packet_id(ticket).is_some() {
            d.hands_in(ticket, kept, None);
        }
    }
    old.said.clear();
    d.opens();
    assert!(!d.pending().contains("clean"));
    d.said.clear();
    d
}

#[test]
fn what_is_under_way_stays_so() {
    let mut old = Dialogue::up();
    old.publishes(1, 1, "a", "x")
        .publishes(2, 2, "b", "y")
        .publishes(3, 2, "c", "z");
    old.hears(&ack(PUBREC, 3, 0));
    old.hears(&publish(2, 9, "in", &[], "once"));
    let mut d = reloaded(&mut old);
    d.accepts(true)
        .expects("resumed, PUBREL 3, PUBLISH 1 q1 dup a x, PUBLISH 2 q2 dup b y");
    d.hears(&publish(2, 9, "in", &[], "once"))
        .expects("PUBREC 9");
    d.hears(&ack(PUBCOMP, 3, 0)).expects("acknowledged 3 00");
    // New packets have new identifiers, and new subscriptions new numbers.
    d.publishes(4, 1, "d", "new").expects("PUBLISH 4 q1 d new");
}

#[test]
fn a_session_that_is_gone_is_known_as_such() {
    let mut old = Dialogue::up();
    old.publishes(1, 1, "a", "x").publishes(3, 2, "c", "z");
    old.hears(&ack(PUBREC, 2, 0));
    let mut d = reloaded(&mut old);
    d.accepts(false)
        .expects("connected, session lost 3, PUBLISH 3 q1 a x");
}

#[test]
fn numbers_of_subscriptions_are_not_given_again() {
    let mut old = Dialogue::up();
    old.subscribes("a", 0);
    old.hears(&suback(1, 0));
    let mut d = reloaded(&mut old);
    assert_eq!(d.subscribes("b", 0), 2);
    d.accepts(true).expects("resumed, SUBSCRIBE 2 [0b02] b 00");
    d.hears(&publish(0, 0, "a", &[0x0b, 1], "x"))
        .expects("message q0 a x []");
}

#[test]
fn only_whole_and_fitting_numbers_are_taken() {
    let fresh = || Mqtt::new(Options::default(), Config::default(), 1);
    let mut old = Dialogue::up();
    old.publishes(1, 2, "a", "x")
        .hears(&publish(2, 9, "in", &[], "y"));
    old.said.clear();
    let saved = old.client.save();
    let mut taken = fresh();
    assert!(taken.load(&saved));
    assert_eq!(taken.save(), saved);
    for length in [0, 1, 3, 5] {
        assert!(!fresh().load(&saved[..length]), "{length}");
    }
    for (place, number) in [(0, 2 << 24), (2, 0), (2, 1 << 16), (4, 3 << 16)] {
        let mut numbers = saved.clone();
        numbers[place] = number;
        assert!(!fresh().load(&numbers), "{number} at {place}");
    }
    // Twice the same identifier.
    assert!(!fresh().load(&[1 << 24, 0, 5, 0, 5, 0]));
    // And never into a client that has been opened.
    assert!(!old.client.load(&saved));
}

#[test]
fn the_revision_tells_of_every_change() {
    let mut d = Dialogue::up();
    let mut last = d.client.revision();
    let mut changed = |d: &mut Dialogue| {
        d.said.clear();
        core::mem::replace(&mut last, d.client.revision()) != d.client.revision()
    };
    assert!(!changed(d.publishes(1, 0, "a", "x")));
    assert!(changed(d.publishes(2, 2, "a", "x")));
    assert!(changed(d.hears(&ack(PUBREC, 1, 0))));
    assert!(changed(d.hears(&ack(PUBCOMP, 1, 0))));
    assert!(!changed(d.hears(&publish(1, 5, "a", &[], "x"))));
    assert!(changed(d.hears(&publish(2, 6, "a", &[], "x"))));
    assert!(changed(d.hears(&ack(PUBREL, 6, 0))));
}
