//! Without a browser: a socket stays idle, takes what is sent within its bounds, and ends like any other.

use std::cell::OnceCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_sink::Sink;

use crate::client::{
    Builder, CloseError, CloseOptions, ClosedWhy, ConfigError, DeliverError, Delivery, Event,
    Failure, Heartbeat, Queue, RequestError, SendError, SendOptions, SendStatus, Sender, SinkError,
    Socket, State, TrySendError, Until,
};
use crate::codec::Text;

type Line = Socket<String, String>;
type Plan = Builder<String, String, Text>;

fn socket() -> Line {
    Socket::builder("/live").codec(Text).connect().unwrap()
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn ready<F: Future>(future: F) -> F::Output {
    match poll(future) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn it_is_idle_and_queues() {
    let socket = socket();
    assert_eq!(socket.state(), State::Idle);
    assert_eq!(socket.try_send("one".into()).unwrap(), SendStatus::Queued);
    assert_eq!(
        ready(socket.send("two".into())).unwrap(),
        SendStatus::Queued
    );
    assert_eq!(
        (socket.stats().queued_messages, socket.protocol().as_str()),
        (2, "")
    );
    assert!(poll(socket.opened()).is_pending());
    assert!(poll(socket.next()).is_pending());
}

#[test]
fn what_a_full_queue_refuses_comes_back() {
    let queue = Queue::default().max_messages(1).max_bytes(4);
    let socket: Line = Socket::builder("/live")
        .codec(Text)
        .queue(queue)
        .connect()
        .unwrap();
    let large = socket.try_send("large".into()).unwrap_err();
    assert!(matches!(&large, TrySendError::TooLarge { message } if message == "large"));
    socket.try_send("one".into()).unwrap();
    let full = socket.try_send("two".into()).unwrap_err();
    assert!(matches!(full, TrySendError::Full { .. }));
    assert_eq!(
        (full.to_string().as_str(), full.into_message().as_str()),
        ("the queue is full", "two")
    );
    assert!(poll(socket.send("two".into())).is_pending());
    let delivery = ready(socket.deliver("two".into()).into_future());
    assert!(matches!(delivery, Err(DeliverError::QueueFull { .. })));
}

#[test]
fn errors_do_not_show_the_message() {
    let socket = socket();
    drop(socket.close());
    let error = socket.try_send("token=secret".into()).unwrap_err();
    assert_eq!(format!("{error:?} {error}"), "Closed the socket is closed");
}

#[test]
fn a_newer_message_takes_the_place_of_an_older_one_of_its_key_and_an_event_tells() {
    let socket = socket();
    let mut events = socket.events();
    for text in ["older", "newer"] {
        let options = SendOptions::new().key("cursor");
        socket.try_send_with(text.into(), options).unwrap();
    }
    assert_eq!(socket.stats().queued_messages, 1);
    match ready(events.next()) {
        Some(Event::Dropped(dropped)) => assert_eq!(dropped.message, "older"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_close_gives_back_what_is_queued_and_ends_the_stream() {
    let socket = socket();
    let mut events = socket.events();
    let mut delivery = Box::pin(socket.deliver("queued".into()).into_future());
    assert!(poll(delivery.as_mut()).is_pending());
    ready(socket.close());
    assert!(matches!(ready(delivery), Err(DeliverError::Closed { .. })));
    assert!(ready(socket.next()).is_none());
    assert_eq!(ready(socket.opened()).unwrap_err().why, ClosedWhy::User);
    assert!(matches!(
        ready(events.next()),
        Some(Event::State {
            state: State::Closed { .. },
            ..
        })
    ));
    drop(socket);
    assert!(ready(events.next()).is_none());
}

#[test]
fn a_delivery_that_is_dropped_takes_its_message_back() {
    let socket = socket();
    let delivery = socket.deliver("dropped".into()).into_future();
    assert_eq!(socket.stats().queued_messages, 1);
    drop(delivery);
    assert_eq!(socket.stats().queued_messages, 0);
}

#[test]
fn senders_do_not_keep_it_alive_and_know_when_it_is_gone() {
    let (sender, receiver) = socket().split();
    let second = sender.clone();
    assert_eq!(sender.try_send("one".into()).unwrap(), SendStatus::Queued);
    drop(receiver);
    for sender in [sender, second] {
        assert!(sender.state().is_closed());
        assert!(matches!(
            sender.try_send("late".into()),
            Err(TrySendError::Closed { .. })
        ));
        ready(sender.close());
        sender.reconnect();
        assert!(sender.state().is_closed());
    }
}

#[test]
fn what_was_not_configured_is_said() {
    let socket = socket();
    let request = ready(socket.request("hello".into()).into_future());
    assert!(matches!(request, Err(RequestError::NotConfigured { .. })));
    let confirmed = socket.deliver("hello".into()).until(Until::Confirmed);
    assert!(matches!(
        ready(confirmed.into_future()),
        Err(DeliverError::NoHeartbeat { .. })
    ));
    assert!(ready(socket.reauthenticate()).is_err());
}

#[test]
fn what_cannot_be_is_refused_before_it_starts() {
    let refused =
        |change: fn(Plan) -> Plan| change(Socket::builder("/live").codec(Text)).connect().err();
    assert_eq!(
        refused(|it| it.protocols(["a", "a"])),
        Some(ConfigError::Protocols)
    );
    assert_eq!(
        refused(|it| it.delivery(Delivery::AtLeastOnce)),
        Some(ConfigError::DeliveryNeedsHeartbeat)
    );
    assert_eq!(
        refused(|it| it.heartbeat(Heartbeat::every(Duration::from_secs(1)))),
        Some(ConfigError::HeartbeatWithoutPing)
    );
    assert_eq!(
        refused(|it| it.connect_timeout(Duration::ZERO)),
        Some(ConfigError::ZeroDuration("connect_timeout"))
    );
}

#[test]
fn a_goodbye_that_a_browser_would_refuse_closes_nothing() {
    let socket = socket();
    let refused = socket.close_with(CloseOptions::new().code(1_001)).err();
    assert_eq!(refused, Some(CloseError::Code));
    let refused = socket
        .close_with(CloseOptions::new().reason("x".repeat(124)))
        .err();
    assert_eq!(refused, Some(CloseError::Reason));
    assert_eq!(socket.state(), State::Idle);
}

#[test]
fn a_goodbye_is_done_though_the_socket_was_opened_again_before_anybody_looked() {
    let socket = socket();
    let closing = socket.close();
    socket.reconnect();
    assert!(!socket.state().is_closed());
    ready(closing);
}

fn poll_close(sink: &mut Line) -> Poll<Result<(), SinkError<String>>> {
    Pin::new(sink).poll_close(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_sink_that_somebody_else_closes_says_what_it_has_not_sent() {
    let mut closed = socket();
    drop(closed.close());
    assert!(matches!(poll_close(&mut closed), Poll::Ready(Ok(()))));

    let mut flushing = socket();
    flushing.try_send("queued".into()).unwrap();
    assert!(poll_close(&mut flushing).is_pending());
    drop(flushing.close());
    assert!(matches!(
        poll_close(&mut flushing),
        Poll::Ready(Err(SinkError::Closed(_)))
    ));

    let queue = Queue::default().max_bytes(8);
    let builder = Socket::builder("/live").codec(Text).queue(queue);
    let mut full: Line = builder.connect().unwrap();
    for text in ["five!", "more!"] {
        Pin::new(&mut full).start_send(text.into()).unwrap();
    }
    drop(full.close());
    let Poll::Ready(Err(SinkError::Send(SendError::Closed { message }))) = poll_close(&mut full)
    else {
        panic!("it has lost a message")
    };
    assert_eq!(message, "more!");
}

#[test]
fn functions_that_hold_a_sender_are_freed_with_the_socket() {
    let told = Rc::new(OnceCell::new());
    let teller = Rc::clone(&told);
    let socket: Line = Socket::builder("/live")
        .codec(Text)
        .on_message(move |message| {
            let sender: Option<&Sender<String, String>> = teller.get();
            if let (Some(sender), Ok(message)) = (sender, message) {
                let _ = sender.try_send(message);
            }
        })
        .connect()
        .unwrap();
    told.set(socket.sender()).unwrap();
    assert_eq!(Rc::strong_count(&told), 2);
    drop(socket);
    assert_eq!(Rc::strong_count(&told), 1);
    let sender = told.get().unwrap();
    let mut events = sender.events();
    assert!(ready(events.next()).is_none());
    assert!(matches!(
        ready(sender.request("late".into()).into_future()),
        Err(RequestError::Closed { .. })
    ));
    assert!(ready(sender.reauthenticate()).is_err());
}

#[test]
fn a_dial_that_cannot_be_made_is_told() {
    let socket = socket();
    let mut events = socket.events();
    socket.reconnect();
    let all = std::iter::from_fn(|| match poll(events.next()) {
        Poll::Ready(event) => event,
        Poll::Pending => None,
    });
    let mut failures = all.filter(|it| matches!(it, Event::Failed(_)));
    assert!(matches!(
        failures.next(),
        Some(Event::Failed(Failure::Refused))
    ));
    assert!(failures.next().is_none());
}
