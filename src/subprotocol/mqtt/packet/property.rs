//! Properties of MQTT 5.0 (section 2.2.2): one block of bytes in both directions, checked whole and read one by one.

use super::PacketError;
use super::place::{self, Place};
use super::wire::{self, Reader};
use crate::subprotocol::mqtt::topic;

/// How the value of a property is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// 0 or 1.
    Flag,
    TwoByte,
    FourByte,
    Variable,
    Text,
    Binary,
    Pair,
}

/// Declares the properties with identifier, type and the packets they may stand in.
macro_rules! properties {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $kind:ident, $($place:ident)|+;)+) => {
        /// Which property it is (MQTT 5.0, table 2-4).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum PropertyId { $($(#[$doc])* $variant = $id,)+ }

        impl PropertyId {
            /// Every property, in ascending order of its identifier.
            pub const ALL: &'static [PropertyId] = &[$(PropertyId::$variant,)+];

            /// The property with this identifier; `None` if the specification has none.
            pub const fn from_u8(id: u8) -> Option<Self> {
                Some(match id { $($id => Self::$variant,)+ _ => return None })
            }

            const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            const fn places(self) -> Place {
                match self { $(Self::$variant => $(place::$place)|+,)+ }
            }
        }
    };
}

properties! {
    /// 1 says that the payload is text in UTF-8. In PUBLISH and will; default 0, bytes of any kind.
    PayloadFormatIndicator = 0x01, Flag, PUBLISH | WILL;
    /// How many seconds the message is of use. In PUBLISH and will; default for ever.
    MessageExpiryInterval = 0x02, FourByte, PUBLISH | WILL;
    /// What the payload is, such as a MIME type. In PUBLISH and will.
    ContentType = 0x03, Text, PUBLISH | WILL;
    /// The topic for the reply. In PUBLISH and will.
    ResponseTopic = 0x08, Text, PUBLISH | WILL;
    /// What tells to which request a reply belongs. In PUBLISH and will.
    CorrelationData = 0x09, Binary, PUBLISH | WILL;
    /// The number of a subscription, 1 to 268,435,455. In SUBSCRIBE once; in PUBLISH from the server once for each match.
    SubscriptionIdentifier = 0x0B, Variable, PUBLISH_IN | SUBSCRIBE;
    /// How many seconds the session outlives the connection; 0xFFFFFFFF for ever. In CONNECT, CONNACK and DISCONNECT.
    SessionExpiryInterval = 0x11, FourByte, CONNECT | CONNACK | DISCONNECT_OUT;
    /// The client identifier the server gave. In CONNACK.
    AssignedClientIdentifier = 0x12, Text, CONNACK;
    /// The keep alive in seconds that the client must use. In CONNACK.
    ServerKeepAlive = 0x13, TwoByte, CONNACK;
    /// The name of the authentication method. In CONNECT, CONNACK and AUTH.
    AuthenticationMethod = 0x15, Text, CONNECT | CONNACK | AUTH;
    /// Data of the authentication method. In CONNECT, CONNACK and AUTH.
    AuthenticationData = 0x16, Binary, CONNECT | CONNACK | AUTH;
    /// 0 asks for no reason strings and user properties but in PUBLISH, CONNACK and DISCONNECT. In CONNECT; default 1.
    RequestProblemInformation = 0x17, Flag, CONNECT;
    /// How many seconds after the end of the connection the will is published. In the will; default 0.
    WillDelayInterval = 0x18, FourByte, WILL;
    /// 1 asks for response information. In CONNECT; default 0.
    RequestResponseInformation = 0x19, Flag, CONNECT;
    /// What to build response topics on. In CONNACK.
    ResponseInformation = 0x1A, Text, CONNACK;
    /// Another server to use. In CONNACK and DISCONNECT.
    ServerReference = 0x1C, Text, CONNACK | DISCONNECT_IN;
    /// The reason in words, for people. In all answers, DISCONNECT and AUTH.
    ReasonString = 0x1F, Text,
        CONNACK | PUBACK | PUBREL | SUBACK | UNSUBACK | DISCONNECT_OUT | DISCONNECT_IN | AUTH;
    /// How many messages of QoS 1 and 2 may be under way, at least 1. In CONNECT and CONNACK; default 65,535.
    ReceiveMaximum = 0x21, TwoByte, CONNECT | CONNACK;
    /// The highest topic alias that the receiver takes. In CONNECT and CONNACK; default 0, none.
    TopicAliasMaximum = 0x22, TwoByte, CONNECT | CONNACK;
    /// The topic alias. In PUBLISH; written from [`Publish::topic_alias`](super::Publish::topic_alias).
    TopicAlias = 0x23, TwoByte, PUBLISH_IN;
    /// The highest QoS the server takes: 0 or 1. In CONNACK; default 2.
    MaximumQoS = 0x24, Flag, CONNACK;
    /// 0 says that the server keeps no retained messages. In CONNACK; default 1.
    RetainAvailable = 0x25, Flag, CONNACK;
    /// A name and a value of the application's. In every packet, and as often as wished.
    UserProperty = 0x26, Pair, ANY;
    /// The largest packet the sender of this takes, in bytes, at least 1. In CONNECT and CONNACK; default no limit.
    MaximumPacketSize = 0x27, FourByte, CONNECT | CONNACK;
    /// 0 says that the server has no subscriptions with wildcards. In CONNACK; default 1.
    WildcardSubscriptionAvailable = 0x28, Flag, CONNACK;
    /// 0 says that the server has no subscription identifiers. In CONNACK; default 1.
    SubscriptionIdentifierAvailable = 0x29, Flag, CONNACK;
    /// 0 says that the server has no shared subscriptions. In CONNACK; default 1.
    SharedSubscriptionAvailable = 0x2A, Flag, CONNACK;
}

/// The value of a property, in one of four shapes; each [`PropertyId`] has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Flags and integers of one, two, four or a variable number of bytes.
    Number(u32),
    /// Text in UTF-8, at most 65,535 bytes, without U+0000.
    Text(&'a str),
    /// Bytes, at most 65,535.
    Binary(&'a [u8]),
    /// Name and value of a user property, each like [`Text`](Self::Text).
    Pair(&'a str, &'a str),
}

/// A property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// Which property it is.
    pub id: PropertyId,
    /// Its value.
    pub value: Value<'a>,
}

/// The properties of a packet, as they stand on the wire without the length before them. MQTT 3.1.1 has none.
///
/// Those of a decoded packet are checked, and read one by one, without a list of them being made. Those to be written come from
/// a [`PropertyBuf`] and are checked when their packet is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Properties<'a> {
    bytes: &'a [u8],
}

impl<'a> Properties<'a> {
    /// No properties.
    pub const NONE: Properties<'static> = Properties { bytes: &[] };

    /// Takes properties from their bytes, such as [`PropertyBuf::as_bytes`] kept elsewhere. They are checked on encoding;
    /// reading them before ends at what is not well formed.
    pub const fn from_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The bytes, without the length before them.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The properties, in the order of the wire.
    pub const fn iter(&self) -> PropertyIter<'a> {
        PropertyIter {
            reader: Reader::new(self.bytes),
        }
    }

    /// The first property with this identifier.
    pub fn get(&self, id: PropertyId) -> Option<Value<'a>> {
        self.iter()
            .find(|property| property.id == id)
            .map(|property| property.value)
    }

    /// The flag or integer with this identifier; `None` if it is absent, or no number.
    pub fn number(&self, id: PropertyId) -> Option<u32> {
        match self.get(id) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The text with this identifier; `None` if it is absent, or no text.
    pub fn text(&self, id: PropertyId) -> Option<&'a str> {
        match self.get(id) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The binary data with this identifier; `None` if it is absent, or no binary data.
    pub fn binary(&self, id: PropertyId) -> Option<&'a [u8]> {
        match self.get(id) {
            Some(Value::Binary(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}

/// The properties one by one; see [`Properties::iter`].
#[derive(Clone)]
pub struct PropertyIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        if self.reader.is_empty() {
            None
        } else {
            read(&mut self.reader).ok()
        }
    }
}

/// Properties to be written.
///
/// ```
/// use tautline::subprotocol::mqtt::packet::{PropertyBuf, PropertyId, Value};
///
/// let mut properties = PropertyBuf::new();
/// properties.push(PropertyId::ContentType, Value::Text("application/json"))?;
/// properties.push(PropertyId::MessageExpiryInterval, Value::Number(60))?;
/// properties.push(PropertyId::UserProperty, Value::Pair("unit", "celsius"))?;
/// assert_eq!(properties.as_properties().number(PropertyId::MessageExpiryInterval), Some(60));
/// # Ok::<(), tautline::subprotocol::mqtt::packet::PacketError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyBuf {
    bytes: Vec<u8>,
}

impl PropertyBuf {
    /// No properties yet.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Adds a property. Whether it belongs into the packet is checked when that is encoded.
    ///
    /// # Errors
    /// [`PropertyValue`](PacketError::PropertyValue) if the value has not the shape or the range of this property;
    /// [`TooLong`](PacketError::TooLong) and [`Text`](PacketError::Text) for text that MQTT cannot carry. Nothing is added then.
    pub fn push(&mut self, id: PropertyId, value: Value<'_>) -> Result<(), PacketError> {
        let kept = self.bytes.len();
        // Identifiers are variable byte integers; all there are take one byte.
        self.bytes.push(id as u8);
        let written = put(&mut self.bytes, id, value);
        if written.is_err() {
            self.bytes.truncate(kept);
        }
        written
    }

    /// Adds properties as they are. They are checked, with the others, when their packet is encoded.
    pub fn append(&mut self, properties: Properties<'_>) {
        self.bytes.extend_from_slice(properties.bytes);
    }

    /// Adds a property of four bytes without a look at its value.
    pub(in crate::subprotocol::mqtt) fn push_four(&mut self, id: PropertyId, value: u32) {
        self.bytes.push(id as u8);
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// Adds a property of two bytes without a look at its value.
    pub(in crate::subprotocol::mqtt) fn push_two(&mut self, id: PropertyId, value: u16) {
        self.bytes.push(id as u8);
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// Adds a text or binary property; text is checked when the packet is encoded.
    pub(in crate::subprotocol::mqtt) fn push_bytes(
        &mut self,
        id: PropertyId,
        bytes: &[u8],
    ) -> Result<(), PacketError> {
        wire::check_length(bytes)?;
        self.bytes.push(id as u8);
        wire::put_binary(&mut self.bytes, bytes);
        Ok(())
    }

    /// Adds a variable byte integer without a look at its value.
    pub(in crate::subprotocol::mqtt) fn push_variable(&mut self, id: PropertyId, value: u32) {
        self.bytes.push(id as u8);
        wire::put_variable(&mut self.bytes, value);
    }

    /// Takes all properties out; the memory is kept.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The properties, for a packet.
    pub fn as_properties(&self) -> Properties<'_> {
        Properties { bytes: &self.bytes }
    }

    /// The bytes, to be kept; [`Properties::from_bytes`] takes them back.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn put(out: &mut Vec<u8>, id: PropertyId, value: Value<'_>) -> Result<(), PacketError> {
    check_value(id, value)?;
    match (id.kind(), value) {
        (Kind::Flag, Value::Number(number)) => out.push(number as u8),
        (Kind::TwoByte, Value::Number(number)) => wire::put_u16(out, number as u16),
        (Kind::FourByte, Value::Number(number)) => out.extend_from_slice(&number.to_be_bytes()),
        (Kind::Variable, Value::Number(number)) => wire::put_variable(out, number),
        (Kind::Text, Value::Text(text)) => put_text(out, text)?,
        (Kind::Binary, Value::Binary(bytes)) => {
            wire::check_length(bytes)?;
            wire::put_binary(out, bytes);
        }
        (Kind::Pair, Value::Pair(name, value)) => {
            put_text(out, name)?;
            put_text(out, value)?;
        }
        _ => return Err(PacketError::PropertyValue),
    }
    Ok(())
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Result<(), PacketError> {
    wire::check_text(text)?;
    wire::put_binary(out, text.as_bytes());
    Ok(())
}

/// What of a packet's properties the packet itself has to know.
#[derive(Default)]
pub(super) struct Facts {
    /// 0 if there is none.
    pub(super) topic_alias: u16,
    seen: u64,
}

impl Facts {
    pub(super) const fn has(&self, id: PropertyId) -> bool {
        self.seen >> (id as u8) & 1 != 0
    }
}

/// Checks all properties of a packet: well formed, allowed there, none twice, values within what the specification permits.
pub(super) fn check(properties: Properties<'_>, place: Place) -> Result<Facts, PacketError> {
    let mut facts = Facts::default();
    let mut reader = Reader::new(properties.bytes);
    while !reader.is_empty() {
        let Property { id, value } = read(&mut reader)?;
        if id.places() & place == 0 {
            return Err(PacketError::PropertyMisplaced);
        }
        let repeatable = id == PropertyId::UserProperty
            || id == PropertyId::SubscriptionIdentifier && place == place::PUBLISH_IN;
        if facts.has(id) && !repeatable {
            return Err(PacketError::PropertyRepeated);
        }
        facts.seen |= 1 << (id as u8);
        check_value(id, value)?;
        if let (PropertyId::TopicAlias, Value::Number(alias)) = (id, value) {
            facts.topic_alias = alias as u16;
        }
    }
    if facts.has(PropertyId::AuthenticationData) && !facts.has(PropertyId::AuthenticationMethod) {
        return Err(PacketError::AuthenticationMethod);
    }
    Ok(facts)
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<Property<'a>, PacketError> {
    // An identifier is a variable byte integer: one of two bytes is unknown, not malformed.
    let id = u8::try_from(reader.variable()?)
        .ok()
        .and_then(PropertyId::from_u8);
    let id = id.ok_or(PacketError::PropertyUnknown)?;
    let value = match id.kind() {
        Kind::Flag => Value::Number(reader.integer(1)?),
        Kind::TwoByte => Value::Number(reader.integer(2)?),
        Kind::FourByte => Value::Number(reader.integer(4)?),
        Kind::Variable => Value::Number(reader.variable()?),
        Kind::Text => Value::Text(reader.text()?),
        Kind::Binary => Value::Binary(reader.binary()?),
        Kind::Pair => Value::Pair(reader.text()?, reader.text()?),
    };
    Ok(Property { id, value })
}

/// What the specification says of single values, in both directions.
fn check_value(id: PropertyId, value: Value<'_>) -> Result<(), PacketError> {
    match value {
        Value::Number(number) => {
            let (least, most) = match id.kind() {
                Kind::Flag => (0, 1),
                Kind::TwoByte => (0, 0xffff),
                Kind::FourByte => (0, u32::MAX),
                _ => (1, wire::VARIABLE_MAX),
            };
            let zero = matches!(
                id,
                PropertyId::ReceiveMaximum | PropertyId::MaximumPacketSize
            );
            if id == PropertyId::TopicAlias && number == 0 {
                return Err(PacketError::TopicAlias);
            }
            if number < least || number > most || zero && number == 0 {
                return Err(PacketError::PropertyValue);
            }
        }
        Value::Text(text) if id == PropertyId::ResponseTopic => topic::check_name(text)?,
        _ => {}
    }
    Ok(())
}
