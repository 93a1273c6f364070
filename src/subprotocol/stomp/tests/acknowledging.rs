//! ACK and NACK, and transactions: what belongs to one connection.

use super::*;

const MESSAGES: &str = "MESSAGE|subscription:1|message-id:m1|ack:k1|destination:/a||^\
                        MESSAGE|subscription:1|message-id:m2|ack:k2|destination:/a||^\
                        MESSAGE|subscription:1|message-id:m3|ack:k3|destination:/a||^";

fn received(version: &str, ack: AckMode) -> Dialogue {
    let mut d = Dialogue::open(version);
    d.subscribes(ack, "destination:/a");
    d.hears(MESSAGES);
    d.said.clear();
    d
}

#[test]
fn each_version_names_the_message_in_its_own_way() {
    received("1.2", AckMode::ClientIndividual)
        .acknowledges(Verb::Ack, 1, 1, "k1")
        .acknowledges(Verb::Nack, 1, 2, "k2")
        .expects("> ACK|id:k1||^, > NACK|id:k2||^");
    received("1.1", AckMode::ClientIndividual)
        .acknowledges(Verb::Ack, 1, 1, "m:1")
        .acknowledges(Verb::Nack, 1, 2, "m2")
        .expects(
            "> ACK|message-id:m\\c1|subscription:1||^, > NACK|message-id:m2|subscription:1||^",
        );
    received("1.0", AckMode::Client)
        .acknowledges(Verb::Ack, 1, 1, "m1")
        .acknowledges(Verb::Nack, 1, 2, "m2")
        .expects("> ACK|message-id:m1|subscription:1||^, unsupported");
}

#[test]
fn a_subscription_that_acknowledges_by_itself_takes_no_ack() {
    received("1.2", AckMode::Auto)
        .acknowledges(Verb::Ack, 1, 1, "m1")
        .expects("auto");
}

#[test]
fn an_ack_of_a_later_message_covers_the_earlier_ones() {
    received("1.2", AckMode::Client)
        .acknowledges(Verb::Ack, 1, 2, "k2")
        .acknowledges(Verb::Ack, 1, 1, "k1")
        .acknowledges(Verb::Ack, 1, 2, "k2")
        .acknowledges(Verb::Ack, 1, 3, "k3")
        .expects("> ACK|id:k2||^, settled, settled, > ACK|id:k3||^");
}

#[test]
fn an_ack_of_an_older_connection_is_refused() {
    let mut d = received("1.2", AckMode::ClientIndividual);
    let older = d.generation;
    d.breaks();
    assert_eq!(
        d.stomp.settle(Verb::Ack, older, 1, 1),
        Err(FrameError::Stale)
    );
    d.comes_back("1.2");
    d.said.clear();
    assert_eq!(
        d.stomp.settle(Verb::Ack, older, 1, 1),
        Err(FrameError::Stale)
    );
    d.hears("MESSAGE|subscription:1|message-id:m1|ack:k9|destination:/a||^")
        .expects("message 1#4 k9 ");
    d.acknowledges(Verb::Ack, 1, 4, "k9")
        .expects("> ACK|id:k9||^");
    d.unsubscribes(1, "");
    d.said.clear();
    d.acknowledges(Verb::Ack, 1, 4, "k9").expects("stale");
}

#[test]
fn what_waits_in_the_queue_for_its_own_connection_leaves_over_no_other() {
    let mut d = received("1.2", AckMode::ClientIndividual);
    let bound = Some(d.generation);
    d.breaks();
    let commit = Kept {
        verb: Verb::Commit,
        headers: "transaction\0t1\0".into(),
        body: "",
        bound,
        subscription: 0,
        has_receipt: true,
    };
    let ticket = d.sends(commit, false);
    d.comes_back("1.2");
    let said = d.all();
    assert!(said.ends_with(&format!("stale {ticket}")), "{said}");
    assert_eq!(d.stomp.session().clone().stats(0).held_messages, 0);
}

#[test]
fn a_transaction_leaves_in_order_over_its_connection() {
    let mut d = received("1.2", AckMode::ClientIndividual);
    let bound = Some(d.generation);
    for (verb, headers, body, has_receipt) in [
        (Verb::Begin, "transaction\0t1\0", "", false),
        (Verb::Send, "destination\0/q\0transaction\0t1\0", "x", false),
        (Verb::Ack, "id\0k1\0transaction\0t1\0", "", false),
        (Verb::Commit, "transaction\0t1\0", "", true),
    ] {
        let kept = Kept {
            verb,
            headers: headers.into(),
            body,
            bound,
            subscription: 1,
            has_receipt,
        };
        d.sends(kept, false);
    }
    d.expects(
        "> BEGIN|transaction:t1||^, > SEND|destination:/q|transaction:t1||x^, \
         > ACK|id:k1|transaction:t1||^, > COMMIT|receipt:4|transaction:t1||^",
    );
    d.breaks();
    let said = d.all();
    assert!(said.starts_with("dropped 4 unconfirmed sent"), "{said}");
}
