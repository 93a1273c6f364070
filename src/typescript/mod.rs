//! Typed JavaScript clients, made from the message types of a Rust application.
//!
//! ```text
//!   messages (serde) ──┬── the server, in Rust
//!                      ├── pages in Rust: Socket<Out, In>
//!                      └── pages in TypeScript: the class that #[typescript_client] makes
//! ```
//!
//! [`typescript_client`] stands on an alias of [`Socket`](crate::Socket) in a crate that is built with wasm-bindgen. The class
//! has the alias's name, and its declarations have the exact message types, under the names that they have in Rust: derive
//! those with [tsify](https://docs.rs/tsify) and its default feature `json`, or write them down by hand. The macro does not
//! care where they come from.
//!
//! ```
//! # mod chat {
//! use serde::{Deserialize, Serialize};
//! use tautline::codec::Json;
//!
//! #[derive(Serialize, Deserialize)] // and, for TypeScript, Tsify
//! #[serde(tag = "type", rename_all = "lowercase")]
//! pub enum ClientMessage { Say { text: String }, Ping }
//!
//! #[derive(Serialize, Deserialize)]
//! #[serde(tag = "type", rename_all = "lowercase")]
//! pub enum ServerMessage { Say { name: String, text: String }, Pong }
//!
//! /// The chat.
//! #[tautline::typescript_client(codec = Json)]
//! pub type ChatSocket = tautline::Socket<ClientMessage, ServerMessage>;
//! # }
//! ```
//!
//! ```ts
//! const chat = new ChatSocket("/chat");
//! const unsubscribe = chat.subscribe((message) => console.log(message.type)); // a ServerMessage
//! chat.send({ type: "say", text: "hi" });                                     // a ClientMessage
//! ```
//!
//! # What crosses, and how
//!
//! * Values cross as serde says, in the shapes of JSON: maps are objects, `None` is `null` (and `undefined` is read as
//!   `None`), bytes are arrays of numbers. A `u64` or `i64` is a number; one that no number holds exactly is an
//!   `invalid` message, and never another number. Towards Rust a `bigint` is taken, too.
//! * A value that is no message of the type is not sent: `send` throws a `TypeError` that says what is wrong and where.
//! * A frame that is no message of the type reaches `onInvalid`, and the connection goes on.
//!
//! # What the page may do
//!
//! * Anything, in any listener: send, close, free, subscribe, unsubscribe, throw. No listener is called from inside a
//!   method; what it throws is reported as uncaught, and the others are called all the same.
//! * Forget the socket: it lives as long as its connection, also if nobody holds it. `close()` ends the connection, and
//!   lets go of a socket that nobody holds; `free()`, or `using`, ends it at once.

#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod error;
#[cfg(target_arch = "wasm32")]
mod hold;
#[cfg(target_arch = "wasm32")]
mod listeners;
#[cfg(target_arch = "wasm32")]
mod news;
#[cfg(target_arch = "wasm32")]
mod options;
#[cfg(target_arch = "wasm32")]
mod value;

#[cfg(target_arch = "wasm32")]
pub use client::Client;
pub use tautline_macros::typescript_client;

/// What the macro's output needs of other crates.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod __private {
    pub use wasm_bindgen;
}
