//! The Rust side of `browser.js`.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/tests/web/support/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = liveTimers)]
    pub fn live_timers() -> u32;

    /// Calls of `setTimeout` and `clearTimeout`.
    #[wasm_bindgen(js_name = callsOfTimers)]
    pub fn calls_of_timers() -> u32;

    /// The most timers that were live at a time since this was asked last.
    #[wasm_bindgen(js_name = mostTimers)]
    pub fn most_timers() -> u32;

    #[wasm_bindgen(js_name = readsOfClock)]
    pub fn reads_of_clock() -> u32;

    #[wasm_bindgen(js_name = liveListeners)]
    pub fn live_listeners() -> u32;

    /// Uncaught errors and unhandled rejections since this was asked last.
    #[wasm_bindgen(js_name = takeStrays)]
    pub fn take_strays() -> String;

    #[wasm_bindgen(js_name = throwUncaught)]
    pub fn throw_uncaught();

    #[wasm_bindgen(js_name = rejectUnhandled)]
    pub fn reject_unhandled();

    /// Forgets what a test before, one that failed, has left behind.
    #[wasm_bindgen(js_name = startAnew)]
    pub fn start_anew();

    /// Ends when the tasks that stand in the queue now have run.
    pub async fn turn();

    pub type Limit;

    #[wasm_bindgen(constructor)]
    pub fn new(ms: u32) -> Limit;

    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Limit) -> js_sys::Promise;

    #[wasm_bindgen(method)]
    pub fn end(this: &Limit);

    /// Dispatches an event to the global scope.
    pub fn dispatch(kind: &str);

    #[wasm_bindgen(js_name = hasWindow)]
    pub fn has_window() -> bool;

    /// Ends when the browser has reported the end of a socket, whoever else listens.
    pub async fn ended(socket: &WebSocket);

    /// Whether a socket is closed or closing, and nobody listens to it.
    #[wasm_bindgen(js_name = letGo)]
    pub fn let_go(socket: &WebSocket) -> bool;

    #[wasm_bindgen(catch)]
    pub async fn ask(url: &str, body: Option<&str>) -> Result<JsValue, JsValue>;

    /// A socket that does what the test says, at once.
    #[wasm_bindgen(extends = WebSocket)]
    #[derive(Clone)]
    pub type Scripted;

    #[wasm_bindgen(constructor)]
    pub fn new() -> Scripted;

    #[wasm_bindgen(method, setter, js_name = answersInside)]
    pub fn set_answers_inside(this: &Scripted, yes: bool);

    #[wasm_bindgen(method, getter)]
    pub fn sent(this: &Scripted) -> u32;

    #[wasm_bindgen(method, getter, js_name = lastSent)]
    pub fn last_sent(this: &Scripted) -> Option<String>;

    /// Code and reason that it was closed with.
    #[wasm_bindgen(method, getter, js_name = closedWith)]
    pub fn closed_with(this: &Scripted) -> Option<String>;

    #[wasm_bindgen(method)]
    pub fn open(this: &Scripted);

    /// Delivers a message so many times.
    #[wasm_bindgen(method)]
    pub fn message(this: &Scripted, data: &JsValue, times: u32);

    #[wasm_bindgen(method)]
    pub fn end(this: &Scripted, code: u16, reason: &str);

    /// As long as it is there, every WebSocket that is made is a scripted one.
    pub type StandIns;

    #[wasm_bindgen(constructor)]
    pub fn new() -> StandIns;

    /// The socket that was made last.
    #[wasm_bindgen(method, getter)]
    pub fn last(this: &StandIns) -> Scripted;

    #[wasm_bindgen(method)]
    pub fn end(this: &StandIns);
}
