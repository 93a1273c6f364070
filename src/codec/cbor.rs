//! CBOR, [RFC 8949](https://www.rfc-editor.org/rfc/rfc8949).

use cbor4ii::core::dec::Read;
use cbor4ii::core::utils::SliceReader;
use cbor4ii::serde::{Deserializer, to_vec};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::limited::Limits;
use super::{Codec, CodecError, Payload, PayloadRef};

/// CBOR in binary frames: the types of JSON and bytes, compact, by an internet standard.
///
/// The format is [RFC 8949](https://www.rfc-editor.org/rfc/rfc8949), the mapping of types that of
/// [cbor4ii](https://docs.rs/cbor4ii). Structures are maps from names to values, as other languages write and expect
/// them. Numbers are read in every width. An integer is read where a float is expected, and a float that is a whole
/// number where an integer is, because encoders in JavaScript write them so. Strings and collections of indefinite
/// length are read; tags are not, except those of big integers.
///
/// Values nested more than 128 deep are refused, and so are bytes after a message. What a length claims is not believed:
/// there is never room made for more elements than the frame has bytes, and 1,024 beyond.
///
/// # Errors
///
/// * [`CodecError::UnexpectedText`] for a text frame.
/// * [`CodecError::Malformed`] for bytes that are no CBOR, or not of the expected type.
/// * [`CodecError::Unencodable`] for a type whose serialization fails by itself.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tautline::codec::{Cbor, Codec, CodecError, Payload, PayloadRef};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Point {
///     x: u8,
///     y: f64,
/// }
///
/// let codec: &dyn Codec<Point, Point> = &Cbor;
/// let payload = codec.encode(&Point { x: 1, y: 2.0 }).unwrap();
/// assert_eq!(payload, Payload::Binary(b"\xa2\x61x\x01\x61y\xfb\x40\0\0\0\0\0\0\0".into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), Point { x: 1, y: 2.0 });
/// // As JavaScript writes it.
/// let shorter = PayloadRef::Binary(b"\xa2\x61x\x01\x61y\x02");
/// assert_eq!(codec.decode(shorter).unwrap(), Point { x: 1, y: 2.0 });
/// assert!(matches!(codec.decode(PayloadRef::Binary(&[])), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Cbor;

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for Cbor {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        to_vec(Vec::new(), message)
            .map(Payload::Binary)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        let frame = payload.binary()?;
        let limits: Limits<true> = Limits::of(frame);
        let mut deserializer = Deserializer::new(SliceReader::new(frame));
        let message = In::deserialize(limits.guard(&mut deserializer));
        let message = message.map_err(CodecError::malformed)?;
        let mut rest = deserializer.into_inner();
        match rest.fill(1).map_err(CodecError::malformed)?.as_ref() {
            [] => Ok(message),
            _ => Err(CodecError::malformed("bytes after the message")),
        }
    }
}
