//! JSON, [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecError, Payload, PayloadRef};

/// JSON in text frames: what most servers speak.
///
/// The format is [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259), the mapping of types that of
/// [serde_json](https://docs.rs/serde_json). Nothing but white space may follow a message. Values nested more than 128
/// deep are refused. A float may come out of its text one unit in the last place off, which is what serde_json does to be
/// small and quick: an application that needs each bit turns on serde_json's own feature `float_roundtrip`.
///
/// # Errors
///
/// * [`CodecError::UnexpectedBinary`] for a binary frame.
/// * [`CodecError::Malformed`] for text that is no JSON, or JSON of another shape.
/// * [`CodecError::Unencodable`] for a map whose keys are no strings or numbers. A float that is no number (`NaN`,
///   infinity) becomes `null` instead, as in JavaScript.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tautline::codec::{Codec, CodecError, Json, Payload, PayloadRef};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Line {
///     from: String,
///     text: String,
/// }
///
/// let codec: &dyn Codec<Line, Line> = &Json;
/// let line = Line { from: "Ann".into(), text: "Hello".into() };
/// let payload = codec.encode(&line).unwrap();
/// assert_eq!(payload, Payload::Text(r#"{"from":"Ann","text":"Hello"}"#.into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), line);
/// assert!(matches!(codec.decode(PayloadRef::Text("{}")), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

/// JSON in binary frames, for two sides that both want it so.
///
/// The text is the same as that of [`Json`], in UTF-8. A binary frame saves the browser a conversion each way, for its
/// strings are UTF-16. Servers that wait for text frames do not take it.
///
/// # Errors
///
/// As of [`Json`], with [`CodecError::UnexpectedText`] for a text frame. Bytes that are no UTF-8 are
/// [`CodecError::Malformed`].
///
/// ```
/// use tautline::codec::{BinaryJson, Codec, CodecError, Payload, PayloadRef};
///
/// let codec: &dyn Codec<Vec<u8>, Vec<u8>> = &BinaryJson;
/// let payload = codec.encode(&vec![1, 2]).unwrap();
/// assert_eq!(payload, Payload::Binary(b"[1,2]".into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), [1, 2]);
/// assert!(matches!(codec.decode(PayloadRef::Text("[1,2]")), Err(CodecError::UnexpectedText)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BinaryJson;

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for Json {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        serde_json::to_string(message)
            .map(Payload::Text)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        serde_json::from_str(payload.text()?).map_err(CodecError::malformed)
    }
}

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for BinaryJson {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        serde_json::to_vec(message)
            .map(Payload::Binary)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        serde_json::from_slice(payload.binary()?).map_err(CodecError::malformed)
    }
}
