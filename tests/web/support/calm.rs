//! The guard around every test: bounded in time, and nothing stray.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use wasm_bindgen_futures::JsFuture;

use super::browser::{self, Limit};

const LIMIT_MS: u32 = 20_000;

thread_local! {
    static AWAITED: Cell<&'static str> = const { Cell::new("nothing") };
}

/// Says what a test is waiting for, for the error if it waits in vain.
pub fn awaits(what: &'static str) {
    AWAITED.set(what);
}

/// Runs a test. It fails if it takes too long, if an error stays uncaught or a rejection unhandled (a closure that
/// is called after it was dropped is one), or if a timer or a listener is left behind.
pub async fn calm(test: impl Future<Output = ()>) {
    browser::start_anew();
    let limit = Limit::new(LIMIT_MS);
    let mut late = JsFuture::from(limit.promise());
    let mut test = pin!(test);
    poll_fn(|context| {
        if test.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if pin!(&mut late).poll(context).is_ready() {
            panic!("waited in vain for {}", AWAITED.get());
        }
        Poll::Pending
    })
    .await;
    limit.end();
    // The browser reports a rejection some task after the one in which it happened.
    for _ in 0..3 {
        browser::turn().await;
    }
    assert_eq!(browser::take_strays(), "", "stray errors");
    assert_eq!(browser::live_timers(), 0, "timers");
    assert_eq!(browser::live_listeners(), 0, "listeners");
}
