//! A message that has arrived.

use std::fmt;

use crate::client::protocol::decode;
use crate::codec::{Codec, CodecError};
use crate::session::Generation;
use crate::subprotocol::stomp::{Pairs, SubscriptionId, value_of};

/// A message that has arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The body.
    pub body: Vec<u8>,
    pub(super) headers: String,
    /// What ACK and NACK have to name.
    pub(super) ack: String,
    pub(super) subscription: SubscriptionId,
    pub(super) number: u32,
    pub(super) generation: Generation,
}

/// The body is not shown: it may hold anything.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("destination", &self.destination())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Message {
    /// Where it was sent to.
    pub fn destination(&self) -> &str {
        self.header("destination").unwrap_or_default()
    }

    /// The value of the first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }

    /// Names and values of all headers, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        Pairs::of(&self.headers)
    }

    /// What the body is, such as `application/json`.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    /// The body as text; `None` if it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    /// Reads the body by a codec, as text or as bytes, whichever that expects.
    ///
    /// # Errors
    ///
    /// What the codec says.
    pub fn decode<Out, In>(&self, codec: &dyn Codec<Out, In>) -> Result<In, CodecError> {
        let is_text = self
            .content_type()
            .is_some_and(|it| it.starts_with("text/"));
        decode(&self.body, is_text, codec)
    }
}
