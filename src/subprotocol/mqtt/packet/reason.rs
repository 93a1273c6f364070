//! Reason codes: one list for both versions (MQTT 5.0, section 2.4).

use super::place::{self, Place};

/// Declares the reason codes with their value, their name in the specification and the packets that may carry them.
macro_rules! reason_codes {
    ($($(#[$doc:meta])* $variant:ident = $value:literal, $name:literal, $($place:ident)|+;)+) => {
        /// What came of a packet, or why a connection ends (MQTT 5.0, section 2.4). Codes from 0x80 are failures.
        ///
        /// MQTT 3.1.1 has fewer: its return codes of CONNACK appear here as the reason codes that mean the same.
        ///
        /// ```
        /// use tautline::subprotocol::mqtt::packet::ReasonCode;
        ///
        /// let code = ReasonCode::from_u8(0x87).unwrap();
        /// assert_eq!(code, ReasonCode::NotAuthorized);
        /// assert!(code.is_failure());
        /// assert_eq!(code.name(), "Not authorized");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum ReasonCode { $($(#[$doc])* $variant = $value,)+ }

        impl ReasonCode {
            /// Every reason code, in ascending order.
            pub const ALL: &'static [ReasonCode] = &[$(ReasonCode::$variant,)+];

            /// The reason code with this value; `None` if the specification has none.
            pub const fn from_u8(value: u8) -> Option<Self> {
                Some(match value { $($value => Self::$variant,)+ _ => return None })
            }

            /// The name in the specification. 0x00 has three: it is "Success" here.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

        }

        /// The packets of each code, by its place.
        static PLACES: [Place; 32 + 0xA3 - 0x80] = {
            let mut places = [0; 32 + 0xA3 - 0x80];
            $(places[place_of($value)] = $(place::$place)|+;)+
            places
        };
    };
}

reason_codes! {
    /// It worked. In DISCONNECT "Normal disconnection", in SUBACK "Granted QoS 0".
    Success = 0x00, "Success", CONNACK | PUBACK | PUBREL | SUBACK | UNSUBACK | DISCONNECT_OUT | DISCONNECT_IN | AUTH_IN;
    /// Subscribed; messages come with QoS 1 at most.
    GrantedQoS1 = 0x01, "Granted QoS 1", SUBACK;
    /// Subscribed; messages come with QoS 2 at most.
    GrantedQoS2 = 0x02, "Granted QoS 2", SUBACK;
    /// The client leaves and wants its will published all the same.
    DisconnectWithWillMessage = 0x04, "Disconnect with Will Message", DISCONNECT_OUT;
    /// The message was taken, and nobody is subscribed to its topic.
    NoMatchingSubscribers = 0x10, "No matching subscribers", PUBACK;
    /// There was nothing to unsubscribe from.
    NoSubscriptionExisted = 0x11, "No subscription existed", UNSUBACK;
    /// The authentication needs one more step.
    ContinueAuthentication = 0x18, "Continue authentication", AUTH_OUT | AUTH_IN;
    /// The client starts to authenticate anew on the living connection.
    ReAuthenticate = 0x19, "Re-authenticate", AUTH_OUT;
    /// Refused for a reason that is not told, or for which there is no code.
    UnspecifiedError = 0x80, "Unspecified error", CONNACK | PUBACK | SUBACK | UNSUBACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// The packet cannot be parsed as the specification demands.
    MalformedPacket = 0x81, "Malformed Packet", CONNACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// The packet is out of turn, or holds what the protocol does not permit.
    ProtocolError = 0x82, "Protocol Error", CONNACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// The packet is valid and this implementation does not take it.
    ImplementationSpecificError = 0x83, "Implementation specific error",
        CONNACK | PUBACK | SUBACK | UNSUBACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// The server does not speak the version the client asked for.
    UnsupportedProtocolVersion = 0x84, "Unsupported Protocol Version", CONNACK;
    /// The client identifier is well formed, and not allowed.
    ClientIdentifierNotValid = 0x85, "Client Identifier not valid", CONNACK;
    /// The server does not take this user name or password.
    BadUserNameOrPassword = 0x86, "Bad User Name or Password", CONNACK;
    /// The client may not do this.
    NotAuthorized = 0x87, "Not authorized", CONNACK | PUBACK | SUBACK | UNSUBACK | DISCONNECT_IN;
    /// The server is not available.
    ServerUnavailable = 0x88, "Server unavailable", CONNACK;
    /// The server is busy; try again later.
    ServerBusy = 0x89, "Server busy", CONNACK | DISCONNECT_IN;
    /// The client is banned by an administrator.
    Banned = 0x8A, "Banned", CONNACK;
    /// The server is shutting down.
    ServerShuttingDown = 0x8B, "Server shutting down", DISCONNECT_IN;
    /// The authentication method is not supported, or not the one in use.
    BadAuthenticationMethod = 0x8C, "Bad authentication method", CONNACK | DISCONNECT_IN;
    /// Nothing was received for one and a half times the keep alive.
    KeepAliveTimeout = 0x8D, "Keep Alive timeout", DISCONNECT_IN;
    /// Another connection uses the same client identifier.
    SessionTakenOver = 0x8E, "Session taken over", DISCONNECT_IN;
    /// The topic filter is well formed, and not taken.
    TopicFilterInvalid = 0x8F, "Topic Filter invalid", SUBACK | UNSUBACK | DISCONNECT_IN;
    /// The topic name is well formed, and not taken.
    TopicNameInvalid = 0x90, "Topic Name invalid", CONNACK | PUBACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// The packet identifier is in use already.
    PacketIdentifierInUse = 0x91, "Packet Identifier in use", PUBACK | SUBACK | UNSUBACK;
    /// The packet identifier is not known: the two sides disagree about the session.
    PacketIdentifierNotFound = 0x92, "Packet Identifier not found", PUBREL;
    /// More messages are under way than the receive maximum allows.
    ReceiveMaximumExceeded = 0x93, "Receive Maximum exceeded", DISCONNECT_OUT | DISCONNECT_IN;
    /// The topic alias is 0 or above the maximum.
    TopicAliasInvalid = 0x94, "Topic Alias invalid", DISCONNECT_OUT | DISCONNECT_IN;
    /// The packet is larger than its receiver takes.
    PacketTooLarge = 0x95, "Packet too large", CONNACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// Messages come too fast.
    MessageRateTooHigh = 0x96, "Message rate too high", DISCONNECT_OUT | DISCONNECT_IN;
    /// A limit of the implementation or of an administrator is reached.
    QuotaExceeded = 0x97, "Quota exceeded", CONNACK | PUBACK | SUBACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// An administrator ended the connection.
    AdministrativeAction = 0x98, "Administrative action", DISCONNECT_OUT | DISCONNECT_IN;
    /// The payload is not what the payload format indicator says.
    PayloadFormatInvalid = 0x99, "Payload format invalid", CONNACK | PUBACK | DISCONNECT_OUT | DISCONNECT_IN;
    /// The server keeps no retained messages.
    RetainNotSupported = 0x9A, "Retain not supported", CONNACK | DISCONNECT_IN;
    /// The QoS is above the maximum of the server.
    QoSNotSupported = 0x9B, "QoS not supported", CONNACK | DISCONNECT_IN;
    /// Use another server for now; the property Server Reference may say which.
    UseAnotherServer = 0x9C, "Use another server", CONNACK | DISCONNECT_IN;
    /// Use another server from now on; the property Server Reference may say which.
    ServerMoved = 0x9D, "Server moved", CONNACK | DISCONNECT_IN;
    /// The server has no shared subscriptions.
    SharedSubscriptionsNotSupported = 0x9E, "Shared Subscriptions not supported", SUBACK | DISCONNECT_IN;
    /// Connections come too fast.
    ConnectionRateExceeded = 0x9F, "Connection rate exceeded", CONNACK | DISCONNECT_IN;
    /// The connection has lasted as long as it may.
    MaximumConnectTime = 0xA0, "Maximum connect time", DISCONNECT_IN;
    /// The server has no subscription identifiers.
    SubscriptionIdentifiersNotSupported = 0xA1, "Subscription Identifiers not supported", SUBACK | DISCONNECT_IN;
    /// The server has no subscriptions with wildcards.
    WildcardSubscriptionsNotSupported = 0xA2, "Wildcard Subscriptions not supported", SUBACK | DISCONNECT_IN;
}

/// The few codes below 0x80, and behind them the others.
const fn place_of(code: u8) -> usize {
    if code < 0x80 {
        code as usize & 31
    } else {
        code as usize - 0x80 + 32
    }
}

impl ReasonCode {
    /// Whether the code says that something failed: 0x80 and above.
    pub const fn is_failure(self) -> bool {
        self as u8 >= 0x80
    }

    /// Whether a packet in this place may carry the code (MQTT 5.0, table 2-6 and the table of the packet).
    pub(super) fn fits(self, place: Place) -> bool {
        PLACES
            .get(place_of(self as u8))
            .is_some_and(|places| places & place != 0)
    }

    /// The reason code that means the same as a return code of CONNACK in MQTT 3.1.1 (section 3.2.2.3).
    pub(super) const fn from_return_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Success,
            1 => Self::UnsupportedProtocolVersion,
            2 => Self::ClientIdentifierNotValid,
            3 => Self::ServerUnavailable,
            4 => Self::BadUserNameOrPassword,
            5 => Self::NotAuthorized,
            _ => return None,
        })
    }
}
