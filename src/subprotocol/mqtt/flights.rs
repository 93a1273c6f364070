//! Messages of QoS 1 and 2 that are under way to the broker, in the order in which they were sent first.
//!
//! ```text
//!                    QoS 1: PUBACK
//!  PUBLISH ──► Sent ─────────────────────────────────────► settled
//!               │                            PUBCOMP  ▲
//!               └─── QoS 2: PUBREC ──► Released ──────┘
//!                             └ failure ──────────────► settled
//! ```
//!
//! A break ends nothing here: the table is the client's part of the session state (MQTT 5.0, section 4.1). Payloads are
//! elsewhere; a message that the application has taken back leaves an entry without a ticket, because its packet identifier is
//! in use until the broker has answered.

use super::packet::PacketId;
use crate::session::Ticket;

/// How far a message has come. The first four are what a reloaded page has to know, by these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
pub(super) enum Phase {
    /// PUBLISH of QoS 1 has left, and PUBACK is due.
    Sent1,
    /// PUBLISH of QoS 2 has left, and PUBREC is due.
    Sent2,
    /// The broker has a message of QoS 2, and PUBREL has left.
    Released,
    /// PUBREC of ours has left for a message of QoS 2, and PUBREL is due.
    Received,
    /// PUBLISH of QoS 1 has come, and the application has not acknowledged it yet.
    Arrived1,
    /// PUBLISH of QoS 2 has.
    Arrived2,
    /// The application has acknowledged one of QoS 1, and one before it is not acknowledged yet.
    Given1,
    /// The same of QoS 2.
    Given2,
}

/// A message under way, in one direction or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) id: PacketId,
    /// What the face knows it by; `None` if it was taken back, or is the broker's.
    pub(super) ticket: Option<Ticket>,
    pub(super) phase: Phase,
    /// Whether it has gone over this connection.
    pub(super) is_fresh: bool,
    /// Whether it has gone over another one before, and what is known of that.
    pub(super) past: Past,
}

/// What has been before this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing.
    None,
    /// The message has gone over an earlier connection in the same session.
    Known,
    /// Or in another session of the broker's.
    Doubtful,
}

/// All that are under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    flights: Vec<Flight>,
    /// How many have not gone over this connection yet.
    stale: usize,
}

impl Flights {
    /// The one at a place.
    pub(super) fn get(&self, at: usize) -> Option<Flight> {
        self.flights.get(at).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Flight> {
        self.flights.iter()
    }

    /// How many no message of the session's stands for.
    pub(super) fn orphans(&self) -> usize {
        self.iter().filter(|flight| flight.ticket.is_none()).count()
    }

    /// A message leaves for the first time.
    pub(super) fn push(&mut self, flight: Flight) {
        self.stale += usize::from(!flight.is_fresh);
        self.flights.push(flight);
    }

    /// The message of this ticket, if it has left before and not over this connection.
    pub(super) fn stale(&self, ticket: Ticket) -> Option<Flight> {
        // Only after a break, so that the usual message costs no search.
        if self.stale == 0 {
            return None;
        }
        self.iter()
            .find(|flight| flight.ticket == Some(ticket) && !flight.is_fresh)
            .copied()
    }

    #[inline(never)]
    fn place(&self, id: PacketId) -> Option<usize> {
        self.iter().position(|flight| flight.id == id)
    }

    fn find_mut(&mut self, id: PacketId) -> Option<&mut Flight> {
        let place = self.place(id)?;
        self.flights.get_mut(place)
    }

    /// How far a message has come.
    pub(super) fn phase(&self, id: PacketId) -> Option<Phase> {
        Some(self.get(self.place(id)?)?.phase)
    }

    /// Notes that a message goes over this connection.
    pub(super) fn freshen(&mut self, id: PacketId) {
        if let Some(flight) = self.find_mut(id)
            && !flight.is_fresh
        {
            flight.is_fresh = true;
            self.stale -= 1;
        }
    }

    pub(super) fn release(&mut self, id: PacketId) {
        if let Some(flight) = self.find_mut(id) {
            flight.phase = Phase::Released;
        }
    }

    /// The application has taken a message back, or its time is over; false if it is not under way.
    pub(super) fn orphan(&mut self, ticket: Ticket) -> bool {
        let mut flights = self.flights.iter_mut();
        let flight = flights.find(|flight| flight.ticket == Some(ticket));
        flight.is_some_and(|flight| {
            flight.ticket = None;
            true
        })
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, id: PacketId) -> Option<Flight> {
        let index = self.place(id)?;
        // The first one goes first, as a rule; of a few hundred the rest is moved in no time.
        let flight = self.flights.remove(index);
        self.stale -= usize::from(!flight.is_fresh);
        Some(flight)
    }

    /// There is another connection, over which nothing has gone. Messages that were taken back cannot go again: at QoS 1 the
    /// broker keeps nothing of them, and at QoS 2 it may, and lets go with PUBREL.
    pub(super) fn turn_stale(&mut self, is_doubtful: bool, mut release: impl FnMut(PacketId)) {
        self.flights.retain_mut(|flight| {
            flight.is_fresh = false;
            if is_doubtful {
                flight.past = Past::Doubtful;
            } else if flight.past == Past::None {
                flight.past = Past::Known;
            }
            if flight.ticket.is_some() {
                return true;
            }
            if flight.phase == Phase::Sent1 {
                release(flight.id);
                return false;
            }
            flight.phase = Phase::Released;
            true
        });
        self.stale = self.flights.len();
    }
}
