//! What each connection goes through before messages flow: address, credentials, restore.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;

use tautline::Auth;
use tautline::client::{
    Builder, CloseOptions, ClosedWhy, Event, Failure, ReauthenticateError, State, Suspended,
};
use tautline::codec::{Codec, CodecError, Payload, PayloadRef, Text};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, ms, next, number, open, quick};
use crate::support::calm::awaits;
use crate::support::{calm, server};

#[expect(clippy::ptr_arg, reason = "it judges messages, which are `String`s")]
fn judge(reply: &String) -> Option<bool> {
    if reply.contains(r#""type":"welcome""#) {
        Some(true)
    } else if reply.contains(r#""type":"denied""#) {
        Some(false)
    } else {
        None
    }
}

/// A chat room behind a token that `token` gives for each time it is asked, from 1.
fn room(
    label: &str,
    query: &str,
    token: impl Fn(u32) -> &'static str + 'static,
) -> (Builder<String, String, Text>, Rc<Cell<u32>>) {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let auth = Auth::message(move |_| {
        count.set(count.get() + 1);
        let message = format!(r#"{{"type":"auth","token":"{}"}}"#, token(count.get()));
        async { Ok::<_, Infallible>(message) }
    })
    .accept(judge)
    .expires_in_with(|reply| number(reply, "expires_in").map(ms));
    let url = server::at(&format!("/ws/auth/{label}"), label, query);
    (quick(url).auth(auth), asked)
}

#[wasm_bindgen_test]
async fn nothing_leaves_before_the_yes_and_the_restore_step_leaves_before_the_queue() {
    calm(async {
        let (builder, asked) = room("steps", "", |_| "good-ann");
        let socket = builder
            .restore(|restoring| async move {
                restoring.send(&r#"{"type":"say","text":"restored"}"#.to_owned())
            })
            .auto_connect(false)
            .connect()
            .unwrap();
        socket
            .try_send(r#"{"type":"say","text":"queued"}"#.into())
            .unwrap();
        socket.open();
        for text in ["restored", "queued"] {
            assert!(next(&socket).await.contains(text));
        }
        assert_eq!(asked.get(), 1);
        server::control("kill", "steps").await;
        awaits("the second connection");
        assert!(next(&socket).await.contains("restored"));
        assert_eq!(asked.get(), 2);
        close(socket, "steps").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn credentials_that_are_refused_twice_end_it() {
    calm(async {
        let (builder, asked) = room("refused", "", |_| "expired");
        let socket = builder.connect().unwrap();
        let mut events = socket.events();
        awaits("the end");
        let closed = socket.opened().await.unwrap_err();
        assert_eq!((closed.why, asked.get()), (ClosedWhy::Unauthorized, 2));
        drop(socket);
        let mut failures = 0;
        while let Some(event) = events.next().await {
            failures += usize::from(matches!(event, Event::Failed(Failure::Unauthorized)));
        }
        assert!(failures > 0);
    })
    .await;
}

#[wasm_bindgen_test]
async fn credentials_are_renewed_over_the_open_connection() {
    calm(async {
        let (builder, asked) = room(
            "renewed",
            "",
            |time| if time == 2 { "revoked" } else { "good-bo" },
        );
        let socket = builder.connect().unwrap();
        assert!(matches!(
            quick(server::echo("renewed"))
                .connect()
                .unwrap()
                .reauthenticate()
                .await,
            Err(ReauthenticateError::NotConfigured)
        ));
        open(&socket).await;
        // Refused: the server closes, and the next connection brings good ones.
        awaits("new credentials");
        let outcome = socket.reauthenticate().await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(socket.stats().reconnects, 1);
        socket.reauthenticate().await.unwrap();
        assert_eq!((asked.get(), socket.stats().reconnects), (4, 1));
        close(socket, "renewed").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn credentials_that_expire_are_renewed_in_time() {
    calm(async {
        let (builder, asked) = room("expiring", "expires=2000", |_| "good-cy");
        let socket = builder.connect().unwrap();
        open(&socket).await;
        awaits("renewals");
        while asked.get() < 3 {
            crate::support::browser::turn().await;
        }
        assert_eq!(socket.stats().reconnects, 0);
        close(socket, "expiring").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_provider_or_a_restore_step_that_fails_is_a_failed_attempt() {
    calm(async {
        let tries = Rc::new(Cell::new(0));
        let (dials, restores) = (Rc::clone(&tries), Rc::new(Cell::new(0)));
        let restored = Rc::clone(&restores);
        let socket = quick(String::new())
            .endpoint(move |context| {
                dials.set(dials.get() + 1);
                let is_first = context.attempt == 0;
                let url = server::echo("failing");
                async move {
                    if is_first {
                        Err("no address yet")
                    } else {
                        Ok(url.into())
                    }
                }
            })
            .restore(move |_| {
                restored.set(restored.get() + 1);
                let is_first = restored.get() == 1;
                async move {
                    if is_first {
                        Err("not restored")
                    } else {
                        Ok(())
                    }
                }
            })
            .connect()
            .unwrap();
        let mut events = socket.events();
        open(&socket).await;
        assert_eq!((tries.get(), restores.get()), (3, 2));
        let mut failures = Vec::new();
        while failures.len() < 2 {
            if let Event::Failed(failure) = events.next().await.unwrap() {
                failures.push(failure.to_string());
            }
        }
        assert_eq!(failures, ["a provider failed", "the restore step failed"]);
        close(socket, "failing").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_subprotocol_is_agreed_in_the_handshake() {
    calm(async {
        let socket = quick(server::echo("protocols"))
            .protocols(["chat.v9", "chat.v2"])
            .connect()
            .unwrap();
        open(&socket).await;
        assert_eq!(socket.protocol(), "chat.v2");
        close(socket, "protocols").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_pause_closes_and_a_resume_dials() {
    calm(async {
        let socket = quick(server::at("/ws/echo", "paused", "raw=1"))
            .connect()
            .unwrap();
        open(&socket).await;
        socket.pause();
        assert_eq!(
            socket.state(),
            State::Suspended {
                why: Suspended::Paused
            }
        );
        server::wait("paused", "open=0").await;
        socket.try_send("meanwhile".into()).unwrap();
        socket.resume();
        assert_eq!(next(&socket).await, "meanwhile");
        close(socket, "paused").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn who_is_asked_for_credentials_is_told_of_the_attempt() {
    calm(async {
        let attempts = Rc::new(RefCell::new(Vec::new()));
        let asked = Rc::clone(&attempts);
        let auth = Auth::message(move |context| {
            let knows_why = context.last_cause.is_some();
            asked.borrow_mut().push((context.attempt, knows_why));
            async { Ok::<_, Infallible>(r#"{"type":"auth","token":"good-dee"}"#.to_owned()) }
        });
        let url = server::at("/ws/auth/attempts", "attempts", "");
        let socket = quick(url).auth(auth.accept(judge)).connect().unwrap();
        open(&socket).await;
        server::control("kill", "attempts").await;
        awaits("the second connection");
        while attempts.borrow().len() < 2 {
            crate::support::browser::turn().await;
        }
        open(&socket).await;
        assert_eq!(*attempts.borrow(), [(0, false), (1, true)]);
        close(socket, "attempts").await;
    })
    .await;
}

/// Text, but for one message.
struct Picky;

impl Codec<String, String> for Picky {
    fn encode(&self, message: &String) -> Result<Payload, CodecError> {
        if message == "no form" {
            return Err(CodecError::unencodable("no form"));
        }
        Codec::<String, String>::encode(&Text, message)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<String, CodecError> {
        Codec::<String, String>::decode(&Text, payload)
    }
}

#[wasm_bindgen_test]
async fn new_credentials_without_a_form_have_not_timed_out() {
    calm(async {
        let asked = Cell::new(0);
        let auth = Auth::message(move |_| {
            asked.set(asked.get() + 1);
            let message = match asked.get() {
                1 => r#"{"type":"auth","token":"good-eve"}"#,
                _ => "no form",
            };
            async { Ok::<_, Infallible>(message.to_owned()) }
        });
        let url = server::at("/ws/auth/formless", "formless", "");
        let socket = tautline::Socket::builder(url)
            .codec(Picky)
            .auth(auth.accept(judge))
            .connect()
            .unwrap();
        open(&socket).await;
        awaits("new credentials");
        let outcome = socket.reauthenticate().await;
        assert!(
            matches!(outcome, Err(ReauthenticateError::Provider(_))),
            "{outcome:?}"
        );
        assert!(socket.state().is_open());
        close(socket, "formless").await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_goodbye_that_lets_the_queue_leave_first_authenticates() {
    calm(async {
        let (builder, asked) = room("goodbye", "", |_| "good-flo");
        let socket = builder.auto_connect(false).connect().unwrap();
        let message = r#"{"type":"say","text":"last"}"#;
        let mut delivery = socket.deliver(message.into()).into_future();
        assert!(!super::is_ready(&mut delivery));
        socket.open();
        awaits("the end of the closing handshake");
        let options = CloseOptions::new().drain(ms(10_000));
        socket.close_with(options).unwrap().await;
        delivery.await.unwrap();
        assert_eq!(asked.get(), 1);
        drop(socket);
        server::wait("goodbye", "open=0").await;
    })
    .await;
}
