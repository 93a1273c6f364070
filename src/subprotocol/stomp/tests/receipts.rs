//! Receipts: the fate of a message, and the round trip.

use super::*;

#[test]
fn a_receipt_settles_its_message_and_measures_the_round_trip() {
    let mut d = Dialogue::open("1.2");
    d.sends_text("a", true, false);
    d.sends_text("b", true, false);
    d.expects("> SEND|receipt:1|destination:/q||a^, > SEND|receipt:2|destination:/q||b^");
    d.at(25);
    d.hears("RECEIPT|receipt-id:2||^").expects("receipt 2");
    d.hears("RECEIPT|receipt-id:1||^")
        .expects("receipt 1, latency 25");
    // Doubled, unknown, and one that the application asked for itself.
    d.hears("RECEIPT|receipt-id:1||^RECEIPT|receipt-id:77||^RECEIPT|receipt-id:mine||^")
        .expects("");
}

#[test]
fn a_break_before_the_receipt_says_how_far_the_message_came() {
    let mut d = Dialogue::open("1.2");
    d.sends_text("a", true, false);
    d.said.clear();
    d.breaks();
    d.expects("dropped 1 unconfirmed sent, waiting 1 (closed)");
}

#[test]
fn a_message_to_be_delivered_at_least_once_goes_again_before_newer_ones() {
    let mut d = Dialogue::open("1.2");
    d.sends_text("a", true, true);
    d.sends_text("b", true, true);
    d.hears("RECEIPT|receipt-id:1||^");
    d.said.clear();
    d.breaks();
    d.sends_text("c", true, true);
    d.comes_back("1.2").expects(
        "connected 1.2, restoring, open, opened true, > SEND|receipt:2|destination:/q||b^, \
         > SEND|receipt:3|destination:/q||c^",
    );
    d.hears("RECEIPT|receipt-id:2||^RECEIPT|receipt-id:3||^")
        .expects("receipt 2, latency 0, receipt 3");
}

#[test]
fn an_error_that_names_a_receipt_is_the_fate_of_that_message_which_is_not_sent_again() {
    let mut d = Dialogue::open("1.2");
    d.sends_text("a", true, true);
    d.sends_text("b", true, true);
    d.said.clear();
    d.hears("ERROR|receipt-id:1|message:not_found||^")
        .expects("failed Message(1) not_found, abandon 0, waiting 1 (closed)");
    d.comes_back("1.2").expects(
        "connected 1.2, restoring, open, opened true, > SEND|receipt:2|destination:/q||b^",
    );
}

#[test]
fn the_round_trip_is_measured_after_messages_without_a_receipt_and_after_one_that_was_given_up() {
    let mut d = Dialogue::open("1.2");
    d.sends_text("a", false, false);
    let given_up = d.sends_text("b", true, false);
    d.stomp.session_mut().withdraw(0, given_up);
    d.sends_text("c", true, false);
    d.said.clear();
    d.at(25);
    d.hears("RECEIPT|receipt-id:2||^RECEIPT|receipt-id:3||^")
        .expects("receipt 3, latency 25");
}

#[test]
fn an_error_that_names_nothing_twice_is_the_fate_of_what_alone_waits_for_a_receipt() {
    let mut d = Dialogue::open("1.2");
    d.subscribes(AckMode::Auto, "destination:/a");
    d.hears("RECEIPT|receipt-id:s1||^");
    d.sends_text("a", true, true);
    d.sends_text("b", false, false);
    d.said.clear();
    // The broker may be going away.
    d.hears("ERROR|message:not_found||^")
        .expects("failed Unknown not_found, abandon 0, waiting 1 (closed)");
    d.comes_back("1.2");
    d.hears("RECEIPT|receipt-id:s1||^");
    d.said.clear();
    d.hears("ERROR|message:not_found||^")
        .expects("failed Message(1) not_found, abandon 0, waiting 2 (closed)");
    d.comes_back("1.2").expects(
        "connected 1.2, restoring, > SUBSCRIBE|id:1|ack:auto|receipt:s1|destination:/a||^, open, opened true",
    );
}

#[test]
fn a_refused_subscription_is_known_by_its_second_error_unless_it_worked_meanwhile() {
    let mut d = Dialogue::open("1.2");
    d.subscribes(AckMode::Auto, "destination:/a");
    d.hears("ERROR|message:bye||^");
    d.comes_back("1.2");
    d.hears("RECEIPT|receipt-id:s1||^");
    d.breaks();
    d.comes_back("1.2");
    d.said.clear();
    d.hears("ERROR|message:no||^")
        .expects("failed Unknown no, abandon 0, waiting 2 (closed)");
    d.comes_back("1.2");
    d.sends_text("a", true, true);
    d.said.clear();
    // It may be either.
    d.hears("ERROR|message:no||^")
        .expects("failed Unknown no, abandon 0, waiting 3 (closed)");
    for (answers, attempt) in [("Unknown", 4), ("Subscription(1)", 5)] {
        d.comes_back("1.2");
        d.hears("RECEIPT|receipt-id:1||^");
        d.said.clear();
        d.hears("ERROR|message:no||^").expects(&format!(
            "failed {answers} no, abandon 0, waiting {attempt} (closed)"
        ));
    }
    d.comes_back("1.2")
        .expects("connected 1.2, restoring, open, opened true");
}

#[test]
fn a_message_whose_time_is_over_is_given_up() {
    let mut d = Dialogue::open("1.2");
    d.kept.insert(
        9,
        Kept {
            verb: Verb::Send,
            headers: "destination\0/q\0".into(),
            body: "x",
            bound: None,
            subscription: 0,
            has_receipt: true,
        },
    );
    let message = Message {
        awaits: Awaits::Acknowledgement,
        timeout_ms: Some(500),
        ..Message::plain(9, 10)
    };
    d.stomp.session_mut().enqueue(0, message);
    d.drain();
    d.expects("> SEND|receipt:9|destination:/q||x^");
    d.at(500).expects("dropped 9 timeout sent");
}

#[test]
fn a_header_that_the_version_cannot_write_stops_its_message_alone() {
    let mut d = Dialogue::open("1.0");
    let kept = Kept {
        verb: Verb::Send,
        headers: "destination\0/q\0note\0two\nlines\0".into(),
        body: "",
        bound: None,
        subscription: 0,
        has_receipt: true,
    };
    d.sends(kept, false);
    d.sends_text("b", false, false);
    d.expects("header 1, > SEND|destination:/q||b^");
}

#[test]
fn escapes_are_those_of_the_version() {
    for (version, expected) in [
        ("1.2", "> SEND|a\\cb:x\\c\\\\\\n\\r||^"),
        ("1.1", "> SEND|a\\cb:x\\c\\\\\\n\r||^"),
    ] {
        let mut d = Dialogue::open(version);
        let kept = Kept {
            verb: Verb::Send,
            headers: "a:b\0x:\\\n\r\0".into(),
            body: "",
            bound: None,
            subscription: 0,
            has_receipt: false,
        };
        d.sends(kept, false);
        d.expects(expected);
    }
}
