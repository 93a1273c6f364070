//! Between bytes and types: what a frame holds, and how messages become one.
//!
//! ```text
//!  Out ── encode ──► Payload ──► frame ─── · · · ───► frame ──► PayloadRef ── decode ──► In
//! ```
//!
//! A [`Codec`] is two functions. Those here cost nothing that is not used: each format is a feature of its own.
//!
//! | codec | feature | frames | for |
//! |---|---|---|---|
//! | [`Text`] | | text | strings as they are |
//! | [`Bytes`] | | binary | bytes as they are |
//! | [`Raw`] | | both | [`Payload`]s as they are |
#![cfg_attr(
    feature = "json",
    doc = "| [`Json`] | `json` | text | servers in any language |"
)]
#![cfg_attr(
    feature = "json",
    doc = "| [`BinaryJson`] | `json` | binary | JSON between Rust and Rust |"
)]
#![cfg_attr(
    feature = "messagepack",
    doc = "| [`MessagePack`] | `messagepack` | binary | compact, self-describing, any language |"
)]
#![cfg_attr(
    feature = "cbor",
    doc = "| [`Cbor`] | `cbor` | binary | the same, RFC 8949 |"
)]
#![cfg_attr(
    feature = "protobuf",
    doc = "| [`Protobuf`] | `protobuf` | binary | messages with a schema, by prost |"
)]
#![cfg_attr(
    feature = "postcard",
    doc = "| [`Postcard`] | `postcard` | binary | Rust to Rust: the smallest and the fastest |"
)]
//!
//! A frame of the wrong kind, text where bytes are expected or the other way round, does not decode. Between Rust and
//! Rust prefer a codec with binary frames: they enter WebAssembly's memory as they are, where text is transcoded.
//!
//! ```
//! use tautline::codec::{Codec, CodecError, Payload, PayloadRef};
//!
//! /// Sends numbers as decimal text.
//! struct Decimal;
//!
//! impl Codec<u32, u32> for Decimal {
//!     fn encode(&self, message: &u32) -> Result<Payload, CodecError> {
//!         Ok(Payload::Text(message.to_string()))
//!     }
//!
//!     fn decode(&self, payload: PayloadRef<'_>) -> Result<u32, CodecError> {
//!         payload.text()?.parse().map_err(CodecError::malformed)
//!     }
//! }
//!
//! let codec = Decimal;
//! assert_eq!(codec.encode(&7).unwrap(), Payload::Text("7".into()));
//! assert_eq!(codec.decode(PayloadRef::Text("7")).unwrap(), 7);
//! assert!(codec.decode(PayloadRef::Text("seven")).is_err());
//! assert!(matches!(codec.decode(PayloadRef::Binary(&[7])), Err(CodecError::UnexpectedBinary)));
//! ```

#[cfg(feature = "cbor")]
mod cbor;
#[cfg(any(feature = "cbor", feature = "messagepack"))]
mod described;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "postcard")]
mod limited;
#[cfg(feature = "messagepack")]
mod messagepack;
mod payload;
#[cfg(feature = "postcard")]
mod postcard;
#[cfg(feature = "protobuf")]
mod protobuf;
mod raw;
#[cfg(any(feature = "cbor", feature = "messagepack"))]
mod refusal;

#[cfg(feature = "cbor")]
pub use cbor::Cbor;
#[cfg(feature = "json")]
pub use json::{BinaryJson, Json};
#[cfg(feature = "messagepack")]
pub use messagepack::MessagePack;
pub use payload::{Payload, PayloadRef};
#[cfg(feature = "postcard")]
pub use postcard::Postcard;
#[cfg(feature = "protobuf")]
pub use protobuf::Protobuf;
pub use raw::{Bytes, Raw, Text};

/// Turns messages into payloads and back. The functions of one value may be called in any order.
pub trait Codec<Out, In> {
    /// Makes the payload of a message.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unencodable`], if the message has no form in this format.
    fn encode(&self, message: &Out) -> Result<Payload, CodecError>;

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`CodecError::UnexpectedText`] or [`CodecError::UnexpectedBinary`] for a frame of the other kind, and
    /// [`CodecError::Malformed`] for one that holds no message. Whatever the bytes are, it never panics.
    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError>;
}

/// Why a message could not become a frame, or a frame no message.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// A text frame came where this codec has binary ones: let both sides use the same codec.
    #[error("a text frame, where the codec expects binary ones")]
    UnexpectedText,
    /// A binary frame came where this codec has text ones: let both sides use the same codec.
    #[error("a binary frame, where the codec expects text")]
    UnexpectedBinary,
    /// The frame holds no message of the expected type. It is the peer's mistake, or the types differ.
    #[error("the frame holds no message of the expected type")]
    Malformed(#[source] Box<dyn core::error::Error>),
    /// The message has no form in this format.
    #[error("the message has no form in this format")]
    Unencodable(#[source] Box<dyn core::error::Error>),
}

impl CodecError {
    /// A frame that holds no message, for this reason.
    pub fn malformed(reason: impl Into<Box<dyn core::error::Error>>) -> Self {
        CodecError::Malformed(reason.into())
    }

    /// A message that has no form, for this reason.
    pub fn unencodable(reason: impl Into<Box<dyn core::error::Error>>) -> Self {
        CodecError::Unencodable(reason.into())
    }
}
