//! The exports of the npm package, and nothing else: the session behind plain functions over numbers.
//!
//! The module imports nothing. Its TypeScript shell (`js/transport/`) keeps socket, timer and listeners, tells the
//! session what happened, and polls what to do; only numbers cross. That is less than half of what a page would pay
//! for a shell in WebAssembly with its glue, and a message costs one call without a JavaScript value in it:
//! `docs/decisions/0005-the-npm-shell-is-typescript.md`. Rust applications have `transport` instead.
//!
//! Three modules are built of these exports, one for each machine that a slot can hold: the session itself (feature
//! `js`), a subprotocol around it (`js-mqtt`), or the session with what a subprotocol tells it (`js-stomp`). Those have
//! exports of their own besides; where the machine reads frames, bytes cross (`exchange`). With several features on, as a
//! linter may have them, the first of `mqtt`, `stomp` is built. Those leave out what they have no use for (`whole`).

mod allocator;
#[cfg(feature = "js-mqtt")]
mod exchange;
mod exports;
mod options;
mod register;
mod sessions;
#[cfg(feature = "js")]
mod whole;

#[cfg(not(any(feature = "js-mqtt", feature = "js-stomp")))]
mod plain;
#[cfg(not(any(feature = "js-mqtt", feature = "js-stomp")))]
use plain as machine;

#[cfg(feature = "js-mqtt")]
mod mqtt;
#[cfg(feature = "js-mqtt")]
mod mqtt_event;
#[cfg(feature = "js-mqtt")]
use mqtt as machine;

#[cfg(all(feature = "js-stomp", not(feature = "js-mqtt")))]
mod stomp;
#[cfg(all(feature = "js-stomp", not(feature = "js-mqtt")))]
use stomp as machine;
