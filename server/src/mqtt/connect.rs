//! CONNECT: who is let in, and with which session.

use std::sync::Arc;
use std::time::Duration;

use mqtt_protocol_core::mqtt::IntoPayload;
use mqtt_protocol_core::mqtt::packet::{
    AssignedClientIdentifier, Packet, Property, SessionExpiryInterval, TopicAliasMaximum, v3_1_1,
    v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode,
};

use super::broker::{Broker, LinkId};
use super::filter;
use super::message::Message;
use super::session::Will;
use crate::endpoints::token::{self, Verdict};
use crate::limits;

/// A CONNECT of either version.
pub struct Request {
    pub v5: bool,
    client: String,
    clean: bool,
    keep: Duration,
    will: Option<Will>,
    password: Option<Vec<u8>>,
    /// Asks for an exchange of AUTH packets.
    enhanced: bool,
}

/// Why a client is not let in, in the words of both versions.
struct Refusal(ConnectReasonCode, ConnectReturnCode);

const UNKNOWN: Refusal = Refusal(
    ConnectReasonCode::BadUserNameOrPassword,
    ConnectReturnCode::BadUserNameOrPassword,
);
const FORBIDDEN: Refusal = Refusal(
    ConnectReasonCode::NotAuthorized,
    ConnectReturnCode::NotAuthorized,
);
const METHOD: Refusal = Refusal(
    ConnectReasonCode::BadAuthenticationMethod,
    ConnectReturnCode::NotAuthorized,
);
const NAMELESS: Refusal = Refusal(
    ConnectReasonCode::ClientIdentifierNotValid,
    ConnectReturnCode::IdentifierRejected,
);
const WILL: Refusal = Refusal(
    ConnectReasonCode::TopicNameInvalid,
    ConnectReturnCode::ServerUnavailable,
);
const FULL: Refusal = Refusal(
    ConnectReasonCode::QuotaExceeded,
    ConnectReturnCode::ServerUnavailable,
);

impl Request {
    pub fn from_v3(packet: &v3_1_1::Connect) -> Self {
        let will = packet.will_topic().map(|topic| {
            let payload = packet.will_payload().unwrap_or_default().into_payload();
            let message =
                Message::new(topic, payload, packet.will_qos(), packet.will_retain(), &[]);
            Will {
                message: Arc::new(message),
                delay: Duration::ZERO,
            }
        });
        let clean = packet.clean_session();
        Self {
            v5: false,
            client: packet.client_id().to_owned(),
            clean,
            keep: if clean {
                Duration::ZERO
            } else {
                limits::MQTT_SESSION_KEPT
            },
            will,
            password: packet.password().map(<[u8]>::to_vec),
            enhanced: false,
        }
    }

    pub fn from_v5(packet: &v5_0::Connect) -> Self {
        let seconds = |properties: &[Property], of: fn(&Property) -> Option<u32>| {
            Duration::from_secs(properties.iter().find_map(of).unwrap_or(0).into())
        };
        let will = packet.will_topic().map(|topic| {
            let payload = packet.will_payload().unwrap_or_default().into_payload();
            let properties = packet.will_props();
            let (qos, retain) = (packet.will_qos(), packet.will_retain());
            Will {
                message: Arc::new(Message::new(topic, payload, qos, retain, properties)),
                delay: seconds(properties, |property| match property {
                    Property::WillDelayInterval(it) => Some(it.val()),
                    _ => None,
                }),
            }
        });
        Self {
            v5: true,
            client: packet.client_id().to_owned(),
            clean: packet.clean_start(),
            keep: seconds(packet.props(), session_expiry),
            will,
            password: packet.password().map(<[u8]>::to_vec),
            enhanced: packet
                .props()
                .iter()
                .any(|it| matches!(it, Property::AuthenticationMethod(_))),
        }
    }

    /// A password is a token, as on `/ws/auth`; none is fine.
    fn check(&self) -> Result<(), Refusal> {
        if self.enhanced {
            return Err(METHOD);
        }
        if let Some(will) = &self.will
            && !filter::is_topic(&will.message.topic)
        {
            return Err(WILL);
        }
        if self.client.is_empty() && !self.v5 && !self.clean {
            return Err(NAMELESS);
        }
        let Some(password) = &self.password else {
            return Ok(());
        };
        match token::judge(&String::from_utf8_lossy(password)) {
            Verdict::Good { .. } => Ok(()),
            Verdict::Bad { code: 4403, .. } => Err(FORBIDDEN),
            Verdict::Bad { .. } => Err(UNKNOWN),
        }
    }
}

/// The session expiry interval of a CONNECT or DISCONNECT.
pub fn session_expiry(property: &Property) -> Option<u32> {
    match property {
        Property::SessionExpiryInterval(it) => Some(it.val()),
        _ => None,
    }
}

impl Broker {
    /// Lets a client in, or says why not.
    pub(super) fn connect(&mut self, id: LinkId, mut request: Request) {
        if let Some(link) = self.links.get_mut(&id) {
            link.v5 = request.v5;
        }
        if let Err(refusal) = request.check() {
            return self.refuse(id, &refusal, request.v5);
        }
        let assigned = request.client.is_empty();
        if assigned {
            request.client = self.new_client(id);
        }
        self.lapse();
        if let Some(old) = self.sessions.get(&request.client).and_then(|it| it.link) {
            if let Some(link) = self.links.get_mut(&old) {
                link.dismiss(DisconnectReasonCode::SessionTakenOver, "session taken over");
            }
            self.leave(old);
        }
        if request.clean {
            self.forget(&request.client);
        }
        if !self.sessions.contains_key(&request.client) && !self.make_room() {
            return self.refuse(id, &FULL, request.v5);
        }
        self.enter(id, request, assigned);
    }

    fn enter(&mut self, id: LinkId, request: Request, assigned: bool) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let present = self.sessions.contains_key(&request.client);
        let session = self.sessions.entry(request.client.clone()).or_default();
        let keep = request.keep.min(limits::MQTT_SESSION_KEPT);
        session.link = Some(id);
        session.keep = keep;
        session.until = None;
        session.will = None;
        link.awaited = session.resume_flow(&mut link.connection, request.v5);
        link.will = request.will;
        link.connect_by = None;
        link.client = Some(request.client.clone());
        let answer = if request.v5 {
            let mut properties: Vec<Property> = Vec::new();
            properties.extend(TopicAliasMaximum::new(limits::MQTT_ALIASES).map(Property::from));
            if keep < request.keep {
                let seconds = u32::try_from(keep.as_secs()).unwrap_or(u32::MAX);
                properties.extend(SessionExpiryInterval::new(seconds).map(Property::from));
            }
            if assigned {
                properties
                    .extend(AssignedClientIdentifier::new(&request.client).map(Property::from));
            }
            v5_0::Connack::builder()
                .session_present(present)
                .reason_code(ConnectReasonCode::Success)
                .props(properties)
                .build()
                .map(Packet::from)
        } else {
            v3_1_1::Connack::builder()
                .session_present(present)
                .return_code(ConnectReturnCode::Accepted)
                .build()
                .map(Packet::from)
        };
        self.send(id, answer);
    }

    fn refuse(&mut self, id: LinkId, refusal: &Refusal, v5: bool) {
        let answer = if v5 {
            v5_0::Connack::builder()
                .session_present(false)
                .reason_code(refusal.0)
                .build()
                .map(Packet::from)
        } else {
            v3_1_1::Connack::builder()
                .session_present(false)
                .return_code(refusal.1)
                .build()
                .map(Packet::from)
        };
        self.send(id, answer);
    }
}
