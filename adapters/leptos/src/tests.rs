//! Without a browser: the socket is there and inert.

use std::cell::Cell;
use std::rc::Rc;

use reactive_graph::owner::Owner;
use reactive_graph::traits::{Get, GetUntracked, IsDisposed};
use tautline::Socket;
use tautline::client::{Builder, ConfigError, SendStatus, State, TrySendError};
use tautline::codec::Text;

use crate::socket::UseSocket;

type Strings = UseSocket<String, String>;

fn builder() -> Builder<String, String, Text> {
    Socket::builder("/live").codec(Text)
}

/// As in a browser, where there is a socket.
fn live(owner: &Owner) -> Strings {
    owner.with(|| UseSocket::new(builder, true))
}

fn is_closed(socket: Strings) -> bool {
    match socket.send("late".into()) {
        Err(TrySendError::Closed { message }) => message == "late",
        _ => false,
    }
}

#[test]
fn a_socket_is_idle_and_queues() {
    let owner = Owner::new();
    let socket = live(&owner);
    assert_eq!(socket.send("early".into()).unwrap(), SendStatus::Queued);
    let sender = socket.sender().unwrap();
    assert_eq!(sender.stats().queued_messages, 1);
    owner.with(|| {
        assert_eq!(socket.state.get(), State::Idle);
        assert_eq!(socket.latency.get(), None);
        assert_eq!(socket.last.get(), None);
        assert!(socket.invalid.get().is_none());
        assert_eq!(socket.error.get(), None);
    });
}

#[test]
fn a_socket_goes_with_its_owner() {
    let owner = Owner::new();
    let socket = live(&owner);
    let sender = socket.sender().unwrap();
    socket.on_message(|_| {});
    owner.cleanup();
    assert!(sender.state().is_closed());
    assert!(matches!(
        sender.try_send("late".into()),
        Err(TrySendError::Closed { .. })
    ));
    assert_eq!(socket.state.try_get_untracked(), None);
    assert!(socket.last.is_disposed());
}

#[test]
fn a_socket_whose_owner_is_gone_may_be_used() {
    let owner = Owner::new();
    let socket = live(&owner);
    owner.cleanup();
    assert!(is_closed(socket));
    assert!(socket.sender().is_none());
    socket.open();
    socket.close();
    socket.reconnect();
    socket.on_message(|_| {});
    socket.on_invalid(|_| {});
    socket.on_event(|_| {});
}

#[test]
fn nothing_is_built_before_it_is_needed_and_all_is_freed() {
    let (built, alive) = (Rc::new(Cell::new(0)), Rc::new(()));
    let owner = Owner::new();
    let socket: Strings = owner.with(|| {
        let (built, alive) = (Rc::clone(&built), Rc::clone(&alive));
        let build = move || {
            built.set(built.get() + 1);
            builder().retry(move |_, _| {
                let _captured = &alive;
                tautline::client::Advice::Default
            })
        };
        UseSocket::new(build, true)
    });
    let listener = Rc::clone(&alive);
    socket.on_message(move |_| drop(Rc::clone(&listener)));
    assert_eq!(built.get(), 0);
    socket.open();
    socket.reconnect();
    assert_eq!(built.get(), 1);
    owner.cleanup();
    drop(owner);
    assert_eq!((Rc::strong_count(&built), Rc::strong_count(&alive)), (1, 1));
}

#[test]
fn a_listener_goes_with_the_component_that_asked_for_it() {
    let (owner, heard) = (Owner::new(), Rc::new(()));
    let socket = live(&owner);
    let child = owner.with(Owner::new);
    child.with(|| {
        let heard = Rc::clone(&heard);
        socket.on_message(move |_| drop(Rc::clone(&heard)));
    });
    assert_eq!(Rc::strong_count(&heard), 2);
    child.cleanup();
    assert_eq!(Rc::strong_count(&heard), 1);
    assert!(!is_closed(socket));
}

#[test]
fn a_mistake_is_told() {
    let owner = Owner::new();
    let zero = || builder().connect_timeout(std::time::Duration::ZERO);
    let socket: Strings = owner.with(|| UseSocket::new(zero, true));
    assert!(socket.sender().is_none());
    assert!(is_closed(socket));
    let error = Some(ConfigError::ZeroDuration("connect_timeout"));
    assert_eq!(socket.error.get_untracked(), error);
    assert_eq!(socket.state.get_untracked(), State::Idle);
}

#[test]
fn on_a_server_nothing_is_built_and_the_owner_may_go_on_another_thread() {
    let owner = Owner::new();
    let build = || -> Builder<String, String, Text> { panic!("built on a server") };
    let socket: Strings = owner.with(|| crate::use_socket(build));
    owner.with(|| socket.on_message(|_| {}));
    assert_eq!(socket.send("nowhere".into()).unwrap(), SendStatus::Queued);
    assert!(socket.sender().is_none());
    std::thread::spawn(move || drop(owner)).join().unwrap();
    assert!(is_closed(socket));
}
