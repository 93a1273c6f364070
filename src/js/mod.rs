//! The exports of the npm package, and nothing else: one class of plain calls for the TypeScript facade, which hands
//! itself in as the [`Host`](host::Host). Only numbers, text and untouched frames cross.

mod allocator;
mod engine;
mod host;
mod options;
