//! The server: answers handshakes, judges credentials, pings and pongs, closes, and writes down what it receives.

use fastrand::Rng;
use tautline::session::{Close, Millis};

use crate::agenda::Agenda;
use crate::faults::{Fault, Faults};
use crate::lossy::Owed;
use crate::net::{Frame, LinkId, Net, ToClient, ToServer};

/// How this run's server behaves when nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Whether the first frame must be credentials.
    pub wants_credentials: bool,
    /// Its own pings, if it sends any.
    pub pings_every_ms: Option<Millis>,
    /// Whether its pongs name the ping they answer.
    pub pongs_carry_id: bool,
    /// A late pong comes after up to this. Without ids it holds up the pongs of all later pings.
    pub latest_pong_ms: Millis,
}

/// The server's view of a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peer {
    open: bool,
    offers_protocols: bool,
    /// It has said yes, or asks for nothing.
    pub accepted: bool,
    /// Messages of the application received on this link.
    pub received: u64,
    /// The last of them.
    pub last_ticket: Option<u32>,
}

enum Tick {
    Accept(LinkId),
    Ping(LinkId),
    Drop(LinkId),
}

/// The surroundings that the server acts in.
pub struct Around<'a> {
    pub now: Millis,
    pub net: &'a mut Net,
    pub faults: &'a mut Faults,
    pub rng: &'a mut Rng,
}

/// The server of one run.
pub struct Server {
    pub(crate) habits: Habits,
    pub(crate) peers: Vec<Peer>,
    ticks: Agenda<Tick>,
    pub(crate) owed: Owed,
}

impl Server {
    pub fn new(habits: Habits) -> Self {
        Server {
            habits,
            peers: Vec::new(),
            ticks: Agenda::new(),
            owed: Owed::new(),
        }
    }

    pub fn peer(&self, link: LinkId) -> Peer {
        self.peers.get(link).copied().unwrap_or_default()
    }

    /// Whether it takes in what arrives over a link now.
    pub fn takes(&self, link: LinkId) -> bool {
        self.peer(link).open
    }

    /// How many pings of a link it will never answer.
    pub fn pongs_lost(&self, link: LinkId) -> u32 {
        self.owed.pongs_lost(link)
    }

    pub fn next_at(&self) -> Option<Millis> {
        let times = [self.ticks.next_at(), self.owed.next_at()];
        times.into_iter().flatten().min()
    }

    /// Does what it had planned for now.
    pub fn tick(&mut self, around: &mut Around) {
        if self.pay(around) {
            return;
        }
        match self.ticks.pop(around.now) {
            Some(Tick::Accept(link)) => self.accept(around, link),
            Some(Tick::Ping(link)) => self.ping_in_rhythm(around, link),
            Some(Tick::Drop(link)) => {
                if around.rng.bool() {
                    around.net.tear(around.now, around.rng, link);
                } else {
                    self.close(around, link, 1006, "");
                }
            }
            None => {}
        }
    }

    /// Takes what has arrived.
    pub fn receive(&mut self, around: &mut Around, link: LinkId, what: &ToServer) {
        if self.peers.len() <= link {
            self.peers.resize(link + 1, Peer::default());
        }
        match *what {
            ToServer::Hello { .. } => self.greet(around, link, what),
            ToServer::Frame(frame) if self.peers[link].open => self.on_frame(around, link, frame),
            ToServer::Close(code) => {
                self.close(around, link, code, "");
            }
            ToServer::Frame(_) => {}
            ToServer::Lost => self.peers[link].open = false,
        }
    }

    /// Sends something of its own accord; false if the link is not there.
    pub fn push(&mut self, around: &mut Around, link: LinkId, frame: Frame) -> bool {
        let open = self.peer(link).open;
        if open {
            self.peers[link].accepted |= frame == Frame::Yes;
            self.send(around, link, frame);
        }
        open
    }

    /// Closes a link; false if it is not there.
    pub fn close(&mut self, around: &mut Around, link: LinkId, code: u16, reason: &str) -> bool {
        let Some(peer) = self.peers.get_mut(link) else {
            return false;
        };
        if !core::mem::replace(&mut peer.open, false) {
            return false;
        }
        let close = Close {
            code,
            reason: reason.into(),
            was_clean: code != 1006,
        };
        around
            .net
            .send_down(around.now, around.rng, link, ToClient::Closed(close));
        true
    }

    /// Forgets what it had planned against its links, and answers what it has put off.
    pub fn heal(&mut self, now: Millis) {
        self.ticks.clear();
        self.owed.hasten(now);
        if let Some(every) = self.habits.pings_every_ms {
            for (link, _) in self.peers.iter().enumerate().filter(|(_, peer)| peer.open) {
                self.ticks.add(now + every / 2, Tick::Ping(link));
            }
        }
    }

    fn greet(&mut self, around: &mut Around, link: LinkId, hello: &ToServer) {
        let &ToServer::Hello { offers_protocols } = hello else {
            return;
        };
        if around.faults.strikes(around.now, Fault::Refused) {
            let lost = Close {
                code: 1006,
                ..Close::default()
            };
            return around
                .net
                .send_down(around.now, around.rng, link, ToClient::Closed(lost));
        }
        if around.faults.strikes(around.now, Fault::Unanswered) {
            return;
        }
        self.peers[link].accepted = !self.habits.wants_credentials;
        self.peers[link].offers_protocols = offers_protocols;
        if around.faults.strikes(around.now, Fault::SlowHandshake) {
            let at = around.now + around.rng.u64(100..20_000);
            self.ticks.add(at, Tick::Accept(link));
        } else {
            self.accept(around, link);
        }
    }

    fn accept(&mut self, around: &mut Around, link: LinkId) {
        let offers = self.peers[link].offers_protocols;
        let refuses = offers && around.faults.strikes(around.now, Fault::NoProtocol);
        self.peers[link].open = true;
        let opened = ToClient::Opened {
            protocol_selected: offers && !refuses,
        };
        around.net.send_down(around.now, around.rng, link, opened);
        if around.faults.strikes(around.now, Fault::Flapping) {
            let at = around.now + around.rng.u64(0..4_000);
            self.ticks.add(at, Tick::Drop(link));
        }
        if let Some(every) = self.habits.pings_every_ms {
            self.ticks.add(around.now + every, Tick::Ping(link));
        }
        self.go_on(around, link);
    }

    fn ping_in_rhythm(&mut self, around: &mut Around, link: LinkId) {
        let Some(every) = self.habits.pings_every_ms else {
            return;
        };
        if !self.peers[link].open {
            return;
        }
        if !around.faults.strikes(around.now, Fault::PingsStop) {
            self.send(around, link, Frame::ServerPing);
        }
        self.ticks.add(around.now + every, Tick::Ping(link));
    }

    fn on_frame(&mut self, around: &mut Around, link: LinkId, frame: Frame) {
        match frame {
            Frame::Credentials => self.judge(around, link),
            Frame::Message(ticket) => self.note(link, ticket),
            Frame::Request(ticket) => {
                self.note(link, ticket);
                self.on_request(around, link, ticket);
            }
            // It expects no answer.
            Frame::Ping(0) => {}
            Frame::Ping(id) => self.on_ping(around, link, id),
            _ => {}
        }
    }

    fn note(&mut self, link: LinkId, ticket: u32) {
        let peer = &mut self.peers[link];
        peer.received += 1;
        peer.last_ticket = Some(ticket);
    }

    fn judge(&mut self, around: &mut Around, link: LinkId) {
        let now = around.now;
        if around.faults.strikes(now, Fault::TokenRefused) {
            self.send(around, link, Frame::No);
        } else if around.faults.strikes(now, Fault::TokenCloses) {
            let codes = [4401, 4403, 3000, 3003, 1008];
            let code = codes[around.rng.usize(..codes.len())];
            self.close(around, link, code, "");
        } else if around.faults.strikes(now, Fault::TokenLate) {
            self.accept_late(around, link);
        } else if !around.faults.strikes(now, Fault::TokenUnanswered) {
            self.peers[link].accepted = true;
            self.send(around, link, Frame::Yes);
        }
    }

    pub(crate) fn send(&mut self, around: &mut Around, link: LinkId, frame: Frame) {
        around
            .net
            .send_down(around.now, around.rng, link, ToClient::Frame(frame));
    }
}
