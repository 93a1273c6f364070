//! The client's part of the session state (MQTT 5.0, section 4.1) as plain numbers, so that a face can keep it beside the
//! payloads and a page that is loaded anew goes on where the one before stopped.
//!
//! ```text
//! format << 24 | in doubt << 16 | last packet identifier, last subscription,
//! (identifier | phase << 16 | has a ticket << 18, ticket) for each message under way and each received of QoS 2
//! ```

use super::flights::{Flight, Past, Phase};
use super::machine::Mqtt;
use super::packet::PacketId;
use crate::session::StateName;

/// Numbers of another format are not taken.
const FORMAT: u32 = 1;
/// A CONNECT was not answered, or what was under way then is in doubt.
const UNANSWERED: u32 = 1 << 16;
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
        let doubt = if is_doubtful { UNANSWERED } else { 0 };
        let head = FORMAT << 24 | doubt | u32::from(self.ids.last());
        let mut numbers = vec![head, self.subscriptions.last()];
        for flight in self.flights.iter().chain(&self.received) {
            // Of what has only arrived, the broker sends everything again.
            if flight.phase > Phase::Received {
                continue;
            }
            let phase = flight.phase as u32;
            let has_ticket = flight.ticket.map_or(0, |_| HAS_TICKET);
            numbers.push(u32::from(flight.id.get()) | phase << 16 | has_ticket);
            numbers.push(flight.ticket.unwrap_or(0));
        }
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
        let &[head, last_subscription, ref rest @ ..] = numbers else {
            return None;
        };
        if head >> 24 != FORMAT || rest.len() % 2 != 0 {
            return None;
        }
        self.is_unanswered = head & UNANSWERED != 0;
        self.ids.set_last(head as u16);
        self.subscriptions.set_last(last_subscription);
        let mut rest = rest;
        while let [number, ticket, after @ ..] = rest {
            rest = after;
            let flight = Flight {
                id: PacketId::new(*number as u16)?,
                ticket: (number & HAS_TICKET != 0).then_some(*ticket),
                phase: match number >> 16 & 3 {
                    0 => Phase::Sent1,
                    1 => Phase::Sent2,
                    2 => Phase::Released,
                    _ => Phase::Received,
                },
                is_fresh: false,
                past: Past::Known,
            };
            if flight.phase == Phase::Received {
                self.received.push(flight);
            } else if self.ids.occupy(flight.id) {
                self.flights.push(flight);
            } else {
                return None;
            }
        }
        // The session is our own: no clean start, and the numbers of its subscriptions are not given again.
        self.has_connected = true;
        Some(())
    }
}
