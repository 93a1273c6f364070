//! DISCONNECT with its receipt, then the close ("DISCONNECT").

use super::*;

#[test]
fn the_socket_closes_after_the_receipt_of_disconnect() {
    let mut d = Dialogue::open("1.2");
    d.stomp.close(0, Some(1000), "done", 0);
    d.drain();
    d.expects("> DISCONNECT|receipt:4294967295||^, closing");
    d.at(40);
    d.hears("RECEIPT|receipt-id:4294967295||^")
        .expects("close 1000");
    let generation = d.generation;
    let close = Close {
        code: 1000,
        was_clean: true,
        ..Close::default()
    };
    d.stomp
        .session_mut()
        .handle_news(50, generation, News::Closed(close));
    d.drain();
    d.expects("closed user (user)");
}

#[test]
fn a_broker_that_sends_no_receipt_is_left_after_a_second() {
    let mut d = Dialogue::open("1.2");
    d.stomp.close(0, None, "", 0);
    d.drain();
    d.expects("> DISCONNECT|receipt:4294967295||^, closing");
    d.at(1_000).expects("close 0");
    d.at(2_000).expects("abandon 1000, closed user");
}

#[test]
fn what_was_sent_before_is_waited_for() {
    let mut d = Dialogue::open("1.2");
    d.sends_text("a", true, false);
    d.stomp.close(0, None, "", 5_000);
    d.drain();
    d.expects("> SEND|receipt:1|destination:/q||a^, > DISCONNECT|receipt:4294967295||^, closing");
    d.at(3_000);
    d.hears("RECEIPT|receipt-id:1||^")
        .expects("receipt 1, latency 3000");
    d.hears("RECEIPT|receipt-id:4294967295||^")
        .expects("close 0");
}

#[test]
fn without_a_connection_there_is_nobody_to_say_goodbye_to() {
    let mut d = Dialogue::open("1.2");
    d.breaks();
    d.said.clear();
    d.stomp.close(0, None, "", 0);
    d.drain();
    d.expects("closed user");
}

#[test]
fn what_is_queued_may_leave_over_the_next_connection_before_the_goodbye() {
    let mut d = Dialogue::open("1.2");
    d.breaks();
    d.sends_text("a", false, false);
    d.said.clear();
    d.stomp.close(0, None, "", 60_000);
    d.drain();
    d.expects("closing");
    let (at, _) = d.stomp.session().poll_timeout().unwrap();
    d.at(at);
    d.expects("> CONNECT|accept-version:1.0,1.1,1.2|heart-beat:0,0|host:/||^");
    d.hears("CONNECTED|version:1.2||^")
        .expects("connected 1.2, > SEND|destination:/q||a^, > DISCONNECT|receipt:4294967295||^");
    d.hears("RECEIPT|receipt-id:4294967295||^")
        .expects("close 0");
}
