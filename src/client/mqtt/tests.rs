//! The client natively, where nothing connects: what is known at once, and what waits.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;

use super::*;
use crate::client::{ConfigError, Queue, State};
use crate::codec::{Codec, CodecError, Text};

fn client() -> Client {
    Client::builder("wss://broker.example.com/mqtt")
        .connect()
        .unwrap()
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut context())
}

fn message(topic: &str, payload: &[u8], properties: &[(PropertyId, Value<'_>)]) -> Message {
    let mut all = crate::subprotocol::mqtt::packet::PropertyBuf::new();
    for &(id, value) in properties {
        all.push(id, value).unwrap();
    }
    Message {
        topic: topic.into(),
        payload: payload.into(),
        qos: QoS::AtMostOnce,
        retain: false,
        dup: false,
        packet_id: None,
        properties: all.as_bytes().into(),
    }
}

#[test]
fn what_is_published_waits_for_a_connection() {
    let client = client();
    assert_eq!(client.state(), State::Idle);
    client.try_publish(Publish::new("a", "1")).unwrap();
    let once = Publish::new("a", "2").qos(QoS::ExactlyOnce);
    assert!(poll(client.publish(once)).is_pending());
    // The one that was waited for in vain has been taken back.
    assert_eq!(client.stats().queued_messages, 1);
}

#[test]
fn what_cannot_be_written_is_told_at_once() {
    let client = client();
    for topic in ["", "a/+", "#", "a\0b"] {
        let refused = client.try_publish(Publish::new(topic, ""));
        assert!(matches!(refused, Err(PublishError::Packet(_))), "{topic:?}");
    }
    let long = "x".repeat(65_536);
    let refused = client.try_publish(Publish::new("a", "").user_property("name", &long));
    assert_eq!(refused, Err(PublishError::Packet(PacketError::TooLong)));
    for filter in ["", "a#", "a/#/b", "$share//a"] {
        let refused = client.listen(filter);
        assert!(
            matches!(refused, Err(SubscribeError::Packet(_))),
            "{filter:?}"
        );
    }
}

#[test]
fn the_builder_says_what_cannot_be() {
    let wrong = |builder: Builder| builder.connect().unwrap_err();
    let builder = || Client::builder("wss://broker.example.com/mqtt");
    assert_eq!(
        wrong(builder().connect_timeout(Duration::ZERO)),
        ConnectError::Config(ConfigError::ZeroDuration("connect_timeout"))
    );
    assert!(matches!(
        wrong(builder().client_id("a\0b")),
        ConnectError::Packet(_)
    ));
    let will = Publish::new("a/#", "gone");
    assert!(matches!(
        wrong(builder().will(will)),
        ConnectError::Packet(_)
    ));
}

#[test]
fn the_queue_has_bounds() {
    let client = Client::builder("wss://broker.example.com/mqtt")
        .queue(Queue::default().max_messages(1))
        .connect()
        .unwrap();
    client.try_publish(Publish::new("a", "1")).unwrap();
    assert_eq!(
        client.try_publish(Publish::new("a", "2")),
        Err(PublishError::QueueFull)
    );
    let huge = Publish::new("a", vec![0; 2_000_000]);
    assert_eq!(client.try_publish(huge), Err(PublishError::TooLarge));
    let mut sink = pin!(client.publisher::<String, _>("a", Text));
    assert!(sink.as_mut().poll_ready(&mut context()).is_pending());
}

#[test]
fn a_client_that_is_gone_tells_every_handle() {
    let client = client();
    let handle = client.handle();
    let stream = client.listen("a/#").unwrap();
    let mut events = client.events();
    let mut published = pin!(handle.publish(Publish::new("a", "1").qos(QoS::AtLeastOnce)));
    assert!(published.as_mut().poll(&mut context()).is_pending());
    let mut subscribed = pin!(handle.subscribe("b/#"));
    assert!(subscribed.as_mut().poll(&mut context()).is_pending());
    drop(client);
    assert!(handle.state().is_closed());
    assert_eq!(
        published.as_mut().poll(&mut context()),
        Poll::Ready(Err(PublishError::Closed { is_sent: false }))
    );
    assert!(matches!(
        subscribed.as_mut().poll(&mut context()),
        Poll::Ready(Err(SubscribeError::Closed(_)))
    ));
    assert!(matches!(poll(stream.next()), Poll::Ready(None)));
    while let Poll::Ready(event) = pin!(&mut events).poll_next(&mut context()) {
        if event.is_none() {
            return;
        }
    }
    panic!("the events go on");
}

#[test]
fn what_was_given_up_and_nobody_waited_for_is_an_event() {
    let client = client();
    let mut events = client.events();
    client
        .try_publish(Publish::new("a", "1").qos(QoS::AtLeastOnce))
        .unwrap();
    drop(client.close());
    loop {
        match pin!(&mut events).poll_next(&mut context()) {
            Poll::Ready(Some(Event::Protocol(News::Dropped { message, error }))) => {
                assert_eq!(message.topic(), "a");
                return assert_eq!(error, PublishError::Closed { is_sent: false });
            }
            Poll::Ready(Some(_)) => {}
            _ => panic!("no event"),
        }
    }
}

#[test]
fn payloads_decode_as_the_kind_that_the_codec_expects() {
    let plain = message("a", b"text", &[]);
    assert_eq!(plain.decode::<String, String>(&Text).unwrap(), "text");
    assert_eq!(
        plain
            .decode::<Vec<u8>, Vec<u8>>(&crate::codec::Bytes)
            .unwrap(),
        b"text"
    );
    let marked = message(
        "a",
        b"text",
        &[(PropertyId::PayloadFormatIndicator, Value::Number(1))],
    );
    assert!(marked.is_text());
    assert_eq!(marked.decode::<String, String>(&Text).unwrap(), "text");
    assert_eq!(
        marked
            .decode::<Vec<u8>, Vec<u8>>(&crate::codec::Bytes)
            .unwrap(),
        b"text"
    );
    let binary = message("a", &[0xFF], &[]);
    let refused = binary.decode::<String, String>(&Text);
    assert!(matches!(refused, Err(CodecError::UnexpectedBinary)));
}

#[test]
fn properties_of_a_message_can_be_read() {
    let message = message(
        "a",
        b"",
        &[
            (PropertyId::ContentType, Value::Text("text/plain")),
            (PropertyId::UserProperty, Value::Pair("a", "1")),
            (PropertyId::UserProperty, Value::Pair("a", "2")),
            (PropertyId::ResponseTopic, Value::Text("answers")),
            (PropertyId::CorrelationData, Value::Binary(&[7])),
        ],
    );
    assert_eq!(message.content_type(), Some("text/plain"));
    assert_eq!(
        message.user_properties().collect::<Vec<_>>(),
        [("a", "1"), ("a", "2")]
    );
    assert_eq!(message.response_topic(), Some("answers"));
    assert_eq!(message.correlation_data(), Some(&[7][..]));
}

#[test]
fn nothing_secret_is_shown() {
    let secret = "s3cret";
    let shown = [
        format!("{:?}", Credentials::new("me", secret).data(secret)),
        format!("{:?}", Publish::new("a", secret)),
        format!("{:?}", message("a", secret.as_bytes(), &[])),
        format!("{:?}", client()),
    ];
    for shown in shown {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// A codec for both ends of a topic.
struct Decimal;

impl Codec<u32, u32> for Decimal {
    fn encode(&self, message: &u32) -> Result<crate::codec::Payload, CodecError> {
        Ok(message.to_string().into())
    }

    fn decode(&self, payload: crate::codec::PayloadRef<'_>) -> Result<u32, CodecError> {
        payload.text()?.parse().map_err(CodecError::malformed)
    }
}

#[test]
fn a_publisher_takes_values_of_its_type() {
    let client = client();
    let numbers = client.publisher("numbers", Decimal).qos(QoS::AtLeastOnce);
    numbers.try_publish(&7).unwrap();
    let _also = numbers.clone();
    assert_eq!(client.stats().queued_messages, 1);
    let stream = client.listen("numbers").unwrap().decode::<u32, _>(Decimal);
    assert!(poll(stream.next()).is_pending());
}
