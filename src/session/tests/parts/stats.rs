//! What is counted, and what is known to have arrived.

use super::*;

impl Dialogue {
    fn stats(&self) -> Stats {
        self.session.stats(self.now)
    }
}

#[test]
fn messages_and_bytes_are_counted_each_way() {
    let mut d = Dialogue::started(heartbeat());
    d.queue(1)
        .url(WSS)
        .handshakes()
        .expects("dial, open, opened, transmit 1");
    d.sends().sends();
    d.arrives(7);
    d.arrives(8);
    let stats = d.stats();
    assert_eq!((stats.messages_sent, stats.bytes_sent), (3, 30));
    assert_eq!((stats.messages_received, stats.bytes_received), (2, 15));
}

#[test]
fn what_arrives_without_a_connection_is_not_counted() {
    let mut d = Dialogue::dialled(Config::default());
    assert_eq!(d.arrives(10), Heard::Discard);
    d.handshakes()
        .expects("open, opened")
        .close(0)
        .expects("close 1000 bye, closing");
    assert_eq!(d.arrives(10), Heard::Discard);
    assert_eq!(d.stats().messages_received, 0);
}

#[test]
fn pings_and_credentials_are_not_messages() {
    let mut d = Dialogue::opened(Config {
        auth: Auth::Secure,
        ..heartbeat()
    });
    d.at(25_000)
        .expects("ping 1")
        .pong(Some(1))
        .expects("latency 0");
    d.verdict(Verdict::Ping).expects("pong");
    assert_eq!(d.stats().messages_sent, 0);
}

#[test]
fn attempts_and_reconnects_are_counted() {
    let mut d = Dialogue::opened(Config::default());
    d.reconnect().fails().said.clear();
    let until = d.wait().until;
    d.at(until).said.clear();
    d.comes_up();
    let stats = d.stats();
    assert_eq!((stats.attempts, stats.reconnects), (3, 1));
}

#[test]
fn time_connected_is_the_sum_of_all_connections() {
    let mut d = Dialogue::opened(Config::default());
    d.at(3_000);
    assert_eq!(d.stats().connected_ms, 3_000);
    d.pause()
        .expects("abandon 1000, suspended paused (paused)")
        .at(10_000);
    assert_eq!(d.stats().connected_ms, 3_000);
    d.resume().said.clear();
    d.comes_up().at(14_000);
    assert_eq!(d.stats().connected_ms, 7_000);
    d.close(0).expects("close 1000 bye, closing").at(14_500);
    d.closes(1000, "bye").expects("closed user (user 1000)");
    assert_eq!(d.stats().connected_ms, 7_000);
}

#[test]
fn the_queue_is_counted_while_it_waits() {
    let mut d = Dialogue::dialled(Config::default());
    d.queue(1).queue(2);
    let stats = d.stats();
    assert_eq!((stats.queued_messages, stats.queued_bytes), (2, 20));
    d.handshakes()
        .expects("open, opened, transmit 1, transmit 2");
    let stats = d.stats();
    assert_eq!((stats.queued_messages, stats.queued_bytes), (0, 0));
}

#[test]
fn round_trips_are_reported_with_their_percentiles() {
    let mut d = Dialogue::opened(heartbeat());
    assert_eq!(d.stats().latency_p50_ms, None);
    for (id, round_trip) in [30, 10, 20, 400].into_iter().enumerate() {
        let id = id as u32 + 1;
        let pinged = d.now + 25_000;
        d.at(pinged).expects(&format!("ping {id}"));
        d.at(pinged + round_trip).pong(Some(id));
        d.expects(&format!("latency {round_trip}"));
    }
    let stats = d.stats();
    assert_eq!(stats.latency_ms, Some(400));
    assert_eq!(
        (stats.latency_p50_ms, stats.latency_p95_ms),
        (Some(20), Some(400))
    );
}

#[test]
fn a_pong_confirms_what_was_sent_before_its_ping_and_nothing_else() {
    let mut d = Dialogue::opened(heartbeat());
    d.sends().sends();
    assert_eq!(d.stats().unconfirmed, 2);
    d.at(1_000).expects("ping 1").sends();
    assert_eq!(d.stats().unconfirmed, 3);
    d.at(1_050).pong(Some(1)).expects("latency 50");
    assert_eq!(d.stats().unconfirmed, 1);
}

#[test]
fn a_pong_that_answers_no_ping_confirms_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.sends().pong(None).pong(Some(1)).pong(Some(9)).expects("");
    assert_eq!(d.stats().unconfirmed, 1);
    d.at(1_000).hears();
    d.said.clear();
    assert_eq!(d.stats().unconfirmed, 1);
}

#[test]
fn a_late_pong_with_an_id_confirms_nothing() {
    let mut d = Dialogue::opened(heartbeat());
    d.at(25_000).expects("ping 1").at(30_000).hears();
    d.at(35_000).sends();
    let pinged = d.time_of("ping 2", 100_000).expect("a ping after the send");
    d.at(pinged + 10).pong(Some(1)).expects("");
    assert_eq!(d.stats().unconfirmed, 1);
    d.at(pinged + 20).pong(Some(2)).expects("latency 20");
    assert_eq!(d.stats().unconfirmed, 0);
}

#[test]
fn what_a_lost_connection_left_unconfirmed_is_told_with_the_next() {
    let mut d = Dialogue::opened(heartbeat());
    d.sends()
        .sends()
        .at(1_000)
        .expects("ping 1")
        .pong(Some(1))
        .expects("latency 0");
    d.sends()
        .sends()
        .sends()
        .closes(1006, "")
        .expects("waiting 1 (closed 1006)");
    assert_eq!(d.stats().unconfirmed, 3);
    d.reconnect().said.clear();
    assert_eq!(d.stats().unconfirmed, 3);
    d.comes_up();
    assert_eq!(d.last_opening.unconfirmed, 3);
    assert_eq!(d.stats().unconfirmed, 0);
    // The new connection starts clean.
    d.closes(1006, "").said.clear();
    d.reconnect().said.clear();
    d.comes_up();
    assert_eq!(d.last_opening.unconfirmed, 0);
}

#[test]
fn what_a_close_left_unconfirmed_is_known() {
    let mut d = Dialogue::opened(Config::default());
    d.sends();
    assert_eq!(d.session.enqueue(0, message(1, 10)), Fate::Queued(1));
    d.close(0).expects("transmit 1, close 1000 bye, closing");
    assert_eq!(d.stats().unconfirmed, 2);
    d.at(1_000).expects("abandon 1000, closed user");
    assert_eq!(d.stats().unconfirmed, 2);
}
