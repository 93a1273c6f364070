use proptest::prelude::*;

use super::*;
use crate::codec::{Codec, CodecError, Payload, PayloadRef};

fn text_of(message: &Outgoing) -> String {
    match Envelope.encode(message).unwrap() {
        Payload::Text(text) => text,
        Payload::Binary(_) => panic!("it is text"),
    }
}

fn read(text: &str) -> Result<Incoming, CodecError> {
    Envelope.decode(PayloadRef::Text(text))
}

fn reply(text: &str) -> Reply {
    match read(text) {
        Ok(Incoming::One(Message::Reply(reply))) => reply,
        other => panic!("{other:?}"),
    }
}

fn call(text: &str) -> Call {
    match read(text) {
        Ok(Incoming::One(Message::Call(call))) => call,
        other => panic!("{other:?}"),
    }
}

fn params(value: impl serde::Serialize) -> Params {
    Params::new(&value).unwrap()
}

#[test]
fn calls_and_notifications_are_written_as_the_specification_has_them() {
    let mut add = Outgoing::call("add", params((1, 2)));
    add.stamp(7);
    let text = r#"{"jsonrpc":"2.0","id":7,"method":"add","params":[1,2]}"#;
    assert_eq!(text_of(&add), text);
    let log = Outgoing::notification("a \"b\"\n", Params::default());
    assert_eq!(text_of(&log), r#"{"jsonrpc":"2.0","method":"a \"b\"\n"}"#);
    assert!(!log.is_answered());
}

#[test]
fn the_members_of_a_batch_are_numbered_by_their_places() {
    let mut batch = Outgoing::batch();
    batch.push("a", params([1]), true);
    batch.push("b", Params::default(), false);
    assert_eq!(batch.push("c", Params::default(), true), 2);
    batch.stamp(9);
    assert_eq!(
        text_of(&batch),
        concat!(
            r#"[{"jsonrpc":"2.0","id":"9.0","method":"a","params":[1]},"#,
            r#"{"jsonrpc":"2.0","method":"b"},{"jsonrpc":"2.0","id":"9.2","method":"c"}]"#
        )
    );
}

#[test]
fn a_batch_of_no_or_too_many_members_has_no_form() {
    let mut batch = Outgoing::batch();
    assert!(matches!(
        Envelope.encode(&batch),
        Err(CodecError::Unencodable(_))
    ));
    for _ in 0..=MAX_MEMBERS {
        batch.push("m", Params::default(), false);
    }
    assert!(matches!(
        Envelope.encode(&batch),
        Err(CodecError::Unencodable(_))
    ));
    let many = format!("[{}1]", "1,".repeat(MAX_MEMBERS));
    assert!(matches!(read(&many), Err(CodecError::Malformed(_))));
}

#[test]
fn replies_tell_what_they_answer() {
    for (id, to) in [
        ("7", ReplyTo::Call(7)),
        ("7.0", ReplyTo::Call(7)),
        (r#""7""#, ReplyTo::Call(7)),
        (r#""7.0""#, ReplyTo::Member(7, 0)),
        (r#""beat.3""#, ReplyTo::Beat(3)),
        (r#""step.4294967295""#, ReplyTo::Step(u32::MAX)),
        (r#""auth""#, ReplyTo::Auth),
        ("4294967296", ReplyTo::Unknown),
        ("-7", ReplyTo::Unknown),
        ("7.5", ReplyTo::Unknown),
        (r#""7.""#, ReplyTo::Unknown),
        (r#""""#, ReplyTo::Unknown),
        (r#""7.0.0""#, ReplyTo::Unknown),
        (r#""beat""#, ReplyTo::Unknown),
        ("[7]", ReplyTo::Unknown),
        ("true", ReplyTo::Unknown),
    ] {
        let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":null}}"#);
        assert_eq!(reply(&text).to, to, "{id}");
    }
}

#[test]
fn results_and_errors_are_told_apart() {
    assert_eq!(
        reply(r#"{"id":1,"result":null}"#).outcome.unwrap().get(),
        "null"
    );
    let both = reply(r#" { "error" : null , "result" : [ 1 ] , "id" : 1 , "x" : {} } "#);
    assert_eq!(both.outcome.unwrap().get(), "[ 1 ]");
    assert!(reply(r#"{"id":1,"error":null}"#).outcome.is_ok());
    let error = reply(r#"{"id":1,"error":{"code":-5,"message":"no","data":{"a":1}}}"#);
    let error = error.outcome.unwrap_err();
    assert_eq!((error.code(), error.message()), (-5, "no"));
    assert_eq!(error.data_text(), Some(r#"{"a":1}"#));
    assert_eq!(format!("{error:?}"), "no (-5)");
    for loose in [
        r#""no""#,
        "7",
        "[]",
        r#"{"code":1.5}"#,
        r#"{"code":"1"}"#,
        r#"{"message":7}"#,
    ] {
        let text = format!(r#"{{"id":1,"error":{loose}}}"#);
        let error = reply(&text).outcome.unwrap_err();
        assert_eq!(error.code(), JsonRpcError::SERVER_ERROR, "{loose}");
        assert_eq!(error.data_text(), Some(loose));
    }
}

#[test]
fn calls_of_the_server_keep_their_ids_as_they_are() {
    for id in ["7", r#""\u0061""#, "1.50", "null"] {
        let call = call(&format!(
            r#"{{"id":{id},"method":"\u0061dd","params":[1, 2]}}"#
        ));
        assert_eq!(
            (&*call.method, call.params.as_ref().unwrap().get()),
            ("add", "[1, 2]")
        );
        let refused = JsonRpcError::new(7, "no \"way\"").with_data(&[1]);
        assert_eq!(
            text_of(&Outgoing::answer(&call, Err(&refused)).unwrap()),
            format!(
                r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":7,"message":"no \"way\"","data":[1]}}}}"#
            )
        );
    }
    let told = call(r#"{"method":"told"}"#);
    assert!(Outgoing::answer(&told, Ok(RawValue::NULL)).is_none());
}

#[test]
fn notifications_of_subscriptions_carry_an_id_beside_their_value() {
    let note = |text| Note::read(&call(text));
    let tick = note(r#"{"method":"tick","params":{"subscription":"a","result":7}}"#).unwrap();
    assert_eq!(tick.subscription.get(), r#""a""#);
    assert_eq!(tick.outcome.unwrap().get(), "7");
    let end = r#"{"method":"tick","params":{"subscription":1,"error":{"code":1,"message":"m"}}}"#;
    assert_eq!(note(end).unwrap().outcome.unwrap_err().code(), 1);
    for other in [
        r#"{"method":"tick"}"#,
        r#"{"method":"tick","params":[1]}"#,
        r#"{"method":"tick","params":{"result":1}}"#,
        r#"{"id":1,"method":"tick","params":{"subscription":1,"result":1}}"#,
    ] {
        assert!(note(other).is_none(), "{other}");
    }
}

#[test]
fn what_is_no_message_is_refused_with_the_reason() {
    for text in [
        "",
        " ",
        "7",
        "null",
        "[]",
        " [ ] ",
        "{}",
        "[7]",
        "[[]]",
        r#"{"id":1}"#,
        r#"{"method":7}"#,
        r#"{"result":1}"#,
        r#"{"id":null,"result":1}"#,
        r#"{"id":1,"result":}"#,
        r#"{"id":1,"result":1}x"#,
        r#"[{"id":1,"result":1},{}]"#,
        r#"{"id":1,"result":"\ud800x","#,
    ] {
        match read(text) {
            Err(CodecError::Malformed(reason)) => assert!(!reason.to_string().is_empty()),
            other => panic!("{text}: {other:?}"),
        }
    }
    let binary = Envelope.decode(PayloadRef::Binary(b"{}"));
    assert!(matches!(binary, Err(CodecError::UnexpectedBinary)));
}

#[test]
fn what_the_server_could_not_read_is_told_with_its_reason() {
    let unread = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#;
    for text in [unread.to_owned(), format!("[{unread}]")] {
        let Err(CodecError::Malformed(reason)) = read(&text) else {
            panic!("it is no message for anybody")
        };
        assert!(
            reason.to_string().contains("Parse error (-32700)"),
            "{reason}"
        );
    }
    let beside = format!(r#"[{unread},{{"id":"1.0","result":1}}]"#);
    let Ok(Incoming::Batch(members)) = read(&beside) else {
        panic!("one of them is known")
    };
    assert_eq!(members.len(), 1);
}

#[test]
fn nesting_takes_no_stack() {
    let deep = format!(
        r#"{{"id":1,"result":{}{}}}"#,
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    assert_eq!(reply(&deep).to, ReplyTo::Call(1));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let object = prop::collection::vec((any::<String>(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Into::into),
            object.prop_map(|it| serde_json::Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_by_any_other_as_it_was(
        method in any::<String>(),
        list in prop::collection::vec(json(), 0..4),
        ticket in any::<u32>(),
    ) {
        let mut message = Outgoing::call(&method, params(&list));
        message.stamp(ticket);
        let read: serde_json::Value = serde_json::from_str(&text_of(&message)).unwrap();
        prop_assert_eq!(
            read,
            serde_json::json!({ "jsonrpc": "2.0", "id": ticket, "method": method, "params": list })
        );
    }

    #[test]
    fn our_ids_come_back_as_what_they_were(number in any::<u32>(), place in 0..9u32) {
        for (id, to) in [
            (OwnId::Call(number), ReplyTo::Call(number)),
            (OwnId::Beat(number), ReplyTo::Beat(number)),
            (OwnId::Step(number), ReplyTo::Step(number)),
            (OwnId::Auth, ReplyTo::Auth),
        ] {
            let mut message = Outgoing::with_id("m", Params::default(), id);
            message.stamp(number);
            let text = text_of(&message).replace("method", "result");
            prop_assert_eq!(reply(&text).to, to);
        }
        let mut batch = Outgoing::batch();
        for _ in 0..=place {
            batch.push("m", Params::default(), true);
        }
        batch.stamp(number);
        let Ok(Incoming::Batch(members)) = read(&text_of(&batch).replace("method", "result")) else {
            panic!("it is a batch")
        };
        let Some(Message::Reply(last)) = members.last() else { panic!("it is a reply") };
        prop_assert_eq!(last.to, ReplyTo::Member(number, place));
    }

    #[test]
    fn results_stay_as_they_are(value in json(), number in any::<u32>()) {
        let text = serde_json::json!({ "jsonrpc": "2.0", "id": number, "result": value });
        let read = reply(&text.to_string());
        prop_assert_eq!(read.to, ReplyTo::Call(number));
        let result = read.outcome.unwrap();
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(result.get()).unwrap(), value);
    }

    #[test]
    fn any_json_is_a_message_or_refused(value in json()) {
        let _ = read(&value.to_string());
        let text = serde_json::json!({ "id": value, "method": value, "error": value, "params": value });
        let _ = read(&text.to_string()).map(|it| it.into_messages().iter().map(|it| match it {
            Message::Call(call) => Note::read(call).is_some(),
            Message::Reply(_) => false,
        }).count());
    }
}
