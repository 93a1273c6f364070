//! What holds whichever parts are there, without a browser.

use crate::client::{CloseOptions, Queue, SendStatus, Socket, State, TrySendError};
use crate::codec::Text;

fn socket(queue: Queue) -> Socket<String, String> {
    let builder = Socket::builder("/live").codec(Text);
    builder.queue(queue).connect().unwrap()
}

#[test]
fn what_is_sent_waits_within_the_bounds() {
    let socket = socket(Queue::default().max_messages(1));
    assert_eq!(socket.state(), State::Idle);
    assert_eq!(socket.try_send("one".into()).unwrap(), SendStatus::Queued);
    match socket.try_send("two".into()) {
        Err(TrySendError::Full { message }) => assert_eq!(message, "two"),
        other => panic!("{other:?}"),
    }
    assert_eq!(socket.stats().queued_messages, 1);
}

#[test]
fn closed_is_closed_until_it_is_opened() {
    let socket = socket(Queue::default());
    assert!(socket.close_with(CloseOptions::new().code(1001)).is_err());
    drop(socket.close());
    assert!(socket.state().is_closed());
    assert!(matches!(
        socket.try_send("late".into()),
        Err(TrySendError::Closed { .. })
    ));
    let (sender, receiver) = socket.split();
    drop(receiver);
    assert!(sender.state().is_closed());
}
