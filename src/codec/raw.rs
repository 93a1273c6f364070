//! Messages that are payloads already.

use super::{Codec, CodecError, Payload, PayloadRef};

/// Text frames, as [`String`]s both ways.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

/// Binary frames, as `Vec<u8>` both ways.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bytes;

/// Frames of both kinds, as [`Payload`]s both ways.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw;

impl Codec<String, String> for Text {
    fn encode(&self, message: &String) -> Result<Payload, CodecError> {
        Ok(Payload::Text(message.clone()))
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<String, CodecError> {
        payload.text().map(Into::into)
    }
}

impl Codec<Vec<u8>, Vec<u8>> for Bytes {
    fn encode(&self, message: &Vec<u8>) -> Result<Payload, CodecError> {
        Ok(Payload::Binary(message.clone()))
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<Vec<u8>, CodecError> {
        payload.binary().map(Into::into)
    }
}

impl Codec<Payload, Payload> for Raw {
    fn encode(&self, message: &Payload) -> Result<Payload, CodecError> {
        Ok(message.clone())
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<Payload, CodecError> {
        Ok(payload.to_payload())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_handed_on_as_it_is_and_bytes_are_refused() {
        let payload = Text.encode(&"grüße".to_owned()).unwrap();
        assert_eq!((payload.len(), payload.is_empty()), (7, false));
        assert_eq!(Text.decode(payload.as_ref()).unwrap(), "grüße");
        let refused = Text.decode(PayloadRef::Binary(b"no"));
        assert!(matches!(refused, Err(CodecError::UnexpectedBinary)));
    }

    #[test]
    fn bytes_are_handed_on_as_they_are_and_text_is_refused() {
        let payload = Bytes.encode(&vec![0, 255]).unwrap();
        assert_eq!(Bytes.decode(payload.as_ref()).unwrap(), [0, 255]);
        let refused = Bytes.decode(PayloadRef::Text("no"));
        assert!(matches!(refused, Err(CodecError::UnexpectedText)));
    }

    #[test]
    fn raw_takes_both_kinds() {
        for payload in [Payload::from("text"), Payload::from(vec![1, 2])] {
            let encoded = Raw.encode(&payload).unwrap();
            assert_eq!(Raw.decode(encoded.as_ref()).unwrap(), payload);
        }
    }
}
