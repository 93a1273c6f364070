//! The exports of the npm package, and nothing else: the session behind plain functions over numbers.
//!
//! The module imports nothing. Its TypeScript shell (`js/transport/`) keeps socket, timer and listeners, tells the
//! session what happened, and polls what to do; only numbers cross. That is less than half of what a page would pay
//! for a shell in WebAssembly with its glue, and a message costs one call without a JavaScript value in it:
//! `docs/decisions/0005-the-npm-shell-is-typescript.md`. Rust applications have `transport` instead.

mod allocator;
mod exports;
mod options;
mod register;
mod sessions;
