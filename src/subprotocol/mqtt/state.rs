//! The client's part of the session state (MQTT 5.0, section 4.1) as plain numbers, so that a face can keep it beside the
//! payloads and a page that is loaded anew goes on where the one before stopped.
//!
//! ```text
//! format | in doubt << 8, last packet identifier, last subscription, messages under way,
//! (identifier | phase << 16 | has a ticket << 18, ticket) for each of these, identifiers of received messages of QoS 2 …
//! ```

use super::flights::{Flight, Past, Phase};
use super::machine::{Mqtt, Received};
use super::packet::{PacketId, QoS};
use crate::session::StateName;

/// Numbers of another format are not taken.
const FORMAT: u32 = 1;
/// A CONNECT was not answered, or what was under way then is in doubt.
const UNANSWERED: u32 = 1 << 8;
const HAS_TICKET: u32 = 1 << 18;

impl Mqtt {
    /// Counts the changes of what [`save`](Mqtt::save) would write. It wraps around.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Writes what a client has to know that takes this one's place. The client identifier belongs to it:
    /// [`Options::client_id`](super::Options::client_id). So do the messages that wait, with their tickets, which are the
    /// face's.
    pub fn save(&self) -> Vec<u32> {
        let is_doubtful = self.is_unanswered || self.is_doubtful || self.has_doubts;
        let format = if is_doubtful {
            FORMAT | UNANSWERED
        } else {
            FORMAT
        };
        let mut numbers = vec![format, self.ids.last().into(), self.subscriptions.last(), 0];
        let mut count = 0;
        for flight in self.flights.iter() {
            let phase = match flight.phase {
                Phase::Sent(QoS::ExactlyOnce) => 1,
                Phase::Sent(_) => 0,
                Phase::Released => 2,
            };
            let has_ticket = flight.ticket.map_or(0, |_| HAS_TICKET);
            numbers.push(u32::from(flight.id.get()) | phase << 16 | has_ticket);
            numbers.push(flight.ticket.unwrap_or(0));
            count += 1;
        }
        if let Some(place) = numbers.get_mut(3) {
            *place = count;
        }
        numbers.extend(self.received.iter().map(|it| u32::from(it.id.get())));
        numbers
    }

    /// Takes over what another client has saved, before this one is opened. Messages under way are then to be handed to
    /// [`Session::enqueue`](crate::session::Session::enqueue) first and in their order, under the same tickets; one that the
    /// face has lost is to be [withdrawn](crate::subprotocol::Subprotocol::withdraw). False if the client has been opened, or
    /// the numbers are not such: then it is of no use any more, and another one has to be made.
    pub fn load(&mut self, numbers: &[u32]) -> bool {
        let is_new = self.session.state().name() == StateName::Idle;
        is_new && self.try_load(numbers).is_some()
    }

    fn try_load(&mut self, numbers: &[u32]) -> Option<()> {
        let (&[format, last_id, last_subscription, count], rest) = numbers.split_first_chunk()?;
        let (flights, received) = rest.split_at_checked((count as usize).checked_mul(2)?)?;
        if format & !UNANSWERED != FORMAT {
            return None;
        }
        self.is_unanswered = format & UNANSWERED != 0;
        self.ids.set_last(u16::try_from(last_id).ok()?);
        self.subscriptions.set_last(last_subscription);
        for pair in flights.chunks_exact(2) {
            let &[number, ticket] = pair else { return None };
            let id = PacketId::new(number as u16)?;
            let phase = match number >> 16 & 3 {
                0 => Phase::Sent(QoS::AtLeastOnce),
                1 => Phase::Sent(QoS::ExactlyOnce),
                2 => Phase::Released,
                _ => return None,
            };
            if number >= HAS_TICKET << 1 || !self.ids.occupy(id) {
                return None;
            }
            self.flights.push(Flight {
                id,
                ticket: (number & HAS_TICKET != 0).then_some(ticket),
                phase,
                is_fresh: false,
                past: Past::Known,
            });
        }
        for &number in received {
            let id = PacketId::new(u16::try_from(number).ok()?)?;
            if self.received.iter().any(|it| it.id == id) {
                return None;
            }
            self.received.push(Received {
                id,
                is_doubtful: false,
                is_fresh: false,
            });
        }
        // The session is our own: no clean start, and the numbers of its subscriptions are not given again.
        self.has_connected = true;
        Some(())
    }
}
