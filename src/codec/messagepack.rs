//! MessagePack, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use rmp_serde::decode::Deserializer;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::limited::Limits;
use super::{Codec, CodecError, Payload, PayloadRef};

/// MessagePack in binary frames: the types of JSON and bytes, compact, for servers in any language.
///
/// The format is that of its [specification](https://github.com/msgpack/msgpack/blob/master/spec.md), the mapping of
/// types that of [rmp-serde](https://docs.rs/rmp-serde). Structures are maps from names to values, which is what other
/// languages write and expect, and lets either side add a field; where structures come as arrays, they are read as well.
/// A float that is a whole number is read where an integer is expected, because encoders in JavaScript write integers
/// beyond 32 bits so.
///
/// Values nested more than 128 deep are refused, and so are bytes after a message. What a length claims is not believed:
/// there is never room made for more elements than the frame has bytes, and 1,024 beyond.
///
/// # Errors
///
/// * [`CodecError::UnexpectedText`] for a text frame.
/// * [`CodecError::Malformed`] for bytes that are no MessagePack, or not of the expected type.
/// * [`CodecError::Unencodable`] for a type whose serialization fails by itself.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tautline::codec::{Codec, CodecError, MessagePack, Payload, PayloadRef};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Point {
///     x: u8,
///     y: u8,
/// }
///
/// let codec: &dyn Codec<Point, Point> = &MessagePack;
/// let payload = codec.encode(&Point { x: 1, y: 2 }).unwrap();
/// assert_eq!(payload, Payload::Binary(b"\x82\xa1x\x01\xa1y\x02".into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), Point { x: 1, y: 2 });
/// assert!(matches!(codec.decode(PayloadRef::Binary(&[])), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagePack;

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for MessagePack {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        rmp_serde::to_vec_named(message)
            .map(Payload::Binary)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        let frame = payload.binary()?;
        let limits: Limits<true> = Limits::of(frame);
        let mut deserializer = Deserializer::new(frame);
        let message = In::deserialize(limits.guard(&mut deserializer));
        let message = message.map_err(CodecError::malformed)?;
        match deserializer.get_ref() {
            [] => Ok(message),
            _ => Err(CodecError::malformed("bytes after the message")),
        }
    }
}
