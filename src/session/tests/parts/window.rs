//! The send window: how many messages that await the acknowledgement of a subprotocol may be under way at a time.

use super::*;

fn acknowledged(ticket: Ticket) -> Message {
    Message {
        awaits: Awaits::Acknowledgement,
        repeats: true,
        ..message(ticket, 10)
    }
}

/// An open connection with a window of two.
fn two() -> Dialogue {
    let mut d = Dialogue::opened(Config::default());
    d.session.set_send_window(Some(2));
    d
}

impl Dialogue {
    #[track_caller]
    fn hands_in(&mut self, ticket: Ticket) -> &mut Self {
        assert_eq!(self.enqueue(acknowledged(ticket)), Fate::Queued(ticket));
        self
    }

    #[track_caller]
    fn acknowledges(&mut self, ticket: Ticket) -> &mut Self {
        assert!(self.session.acknowledge(self.now, ticket));
        self.drain()
    }
}

#[test]
fn no_more_than_the_window_is_under_way() {
    let mut d = two();
    d.hands_in(1).hands_in(2).expects("transmit 1, transmit 2");
    d.hands_in(3).hands_in(4).expects("");
    d.acknowledges(1).expects("transmit 3");
    d.acknowledges(3).expects("transmit 4");
    d.acknowledges(2).acknowledges(4).expects("");
    assert!(d.session.can_pass());
}

#[test]
fn what_stands_behind_a_message_that_waits_keeps_the_order() {
    let mut d = two();
    d.hands_in(1).hands_in(2).hands_in(3);
    d.expects("transmit 1, transmit 2");
    assert!(!d.session.can_pass());
    d.queue(4).expects("");
    d.acknowledges(2).expects("transmit 3, transmit 4");
}

#[test]
fn an_acknowledgement_is_taken_once() {
    let mut d = two();
    d.hands_in(1).expects("transmit 1").acknowledges(1);
    assert!(!d.session.acknowledge(d.now, 1));
    assert!(!d.session.acknowledge(d.now, 7));
}

#[test]
fn what_is_under_way_goes_again_after_a_break_within_the_window() {
    let mut d = two();
    d.hands_in(1).hands_in(2).hands_in(3).queue(4);
    d.expects("transmit 1, transmit 2");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    // It was acknowledged in another way, before it went again.
    d.reconnect().expects("connecting (reconnect), ask url 1");
    d.url(WSS).handshakes();
    d.expects("dial, open, reopened, transmit 1, transmit 2");
    d.acknowledges(1).expects("transmit 3, transmit 4");
}

#[test]
fn an_acknowledgement_settles_what_waits_to_go_again() {
    let mut d = two();
    d.hands_in(1).hands_in(2).expects("transmit 1, transmit 2");
    d.closes(1006, "").expects("waiting 1 (closed 1006)");
    d.acknowledges(1).reconnect();
    d.expects("connecting (reconnect), ask url 1");
    d.url(WSS).handshakes();
    d.expects("dial, open, reopened, transmit 2");
}

#[test]
fn a_smaller_window_lets_the_first_ones_go_first() {
    let mut d = two();
    d.hands_in(1).hands_in(2).hands_in(3);
    d.expects("transmit 1, transmit 2");
    d.session.set_send_window(Some(1));
    d.acknowledges(1).expects("");
    d.acknowledges(2).expects("transmit 3");
}

#[test]
fn behind_a_full_window_the_queue_is_bounded_while_open() {
    let mut d = Dialogue::opened(Config {
        queue: QueueConfig {
            max_messages: 3,
            ..QueueConfig::default()
        },
        ..Config::default()
    });
    d.session.set_send_window(Some(1));
    d.hands_in(1).hands_in(2).queue(3).expects("transmit 1");
    assert!(!d.session.has_room());
    assert_eq!(
        d.enqueue(message(4, 10)),
        Fate::Dropped(DropReason::QueueFull)
    );
    d.acknowledges(1).expects("transmit 2, transmit 3");
    assert!(d.session.has_room());
}

#[test]
fn a_goodbye_drains_through_the_window() {
    let mut d = two();
    d.hands_in(1).hands_in(2).hands_in(3);
    d.expects("transmit 1, transmit 2");
    d.close(5_000).expects("closing");
    d.acknowledges(1).expects("transmit 3");
    d.acknowledges(2).expects("");
    d.acknowledges(3).expects("close 1000 bye");
    d.closes(1000, "").expects("closed user (user 1000)");
}

#[test]
fn a_goodbye_tells_of_what_was_not_acknowledged() {
    let mut d = two();
    d.hands_in(1).hands_in(2).hands_in(3);
    d.expects("transmit 1, transmit 2");
    d.close(0).expects("close 1000 bye, closing");
    d.closes(1000, "").expects(
        "drop 1 unconfirmed (requeued), drop 2 unconfirmed (requeued), drop 3 closed, closed user (user 1000)",
    );
}

#[test]
fn an_acknowledgement_needs_no_pong() {
    let mut d = Dialogue::opened(heartbeat());
    d.session.set_send_window(Some(2));
    d.hands_in(1).expects("transmit 1");
    // The send is watched as any other, and the pong settles nothing.
    assert_eq!(d.time_of("ping 1", 20_000), Some(1_000));
    d.pong(Some(1)).expects("latency 0");
    d.acknowledges(1);
}
