//! The client natively, where nothing connects: what is known at once, and what waits.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;

use super::*;
use crate::client::{ConfigError, Queue, State};
use crate::codec::{Bytes, Text};

fn builder() -> Builder {
    Client::builder("wss://broker.example.com/ws")
}

fn client() -> Client {
    builder().connect().unwrap()
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut context())
}

fn message(body: &[u8], headers: &str) -> Message {
    Message {
        body: body.into(),
        headers: headers.into(),
        ack: "1".into(),
        subscription: 1,
        number: 1,
        generation: 1,
    }
}

#[test]
fn what_is_published_waits_for_a_connection() {
    let client = client();
    assert_eq!(client.state(), State::Idle);
    client.try_publish(Publish::new("/queue/a", "1")).unwrap();
    assert!(poll(client.publish(Publish::new("/queue/a", "2"))).is_pending());
    // The one that was waited for in vain has been taken back.
    assert_eq!(client.stats().queued_messages, 1);
}

#[test]
fn what_cannot_be_is_told_at_once() {
    let client = client();
    let wrong = Publish::new("/queue/a", "").header("name", "a\0b");
    assert_eq!(
        client.try_publish(wrong),
        Err(PublishError::Header(HeaderError))
    );
    let wrong = client.listen(Subscribe::to("a\0b"));
    assert!(matches!(wrong, Err(SubscribeError::Header(_))));
    let _first = client.listen(Subscribe::to("/topic/a").id("mine")).unwrap();
    let second = client.listen(Subscribe::to("/topic/b").id("mine"));
    assert!(matches!(second, Err(SubscribeError::Taken)));
    assert!(matches!(client.begin(), Err(PublishError::Stale)));
    assert_eq!(client.ack(&message(b"", "")), Err(AckError::Stale));
}

#[test]
fn the_builder_says_what_cannot_be() {
    assert_eq!(
        builder()
            .connect_timeout(Duration::ZERO)
            .connect()
            .unwrap_err(),
        ConnectError::Config(ConfigError::ZeroDuration("connect_timeout"))
    );
    for wrong in [builder().host("a\0b"), builder().header("a", "b\nc")] {
        assert_eq!(
            wrong.connect().unwrap_err(),
            ConnectError::Header(HeaderError)
        );
    }
}

#[test]
fn the_queue_has_bounds() {
    let client = builder()
        .queue(Queue::default().max_messages(1))
        .connect()
        .unwrap();
    client.try_publish(Publish::new("/queue/a", "1")).unwrap();
    let full = client.try_publish(Publish::new("/queue/a", "2"));
    assert_eq!(full, Err(PublishError::QueueFull));
    let huge = Publish::new("/queue/a", vec![0; 2_000_000]);
    assert_eq!(client.try_publish(huge), Err(PublishError::TooLarge));
}

#[test]
fn a_client_that_is_gone_tells_every_handle() {
    let client = client();
    let handle = client.handle();
    let stream = client.listen("/topic/a").unwrap();
    let mut events = client.events();
    let mut published = pin!(handle.publish(Publish::new("/queue/a", "1")));
    assert!(published.as_mut().poll(&mut context()).is_pending());
    let mut subscribed = pin!(handle.subscribe("/topic/b"));
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
fn bodies_decode_as_the_kind_that_the_codec_expects() {
    for headers in [
        "",
        "content-type\0text/plain\0",
        "content-type\0application/x\0",
    ] {
        let text = message(b"text", headers);
        assert_eq!(text.decode::<String, String>(&Text).unwrap(), "text");
        assert_eq!(text.decode::<Vec<u8>, Vec<u8>>(&Bytes).unwrap(), b"text");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let secret = "s3cret";
    let shown = [
        format!("{:?}", Credentials::new("me", secret)),
        format!(
            "{:?}",
            Publish::new("/queue/a", secret).header("token", secret)
        ),
        format!(
            "{:?}",
            message(secret.as_bytes(), "destination\0/queue/a\0")
        ),
        format!("{:?}", client()),
    ];
    for shown in shown {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_publisher_takes_values_of_its_type() {
    let client = client();
    let words = client
        .publisher::<String, _>("/topic/words", Text)
        .header("persistent", "true");
    words.try_publish(&"a".into()).unwrap();
    assert_eq!(client.stats().queued_messages, 1);
    let stream = client
        .listen("/topic/words")
        .unwrap()
        .decode::<String, _>(Text);
    assert!(poll(stream.next()).is_pending());
}
