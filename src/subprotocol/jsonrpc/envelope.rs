//! Between messages and frames.

use super::{Incoming, Outgoing};
use crate::codec::{Codec, CodecError, Payload, PayloadRef};

/// Members that a batch may have, either way.
pub const MAX_MEMBERS: usize = 65_536;

/// The codec of JSON-RPC 2.0: text frames, each a message or a batch.
///
/// # Errors
///
/// * [`CodecError::UnexpectedBinary`] for a binary frame.
/// * [`CodecError::Malformed`] for what is no JSON, or no message; also where the server says that it could not read a
///   message of ours without saying which.
/// * [`CodecError::Unencodable`] for a batch of no member, or of more than [`MAX_MEMBERS`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope;

impl Codec<Outgoing, Incoming> for Envelope {
    fn encode(&self, message: &Outgoing) -> Result<Payload, CodecError> {
        match message.len() {
            1..=MAX_MEMBERS => Ok(Payload::Text(message.text())),
            _ => Err(CodecError::unencodable("a batch of no or too many members")),
        }
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<Incoming, CodecError> {
        Incoming::read(payload.text()?).map_err(CodecError::malformed)
    }
}
