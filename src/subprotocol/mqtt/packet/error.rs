//! What can be wrong with a packet.

use std::fmt;

use super::ReasonCode;

/// Declares the errors with the reason code that tells the broker, and what [`Display`](fmt::Display) says.
macro_rules! packet_errors {
    ($($(#[$doc:meta])* $variant:ident => $code:ident, $text:literal;)+) => {
        /// Why bytes are no packet, or why a packet is not written.
        ///
        /// Reading, the broker is at fault: end the connection, with [`reason_code`](Self::reason_code) in the DISCONNECT of
        /// MQTT 5.0. Writing, the caller is: nothing was written, and each variant says what to change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum PacketError { $($(#[$doc])* $variant,)+ }

        impl PacketError {
            /// Every error, in the order of its number.
            pub const ALL: &'static [PacketError] = &[$(PacketError::$variant,)+];

            /// The reason code of the DISCONNECT that answers a broker's violation (MQTT 5.0, section 4.13).
            pub const fn reason_code(self) -> ReasonCode {
                match self { $(Self::$variant => ReasonCode::$code,)+ }
            }
        }

        impl fmt::Display for PacketError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }
    };
}

packet_errors! {
    /// The remaining length, or another variable byte integer, has more than four bytes or more than it needs
    /// (MQTT 5.0, section 1.5.5).
    VariableByteInteger => MalformedPacket, "a variable byte integer is not well formed";
    /// No packet has this type: 0, or 15 in MQTT 3.1.1 (section 2.1.2).
    PacketType => MalformedPacket, "no packet has this type";
    /// A packet that only clients send, or a DISCONNECT in MQTT 3.1.1, came from the broker.
    NotFromServer => ProtocolError, "a server does not send this packet";
    /// Bits that are reserved are set (MQTT 5.0, sections 2.1.3 and 3.2.2.1).
    ReservedBits => MalformedPacket, "reserved bits are set";
    /// The packet is larger than its receiver takes: the maximum packet size. Written: make it smaller.
    TooLarge => PacketTooLarge, "the packet is above the maximum packet size";
    /// The packet ends before its fields do.
    Truncated => MalformedPacket, "the packet ends too early";
    /// The packet goes on after its fields.
    Excess => MalformedPacket, "the packet has bytes too many";
    /// Text is not UTF-8, or holds U+0000 (MQTT 5.0, section 1.5.4). Written: leave out U+0000.
    Text => MalformedPacket, "text is not UTF-8 or holds U+0000";
    /// Text or binary data has more than 65,535 bytes. Only written: shorten it.
    TooLong => PacketTooLarge, "text or binary data has more than 65,535 bytes";
    /// Both bits of the QoS are set, or a retransmission is marked at QoS 0 (MQTT 5.0, section 3.3.1).
    QoS => MalformedPacket, "QoS 3, or a duplicate at QoS 0";
    /// A property has an identifier that is not in the specification (MQTT 5.0, section 2.2.2.2).
    PropertyUnknown => MalformedPacket, "a property has an unknown identifier";
    /// A property does not belong into this packet (MQTT 5.0, table 2-4). Written: leave it out.
    PropertyMisplaced => MalformedPacket, "a property does not belong into this packet";
    /// A property that may stand once stands twice. Written: leave one out.
    PropertyRepeated => ProtocolError, "a property is there twice";
    /// A property has a value that the specification forbids, such as 0 for the receive maximum. Written: change it.
    PropertyValue => ProtocolError, "a property has a value that is not allowed";
    /// The reason code is unknown, or not one of this packet's (MQTT 5.0, table 2-6).
    ReasonCode => ProtocolError, "the reason code does not belong into this packet";
    /// A packet identifier is 0, or missing at QoS 1 and 2, or given at QoS 0 (MQTT 5.0, section 2.2.1).
    PacketIdentifier => ProtocolError, "the packet identifier is missing, 0, or too many";
    /// The topic alias is 0 (MQTT 5.0, section 3.3.2.3.4).
    TopicAlias => TopicAliasInvalid, "the topic alias is 0";
    /// The topic name is empty and there is no topic alias (MQTT 5.0, section 3.3.2.1).
    TopicMissing => ProtocolError, "the topic name is empty";
    /// A topic name or response topic holds `+` or `#` (MQTT 5.0, section 3.3.2.1).
    TopicWildcard => ProtocolError, "a topic name holds a wildcard";
    /// A topic filter is empty, has a wildcard beside other characters of its level, `#` before its end, or `$share` without
    /// a name and a filter (MQTT 5.0, sections 4.7 and 4.8.2). Only written: correct it.
    TopicFilter => TopicFilterInvalid, "the topic filter is not valid";
    /// SUBSCRIBE or UNSUBSCRIBE without a filter, or their acknowledgement without a reason code.
    Empty => ProtocolError, "the packet has no topic filter or no reason code";
    /// No Local on a shared subscription (MQTT 5.0, section 3.8.3.1). Only written: leave it out.
    NoLocal => ProtocolError, "a shared subscription cannot be without the client's own messages";
    /// CONNACK refuses and says that there is a session (MQTT 5.0, section 3.2.2.1.1).
    SessionPresent => ProtocolError, "a refusal with a session";
    /// Authentication data without a method, or AUTH without one (MQTT 5.0, sections 3.1.2.11.10 and 3.15.2.2.2).
    AuthenticationMethod => ProtocolError, "the authentication method is missing";
    /// MQTT 3.1.1 has no properties, no AUTH, no options of subscriptions but the QoS, and no reasons but success. Only
    /// written: leave them out, or connect with 5.0.
    NotInVersion => ProtocolError, "MQTT 3.1.1 does not have this";
    /// MQTT 3.1.1 takes an empty client identifier only with a clean session (section 3.1.3.1). Only written: give one.
    ClientIdentifier => ClientIdentifierNotValid, "the client identifier is empty and the session is to be kept";
    /// MQTT 3.1.1 takes a password only with a user name (section 3.1.2.9). Only written: give one.
    UserName => BadUserNameOrPassword, "a password without a user name";
}

impl std::error::Error for PacketError {}
