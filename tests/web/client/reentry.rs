//! The application may do anything from inside each of its functions: nothing is borrowed there.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use tautline::client::{Advice, Event};
use tautline::{Auth, Requests};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Line, ms, quick, some_turns};
use crate::support::browser::turn;
use crate::support::calm::awaits;
use crate::support::{calm, server};

type Act = fn(&Line);

const ACTS: &[(&str, Act)] = &[
    ("try_send", |socket| {
        let _ = socket.try_send("inside".into());
    }),
    ("deliver", |socket| {
        let mut delivery = socket.deliver("inside".into()).into_future();
        super::is_ready(&mut delivery);
    }),
    ("request", |socket| {
        let mut request = socket.request("inside".into()).into_future();
        super::is_ready(&mut request);
    }),
    ("state, stats, protocol", |socket| {
        let _ = (socket.state(), socket.stats(), socket.protocol());
    }),
    ("events", |socket| drop(socket.events())),
    ("reconnect", |socket| socket.reconnect()),
    ("pause and resume", |socket| {
        socket.pause();
        socket.resume();
    }),
    ("close and reconnect", |socket| {
        drop(socket.close());
        socket.reconnect();
    }),
];

/// Where the application is called back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Endpoint,
    Credentials,
    Accept,
    Restore,
    Ping,
    IsPong,
    Stamp,
    ReplyId,
    OnMessage,
    Retry,
}

const PLACES: [Place; 10] = [
    Place::Endpoint,
    Place::Credentials,
    Place::Accept,
    Place::Restore,
    Place::Ping,
    Place::IsPong,
    Place::Stamp,
    Place::ReplyId,
    Place::OnMessage,
    Place::Retry,
];

type Shared = Rc<RefCell<Option<Rc<Line>>>>;
type Plan = Rc<RefCell<Option<(Place, Box<dyn FnOnce(&Shared)>)>>>;

/// A socket with all functions an application can give it, each of which does what is planned once it is called.
fn build(label: &str, plan: &Plan, shared: &Shared) -> Line {
    let hook = |place: Place| {
        let (plan, shared) = (Rc::clone(plan), Rc::clone(shared));
        move || {
            let is_planned = plan.borrow().as_ref().is_some_and(|(it, _)| *it == place);
            if is_planned && let Some((_, act)) = plan.take() {
                act(&shared);
            }
        }
    };
    let url = server::at("/ws/echo", label, "");
    let (endpoint, credentials, accept) = (
        hook(Place::Endpoint),
        hook(Place::Credentials),
        hook(Place::Accept),
    );
    let (restore, ping, is_pong) = (hook(Place::Restore), hook(Place::Ping), hook(Place::IsPong));
    let (stamp, reply_id) = (hook(Place::Stamp), hook(Place::ReplyId));
    let (on_message, retry) = (hook(Place::OnMessage), hook(Place::Retry));
    let beat = tautline::Heartbeat::every(ms(20))
        .ping_with(move |_| {
            ping();
            "ping".to_owned()
        })
        .pong(move |text: &String| {
            is_pong();
            text == "pong"
        });
    quick(String::new())
        .endpoint(move |_| {
            endpoint();
            let url = url.clone();
            async { Ok::<_, Infallible>(url.into()) }
        })
        .auth(
            Auth::message(move |_| {
                credentials();
                async { Ok::<_, Infallible>("welcome".to_owned()) }
            })
            .accept(move |text: &String| {
                accept();
                (text == "welcome").then_some(true)
            }),
        )
        .restore(move |_| {
            restore();
            async { Ok::<_, Infallible>(()) }
        })
        .heartbeat(beat)
        .requests(
            Requests::new(
                move |_: &String| {
                    reply_id();
                    None
                },
                move |_: &mut String, _| stamp(),
            )
            .timeout(ms(50)),
        )
        .on_message(move |_| on_message())
        .retry(move |_, _| {
            retry();
            Advice::After(1)
        })
        .connect()
        .unwrap()
}

/// Lives until what is planned has been done, then ends.
async fn live(label: &str, plan: &Plan, shared: &Shared) {
    let socket = Rc::new(build(label, plan, shared));
    shared.replace(Some(Rc::clone(&socket)));
    let sender = socket.sender();
    drop(socket);
    let mut kills = 0;
    while plan.borrow().is_some() {
        // Only silence is followed by a ping.
        let pings = plan
            .borrow()
            .as_ref()
            .is_some_and(|(place, _)| *place == Place::Ping);
        if sender.state().is_open() && !pings {
            let _ = sender.try_send("hello".into());
            let mut request = sender.request("hello".into()).into_future();
            super::is_ready(&mut request);
            if kills < 3 {
                kills += 1;
                server::control("kill", label).await;
            }
        }
        turn().await;
    }
    some_turns().await;
    let socket = shared.take();
    if let Some(socket) = socket {
        awaits("the end of the closing handshake");
        socket.close().await;
    }
    server::wait(label, "open=0").await;
}

#[wasm_bindgen_test]
async fn each_method_may_be_called_from_inside_each_function() {
    for place in PLACES {
        for &(name, act) in ACTS {
            calm(async {
                awaits(name);
                let plan: Plan = Rc::new(RefCell::new(Some((
                    place,
                    Box::new(move |shared: &Shared| {
                        // The first call may come from inside of connect().
                        let socket = shared.borrow().clone();
                        if let Some(socket) = socket {
                            act(&socket);
                        }
                    }),
                ))));
                live("inside", &plan, &Shared::default()).await;
            })
            .await;
        }
    }
}

#[wasm_bindgen_test]
async fn the_socket_may_be_dropped_from_inside_each_function() {
    for place in PLACES {
        calm(async {
            awaits("the drop");
            let plan: Plan = Rc::new(RefCell::new(Some((
                place,
                Box::new(|shared: &Shared| drop(shared.take())),
            ))));
            live("gone", &plan, &Shared::default()).await;
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn a_listener_of_drops_may_send_again() {
    calm(async {
        let socket: Line = quick(server::echo("again"))
            .auto_connect(false)
            .connect()
            .unwrap();
        let mut events = socket.events();
        let options = tautline::client::SendOptions::new().ttl(ms(5));
        socket.try_send_with("first".into(), options).unwrap();
        awaits("the drop");
        let Some(Event::Dropped(dropped)) = events.next().await else {
            panic!("something else")
        };
        socket.try_send(dropped.message.clone()).unwrap();
        assert_eq!(socket.stats().queued_messages, 1);
    })
    .await;
}
