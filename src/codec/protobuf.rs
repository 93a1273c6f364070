//! Protocol Buffers, <https://protobuf.dev/programming-guides/encoding/>.

use prost::Message;

use super::{Codec, CodecError, Payload, PayloadRef};

/// Protocol Buffers in binary frames: messages with a schema that servers in many languages share.
///
/// The format is that of its [specification](https://protobuf.dev/programming-guides/encoding/), the types are those of
/// [prost](https://docs.rs/prost), derived or generated from `.proto` files. Fields that the type does not know are
/// skipped, missing ones have their defaults. So an empty frame is a message, and bytes after one do not exist: by the
/// specification they are more of its fields. Messages nested more than 100 deep are refused.
///
/// # Errors
///
/// * [`CodecError::UnexpectedText`] for a text frame.
/// * [`CodecError::Malformed`] for bytes that are no fields, or fields of other types.
///
/// Every message can be encoded.
///
/// ```
/// use tautline::codec::{Codec, CodecError, Payload, PayloadRef, Protobuf};
///
/// #[derive(Clone, PartialEq, prost::Message)]
/// struct Line {
///     #[prost(string, tag = "1")]
///     from: String,
///     #[prost(uint64, tag = "2")]
///     at: u64,
/// }
///
/// let codec: &dyn Codec<Line, Line> = &Protobuf;
/// let line = Line { from: "Ann".into(), at: 150 };
/// let payload = codec.encode(&line).unwrap();
/// assert_eq!(payload, Payload::Binary(b"\x0a\x03Ann\x10\x96\x01".into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), line);
/// assert!(matches!(codec.decode(PayloadRef::Binary(&[0x0a])), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Protobuf;

impl<Out: Message, In: Message + Default> Codec<Out, In> for Protobuf {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        Ok(Payload::Binary(message.encode_to_vec()))
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        In::decode(payload.binary()?).map_err(CodecError::malformed)
    }
}
