//! The application: what it sends, takes back and commands, from inside a listener or not.

use tautline::session::{Awaits, Fate, Message, Millis, StateName, Ticket};

use crate::call::{Call, Reply};
use crate::check::Invariant;
use crate::config::chance;
use crate::net::{Frame, LinkId, ToServer};
use crate::world::World;

/// What the application does.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    Send(Awaits),
    Withdraw,
    Reauthenticate,
    Close { drain_ms: Millis },
    Abort,
    Reconnect,
    Pause,
    Resume,
    HoldReading,
    ReleaseReading,
}

impl Command {
    /// Whether its outcome depends on what became of earlier messages.
    pub fn is_about_messages(self) -> bool {
        matches!(self, Command::Send(_) | Command::Withdraw)
    }
}

impl World {
    /// Does what the application wants; settles nothing.
    pub fn obey(&mut self, command: Command) {
        let call = match command {
            Command::Send(awaits) => {
                self.send(awaits);
                return;
            }
            Command::Withdraw => return self.withdraw(),
            Command::Reauthenticate => Call::Reauthenticate,
            Command::Close { drain_ms } => Call::Close { drain_ms },
            Command::Abort => Call::Abort,
            Command::Reconnect => Call::Reconnect,
            Command::Pause => Call::Pause,
            Command::Resume => Call::Resume,
            Command::HoldReading => return self.hold_reading(),
            Command::ReleaseReading => return self.release_reading(),
        };
        self.call(&call);
    }

    /// Sends a message; its ticket, if it was taken.
    pub fn send(&mut self, awaits: Awaits) -> Option<Ticket> {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let large = chance(&mut self.rng, 4);
        let bytes = self.rng.u32(1..if large { 2_000 } else { 120 });
        // Nothing confirms without pings.
        let pings = self.config.heartbeat.interval_ms.is_some();
        let awaits = match awaits {
            Awaits::Confirmation if !pings => Awaits::Nothing,
            awaits => awaits,
        };
        if awaits == Awaits::Nothing && self.view.can_pass() {
            let wants = self.call(&Call::Pass { ticket, bytes });
            self.transmit(Frame::Message(ticket));
            if wants == Reply::WantsSent(true) {
                self.call(&Call::Sent);
            }
            return Some(ticket);
        }
        let message = self.message(ticket, bytes, awaits);
        if awaits == Awaits::Reply {
            self.requests.push(ticket);
        }
        match self.call(&Call::Enqueue(message)) {
            Reply::Fate(Fate::Queued(_)) => Some(ticket),
            _ => None,
        }
    }

    fn message(&mut self, ticket: Ticket, bytes: u32, awaits: Awaits) -> Message {
        let rng = &mut self.rng;
        let (timed, repeats, keyed) = match awaits {
            Awaits::Nothing => (10, 0, 25),
            Awaits::Confirmation => (30, 15, 25),
            Awaits::Reply => (85, 50, 0),
            // Of subprotocols, which have simulations of their own.
            Awaits::Acknowledgement => (0, 100, 0),
        };
        let timeouts = [300, 2_000, 10_000, 60_000];
        let longest = timeouts[rng.usize(..timeouts.len())];
        Message {
            ttl_ms: chance(rng, 20).then(|| rng.u64(..10_000)),
            key: chance(rng, keyed).then(|| rng.u32(..3)),
            awaits,
            repeats: chance(rng, repeats),
            timeout_ms: chance(rng, timed).then(|| rng.u64(..=longest)),
            ..Message::plain(ticket, bytes)
        }
    }

    /// Takes back a message that is not settled, or sometimes any.
    fn withdraw(&mut self) {
        let unsettled = self.checks.unsettled();
        let ticket = if unsettled.is_empty() || chance(&mut self.rng, 20) {
            let back = self.rng.u32(..20);
            self.next_ticket.saturating_sub(back)
        } else {
            unsettled[self.rng.usize(..unsettled.len())]
        };
        self.call(&Call::Withdraw(ticket));
    }

    pub fn is_request(&self, ticket: Ticket) -> bool {
        self.requests.binary_search(&ticket).is_ok()
    }

    /// What the server receives over a link must be in the order of sending, which is that of the tickets: what goes
    /// again after a break is older than everything that has not left before. And only when it has accepted the peer.
    pub fn check_arrival(&mut self, link: LinkId, what: &ToServer) {
        let &ToServer::Frame(frame) = what else {
            return;
        };
        let Some(ticket) = frame.ticket() else { return };
        let peer = self.server.peer(link);
        if !peer.accepted {
            let what = format!("{ticket} reached the server before its yes");
            self.fail(Invariant::Gate, what);
        }
        if peer.last_ticket.is_some_and(|last| last >= ticket) {
            let what = format!("{ticket} reached the server after {:?}", peer.last_ticket);
            self.fail(Invariant::Fates, what);
        }
    }

    /// The link under the session, once it is open or on its way.
    pub fn link(&self) -> Option<LinkId> {
        self.socket.map(|socket| socket.link)
    }

    pub fn is_over(&self) -> bool {
        self.shown() == StateName::Closed
    }
}
