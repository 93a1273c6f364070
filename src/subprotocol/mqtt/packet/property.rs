//! Properties of MQTT 5.0 (section 2.2.2): one block of bytes in both directions, checked whole and read one by one.

use super::place::{self, Place};
use super::wire::{self, Reader, Writer};
use super::{PacketError, Version};
use crate::subprotocol::mqtt::topic;

/// How the value of a property is written; the number of one of fixed length is that length.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// 0 or 1.
    Flag = 1,
    TwoByte = 2,
    FourByte = 4,
    Variable = 5,
    Text = 6,
    Binary = 7,
    Pair = 8,
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
        read(&mut self.reader)
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

    #[cfg(feature = "js-mqtt")]
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
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
    if let Some(error) = fault(id, value) {
        return Err(error);
    }
    match (id.kind(), value) {
        (Kind::Flag, Value::Number(number)) => out.push(number as u8),
        (Kind::TwoByte, Value::Number(number)) => {
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        (Kind::FourByte, Value::Number(number)) => out.extend_from_slice(&number.to_be_bytes()),
        (Kind::Variable, Value::Number(number)) => wire::put_variable(out, number),
        (Kind::Text, Value::Text(text)) => put_text(out, text)?,
        (Kind::Binary, Value::Binary(bytes)) => put_binary(out, bytes)?,
        (Kind::Pair, Value::Pair(name, value)) => {
            put_text(out, name)?;
            put_text(out, value)?;
        }
        _ => return Err(PacketError::PropertyValue),
    }
    Ok(())
}

fn put_binary(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), PacketError> {
    let length = u16::try_from(bytes.len()).map_err(|_| PacketError::TooLong)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Result<(), PacketError> {
    put_binary(out, text.as_bytes())?;
    if wire::has_nul(text) {
        return Err(PacketError::Text);
    }
    Ok(())
}

/// What of a packet's properties the packet itself has to know.
#[derive(Clone, Copy, Default)]
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

impl<'a> Reader<'a> {
    /// The properties of a packet, behind their length, checked: well formed, allowed there, none twice, values within what the
    /// specification permits.
    pub(super) fn properties(&mut self, place: Place) -> (Properties<'a>, Facts) {
        let length = self.variable(true);
        let bytes = self.take(length as usize);
        let (facts, error) = check(bytes, place);
        if let Some(error) = error {
            self.fail(error);
        }
        (Properties { bytes }, facts)
    }
}

impl Writer<'_> {
    /// Ends properties that began with [`open`](Self::open), after the same check of those that stand behind `from`. MQTT 3.1.1
    /// has none.
    #[inline(never)]
    pub(super) fn close_properties(
        &mut self,
        version: Version,
        at: usize,
        from: usize,
        place: Place,
    ) -> Facts {
        let (facts, error) = check(self.since(from), place);
        if version == Version::V311 {
            self.require(self.since(at).is_empty(), PacketError::NotInVersion);
            self.undo(at);
            return facts;
        }
        if let Some(error) = error {
            self.require(false, error);
        }
        self.close(at, 0);
        facts
    }

    pub(super) fn properties(
        &mut self,
        version: Version,
        properties: Properties<'_>,
        place: Place,
    ) -> Facts {
        let at = self.open();
        self.bytes(properties.bytes);
        self.close_properties(version, at, at, place)
    }
}

#[inline(never)]
fn check(bytes: &[u8], place: Place) -> (Facts, Option<PacketError>) {
    let mut facts = Facts::default();
    let mut reader = Reader::new(bytes);
    while let Some(Property { id, value }) = read(&mut reader) {
        reader.require(id.places() & place != 0, PacketError::PropertyMisplaced);
        let is_repeatable = id == PropertyId::UserProperty
            || id == PropertyId::SubscriptionIdentifier && place == place::PUBLISH_IN;
        reader.require(
            !facts.has(id) || is_repeatable,
            PacketError::PropertyRepeated,
        );
        facts.seen |= 1 << (id as u8);
        if let Some(error) = fault(id, value) {
            reader.fail(error);
        }
        if let (PropertyId::TopicAlias, Value::Number(alias)) = (id, value) {
            facts.topic_alias = alias as u16;
        }
    }
    reader.require(
        !facts.has(PropertyId::AuthenticationData) || facts.has(PropertyId::AuthenticationMethod),
        PacketError::AuthenticationMethod,
    );
    (facts, reader.error())
}

/// The next property; `None` at the end, and for one that is not well formed.
#[inline(never)]
fn read<'a>(reader: &mut Reader<'a>) -> Option<Property<'a>> {
    if reader.is_empty() {
        return None;
    }
    // An identifier is a variable byte integer: one of two bytes is unknown, not malformed.
    let number = reader.variable(true);
    let known = u8::try_from(number).ok().and_then(PropertyId::from_u8);
    reader.require(known.is_some(), PacketError::PropertyUnknown);
    let id = known?;
    let value = match id.kind() {
        Kind::Variable => Value::Number(reader.variable(true)),
        Kind::Text => Value::Text(reader.text()),
        Kind::Binary => Value::Binary(reader.binary()),
        Kind::Pair => Value::Pair(reader.text(), reader.text()),
        fixed => Value::Number(reader.integer(fixed as usize)),
    };
    reader.error().is_none().then_some(Property { id, value })
}

/// What is wrong with a single value, in both directions.
fn fault(id: PropertyId, value: Value<'_>) -> Option<PacketError> {
    match value {
        Value::Number(number) => {
            let most = match id.kind() {
                Kind::Flag => 1,
                Kind::TwoByte => 0xffff,
                Kind::FourByte => u32::MAX,
                _ => wire::VARIABLE_MAX,
            };
            if number > most {
                return Some(PacketError::PropertyValue);
            }
            match id {
                PropertyId::TopicAlias if number == 0 => Some(PacketError::TopicAlias),
                PropertyId::ReceiveMaximum
                | PropertyId::MaximumPacketSize
                | PropertyId::SubscriptionIdentifier
                    if number == 0 =>
                {
                    Some(PacketError::PropertyValue)
                }
                _ => None,
            }
        }
        Value::Text(text) if id == PropertyId::ResponseTopic => topic::check_name(text).err(),
        _ => None,
    }
}
