//! What a data frame holds.

use super::CodecError;

/// The payload of a text or binary frame, see [RFC 6455, section 5.6](https://www.rfc-editor.org/rfc/rfc6455#section-5.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// Of a text frame.
    Text(String),
    /// Of a binary frame.
    Binary(Vec<u8>),
}

/// A [`Payload`] that is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadRef<'a> {
    /// Of a text frame.
    Text(&'a str),
    /// Of a binary frame.
    Binary(&'a [u8]),
}

impl Payload {
    /// The same, borrowed.
    pub fn as_ref(&self) -> PayloadRef<'_> {
        match self {
            Payload::Text(text) => PayloadRef::Text(text),
            Payload::Binary(bytes) => PayloadRef::Binary(bytes),
        }
    }

    /// The size on the wire, in bytes.
    pub fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// Whether there is no byte in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> PayloadRef<'a> {
    /// The text of a text frame.
    ///
    /// # Errors
    ///
    /// [`CodecError::UnexpectedBinary`] for a binary frame.
    pub fn text(self) -> Result<&'a str, CodecError> {
        match self {
            PayloadRef::Text(text) => Ok(text),
            PayloadRef::Binary(_) => Err(CodecError::UnexpectedBinary),
        }
    }

    /// The bytes of a binary frame.
    ///
    /// # Errors
    ///
    /// [`CodecError::UnexpectedText`] for a text frame.
    pub fn binary(self) -> Result<&'a [u8], CodecError> {
        match self {
            PayloadRef::Text(_) => Err(CodecError::UnexpectedText),
            PayloadRef::Binary(bytes) => Ok(bytes),
        }
    }

    /// The size on the wire, in bytes.
    pub fn len(self) -> usize {
        match self {
            PayloadRef::Text(text) => text.len(),
            PayloadRef::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether there is no byte in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// A copy that is owned.
    pub fn to_payload(self) -> Payload {
        match self {
            PayloadRef::Text(text) => Payload::Text(text.into()),
            PayloadRef::Binary(bytes) => Payload::Binary(bytes.into()),
        }
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Payload::Text(text)
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Payload::Text(text.into())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Payload::Binary(bytes)
    }
}
