//! The application calls back into the driver from inside each callback: nothing is borrowed there, and whatever
//! it does, a goodbye ends it.

use std::cell::RefCell;
use std::rc::Rc;

use tautline::codec::PayloadRef;
use tautline::session::{
    Auth, Config, Generation, HeartbeatConfig, Message, News, Session, StateName as S, Verdict,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::{Scripted, dispatch, let_go};
use crate::support::{Call, Link, Standing, calm};

type Act = fn(&Link);

/// What an application may do at any moment.
const ACTS: &[(&str, Act)] = &[
    ("open", |link| link.open()),
    ("send", |link| link.send(7)),
    ("enqueue", |link| {
        link.command(|session, now| session.enqueue(now, message()));
    }),
    ("step", |link| {
        link.step(generation(link), PayloadRef::Text("step"));
    }),
    ("fail", |link| {
        link.news(generation(link), News::Failed);
    }),
    ("stats", |link| {
        link.stats();
    }),
    ("pause", |link| link.command(Session::pause)),
    ("resume", |link| link.command(Session::resume)),
    ("reconnect", |link| link.command(Session::reconnect)),
    ("close", |link| link.close()),
    ("close and reconnect", |link| {
        link.close();
        link.command(Session::reconnect);
    }),
    ("abort", |link| link.command(Session::abort)),
    ("configure", |link| {
        link.configure(|config| config.restore = false)
    }),
];

fn message() -> Message {
    Message {
        ttl_ms: Some(10_000),
        key: Some(1),
        ..Message::plain(8, 8)
    }
}

fn generation(link: &Link) -> Generation {
    link.command(|session, _| session.generation())
}

/// With every step that a connection can have.
fn config() -> Config {
    Config {
        auth: Auth::Secure,
        restore: true,
        retry_asks: true,
        heartbeat: HeartbeatConfig {
            interval_ms: Some(25_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    }
}

/// A link that can be dropped from inside of its own callbacks.
type Shared = Rc<RefCell<Option<Rc<Link>>>>;

/// A life in which every callback is called. After an unforeseen act it takes another course, and must get through.
fn live(shared: &Shared) {
    let with = |act: &dyn Fn(&Link)| {
        let link = shared.borrow().clone();
        if let Some(link) = link {
            act(&link);
        }
    };
    let socket = || {
        let link = shared.borrow().clone();
        link.filter(|link| link.calls(Call::Dial) > 0)
            .map(|link| link.socket())
    };
    let play = |act: &dyn Fn(&Scripted)| {
        if let Some(socket) = socket() {
            act(&socket);
        }
    };
    with(&|link| link.open());
    with(&|link| link.send(1));
    play(&Scripted::open);
    with(&|link| link.classify(Verdict::Accepted));
    play(&|socket| socket.message(&"welcome".into(), 1));
    with(&|link| link.classify(Verdict::Ping));
    play(&|socket| socket.message(&"ping".into(), 1));
    with(&|link| link.classify(Verdict::Message));
    play(&|socket| socket.message(&"hello".into(), 1));
    dispatch("offline"); // asks for a sign of life
    with(&|link| link.classify(Verdict::Pong(None)));
    play(&|socket| socket.message(&"pong".into(), 1));
    play(&|socket| socket.end(1006, ""));
    dispatch("online"); // dials at once, from inside a listener
    play(&Scripted::open);
}

#[wasm_bindgen_test]
async fn each_command_may_be_given_from_inside_each_callback() {
    calm(async {
        given_inside(Call::Ask, "nothing", |_| {}); // fills what is kept for good
        for call in Call::ALL {
            for &(name, act) in ACTS {
                let before = Standing::now();
                given_inside(call, name, act);
                assert_eq!(Standing::now(), before, "{name} in {call:?}");
            }
        }
    })
    .await;
}

fn given_inside(call: Call, name: &str, act: Act) {
    let link = Rc::new(Link::scripted(config()));
    let inside = Rc::downgrade(&link);
    link.at(call, move || {
        if let Some(link) = inside.upgrade() {
            act(&link);
        }
    });
    live(&Rc::new(RefCell::new(Some(Rc::clone(&link)))));
    assert!(link.is_done(), "{name}: {call:?} was never called");
    link.close();
    if link.state() == S::Closing {
        link.socket().end(1000, "bye");
    }
    assert_eq!(link.state(), S::Closed, "{name} in {call:?}");
    let dialled = link.calls(Call::Dial) > 0;
    assert!(!dialled || let_go(&link.native()), "{name} in {call:?}");
}

#[wasm_bindgen_test]
async fn the_driver_may_be_dropped_from_inside_each_callback() {
    calm(async {
        given_inside(Call::Ask, "nothing", |_| {}); // fills what is kept for good
        for call in Call::ALL {
            let before = Standing::now();
            dropped_inside(call);
            assert_eq!(Standing::now(), before, "{call:?}");
        }
    })
    .await;
}

fn dropped_inside(call: Call) {
    let link = Rc::new(Link::scripted(config()));
    // All that follows is called by the browser, not by way of the link.
    link.open();
    let shared: Shared = Rc::default();
    let inside = Rc::clone(&shared);
    link.at(call, move || drop(inside.take()));
    shared.replace(Some(link));
    live(&shared);
    assert!(shared.borrow().is_none(), "{call:?} was never called");
}

#[wasm_bindgen_test]
async fn a_stand_in_that_answers_from_inside_send_and_close_is_borne() {
    calm(async {
        for &(name, act) in ACTS {
            let link = Rc::new(Link::scripted(Config::default()));
            link.open();
            let socket = link.socket();
            socket.open();
            socket.set_answers_inside(true);
            let inside = Rc::downgrade(&link);
            link.at(Call::Receive, move || {
                if let Some(link) = inside.upgrade() {
                    act(&link);
                }
            });
            link.send(1);
            assert!(link.is_done(), "{name}: there was no answer");
            link.close();
            if link.calls(Call::Dial) > 1 && link.state() == S::Closing {
                link.socket().end(1000, "bye");
            }
            assert_eq!(link.state(), S::Closed, "{name}");
            assert!(let_go(&socket) && let_go(&link.native()), "{name}");
        }
    })
    .await;
}
