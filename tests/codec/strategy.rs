//! Messages of all shapes.

use proptest::collection::{btree_map, vec};
use proptest::num;
use proptest::option;
use proptest::prelude::*;

use crate::fuzz::message::{Message, Node, Numbers, Record, Value};
use crate::fuzz::proto::{self, Kind, ProtoMessage};

/// Of numbers only those that are some: what is not has no form in JSON, and equals nothing elsewhere.
fn float() -> impl Strategy<Value = f64> {
    num::f64::NORMAL | num::f64::SUBNORMAL | num::f64::ZERO | num::f64::NEGATIVE
}

fn float32() -> impl Strategy<Value = f32> {
    num::f32::NORMAL | num::f32::SUBNORMAL | num::f32::ZERO | num::f32::NEGATIVE
}

pub fn message() -> BoxedStrategy<Message> {
    messages(prop_oneof![9 => float(), 1 => num::f64::INFINITE].boxed())
}

pub fn json_message() -> BoxedStrategy<Message> {
    messages(float().boxed())
}

fn messages(float: BoxedStrategy<f64>) -> BoxedStrategy<Message> {
    let say = (
        ".{0,12}",
        ".{0,80}",
        any::<i64>(),
        vec(".{0,8}", 0..4),
        any::<Option<u64>>(),
    );
    let leaf = prop_oneof![
        Just(Message::Hello),
        say.prop_map(|(from, text, at, mentions, reply_to)| Message::Say {
            from,
            text,
            at,
            mentions,
            reply_to,
        }),
        (float.clone(), float32()).prop_map(|(x, y)| Message::Moved(x, y)),
        btree_map(".{0,8}", float, 0..6).prop_map(Message::Prices),
        numbers().prop_map(Message::Numbers),
        vec(any::<u8>(), 0..64).prop_map(Message::Bytes),
        node().prop_map(Message::Linked),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Message::Batch),
            inner.prop_map(|it| Message::Wrapped(Box::new(it))),
        ]
    })
    .boxed()
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let small = any::<(i8, u8, i16, u16, i32, u32)>();
    let all = (
        any::<i64>(),
        any::<u64>(),
        small,
        any::<bool>(),
        any::<char>(),
    );
    all.prop_map(|(signed, unsigned, small, yes, letter)| Numbers {
        signed,
        unsigned,
        small,
        yes,
        letter,
    })
}

fn node() -> impl Strategy<Value = Node> {
    vec(any::<i32>(), 1..12).prop_map(|values| {
        let link = |next: Option<Node>, value| {
            let next = next.map(Box::new);
            Some(Node { value, next })
        };
        values.into_iter().fold(None, link).expect("a value")
    })
}

/// What asks the format for its types: for the formats that describe themselves.
pub fn record() -> impl Strategy<Value = Record> {
    let value = prop_oneof![
        any::<bool>().prop_map(Value::Flag),
        any::<i64>().prop_map(Value::Integer),
        (float().prop_filter("an integer comes back as one", |it| it.fract() != 0.0))
            .prop_map(Value::Float),
        ".{0,12}".prop_map(Value::Text),
    ];
    let value = value.prop_recursive(4, 24, 4, |inner| vec(inner, 0..4).prop_map(Value::List));
    let title = option::of(".{0,12}".boxed());
    prop_oneof![
        (any::<u64>(), title).prop_map(|(id, title)| Record::Opened { id, title }),
        (
            vec(value.clone(), 0..4),
            btree_map("x[a-z]{1,6}", value, 0..4)
        )
            .prop_map(|(fields, rest)| Record::Changed { fields, rest }),
    ]
}

pub fn proto_message() -> BoxedStrategy<ProtoMessage> {
    let leaf = option::of(kind()).prop_map(|kind| ProtoMessage {
        kind,
        ..ProtoMessage::default()
    });
    leaf.prop_recursive(6, 48, 6, |inner| {
        let parts = (
            option::of(kind()),
            vec(inner.clone(), 0..6),
            option::of(inner),
        );
        parts.prop_map(|(kind, batch, wrapped)| ProtoMessage {
            kind,
            batch,
            wrapped: wrapped.map(Box::new),
        })
    })
    .boxed()
}

fn kind() -> impl Strategy<Value = Kind> {
    let say = (
        ".{0,12}",
        ".{0,80}",
        vec(".{0,8}", 0..4),
        any::<Option<u64>>(),
        btree_map(".{0,8}", float(), 0..6),
    );
    let numbers = (
        any::<(i64, i64, u64, u32)>(),
        float32(),
        vec(any::<i32>(), 0..8),
    );
    prop_oneof![
        say.prop_map(
            |(from, text, mentions, reply_to, prices)| Kind::Say(proto::Say {
                from,
                text,
                mentions,
                reply_to,
                prices,
            })
        ),
        float().prop_map(Kind::Price),
        numbers.prop_map(|((signed, zigzag, unsigned, fixed), float, packed)| {
            Kind::Numbers(proto::Numbers {
                signed,
                zigzag,
                unsigned,
                fixed,
                float,
                packed,
            })
        }),
        vec(any::<u8>(), 0..64).prop_map(Kind::Bytes),
        any::<bool>().prop_map(Kind::Flag),
    ]
}
