//! The conversation about the connection itself: CONNECT, CONNACK, AUTH, DISCONNECT.

use super::dismissal::{self, MAX_REDIRECTS};
use super::event::{Kind, Span};
use super::flights::{Past, Phase};
use super::grants::Grants;
use super::machine::{Link, Mqtt};
use super::packet::decode::Answer;
use super::packet::{AckKind, Connect, PacketError, PropertyId, ReasonCode, Version, encode_auth};
use crate::session::{Action, Credentials as Step, Generation, Millis, News, State, Verdict};

/// What the client shows to the broker, asked for anew for each connection.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The user name.
    pub user_name: Option<&'a str>,
    /// The password, at most 65,535 bytes; in MQTT 3.1.1 only with a user name.
    pub password: Option<&'a [u8]>,
    /// What an enhanced authentication begins with.
    pub data: Option<&'a [u8]>,
}

impl core::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Mqtt {
    /// Answers [`Question::Credentials`](crate::session::Question::Credentials): CONNECT leaves, or on an open connection
    /// the AUTH that re-authenticates it (MQTT 5.0, section 4.12.1). False if nobody waits for that any more.
    ///
    /// On an open connection without [`authentication_method`](super::Options::authentication_method), where MQTT knows no
    /// way, the renewal fails.
    ///
    /// # Errors
    /// What cannot be written; nothing has left, and the attempt has failed.
    pub fn authenticate(
        &mut self,
        now: Millis,
        generation: Generation,
        credentials: Credentials<'_>,
    ) -> Result<bool, PacketError> {
        self.advance(now);
        if generation != self.session.generation() {
            return Ok(false);
        }
        let written = match self.session.state() {
            State::Authenticating(Step::Asked) => self.connect(generation, credentials),
            State::Open { .. } if self.options.authentication_method.is_some() => {
                self.say_auth(ReasonCode::ReAuthenticate, credentials.data)
            }
            State::Open { .. } => {
                self.tell(News::Failed);
                return Ok(true);
            }
            _ => return Ok(false),
        };
        let news = match written {
            Ok(()) => News::CredentialsReady,
            Err(_) => News::Failed,
        };
        let is_taken = self.session.handle_news(self.now, generation, news);
        written.map(|()| is_taken)
    }

    /// Answers [`Event::Challenged`](super::Event::Challenged); false if nobody waits for that any more.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn answer(
        &mut self,
        now: Millis,
        generation: Generation,
        data: Option<&[u8]>,
    ) -> Result<bool, PacketError> {
        self.advance(now);
        let is_awaited = generation == self.session.generation()
            && generation == self.generation
            && self.link != Link::Silent
            && self.session.awaits_judgement();
        if is_awaited {
            self.say_auth(ReasonCode::ContinueAuthentication, data)?;
        }
        Ok(is_awaited)
    }

    /// A new connection: what was of the old one is forgotten, and CONNECT is written.
    fn connect(
        &mut self,
        generation: Generation,
        credentials: Credentials<'_>,
    ) -> Result<(), PacketError> {
        self.generation = generation;
        self.drop_input();
        self.out.clear();
        self.aliases_in.clear();
        self.aliases_out.clear();
        self.received.retain_mut(|it| {
            it.is_fresh = false;
            it.phase == Phase::Received
        });
        while let Some(request) = self.subscriptions.pop_request() {
            self.ids.release(request.id);
        }
        let starts_clean = self.options.starts_clean(self.has_connected);
        let mut out = Vec::new();
        let written = self.write_connect(credentials, starts_clean, &mut out);
        self.out = out;
        if written.is_ok() {
            self.link = Link::Asked;
            self.is_doubtful |= self.is_unanswered;
            self.is_unanswered = true;
        }
        written
    }

    /// Writes CONNECT.
    pub(super) fn write_connect(
        &self,
        credentials: Credentials<'_>,
        clean_start: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), PacketError> {
        let options = &self.options;
        let connect = Connect {
            clean_start,
            keep_alive: options.keep_alive_s,
            client_id: &options.client_id,
            properties: options.properties.as_properties(),
            will: options.will.as_ref().map(|will| will.as_will()),
            user_name: credentials.user_name,
            password: credentials.password,
        };
        connect.encode_with(options.version, out, |packet| {
            options.write_properties(packet, credentials.data);
        })
    }

    fn say_auth(&mut self, reason: ReasonCode, data: Option<&[u8]>) -> Result<(), PacketError> {
        let maximum = self.maximum_out();
        let method = self.options.authentication_method.as_deref();
        let version = self.options.version;
        encode_auth(version, maximum, &mut self.out, reason, method, data)
    }

    /// The largest packet that may leave.
    pub(super) fn maximum_out(&self) -> u32 {
        if self.is_up() {
            self.grants.maximum_packet_size
        } else {
            u32::MAX
        }
    }

    pub(super) fn on_connack(&mut self, packet: &Answer<'_>, properties: Span) {
        if self.link != Link::Asked {
            return self.violate(ReasonCode::ProtocolError);
        }
        self.is_unanswered = false;
        if packet.reason.is_failure() {
            return self.dismiss(Kind::Refused, packet.reason, properties);
        }
        let session_present = packet.session_present;
        if session_present && self.options.starts_clean(self.has_connected) {
            // MQTT 5.0, section 3.2.2.1.1. A session that we know nothing of is another matter: the page was loaded anew.
            return self.violate(ReasonCode::ProtocolError);
        }
        self.grants = Grants::read(packet.properties);
        if let Some(id) = packet.properties.text(PropertyId::AssignedClientIdentifier) {
            self.options.client_id = id.into();
        }
        self.link = Link::Up;
        self.redirects = 0;
        self.notify(Kind::Connected, session_present.into(), 0, properties);
        self.has_foreign_session =
            session_present && (self.has_foreign_session || !self.has_connected);
        self.has_connected = true;
        self.go_on(session_present);
        self.set_window();
        self.set_heartbeat();
        self.tell(News::Classified(Verdict::Accepted));
    }

    /// Follows the broker's word on whether it has kept the session.
    ///
    /// Where an earlier CONNECT was not answered, a session that is there may be one that began with that: nothing of ours is in
    /// it then. So subscriptions are asked again, a message whose release the broker knows nothing of may be lost, and an
    /// identifier without the mark of a duplicate is another message's.
    fn go_on(&mut self, session_present: bool) {
        self.revise();
        let is_doubtful = core::mem::take(&mut self.is_doubtful);
        while let Some(number) = self.subscriptions.turn_due(session_present, is_doubtful) {
            self.notify(Kind::Unsubscribed, 0, number, Span::default());
        }
        self.has_doubts = session_present && (self.has_doubts || is_doubtful);
        if session_present {
            let ids = &mut self.ids;
            self.flights.turn_stale(is_doubtful, |id| ids.release(id));
            if is_doubtful {
                for received in &mut self.received {
                    received.past = Past::Doubtful;
                }
            }
            return;
        }
        self.received.clear();
        let lost = core::mem::take(&mut self.flights);
        for flight in lost.iter() {
            self.ids.release(flight.id);
            // A message whose PUBREC has not come goes anew; this one the broker may have passed on.
            if let (Some(ticket), Phase::Released) = (flight.ticket, flight.phase)
                && self.session.acknowledge(self.now, ticket)
            {
                self.notify(Kind::SessionLost, 0, ticket, Span::default());
            }
        }
    }

    /// The restore step: PUBREL for what the broker has of us, in the order of PUBREC, then the subscriptions that it has not.
    pub(super) fn restore(&mut self) {
        let mut at = 0;
        while let Some(flight) = self.flights.get(at) {
            if flight.phase == Phase::Released {
                self.say(AckKind::PubRel, flight.id, ReasonCode::Success);
            }
            at += 1;
        }
        self.send_due();
    }

    pub(super) fn on_auth(&mut self, packet: &Answer<'_>, properties: Span) {
        let method = packet.properties.text(PropertyId::AuthenticationMethod);
        let is_ours =
            method.is_none_or(|it| self.options.authentication_method.as_deref() == Some(it));
        let is_known = self.options.authentication_method.is_some() && is_ours;
        if !is_known || !self.session.awaits_judgement() {
            return self.violate(ReasonCode::ProtocolError);
        }
        match packet.reason {
            ReasonCode::ContinueAuthentication => {
                self.notify(Kind::Challenged, 0, 0, properties);
            }
            ReasonCode::Success if self.link == Link::Up => {
                self.tell(News::Classified(Verdict::Accepted));
            }
            _ => self.violate(ReasonCode::ProtocolError),
        }
    }

    /// The broker has refused or ended the connection: what follows is the session's.
    pub(super) fn dismiss(&mut self, kind: Kind, reason: ReasonCode, properties: Span) {
        self.notify(kind, reason as u32, 0, properties);
        self.link = Link::Silent;
        let is_followed = self.options.follow_redirects && dismissal::is_redirect(reason);
        if is_followed {
            self.redirects += 1;
        }
        let action = if is_followed && self.redirects <= MAX_REDIRECTS {
            Action::Delay
        } else {
            dismissal::action(reason)
        };
        let news = News::Dismissed {
            action,
            delay_ms: 0,
        };
        self.tell(news);
    }

    /// Version 3.1.1 has fewer packets.
    pub(super) fn is_v5(&self) -> bool {
        self.options.version == Version::V5
    }
}
