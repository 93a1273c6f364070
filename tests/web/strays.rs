//! The guard itself: what it is there to notice, it notices.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::browser::{self, Scripted, take_strays, turn};
use crate::support::calm;
use crate::support::calm::awaits;

#[wasm_bindgen_test]
async fn an_uncaught_error_is_noticed() {
    calm(async {
        browser::throw_uncaught();
        turn().await;
        assert!(take_strays().contains("planted"));
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_unhandled_rejection_is_noticed() {
    calm(async {
        browser::reject_unhandled();
        awaits("the browser to report it");
        while !take_strays().contains("planted") {
            turn().await;
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_closure_that_is_called_after_it_was_dropped_is_noticed() {
    calm(async {
        let socket = Scripted::new();
        let closure = Closure::<dyn FnMut()>::new(|| {});
        socket.set_onopen(Some(closure.as_ref().unchecked_ref()));
        drop(closure);
        socket.open();
        turn().await;
        assert!(take_strays().contains("dropped"));
    })
    .await;
}
