//! A broker against the specification, and beyond the limits: each thing it may do ends the connection with a type.

use super::*;

#[track_caller]
fn violates(text: &str, violation: Violation) {
    let mut d = Dialogue::open("1.2");
    d.subscribes(AckMode::Client, "destination:/a");
    d.said.clear();
    d.hears(text);
    let code = if violation.is_limit() { 4009 } else { 4002 };
    let cause = if violation.is_limit() {
        "too-large"
    } else {
        "protocol"
    };
    d.expects(&format!(
        "violated {}, abandon {code}, waiting 1 ({cause})",
        violation.name()
    ));
}

#[test]
fn every_violation_has_its_type() {
    use Violation::*;
    for (text, violation) in [
        ("HELLO||^", Command),
        ("SEND|destination:/a||^", Command),
        ("message||^", Command),
        ("^", Command),
        ("\rMESSAGE||^", Command),
        (" MESSAGE||^", Command),
        ("A COMMAND THAT NEVER ENDS", Command),
        ("MESSAGE|no colon||^", Header),
        ("MESSAGE|:no name||^", Header),
        ("MESSAGE|a:b^", Header),
        ("MESSAGE|a:b\\tc||^", Escape),
        ("MESSAGE|a:b\\||^", Escape),
        ("MESSAGE|a\\x:b||^", Escape),
        ("MESSAGE|subscription:1|destination:/a||^", MissingHeader),
        (
            "MESSAGE|message-id:1|destination:/a|ack:1||^",
            MissingHeader,
        ),
        (
            "MESSAGE|subscription:1|message-id:1|ack:1||^",
            MissingHeader,
        ),
        (
            "MESSAGE|subscription:1|message-id:1|destination:/a||^",
            MissingHeader,
        ),
        ("RECEIPT||^", MissingHeader),
        ("MESSAGE|content-length:x||^", ContentLength),
        ("MESSAGE|content-length:||^", ContentLength),
        ("MESSAGE|content-length:-1||^", ContentLength),
        ("MESSAGE|content-length:4294967296||^", ContentLength),
        ("MESSAGE|content-length:2||abc^", Terminator),
        ("RECEIPT|receipt-id:1||body^", Body),
        ("CONNECTED|version:1.2||^", Order),
        ("MESSAGE|content-length:134217729||", BodySize),
    ] {
        violates(text, violation);
    }
}

#[test]
fn nothing_but_connected_or_error_answers_connect() {
    for text in [
        "MESSAGE|subscription:1|message-id:1|destination:/a||^",
        "RECEIPT|receipt-id:1||^",
    ] {
        Dialogue::connecting(quiet())
            .hears(text)
            .expects("violated order, abandon 4002, waiting 1 (protocol)");
    }
}

#[test]
fn headers_have_to_be_utf_8() {
    let mut d = Dialogue::open("1.2");
    d.hears_bytes(b"MESSAGE\na:\xff\n\n\0")
        .expects("violated encoding, abandon 4002, waiting 1 (protocol)");
}

#[test]
fn limits_hold_for_headers_and_bodies() {
    let config = StompConfig {
        limits: Limits {
            max_headers: 4,
            max_header_bytes: 64,
            max_body_bytes: 10,
        },
        ..quiet()
    };
    let open = || {
        let mut d = Dialogue::connecting(config);
        d.hears("CONNECTED|version:1.2||^");
        d.said.clear();
        d
    };
    let over =
        |violation: &str| format!("violated {violation}, abandon 4009, waiting 1 (too-large)");
    open()
        .hears("MESSAGE|a:1|b:2|c:3|d:4|e:5||^")
        .expects(&over("header-count"));
    open()
        .hears(&format!("MESSAGE|a:{}", "x".repeat(63)))
        .expects(&over("header-size"));
    open()
        .hears("MESSAGE|content-length:11||")
        .expects(&over("body-size"));
    open()
        .hears("MESSAGE|subscription:x||12345678901")
        .expects(&over("body-size"));
    open()
        .hears("MESSAGE|subscription:x|message-id:1|destination:/a||1234567890^")
        .expects("message 0#0 1 1234567890");
}

#[test]
fn frames_behind_the_end_of_a_connection_are_not_read() {
    let mut d = Dialogue::open("1.2");
    d.subscribes(AckMode::Auto, "destination:/a");
    d.said.clear();
    let message = "MESSAGE|subscription:1|message-id:1|destination:/a||x^";
    d.hears(&format!("{message}ERROR|message:gone||^{message}"))
        .expects("message 1#1 1 x, failed Unknown gone, abandon 0, waiting 1 (closed)");
    d.hears(message).expects("");
    // Nor what of a frame was there already.
    d.comes_back("1.2");
    d.said.clear();
    d.hears(message).expects("message 1#2 1 x");
}

#[test]
fn three_violations_in_a_row_end_it() {
    let mut d = Dialogue::open("1.2");
    for _ in 0..2 {
        d.hears("HELLO||^");
        d.comes_back("1.2");
        d.said.clear();
    }
    d.hears("HELLO||^")
        .expects("violated command, abandon 4002, closed peer (protocol)");
}
