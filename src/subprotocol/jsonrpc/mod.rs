//! The messages of [JSON-RPC 2.0](https://www.jsonrpc.org/specification): how they are written, and what a received
//! one is. The client over them is [`client::jsonrpc`](crate::client::jsonrpc).
//!
//! ```text
//!   Outgoing ── Envelope ──► {"jsonrpc":"2.0","id":7,"method":"add","params":[1,2]}
//!   Incoming ◄── Envelope ── {"jsonrpc":"2.0","id":7,"result":3}
//! ```
//!
//! * Parameters, results and the data of errors stay JSON text until somebody wants them: the envelope is read without them.
//! * Our ids are numbers for calls, and text with a dot or a word in it for everything else, so that none can be taken for
//!   another: see [`ReplyTo`].
//! * Whatever is no message is refused, and none that is makes more than one allocation for each of its parts. A batch may
//!   have [`MAX_MEMBERS`] members.
//!
//! ```
//! use tautline::codec::{Codec, Payload, PayloadRef};
//! use tautline::subprotocol::jsonrpc::{Envelope, Incoming, Message, Outgoing, Params, ReplyTo};
//!
//! let mut call = Outgoing::call("add", Params::new(&(1, 2)).unwrap());
//! call.stamp(7);
//! let text = r#"{"jsonrpc":"2.0","id":7,"method":"add","params":[1,2]}"#;
//! assert_eq!(Envelope.encode(&call).unwrap(), Payload::from(text));
//!
//! let reply = PayloadRef::Text(r#"{"jsonrpc":"2.0","id":7,"result":3}"#);
//! let Incoming::One(Message::Reply(reply)) = Envelope.decode(reply).unwrap() else { panic!("it is a reply") };
//! assert_eq!((reply.to, reply.outcome.unwrap().get()), (ReplyTo::Call(7), "3"));
//! ```

mod envelope;
mod error;
mod incoming;
mod note;
mod outgoing;
mod params;
mod reply_to;

#[cfg(test)]
mod tests;

pub use envelope::{Envelope, MAX_MEMBERS};
pub use error::JsonRpcError;
pub use incoming::{Call, Incoming, Message, Reply};
pub use note::Note;
pub(crate) use outgoing::answer;
pub use outgoing::{Outgoing, OwnId};
pub use params::{Params, ParamsError};
pub use reply_to::ReplyTo;

/// A piece of JSON text.
pub use serde_json::value::RawValue;

/// A piece of JSON text that is owned.
pub type Json = Box<RawValue>;
