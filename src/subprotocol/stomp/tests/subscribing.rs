//! SUBSCRIBE, MESSAGE, UNSUBSCRIBE, and all of it again on the next connection.

use super::*;

#[test]
fn messages_go_to_their_subscription() {
    let mut d = Dialogue::open("1.2");
    let a = d.subscribes(AckMode::Auto, "destination:/a");
    d.expects("> SUBSCRIBE|id:1|ack:auto|receipt:s1|destination:/a||^");
    let b = d.subscribes(AckMode::Client, "destination:/b|selector:x = 'y:z'");
    d.expects("> SUBSCRIBE|id:2|ack:client|receipt:s2|destination:/b|selector:x = 'y\\cz'||^");
    assert_eq!((a, b), (1, 2));
    d.hears("RECEIPT|receipt-id:s1||^RECEIPT|receipt-id:s2||^")
        .expects("subscribed 1, subscribed 2");
    d.hears("MESSAGE|subscription:2|message-id:m1|ack:k1|destination:/b||one^|MESSAGE|subscription:1|message-id:m2|destination:/a||two^")
        .expects("message 2#1 k1 one, message 1#1 m2 two");
}

#[test]
fn it_is_subscribed_again_before_the_queue_leaves() {
    let mut d = Dialogue::new(Config::default(), quiet());
    d.subscribes(AckMode::Auto, "destination:/a");
    d.stomp.session_mut().open(0);
    d.drain();
    d.said.clear();
    d.subscribes(AckMode::Auto, "destination:/b|x-durable:true");
    d.sends_text("one", false, false);
    d.hears("CONNECTED|version:1.2||^").expects(
        "connected 1.2, restoring, > SUBSCRIBE|id:1|ack:auto|receipt:s1|destination:/a||^, \
         > SUBSCRIBE|id:2|ack:auto|receipt:s2|destination:/b|x-durable:true||^, open, opened false, \
         > SEND|destination:/q||one^",
    );
    d.breaks();
    d.unsubscribes(1, "");
    d.comes_back("1.1").expects(
        "connected 1.1, restoring, > SUBSCRIBE|id:2|ack:auto|receipt:s2|destination:/b|x-durable:true||^, \
         open, opened true",
    );
}

#[test]
fn the_application_may_name_a_subscription() {
    let mut d = Dialogue::open("1.2");
    let id = d.subscribes(AckMode::ClientIndividual, "destination:/a|id:orders");
    d.expects("> SUBSCRIBE|id:orders|ack:client-individual|receipt:s1|destination:/a|id:orders||^");
    d.hears("MESSAGE|subscription:orders|message-id:m|ack:k|destination:/a||x^")
        .expects("message 1#1 k x");
    assert_eq!(d.stomp.subscribe(AckMode::Auto, "orders"), None);
    d.unsubscribes(id, "durable:true")
        .expects("> UNSUBSCRIBE|id:orders|durable:true||^");
    d.unsubscribes(id, "").expects("");
}

#[test]
fn what_crosses_unsubscribe_is_nobodys_and_what_was_never_ours_is_told() {
    let mut d = Dialogue::open("1.2");
    let id = d.subscribes(AckMode::Auto, "destination:/a");
    d.unsubscribes(id, "");
    d.said.clear();
    d.hears("MESSAGE|subscription:1|message-id:m|destination:/a||late^")
        .expects("");
    d.hears("MESSAGE|subscription:/temp-queue/me|message-id:m|destination:/x||reply^")
        .expects("message 0#0 m reply");
}

#[test]
fn a_subscription_that_the_broker_refuses_is_not_tried_again() {
    let mut d = Dialogue::open("1.2");
    d.subscribes(AckMode::Auto, "destination:/a");
    d.subscribes(AckMode::Auto, "destination:/secret");
    d.said.clear();
    d.hears("ERROR|receipt-id:s2|message:access_refused||^")
        .expects("failed Subscription(2) access_refused, abandon 0, waiting 1 (closed)");
    d.comes_back("1.2").expects(
        "connected 1.2, restoring, > SUBSCRIBE|id:1|ack:auto|receipt:s1|destination:/a||^, open, opened true",
    );
}

#[test]
fn in_1_0_headers_stand_as_they_are() {
    let mut d = Dialogue::open("1.0");
    d.subscribes(AckMode::Client, "destination:/a");
    d.said.clear();
    d.hears("MESSAGE|subscription:1|message-id:a\\cb|destination:/a:b||x^")
        .expects("message 1#1 a\\cb x");
    d.hears("MESSAGE|message-id:7|destination:/a||nobody's^")
        .expects("message 0#0 7 nobody's");
    let mut bad = headers("destination:/a");
    bad.push("note", "two\nlines").unwrap();
    assert_eq!(d.stomp.write_subscribe(1, &bad), Err(HeaderError));
}

#[test]
fn the_first_of_repeated_headers_counts() {
    let mut d = Dialogue::open("1.2");
    d.subscribes(AckMode::Client, "destination:/a");
    d.said.clear();
    d.hears(
        "MESSAGE|subscription:1|subscription:9|message-id:m|ack:first|ack:second|destination:/a||^",
    )
    .expects("message 1#1 first ");
}
