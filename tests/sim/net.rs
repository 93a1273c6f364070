//! The network, sans-I/O: links with two ordered pipes each, which delay, stall, tear and fall dark.
//!
//! Frames go in with the time, arrivals come out of [`Net::poll`] when they are due. Like TCP it never reorders
//! and never doubles within a link; unlike a friendly one it may stop delivering without telling anybody.

use fastrand::Rng;
use tautline::session::{Close, Millis};

use crate::agenda::Agenda;

/// Numbers the links of a run.
pub type LinkId = usize;

/// What travels over an open link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Client: the first message of authentication.
    Credentials,
    /// Client: a message of the restore step.
    Restore,
    /// Client: a message of the application, by its ticket.
    Message(u32),
    /// Client: one that asks for a reply.
    Request(u32),
    /// Client: a ping with its id.
    Ping(u32),
    /// Client: the answer to a server's ping.
    Pong,
    /// Server: yes to the credentials.
    Yes,
    /// Server: no to the credentials.
    No,
    /// Server: a message of this many bytes.
    Data(u64),
    /// Server: a frame that does not decode.
    Garbage,
    /// Server: a frame that breaks the subprotocol.
    Breach,
    /// Server: the end of the conversation in the words of the subprotocol, by its place in the list of these.
    LastWord(usize),
    /// Server: its own ping.
    ServerPing,
    /// Server: the answer to a ping, with its id if ids are carried.
    PongOf(Option<u32>),
    /// Server: the reply to the request of a ticket.
    ReplyTo(u32),
}

impl Frame {
    /// The ticket of a message of the application.
    pub fn ticket(self) -> Option<u32> {
        match self {
            Frame::Message(ticket) | Frame::Request(ticket) => Some(ticket),
            _ => None,
        }
    }
}

/// What reaches the server.
#[derive(Clone, Debug)]
pub enum ToServer {
    Hello { offers_protocols: bool },
    Frame(Frame),
    Close(u16),
    Lost,
}

/// What reaches the client.
#[derive(Clone, Debug)]
pub enum ToClient {
    Opened { protocol_selected: bool },
    Frame(Frame),
    Closed(Close),
}

/// Something that has arrived at one of the two ends.
#[derive(Clone, Debug)]
pub enum Arrival {
    Server(LinkId, ToServer),
    Client(LinkId, ToClient),
}

#[derive(Clone, Copy, Default)]
struct Pipe {
    stalled: bool,
    /// When the last thing under way will be out: nothing overtakes it.
    clear_at: Millis,
}

#[derive(Clone, Copy, Default)]
struct Link {
    up: Pipe,
    down: Pipe,
    torn: bool,
}

/// The network of one run.
pub struct Net {
    links: Vec<Link>,
    flights: Agenda<(Arrival, Torn)>,
    latency_ms: Millis,
    jitter_ms: Millis,
    dark_until: Millis,
}

/// Whether something under way survives the tearing of its link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Torn {
    Perishes,
    Survives,
}

impl Net {
    pub fn new() -> Self {
        Net {
            links: Vec::new(),
            flights: Agenda::new(),
            latency_ms: 20,
            jitter_ms: 10,
            dark_until: 0,
        }
    }

    /// Sets how long a frame takes one way.
    pub fn set_latency(&mut self, latency_ms: Millis, jitter_ms: Millis) {
        self.latency_ms = latency_ms;
        self.jitter_ms = jitter_ms;
    }

    /// Nothing arrives before `until`.
    pub fn darken(&mut self, until: Millis) {
        self.dark_until = self.dark_until.max(until);
    }

    pub fn dial(&mut self, now: Millis, rng: &mut Rng, offers_protocols: bool) -> LinkId {
        self.links.push(Link::default());
        let link = self.links.len() - 1;
        self.send_up(now, rng, link, ToServer::Hello { offers_protocols });
        link
    }

    pub fn send_up(&mut self, now: Millis, rng: &mut Rng, link: LinkId, what: ToServer) {
        let at = self.due(now, rng);
        let Link { up, torn, .. } = &mut self.links[link];
        if *torn || up.stalled {
            return;
        }
        up.clear_at = up.clear_at.max(at);
        let flight = (Arrival::Server(link, what), Torn::Perishes);
        self.flights.add(up.clear_at, flight);
    }

    pub fn send_down(&mut self, now: Millis, rng: &mut Rng, link: LinkId, what: ToClient) {
        let at = self.due(now, rng);
        let Link { down, torn, .. } = &mut self.links[link];
        if *torn || down.stalled {
            return;
        }
        down.clear_at = down.clear_at.max(at);
        let flight = (Arrival::Client(link, what), Torn::Perishes);
        self.flights.add(down.clear_at, flight);
    }

    /// A reset: what is under way perishes, and both ends soon know.
    pub fn tear(&mut self, now: Millis, rng: &mut Rng, link: LinkId) {
        if core::mem::replace(&mut self.links[link].torn, true) {
            return;
        }
        let at = self.due(now, rng);
        let lost = Close {
            code: 1006,
            ..Close::default()
        };
        let to_client = Arrival::Client(link, ToClient::Closed(lost));
        self.flights.add(at, (to_client, Torn::Survives));
        let to_server = Arrival::Server(link, ToServer::Lost);
        self.flights.add(at, (to_server, Torn::Survives));
    }

    /// Half-open: what is sent from now on vanishes, and nobody is told.
    pub fn stall(&mut self, link: LinkId, up: bool, down: bool) {
        self.links[link].up.stalled |= up;
        self.links[link].down.stalled |= down;
    }

    /// Whether nothing will ever arrive at the client.
    pub fn is_deaf(&self, link: LinkId) -> bool {
        self.links[link].down.stalled
    }

    /// When the last thing that is under way to the client arrives.
    pub fn clear_at(&self, link: LinkId) -> Millis {
        self.links[link].down.clear_at
    }

    /// Whether a frame sent now would arrive both ways within a second.
    pub fn is_sound(&self, now: Millis, link: LinkId) -> bool {
        let Link { up, down, torn } = self.links[link];
        let soon = |pipe: Pipe| !pipe.stalled && pipe.clear_at <= now + 500;
        !torn && soon(up) && soon(down)
    }

    /// The outage is over and the way is short.
    pub fn heal(&mut self, now: Millis) {
        self.dark_until = self.dark_until.min(now);
        self.set_latency(20, 20);
    }

    pub fn next_at(&self) -> Option<Millis> {
        self.flights.next_at()
    }

    /// The next arrival that is due.
    pub fn poll(&mut self, now: Millis) -> Option<Arrival> {
        while let Some((arrival, fate)) = self.flights.pop(now) {
            let (Arrival::Server(link, _) | Arrival::Client(link, _)) = arrival;
            if fate == Torn::Survives || !self.links[link].torn {
                return Some(arrival);
            }
        }
        None
    }

    fn due(&self, now: Millis, rng: &mut Rng) -> Millis {
        now.max(self.dark_until) + self.latency_ms + rng.u64(0..=self.jitter_ms)
    }
}
