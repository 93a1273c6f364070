//! A WebSocket that stays taut: it notices dead connections, comes back in the way that fits the cause, and keeps what is
//! sent meanwhile. For Yew, Leptos, Dioxus and plain wasm applications, with your own types on both ends.
//!
//! ```text
//! native WebSocket ⇄ transport (shell) ⇄ session (pure core) ⇄ codec ⇄ client ⇄ application
//! ```
//!
//! # A tour
//!
//! A [`Socket`] is built, dials by itself, and comes back by itself:
//!
//! ```
//! use std::time::Duration;
//! use tautline::codec::Text;
//! use tautline::{Heartbeat, Socket};
//!
//! # async fn tour() -> Result<(), Box<dyn std::error::Error>> {
//! let socket: Socket<String, String> = Socket::builder("wss://example.com/live")
//!     .codec(Text)
//!     .heartbeat(Heartbeat::every(Duration::from_secs(25)).ping("ping".into()).pong(|it| it == "pong"))
//!     .connect()?;
//! # Ok(())
//! # }
//! ```
//!
//! *Receiving.* A stream of `Result<In, Invalid>`: a frame that is no message is told, and the stream goes on.
//!
//! ```
//! # use tautline::Socket;
//! # async fn tour(socket: Socket<String, String>) {
//! while let Some(message) = socket.next().await {
//!     match message {
//!         Ok(text) => println!("{text}"),
//!         Err(invalid) => eprintln!("{invalid}"),
//!     }
//! }
//! # }
//! ```
//!
//! *Sending.* [`try_send`](client::Sender::try_send) never waits, [`send`](client::Sender::send) waits for room,
//! [`deliver`](client::Sender::deliver) tells what became of a message, [`request`](client::Sender::request) brings its reply.
//! Whatever is not taken comes back with the error.
//!
//! ```
//! # use std::time::Duration;
//! use tautline::client::{DeliverError, Until};
//! # use tautline::Sender;
//! # async fn tour(sender: Sender<String, String>) {
//! let order = sender.deliver("order".into()).until(Until::Confirmed).timeout(Duration::from_secs(10));
//! match order.await {
//!     Ok(()) => println!("the server has it"),
//!     Err(DeliverError::Unconfirmed { message }) => println!("it may have arrived: {message}"),
//!     Err(error) => println!("{error}"),
//! }
//! # }
//! ```
//!
//! *Knowing.* [`state`](client::Sender::state) and [`events`](client::Sender::events) tell where the connection stands, why it
//! broke, when the next attempt is due, and which messages were given up.
//!
//! ```
//! # use tautline::{Sender, client::{Event, State}};
//! # async fn tour(sender: Sender<String, String>) {
//! let mut events = sender.events();
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::State { state: State::Waiting { attempt, cause, .. }, .. } => {
//!             println!("attempt {attempt} follows: {:?} {}", cause.kind, cause.reason);
//!         }
//!         Event::Dropped(dropped) => println!("given up: {:?}", dropped.reason),
//!         _ => {}
//!     }
//! }
//! # }
//! ```
//!
//! *Leaving.* Dropping the `Socket` closes the connection and frees all it took: closures, timers, listeners, memory.
//!
//! # What is where
//!
//! * [`client`] is the typed client: what most applications need, and nothing else.
//! * [`codec`] is between types and bytes; each format is a feature.
//! * `typescript` (feature `typescript`) makes typed JavaScript classes of sockets.
//! * `jsonrpc` (feature `jsonrpc`) is a client of JSON-RPC 2.0 servers on such a socket.
//! * `mqtt` (feature `mqtt`) and `stomp` (feature `stomp`) are clients of brokers, with the same states, queue and retries.
//!   Their protocols are machines of their own in [`subprotocol`].
//! * [`session`] is the engine: a state machine without I/O, clock, random source or payload. Begin with
//!   [`session::Session`], whose module shows all states in one picture.
//! * [`transport`] is the shell for browsers: a native socket, one timer, the signals of page and network, and `Driver`,
//!   which joins them with a session and a `Face` of yours.
//!
//! What a page does without it need not carry: `heartbeat`, `delivery`, `steps`, `lifecycle`, `retry`, `queue`, `events` and `long-text`
//! are features, all on by default. Without any of them a socket dials, comes back by itself, and queues within bounds.
//!
//! Windows and workers are alike. Where there is no browser all of it compiles, and nothing connects: so a server can share
//! the types and render the pages. The crates `tautline-leptos` and `tautline-yew` make signals and hooks of a socket. The npm
//! package `tautline` has the same session behind a shell of its own, in TypeScript.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "codec")]
pub mod codec;
pub mod session;
pub mod subprotocol;
#[cfg(feature = "transport")]
pub mod transport;
#[cfg(feature = "typescript")]
pub mod typescript;

#[cfg(all(feature = "client", feature = "steps"))]
pub use client::Auth;
#[cfg(all(feature = "client", feature = "heartbeat"))]
pub use client::Heartbeat;
#[cfg(all(feature = "client", feature = "delivery"))]
pub use client::Requests;
#[cfg(feature = "jsonrpc")]
pub use client::jsonrpc;
#[cfg(all(feature = "client", feature = "mqtt"))]
pub use client::mqtt;
#[cfg(all(feature = "client", feature = "stomp"))]
pub use client::stomp;
#[cfg(feature = "client")]
pub use client::{Receiver, Sender, Socket};
#[cfg(feature = "typescript")]
pub use typescript::typescript_client;

#[cfg(all(
    target_arch = "wasm32",
    any(feature = "js", feature = "js-mqtt", feature = "js-stomp")
))]
mod js;

/// The examples of the README compile, too.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// And those of the guide.
#[cfg(all(doctest, feature = "jsonrpc"))]
#[allow(
    rustdoc::invalid_codeblock_attributes,
    reason = "those of TypeScript are for the tests of the documents"
)]
#[doc = include_str!("../docs/guides/jsonrpc.md")]
pub struct JsonRpcGuide;
