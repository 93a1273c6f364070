//! Real connections, their ends, and sockets that were given up.

use tautline::session::{Action, Config, Rule, Session, StateName as S};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::{self, ended};
use crate::support::face::text_of;
use crate::support::{Call, Link, calm, server};

/// Retries after a time that no test waits for.
fn patient() -> Config {
    let rule = Rule {
        from: 1000,
        to: 4999,
        action: Action::Delay,
        delay_ms: 60_000,
    };
    Config {
        rules: vec![rule],
        ..Config::default()
    }
}

async fn hears_itself(link: &Link, ticket: u32) {
    link.send(ticket);
    let text = text_of(ticket);
    link.until("an echo", |link| link.last_text().as_ref() == Some(&text))
        .await;
}

#[wasm_bindgen_test]
async fn a_message_comes_back_and_a_queued_one_leaves_on_open() {
    calm(async {
        let link = Link::real(Config::default(), server::echo("echo"));
        link.open();
        link.send(1); // queued: nothing is open yet
        link.until("the queued echo", |link| {
            link.last_text().as_deref() == Some("text 1")
        })
        .await;
        assert_eq!((link.calls(Call::Take), link.calls(Call::Receive)), (1, 1));
        hears_itself(&link, 2).await;
        assert_eq!((link.calls(Call::Take), link.calls(Call::Receive)), (1, 2));
        assert_eq!(link.states(), [S::Connecting, S::Open]);
    })
    .await;
}

#[wasm_bindgen_test]
async fn code_and_reason_of_a_close_reach_the_server_and_its_answer_ends_the_session() {
    calm(async {
        let link = Link::real(Config::default(), server::echo("close"));
        link.open();
        link.until("open", |link| link.state() == S::Open).await;
        link.command(|session, now| session.close(now, Some(4321), "enough", 0));
        link.until("closed", |link| link.state() == S::Closed).await;
        assert_eq!(
            link.states(),
            [S::Connecting, S::Open, S::Closing, S::Closed]
        );
        let seen = server::wait("close", "closed=1").await;
        assert!(
            seen.contains(r#""code":4321"#) && seen.contains(r#""reason":"enough""#),
            "{seen}"
        );
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_connection_that_the_network_cuts_comes_back_after_a_jitter() {
    calm(async {
        let config = Config {
            backoff_initial_ms: 50,
            ..Config::default()
        };
        let link = Link::real(config, server::echo("cut"));
        link.open();
        link.until("open", |link| link.state() == S::Open).await;
        server::control("kill", "cut").await;
        link.until("open again", |link| link.stats().reconnects == 1)
            .await;
        assert_eq!(
            link.states(),
            [S::Connecting, S::Open, S::Waiting, S::Connecting, S::Open]
        );
        hears_itself(&link, 1).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn reconnect_during_a_wait_dials_now() {
    calm(async {
        let link = Link::real(patient(), server::echo("now"));
        link.open();
        link.until("open", |link| link.state() == S::Open).await;
        server::control("kill", "now").await;
        link.until("the wait", |link| link.state() == S::Waiting)
            .await;
        link.command(Session::reconnect);
        link.until("open again", |link| link.state() == S::Open)
            .await;
        hears_itself(&link, 1).await;
        assert_eq!(link.stats().attempts, 2);
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_end_of_a_replaced_socket_reaches_nobody() {
    calm(async {
        let link = Link::real(patient(), server::echo("stale"));
        link.open();
        link.until("open", |link| link.state() == S::Open).await;
        let old = link.native();
        let end_of_old = ended(&old);
        link.command(Session::reconnect);
        assert!(browser::let_go(&old));
        link.until("open again", |link| link.state() == S::Open)
            .await;
        hears_itself(&link, 1).await;
        let calls = link.all_calls();
        end_of_old.await;
        assert_eq!(link.all_calls(), calls);
        hears_itself(&link, 2).await;
        assert_eq!(
            link.states(),
            [S::Connecting, S::Open, S::Connecting, S::Open]
        );
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_stale_socket_says_what_it_likes_in_vain() {
    calm(async {
        let (link, old) = Link::opened(Config::default());
        link.command(Session::reconnect);
        let calls = link.all_calls();
        old.open();
        old.message(&"late".into(), 3);
        old.end(1006, "");
        assert_eq!(link.all_calls(), calls);
        link.socket().open();
        old.message(&"later".into(), 3);
        old.end(1006, "");
        assert_eq!((link.state(), link.last_text()), (S::Open, None));
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_frame_above_the_limit_is_not_delivered_and_ends_the_connection_with_4009() {
    calm(async {
        let config = Config {
            max_message_bytes: 4,
            ..patient()
        };
        let (link, socket) = Link::opened(config);
        socket.message(&"four".into(), 1);
        socket.message(&"above".into(), 1);
        assert_eq!(link.last_text().as_deref(), Some("four"));
        assert_eq!(socket.closed_with().as_deref(), Some("4009"));
        assert!(browser::let_go(&socket));
        assert_eq!(link.state(), S::Waiting);
    })
    .await;
}
