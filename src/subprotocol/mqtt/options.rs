//! What the application asks for, beyond what every session can be told.

use super::packet::{Properties, PropertyBuf, PropertyId, QoS, Version, Will, Writer};

/// What a client of MQTT is told before it starts; the connection itself has the options of its
/// [`Config`](crate::session::Config).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The version of the protocol. Default 5.0.
    pub version: Version,
    /// The client identifier. Empty, the default, lets the broker give one, which is then kept. In MQTT 3.1.1 an empty one
    /// takes a clean start each time.
    pub client_id: String,
    /// Whether a session that the broker has kept from before is thrown away when the client connects first. Default yes.
    /// Later connections go on with the session, where the broker keeps one. In MQTT 3.1.1 a session that begins clean is
    /// never kept ("Clean Session").
    pub clean_start: bool,
    /// How many seconds the broker keeps the session after the connection has ended; `u32::MAX` is for ever. Default 300 s:
    /// nothing is lost over a break. MQTT 5.0 only, section 3.1.2.11.2.
    pub session_expiry_s: u32,
    /// Something is sent at least so often, in seconds, and the broker gives up after one and a half times as long; 0
    /// switches that off. Default 60 s. The broker's own wish goes first. Section 3.1.2.10.
    pub keep_alive_s: u16,
    /// How many messages of QoS 1 and 2 the broker may have under way to us. Default 65,535, no limit. MQTT 5.0 only.
    pub receive_maximum: u16,
    /// How many messages of QoS 1 and 2 we have under way at most, whatever more the broker takes. Default 65,535 with
    /// MQTT 5.0, where the broker says its limit, and 20 with 3.1.1: Mosquitto acknowledges and loses what is above that at
    /// QoS 2, unless its `max_inflight_messages` says otherwise.
    pub send_maximum: Option<u16>,
    /// A larger packet ends the connection with reason code 0x95, in bytes. Told to the broker, which then leaves out larger
    /// messages. Default 128 MiB.
    pub maximum_packet_size: u32,
    /// How many topic aliases the broker may use. Default 16. MQTT 5.0 only.
    pub topic_alias_maximum: u16,
    /// The authentication method of an enhanced authentication (section 4.12); `None`, the default, is none. MQTT 5.0 only.
    pub authentication_method: Option<String>,
    /// Further properties of CONNECT: user properties, request response information, request problem information. Default
    /// none. MQTT 5.0 only.
    pub properties: PropertyBuf,
    /// What the broker publishes when the connection ends without a farewell. Default nothing.
    pub will: Option<LastWill>,
    /// Whether the application acknowledges messages itself, by [`Mqtt::acknowledge`](super::Mqtt::acknowledge). Default no:
    /// they are acknowledged as they come in.
    pub manual_acknowledgements: bool,
    /// Whether the application follows the broker to another server (reason codes 0x9C and 0x9D). Default no: after "use
    /// another server" the same address is dialled again, after "server moved" none.
    pub follow_redirects: bool,
}

/// A will that is kept for each CONNECT (MQTT 5.0, section 3.1.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastWill {
    /// The topic name.
    pub topic: String,
    /// The payload, at most 65,535 bytes.
    pub payload: Vec<u8>,
    /// The quality of service.
    pub qos: QoS,
    /// Whether the broker keeps the message for later subscribers.
    pub retain: bool,
    /// Delay, expiry, content type, response topic, … MQTT 5.0 only.
    pub properties: PropertyBuf,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            version: Version::V5,
            client_id: String::new(),
            clean_start: true,
            session_expiry_s: 300,
            keep_alive_s: 60,
            receive_maximum: u16::MAX,
            send_maximum: None,
            maximum_packet_size: 128 * 1024 * 1024,
            topic_alias_maximum: 16,
            authentication_method: None,
            properties: PropertyBuf::new(),
            will: None,
            manual_acknowledgements: false,
            follow_redirects: false,
        }
    }
}

impl Options {
    /// How many messages may be under way to a broker that has said `granted`, or nothing.
    pub(super) fn window(&self, granted: Option<u16>) -> u16 {
        const UNTOLD: u16 = 20;
        let own = match (self.send_maximum, self.version) {
            (Some(maximum), _) => maximum.max(1),
            (None, Version::V5) => u16::MAX,
            (None, Version::V311) => UNTOLD,
        };
        own.min(granted.unwrap_or(u16::MAX))
    }

    /// Whether this connection throws an older session away.
    pub(super) fn starts_clean(&self, has_connected: bool) -> bool {
        let goes_on = has_connected && self.version == Version::V5 && self.session_expiry_s > 0;
        self.clean_start && !goes_on
    }

    /// Writes the properties of CONNECT that have options of their own.
    pub(super) fn write_properties(&self, packet: &mut Writer<'_>, data: Option<&[u8]>) {
        use PropertyId as Id;
        if self.version == Version::V311 {
            return;
        }
        let (expiry, maximum) = (self.session_expiry_s, self.maximum_packet_size);
        if expiry > 0 {
            packet.number(Id::SessionExpiryInterval, 4, expiry);
        }
        if self.receive_maximum < u16::MAX {
            packet.number(Id::ReceiveMaximum, 2, self.receive_maximum.max(1).into());
        }
        if maximum < u32::MAX {
            packet.number(Id::MaximumPacketSize, 4, maximum.max(1));
        }
        if self.topic_alias_maximum > 0 {
            packet.number(Id::TopicAliasMaximum, 2, self.topic_alias_maximum.into());
        }
        packet.authentication(self.authentication_method.as_deref(), data);
    }
}

impl LastWill {
    pub(super) fn as_will(&self) -> Will<'_> {
        Will {
            topic: &self.topic,
            payload: &self.payload,
            qos: self.qos,
            retain: self.retain,
            properties: Properties::from_bytes(self.properties.as_bytes()),
        }
    }
}
