//! Without a browser: the socket is there and inert.

use std::cell::Cell;
use std::rc::Rc;

use tautline::Socket;
use tautline::client::{Builder, ConfigError, SendStatus, State, TrySendError};
use tautline::codec::Text;

use crate::core::{Core, Owner};
use crate::handle::UseSocketHandle;

type Strings = Core<String, String>;

fn builder() -> Builder<String, String, Text> {
    Socket::builder("/live").codec(Text)
}

/// As after a rendering.
fn rendered() -> (Owner<String, String>, Rc<Strings>) {
    let core = Core::new();
    core.prepare(builder);
    (Owner(Rc::clone(&core)), core)
}

fn handle(core: &Rc<Strings>) -> UseSocketHandle<String, String> {
    UseSocketHandle::new(Rc::clone(core))
}

fn is_closed(core: &Rc<Strings>) -> bool {
    match handle(core).send("late".into()) {
        Err(TrySendError::Closed { message }) => message == "late",
        _ => false,
    }
}

#[test]
fn a_socket_is_idle_and_queues() {
    let (_owner, core) = rendered();
    let socket = handle(&core);
    assert_eq!(socket.send("early".into()).unwrap(), SendStatus::Queued);
    assert_eq!(socket.sender().unwrap().stats().queued_messages, 1);
    assert_eq!(*socket.state(), State::Idle);
    assert_eq!(socket.latency(), None);
    assert_eq!(socket.last(), None);
    assert_eq!(socket.error(), None);
}

#[test]
fn a_socket_goes_with_its_component() {
    let (owner, core) = rendered();
    let sender = core.start().unwrap();
    drop(owner);
    assert!(sender.state().is_closed());
    let late = sender.try_send("late".into());
    assert!(matches!(late, Err(TrySendError::Closed { .. })));
}

#[test]
fn a_handle_whose_component_is_gone_may_be_used() {
    let (owner, core) = rendered();
    let socket = handle(&core);
    drop(owner);
    assert!(is_closed(&core));
    assert!(socket.sender().is_none());
    socket.open();
    socket.close();
    socket.reconnect();
}

#[test]
fn nothing_is_built_before_it_is_needed_and_all_is_freed() {
    let built = Rc::new(Cell::new(0));
    let (owner, core) = rendered();
    let counting = Rc::clone(&built);
    core.prepare(move || {
        counting.set(counting.get() + 1);
        builder()
    });
    assert_eq!(built.get(), 0);
    assert!(core.start().is_some());
    assert!(core.start().is_some());
    assert_eq!(built.get(), 1);
    let weak = Rc::downgrade(&core);
    drop((owner, core));
    assert!(weak.upgrade().is_none());
    assert_eq!(Rc::strong_count(&built), 1);
}

#[test]
fn another_socket_takes_the_place_of_the_first() {
    let (_owner, core) = rendered();
    let first = core.start().unwrap();
    core.prepare(builder);
    assert!(!first.state().is_closed());
    let second = core.start().unwrap();
    assert!(first.state().is_closed());
    assert!(!second.state().is_closed());
}

#[test]
fn handles_are_equal_that_show_the_same() {
    let (_owner, core) = rendered();
    let (_other_owner, other) = rendered();
    let before = handle(&core);
    assert_eq!(before, handle(&core));
    assert_ne!(before, handle(&other));
    core.prepare(|| builder().max_elapsed(std::time::Duration::ZERO));
    assert!(core.start().is_none());
    assert_ne!(before, handle(&core));
}

#[test]
fn a_mistake_is_told_until_it_is_mended() {
    let (_owner, core) = rendered();
    core.prepare(|| builder().connect_timeout(std::time::Duration::ZERO));
    assert!(is_closed(&core));
    let error = ConfigError::ZeroDuration("connect_timeout");
    assert_eq!(handle(&core).error(), Some(&error));
    core.prepare(builder);
    assert!(!is_closed(&core));
    assert_eq!(handle(&core).error(), None);
}
