//! Without a browser: what is called waits within its bounds, comes back where it is not taken, and ends with the socket.

use std::cell::OnceCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{
    Auth, Builder, CallError, CallId, Caller, Calls, Heartbeat, JsonRpc, JsonRpcError, NotifyError,
    ParamsError, Restoring,
};
use crate::client::{ConfigError, Queue, RequestError, SendStatus, TrySendError};

fn rpc() -> JsonRpc {
    JsonRpc::builder("/rpc").connect().unwrap()
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn queued(rpc: &Caller) -> u64 {
    rpc.socket().stats().queued_messages
}

#[test]
fn a_call_waits_for_a_connection_and_is_taken_back_when_it_is_dropped() {
    let rpc = rpc();
    let mut call = rpc.call::<i64>("add", (1, 2)).into_future();
    assert!(poll(&mut call).is_pending());
    assert_eq!(queued(&rpc), 1);
    drop(call);
    assert_eq!(queued(&rpc), 0);
}

#[test]
fn what_is_not_sent_comes_back_with_its_parameters() {
    let rpc = rpc();
    let mut call = rpc.call::<i64>("add", (1, 2)).into_future();
    assert!(poll(&mut call).is_pending());
    drop(rpc.close());
    let error = ready(call).unwrap_err();
    assert!(matches!(
        error,
        CallError::Unanswered(RequestError::Closed { .. })
    ));
    assert_eq!(
        format!("{error} {error:?}"),
        "the socket is closed Unanswered(Closed)"
    );
    let params = error.into_params().unwrap();
    assert_eq!(params.text(), Some("[1,2]"));
    // They can be given to another call.
    let again = ready(rpc.call::<i64>("add", params).into_future()).unwrap_err();
    assert_eq!(again.into_params().unwrap().text(), Some("[1,2]"));
    let Err(NotifyError::Send(error)) = rpc.notify("log", ["line"]) else {
        panic!("it is closed")
    };
    assert!(matches!(error, TrySendError::Closed { .. }));
    assert_eq!(error.into_message().text(), Some(r#"["line"]"#));
}

#[test]
fn calls_beyond_the_limit_are_refused() {
    let calls = Calls::new().max(1).timeout(Duration::from_secs(1));
    let rpc = JsonRpc::builder("/rpc").calls(calls).connect().unwrap();
    let mut first = rpc.call::<i64>("add", (1, 2)).into_future();
    assert!(poll(&mut first).is_pending());
    let error = ready(rpc.call::<i64>("add", (3, 4)).into_future()).unwrap_err();
    let CallError::Unanswered(RequestError::TooManyRequests { message }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(message.text(), Some("[3,4]"));
}

#[test]
fn parameters_are_a_list_an_object_or_nothing() {
    let rpc = rpc();
    let refused = ready(rpc.call::<()>("add", 7).into_future());
    assert!(matches!(
        refused,
        Err(CallError::Params(ParamsError::NeitherListNorObject))
    ));
    let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(
        rpc.notify("log", keys),
        Err(NotifyError::Params(ParamsError::Unencodable(_)))
    ));
    assert!(matches!(rpc.notify("log", ()), Ok(SendStatus::Queued)));
    let mut batch = rpc.batch();
    assert!(batch.call::<()>("add", "x").is_err());
    assert!(batch.is_empty());
    let subscribed = ready(rpc.subscribe::<u64>("ticks", 7).into_future());
    assert!(matches!(subscribed, Err(CallError::Params(_))));
}

#[test]
fn a_batch_that_is_not_sent_comes_back_and_its_calls_wait() {
    let builder = JsonRpc::builder("/rpc").socket(|it| it.queue(Queue::default().max_messages(1)));
    let rpc = builder.connect().unwrap();
    rpc.notify("log", ()).unwrap();
    let mut batch = rpc.batch();
    let mut sum = batch.call::<i64>("add", (1, 2)).unwrap();
    batch.notify("log", ()).unwrap();
    let error = ready(batch.send().into_future()).unwrap_err();
    assert!(matches!(error, RequestError::QueueFull { .. }));
    let batch = error.into_message();
    assert_eq!(batch.len(), 2);
    assert!(poll(&mut sum).is_pending());
    drop(batch);
    let error = ready(sum).unwrap_err();
    assert!(matches!(
        error,
        CallError::Unanswered(RequestError::Unanswered { .. })
    ));
    let empty = ready(rpc.batch().send().into_future());
    assert!(matches!(
        empty,
        Err(RequestError::Encode { .. } | RequestError::QueueFull { .. })
    ));
}

#[test]
fn a_batch_without_a_connection_waits_and_is_taken_back() {
    let rpc = rpc();
    let mut batch = rpc.batch();
    let sum = batch.call::<i64>("add", (1, 2)).unwrap();
    let mut sending = batch.send().idempotent().into_future();
    assert!(poll(&mut sending).is_pending());
    let hub = rpc.hub.upgrade().unwrap();
    assert_eq!(hub.batches.places(1), Some(vec![0]));
    drop(sending);
    assert_eq!((queued(&rpc), hub.batches.places(1)), (0, None));
    assert!(ready(sum).is_err());
}

#[test]
fn a_subscription_waits_and_ends_with_the_socket() {
    let rpc = rpc();
    let mut first = rpc.subscribe::<u64>("ticks", ()).into_future();
    assert!(poll(&mut first).is_pending());
    let second = rpc.subscribe::<u64>("ticks", ()).into_future();
    assert_eq!(queued(&rpc), 2);
    drop(second);
    assert_eq!(queued(&rpc), 1);
    drop(rpc.close());
    assert!(matches!(
        ready(first),
        Err(CallError::Unanswered(RequestError::Closed { .. }))
    ));
}

#[test]
fn handlers_that_hold_a_caller_are_freed_with_the_socket() {
    let held = Rc::new(());
    let rpc = rpc();
    let (caller, inside) = (rpc.caller(), Rc::clone(&held));
    rpc.register("old", |(): ()| async { Ok(()) });
    rpc.register("old", move |(): ()| {
        let _both = (caller.clone(), Rc::clone(&inside));
        async { Ok(()) }
    });
    assert_eq!(Rc::strong_count(&held), 2);
    let caller = rpc.caller();
    drop(rpc);
    assert_eq!(Rc::strong_count(&held), 1);
    caller.register("late", |(): ()| async { Ok(()) });
    let late = ready(caller.call::<()>("add", ()).into_future());
    assert!(matches!(
        late,
        Err(CallError::Unanswered(RequestError::Closed { .. }))
    ));
}

#[test]
fn a_handler_that_is_taken_away_is_freed() {
    let held = Rc::new(());
    let (rpc, inside) = (rpc(), Rc::clone(&held));
    rpc.register("it", move |(): ()| {
        let _it = Rc::clone(&inside);
        async { Ok(()) }
    });
    rpc.unregister("it");
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn what_cannot_be_is_refused_before_it_starts() {
    let refused = |change: fn(Builder) -> Builder| change(JsonRpc::builder("/rpc")).connect().err();
    assert_eq!(
        refused(|it| it.heartbeat(Heartbeat::method("ping").every(Duration::ZERO))),
        Some(ConfigError::ZeroDuration("the heartbeat's interval"))
    );
    assert_eq!(
        refused(|it| it.socket(|it| it.protocols(["a", "a"]))),
        Some(ConfigError::Protocols)
    );
    let auth = || Auth::call("login", |_| async { Ok::<_, std::io::Error>(["token"]) });
    let builder = JsonRpc::builder("/rpc").auth(auth().accept(|yes: bool| yes));
    let keep: Rc<OnceCell<Restoring>> = Rc::default();
    let builder = builder.restore(move |step| {
        let _ = keep.set(step);
        async { Ok::<_, JsonRpcError>(()) }
    });
    assert!(builder.connect().is_ok());
}

#[test]
fn the_server_knows_a_call_by_its_number_and_one_of_a_batch_by_its_place() {
    let text = |number, place| serde_json::to_string(&CallId { number, place }).unwrap();
    assert_eq!(
        (text(7, None), text(7, Some(1))),
        ("7".into(), r#""7.1""#.into())
    );
}
