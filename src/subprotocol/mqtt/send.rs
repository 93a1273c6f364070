//! Messages to the broker.

use super::aliases::Written;
use super::event::Refusal;
use super::flights::{Flight, Past, Phase};
use super::machine::Mqtt;
use super::packet::{PacketError, PacketId, Properties, Publish, QoS, ReasonCode, Version};
use crate::session::{Millis, Ticket};
use std::num::NonZeroU16;

/// A message of the application's, with all that PUBLISH says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// The payload.
    pub payload: &'a [u8],
    /// The quality of service.
    pub qos: QoS,
    /// Whether the broker keeps the message for later subscribers.
    pub retain: bool,
    /// Content type, response topic, correlation data, payload format, user properties; the expiry stands below. MQTT 5.0
    /// only.
    pub properties: Properties<'a>,
    /// For how many seconds the message is of use. What it has waited is taken off when it leaves. MQTT 5.0 only.
    pub expiry_s: Option<u32>,
    /// Since when it has waited; of no use without `expiry_s`.
    pub since: Millis,
}

impl Mqtt {
    /// Whether a message can be sent, as far as that is known now, and how many bytes it takes at most. To be asked
    /// before it is handed to [`Session::enqueue`](crate::session::Session::enqueue), with
    /// [`Awaits::Acknowledgement`](crate::session::Awaits::Acknowledgement) and `repeats` at QoS 1 and 2. The payload may be
    /// elsewhere: only its length is asked for.
    ///
    /// # Errors
    /// [`Refusal::Packet`] for what cannot be written, or is larger than the broker takes; [`Refusal::Reason`] for what the
    /// broker has said that it does not take.
    pub fn check(&mut self, message: &Outgoing<'_>, payload_length: usize) -> Result<u32, Refusal> {
        if let Some(reason) = self.grants.refuse_message(message.qos, message.retain) {
            return Err(reason.into());
        }
        let written = self.out.len();
        let id = (message.qos != QoS::AtMostOnce).then_some(PacketId::MIN);
        let head = self.write(
            message,
            payload_length,
            id,
            false,
            None,
            message.since,
            false,
        );
        let length = self.out.len() - written;
        self.out.truncate(written);
        head?;
        let whole = length.saturating_add(payload_length);
        Ok(u32::try_from(whole).unwrap_or(u32::MAX))
    }

    /// The hot path: a message of QoS 0 goes straight out, if nothing stands before it; `None` if it has to be queued.
    /// It leaves with the next frame that is polled. The answer says whether the session has begun to watch for a sign of life,
    /// so that its next deadline may be another.
    ///
    /// # Errors
    /// As [`check`](Mqtt::check).
    pub fn pass(&mut self, now: Millis, message: &Outgoing<'_>) -> Result<Option<bool>, Refusal> {
        if !self.is_up() || message.qos != QoS::AtMostOnce || !self.session.can_pass() {
            return Ok(None);
        }
        if let Some(reason) = self.grants.refuse_message(message.qos, message.retain) {
            return Err(reason.into());
        }
        let before = self.out.len();
        self.put(now, message, None, false)?;
        let length = self.out.len() - before;
        let is_watched = self.session.note_passed(length as u32);
        if is_watched {
            self.session.handle_sent(now);
        }
        Ok(Some(is_watched))
    }

    /// Sends the message of this ticket, as [`Output::Transmit`](crate::session::Output::Transmit) orders. It leaves with
    /// the next frame that is polled. One that cannot be sent is settled with [`Event::Unsendable`](super::Event::Unsendable).
    /// Returns its packet identifier, if it has one.
    pub fn transmit(
        &mut self,
        now: Millis,
        ticket: Ticket,
        message: &Outgoing<'_>,
    ) -> Option<PacketId> {
        self.advance(now);
        if !self.is_up() {
            // The connection has ended meanwhile, and what waits will be ordered again.
            return None;
        }
        match self.try_transmit(ticket, message) {
            Ok(id) => id,
            Err(refusal) => {
                self.refuse(ticket, refusal);
                None
            }
        }
    }

    fn try_transmit(
        &mut self,
        ticket: Ticket,
        message: &Outgoing<'_>,
    ) -> Result<Option<PacketId>, Refusal> {
        let now = self.now;
        if let Some(reason) = self.grants.refuse_message(message.qos, message.retain) {
            return Err(reason.into());
        }
        if message.qos == QoS::AtMostOnce {
            self.put(now, message, None, false)?;
            return Ok(None);
        }
        if let Some(flight) = self.flights.stale(ticket) {
            self.put(now, message, Some(flight.id), true)?;
            self.flights.freshen(flight.id);
            return Ok(Some(flight.id));
        }
        // The window leaves room: there are more identifiers than it can be wide, but for subscriptions.
        let id = self.ids.allocate().ok_or(ReasonCode::QuotaExceeded)?;
        if let Err(error) = self.put(now, message, Some(id), false) {
            self.ids.release(id);
            return Err(error.into());
        }
        self.revise();
        self.flights.push(Flight {
            id,
            ticket: Some(ticket),
            phase: if message.qos == QoS::AtLeastOnce {
                Phase::Sent1
            } else {
                Phase::Sent2
            },
            is_fresh: true,
            past: Past::None,
        });
        Ok(Some(id))
    }

    /// The packet identifier that the message of this ticket has, if it is under way.
    pub fn packet_id(&self, ticket: Ticket) -> Option<PacketId> {
        let mut flights = self.flights.iter();
        let flight = flights.find(|flight| flight.ticket == Some(ticket))?;
        Some(flight.id)
    }

    /// Whether only the last answer to the message of this ticket is due: PUBREL was sent by the restore step.
    pub(super) fn is_released(&mut self, ticket: Ticket) -> bool {
        let Some(flight) = self.flights.stale(ticket) else {
            return false;
        };
        let is_released = flight.phase == Phase::Released;
        if is_released {
            self.flights.freshen(flight.id);
        }
        is_released
    }

    /// Writes a message, payload and all.
    fn put(
        &mut self,
        now: Millis,
        message: &Outgoing<'_>,
        id: Option<PacketId>,
        dup: bool,
    ) -> Result<(), PacketError> {
        let written = match self.options.version {
            Version::V311 => Written::Name,
            Version::V5 => self
                .aliases_out
                .write(message.topic, self.grants.topic_alias_maximum),
        };
        let alias = match written {
            Written::Name => None,
            Written::Both(alias) | Written::Alias(alias) => NonZeroU16::new(alias),
        };
        let is_short = matches!(written, Written::Alias(_));
        let length = message.payload.len();
        let mut result = self.write(message, length, id, dup, alias, now, is_short);
        if result.is_err()
            && let Written::Both(alias) = written
        {
            // The alias has made it too large, or something else is wrong; the broker has not heard of it.
            self.aliases_out.forget(alias);
            result = self.write(message, length, id, dup, None, now, false);
        }
        if result.is_ok() {
            self.out.extend_from_slice(message.payload);
        }
        result
    }

    /// Writes a message up to its payload.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the packet")]
    fn write(
        &mut self,
        message: &Outgoing<'_>,
        payload_length: usize,
        packet_id: Option<PacketId>,
        dup: bool,
        topic_alias: Option<NonZeroU16>,
        now: Millis,
        is_short: bool,
    ) -> Result<(), PacketError> {
        let expiry_s = message.expiry_s.map(|seconds| {
            let waited = now.saturating_sub(message.since) / 1_000;
            // What has left once goes on however late it is.
            Millis::from(seconds).saturating_sub(waited).max(1) as u32
        });
        let publish = Publish {
            dup,
            qos: message.qos,
            retain: message.retain,
            topic: if is_short { "" } else { message.topic },
            packet_id,
            topic_alias,
            properties: message.properties,
            payload: &[],
        };
        let maximum = self.maximum_out();
        let version = self.options.version;
        publish.encode_with(version, payload_length, maximum, &mut self.out, expiry_s)
    }
}
