//! A message that has arrived.

use std::fmt;

use crate::client::protocol::decode;
use crate::codec::{Codec, CodecError};
use crate::subprotocol::mqtt::packet::{PacketId, Properties, PropertyId, QoS, Value};

/// A message that has arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The topic name.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The quality of service it came with.
    pub qos: QoS,
    /// Whether it was retained.
    pub retain: bool,
    /// Whether it may have come before; never so at QoS 2.
    pub dup: bool,
    pub(super) packet_id: Option<PacketId>,
    pub(super) properties: Vec<u8>,
}

/// The payload is not shown: it may hold anything.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic)
            .field("bytes", &self.payload.len())
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish_non_exhaustive()
    }
}

impl Message {
    /// The payload as text; `None` if it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok()
    }

    /// What the payload is, such as `application/json` (MQTT 5.0, section 3.3.2.3.9).
    pub fn content_type(&self) -> Option<&str> {
        self.all().text(PropertyId::ContentType)
    }

    /// Where a response is wanted (MQTT 5.0, section 3.3.2.3.5).
    pub fn response_topic(&self) -> Option<&str> {
        self.all().text(PropertyId::ResponseTopic)
    }

    /// What the response has to repeat.
    pub fn correlation_data(&self) -> Option<&[u8]> {
        self.all().binary(PropertyId::CorrelationData)
    }

    /// For how many seconds it is still of use.
    pub fn expiry_s(&self) -> Option<u32> {
        self.all().number(PropertyId::MessageExpiryInterval)
    }

    /// Whether its publisher says that it is UTF-8.
    pub fn is_text(&self) -> bool {
        self.all().number(PropertyId::PayloadFormatIndicator) == Some(1)
    }

    /// Names and values of the application's own, in order.
    pub fn user_properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all().into_iter().filter_map(|it| match it.value {
            Value::Pair(name, value) => Some((name, value)),
            _ => None,
        })
    }

    fn all(&self) -> Properties<'_> {
        Properties::from_bytes(&self.properties)
    }

    /// Reads the payload by a codec. Publishers need not say whether a payload is text: a codec that expects the other kind
    /// gets it as that, where it can be.
    ///
    /// # Errors
    ///
    /// What the codec says.
    pub fn decode<Out, In>(&self, codec: &dyn Codec<Out, In>) -> Result<In, CodecError> {
        decode(&self.payload, self.is_text(), codec)
    }
}
