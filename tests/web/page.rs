//! Signals of the page, as real events.

use tautline::session::{Config, StateName as S};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::let_go;
use crate::support::{Link, calm};

#[wasm_bindgen(module = "/tests/web/support/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = dispatchToDocument)]
    fn dispatch_to_document(kind: &str);

    #[wasm_bindgen(js_name = dispatchTransition)]
    fn dispatch_transition(kind: &str, persisted: bool);

    /// Makes the page look hidden or shown, and says so.
    fn show(visible: bool);
}

#[wasm_bindgen_test]
async fn a_page_that_goes_into_the_cache_closes_cleanly_and_dials_when_it_is_back() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        dispatch_transition("pagehide", true);
        assert_eq!(link.state(), S::Suspended);
        assert_eq!(socket.closed_with().as_deref(), Some("1000"));
        assert!(let_go(&socket));
        socket.end(1000, "");
        assert_eq!(link.state(), S::Suspended);
        dispatch_transition("pageshow", true);
        assert_eq!(link.state(), S::Connecting);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_page_that_goes_for_good_is_left_to_the_browser() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        dispatch_transition("pagehide", false);
        assert_eq!((link.state(), socket.closed_with()), (S::Open, None));
        dispatch_transition("pageshow", false);
        assert_eq!(link.state(), S::Open);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_page_that_is_shown_ends_a_wait_and_one_that_is_hidden_does_not() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        socket.end(1006, "");
        show(false);
        assert_eq!(link.state(), S::Waiting);
        show(true);
        assert_eq!(link.state(), S::Connecting);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_page_that_resumes_ends_a_wait_and_one_that_freezes_does_not() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        socket.end(1006, "");
        dispatch_to_document("freeze");
        assert_eq!(link.state(), S::Waiting);
        dispatch_to_document("resume");
        assert_eq!(link.state(), S::Connecting);
    })
    .await;
}

#[wasm_bindgen_test]
async fn signals_of_the_page_do_not_reopen_what_was_closed() {
    calm(async {
        let (link, socket) = Link::opened(Config::default());
        link.close();
        socket.end(1000, "bye");
        let calls = link.all_calls();
        dispatch_transition("pagehide", true);
        dispatch_transition("pageshow", true);
        show(true);
        dispatch_to_document("resume");
        assert_eq!((link.all_calls(), link.state()), (calls, S::Closed));
    })
    .await;
}
