//! What must hold of the messages of JSON-RPC, whatever the bytes are. The fuzz target calls it, and so does the native test
//! `jsonrpc`, which includes this file.

use serde_json::Value;
use tautline::codec::{Codec, CodecError, Payload, PayloadRef};
use tautline::subprotocol::jsonrpc::{
    Call, Envelope, Incoming, JsonRpcError, Message, Note, Outgoing, RawValue, Reply,
};

pub fn jsonrpc(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    let read = Envelope.decode(PayloadRef::Text(text));
    match &read {
        Ok(incoming) => each(incoming, answered),
        Err(CodecError::Malformed(reason)) => assert!(!reason.to_string().is_empty()),
        Err(other) => panic!("refused as something else: {other}"),
    }
    // That one refuses more: what is nested too deep, and numbers beyond any float.
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        same(read.ok().as_ref(), &value);
    }
}

fn each(incoming: &Incoming, mut act: impl FnMut(&Message)) {
    match incoming {
        Incoming::One(message) => act(message),
        Incoming::Batch(members) => {
            assert!(!members.is_empty());
            members.iter().for_each(act);
        }
    }
}

/// What is answered is JSON, with the id of the call.
fn answered(message: &Message) {
    let Message::Call(call) = message else {
        return;
    };
    let error = JsonRpcError::new(1, &*call.method).with_data(&call.params);
    for outcome in [Ok(RawValue::TRUE), Err(&error)] {
        let Some(answer) = Outgoing::answer(call, outcome) else {
            assert!(call.id.is_none());
            return;
        };
        let Ok(Payload::Text(text)) = Envelope.encode(&answer) else {
            panic!("an answer has a form")
        };
        let id = call.id.as_ref().map(|it| it.get());
        assert!(text.starts_with(&format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{},",
            id.unwrap_or("null")
        )));
        assert!(serde_json::from_str::<&RawValue>(&text).is_ok());
    }
}

/// Beside a slow reader, which has all of it in memory.
fn same(read: Option<&Incoming>, value: &Value) {
    let Value::Array(all) = value else {
        let expected = kind(value).filter(|it| !matches!(it, Kind::Unread));
        match (read, expected) {
            (Some(Incoming::One(message)), Some(expected)) => is(message, &expected),
            (None, None) => {}
            (read, _) => panic!("read as {read:?}"),
        }
        return;
    };
    let kinds: Option<Vec<Kind<'_>>> = all.iter().map(kind).collect();
    let known = kinds.map(|it| {
        let known = it.into_iter().filter(|it| !matches!(it, Kind::Unread));
        known.collect::<Vec<_>>()
    });
    match (read, known.filter(|it| !it.is_empty())) {
        (Some(Incoming::Batch(members)), Some(known)) => {
            assert_eq!(members.len(), known.len());
            for (message, expected) in members.iter().zip(&known) {
                is(message, expected);
            }
        }
        (None, None) => {}
        (read, _) => panic!("read as {read:?}"),
    }
}

enum Kind<'a> {
    Call(&'a str, &'a Value),
    Result(&'a Value),
    Error(&'a Value),
    /// An error about nothing that is known.
    Unread,
}

fn kind(value: &Value) -> Option<Kind<'_>> {
    let object = value.as_object()?;
    if let Some(method) = object.get("method").and_then(Value::as_str) {
        return Some(Kind::Call(method, value));
    }
    let is_known = object.get("id").is_some_and(|it| !it.is_null());
    let error = object.get("error");
    match (error, object.get("result")) {
        (Some(error), _) if !error.is_null() => Some(if is_known {
            Kind::Error(error)
        } else {
            Kind::Unread
        }),
        (_, Some(result)) if is_known => Some(Kind::Result(result)),
        (Some(null), None) if is_known => Some(Kind::Result(null)),
        _ => None,
    }
}

fn is(message: &Message, expected: &Kind<'_>) {
    let value_of = |text: &RawValue| serde_json::from_str::<Value>(text.get()).expect("it is JSON");
    match (message, expected) {
        (Message::Call(call), Kind::Call(method, value)) => {
            assert_eq!(call.method, *method);
            assert_eq!(call.id.as_deref().map(value_of).as_ref(), value.get("id"));
            assert_eq!(
                call.params.as_deref().map(value_of).as_ref(),
                value.get("params")
            );
            noted(call, value.get("params"));
        }
        (
            Message::Reply(Reply {
                outcome: Ok(result),
                ..
            }),
            Kind::Result(value),
        ) => {
            assert_eq!(value_of(result), **value);
        }
        (
            Message::Reply(Reply {
                outcome: Err(error),
                ..
            }),
            Kind::Error(value),
        ) => {
            let code = value.get("code").and_then(Value::as_i64);
            assert_eq!(error.code(), code.unwrap_or(JsonRpcError::SERVER_ERROR));
        }
        (message, _) => panic!("read as {message:?}"),
    }
}

/// A notification of a subscription has an object with its id as parameters.
fn noted(call: &Call, params: Option<&Value>) {
    let subscription = params.and_then(Value::as_object);
    let subscription = subscription.and_then(|it| it.get("subscription"));
    let is_one = call.id.is_none() && subscription.is_some();
    assert_eq!(Note::read(call).is_some(), is_one);
}
