//! postcard, <https://postcard.jamesmunns.com/wire-format>.

use postcard::Deserializer;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::limited::Limits;
use super::{Codec, CodecError, Payload, PayloadRef};

/// postcard in binary frames: between Rust and Rust, the smallest and the fastest.
///
/// The format is that of its [specification](https://postcard.jamesmunns.com/wire-format), the mapping of types that of
/// [postcard](https://docs.rs/postcard). Nothing in a frame says what it is: names, types and order are those of the
/// Rust types, so both sides must be compiled with the same ones. A frame of another version may decode into a wrong
/// message. Types that ask the format what comes next do not decode: untagged, internally tagged and flattened ones,
/// `serde_json::Value`.
///
/// Values nested more than 128 deep are refused, and so are bytes after a message. What a length claims is not believed:
/// a sequence or map may have no more elements than the frame has bytes, and 1,024 beyond if they take no byte.
///
/// # Errors
///
/// * [`CodecError::UnexpectedText`] for a text frame.
/// * [`CodecError::Malformed`] for bytes that are not of the expected type.
/// * [`CodecError::Unencodable`] for a sequence or map that does not know its length.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tautline::codec::{Codec, CodecError, Payload, PayloadRef, Postcard};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Move {
///     Wait,
///     To { x: u32, y: u32 },
/// }
///
/// let codec: &dyn Codec<Move, Move> = &Postcard;
/// let payload = codec.encode(&Move::To { x: 3, y: 300 }).unwrap();
/// assert_eq!(payload, Payload::Binary(vec![1, 3, 0xac, 0x02]));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), Move::To { x: 3, y: 300 });
/// assert!(matches!(codec.decode(PayloadRef::Binary(&[2])), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Postcard;

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for Postcard {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        postcard::to_allocvec(message)
            .map(Payload::Binary)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        let frame = payload.binary()?;
        let limits = Limits::of(frame);
        let mut deserializer = Deserializer::from_bytes(frame);
        let message = In::deserialize(limits.guard(&mut deserializer));
        let message = message.map_err(CodecError::malformed)?;
        match deserializer.finalize().map_err(CodecError::malformed)? {
            [] => Ok(message),
            _ => Err(CodecError::malformed("bytes after the message")),
        }
    }
}
