//! The client: a session, what it says in packets, and what it has under way.

use super::aliases::{AliasesIn, AliasesOut};
use super::event::{Event, Kind, Message, Refusal, Span, Told};
use super::flights::{Flight, Flights};
use super::grants::Grants;
use super::ids::Ids;
use super::options::Options;
use super::packet::{
    Disconnect, PacketError, PingReq, Properties, PropertyId, ReasonCode, Version,
};
use super::subscriptions::Subscriptions;
use crate::session::{
    self, Auth, Config, Generation, HeartbeatConfig, Millis, News, Progress, Session, Ticket,
};
use crate::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

/// Ping after so much silence, where the application has not said otherwise.
const INTERVAL_MS: Millis = 25_000;
/// What is written leaves together, up to about so many bytes.
const BATCH_BYTES: usize = 65_536;
/// An input buffer that a large packet has left is not kept above this size.
const KEPT_BYTES: usize = 65_536;

/// What the broker and we have said to each other on the connection of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Nothing yet, or farewell.
    Silent,
    /// CONNECT has left.
    Asked,
    /// CONNACK said yes.
    Up,
}

/// A client of MQTT 3.1.1 or 5.0, without I/O: a [`Session`] that speaks in packets.
///
/// ```
/// use tautline::session::{Address, Config, News, Output, Question};
/// use tautline::subprotocol::mqtt::{Credentials, Mqtt, Options};
/// use tautline::subprotocol::{self, OutFrame, Subprotocol};
///
/// let mut client = Mqtt::new(Options::default(), Config::default(), 42);
/// client.session_mut().open(0);
/// let asked = |client: &mut Mqtt| loop {
///     match client.poll_output().expect("a question") {
///         subprotocol::Output::Session(Output::Ask(question, generation)) => break (question, generation),
///         _ => {}
///     }
/// };
/// let (_, generation) = asked(&mut client);
/// client.session_mut().handle_news(0, generation, News::UrlReady(Address::default()));
/// client.session_mut().handle_news(0, generation, News::Opened { protocol_selected: true });
/// assert_eq!(asked(&mut client).0, Question::Credentials);
/// client.authenticate(0, generation, Credentials::default())?;
/// // CONNECT leaves.
/// let Some(subprotocol::Output::Frame(OutFrame::Bytes(bytes))) = client.poll_output() else {
///     panic!("a frame");
/// };
/// assert_eq!(bytes[0], 0x10);
/// # Ok::<(), tautline::subprotocol::mqtt::packet::PacketError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mqtt {
    pub(super) session: Session,
    pub(super) options: Options,
    pub(super) now: Millis,
    /// The connection that everything down to `aliases_out` is of.
    pub(super) generation: Generation,
    pub(super) link: Link,
    pub(super) grants: Grants,
    /// Room for what comes in, which stays as large as it was needed.
    pub(super) input: Vec<u8>,
    /// How much of the input has been read, and where it ends.
    pub(super) read: usize,
    pub(super) end: usize,
    pub(super) out: Vec<u8>,
    /// An order of the session's that waits until what was written before it has left.
    held: Option<session::Output>,
    /// What is to be told, and how much of it has been.
    events: Vec<Told>,
    told: usize,
    /// The message that was told last.
    pub(super) message: Message,
    pub(super) aliases_in: AliasesIn,
    pub(super) aliases_out: AliasesOut,
    pub(super) routes: Vec<u32>,
    /// Whether the broker may have subscriptions of an earlier client with the same identifier.
    pub(super) has_foreign_session: bool,
    /// Whether a broker has accepted us once.
    pub(super) has_connected: bool,
    /// Brokers in a row that only named another one.
    pub(super) redirects: u32,
    pub(super) ids: Ids,
    pub(super) flights: Flights,
    /// Messages that have arrived, and are not acknowledged or, at QoS 2, not released.
    pub(super) received: Vec<Flight>,
    /// Whether a CONNECT was not answered: the broker may have begun a new session, of which we know nothing.
    pub(super) is_unanswered: bool,
    /// Whether something of the session was under way when that happened.
    pub(super) has_doubts: bool,
    /// Whether one before the last was not, since the broker accepted us.
    pub(super) is_doubtful: bool,
    pub(super) subscriptions: Subscriptions,
    /// Counts the changes of what a reloaded page would need.
    pub(super) revision: u32,
    farewell: Farewell,
}

/// How the client leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Whether the will is published all the same. Default no. MQTT 5.0 only, section 3.14.2.1.
    pub with_will: bool,
    /// How many seconds the broker keeps the session from then on; `None`, the default, is 0 where the session began clean,
    /// and what was agreed where not. MQTT 5.0 only, section 3.14.2.2.2.
    pub session_expiry_s: Option<u32>,
}

impl Mqtt {
    /// Makes a client that waits for [`Session::open`]. Authentication and restore step of the session are the client's:
    /// [`Auth::Secure`] in `config` keeps credentials from `ws:`, [`Auth::None`] says that there are none. Without a
    /// heartbeat in `config` it pings after 25 s of silence.
    pub fn new(options: Options, mut config: Config, seed: u64) -> Self {
        config.restore = true;
        if config.auth == Auth::None {
            config.auth = Auth::AllowInsecure;
        }
        config.heartbeat.interval_ms.get_or_insert(INTERVAL_MS);
        Mqtt {
            session: Session::new(config, seed),
            options,
            now: 0,
            generation: 0,
            link: Link::Silent,
            grants: Grants::default(),
            input: Vec::new(),
            read: 0,
            end: 0,
            out: Vec::new(),
            held: None,
            events: Vec::new(),
            told: 0,
            message: Message::default(),
            aliases_in: AliasesIn::default(),
            aliases_out: AliasesOut::default(),
            routes: Vec::new(),
            has_foreign_session: false,
            has_connected: false,
            redirects: 0,
            ids: Ids::default(),
            flights: Flights::default(),
            received: Vec::new(),
            is_unanswered: false,
            has_doubts: false,
            is_doubtful: false,
            subscriptions: Subscriptions::default(),
            revision: 0,
            farewell: Farewell {
                with_will: false,
                session_expiry_s: None,
            },
        }
    }

    // --- getters -------------------------------------------------------------------------------------------------

    /// What the application asked for; the client identifier may be one that the broker has given.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The same to be changed; it counts from the next connection on, the version only before the first.
    pub fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// What the broker grants, as of the last connection it has accepted.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// The message that was told last.
    #[cfg(feature = "js-mqtt")]
    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    /// Bytes of the input, for the spans of events; empty for a span that does not hold any more.
    pub fn bytes(&self, span: Span) -> &[u8] {
        let at = span.at as usize;
        let end = at.saturating_add(span.length as usize);
        self.input.get(at..end).unwrap_or_default()
    }

    /// Properties in the input.
    pub fn properties(&self, span: Span) -> Properties<'_> {
        Properties::from_bytes(self.bytes(span))
    }

    /// Whether CONNECT can be written as the options have it.
    ///
    /// # Errors
    /// What is wrong with the options, see [`Connect::encode`](super::packet::Connect::encode).
    pub fn check_options(&self) -> Result<(), PacketError> {
        self.write_connect(super::Credentials::default(), true, &mut Vec::new())
    }

    #[cfg(feature = "js-mqtt")]
    pub(crate) fn farewell_mut(&mut self) -> &mut Farewell {
        &mut self.farewell
    }

    /// How the client will leave, when the session is closed.
    pub fn set_farewell(&mut self, farewell: Farewell) {
        self.farewell = farewell;
    }

    // --- what goes out -------------------------------------------------------------------------------------------

    /// Whether the broker has accepted the connection, and it still stands.
    pub(super) fn is_up(&self) -> bool {
        self.link == Link::Up && self.generation == self.session.generation()
    }

    /// The time that the session knows can only run forward.
    pub(super) fn advance(&mut self, now: Millis) {
        self.now = self.now.max(now);
    }

    pub(super) fn tell(&mut self, news: News) -> bool {
        self.session.handle_news(self.now, self.generation, news)
    }

    /// An event for the application.
    #[inline(never)]
    pub(super) fn notify(&mut self, kind: Kind, reason: u32, number: u32, properties: Span) {
        self.events.push(Told {
            kind,
            reason,
            number,
            properties,
        });
    }

    /// The state that a reloaded page would need is another.
    pub(super) fn revise(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// The broker broke the protocol: the packet is not well formed.
    #[inline(never)]
    pub(super) fn violate_by(&mut self, error: PacketError) {
        self.end(error.reason_code(), 1 + error as u32);
    }

    /// The broker broke the protocol: the packet comes at the wrong time.
    #[inline(never)]
    pub(super) fn violate(&mut self, reason: ReasonCode) {
        self.end(reason, 0);
    }

    #[inline(never)]
    fn end(&mut self, reason: ReasonCode, error: u32) {
        self.notify(Kind::Violated, reason as u32, error, Span::default());
        self.disconnect(reason, None);
        self.tell(News::Violated);
    }

    /// Writes DISCONNECT, after which nothing else leaves. One of 3.1.1 only says that all is well.
    fn disconnect(&mut self, reason: ReasonCode, session_expiry_s: Option<u32>) {
        let version = self.options.version;
        let is_farewell = !reason.is_failure();
        if self.link != Link::Silent && (version == Version::V5 || is_farewell) {
            let [a, b, c, d] = session_expiry_s.unwrap_or_default().to_be_bytes();
            let expiry = [PropertyId::SessionExpiryInterval as u8, a, b, c, d];
            let mut said = Disconnect {
                reason,
                properties: Properties::NONE,
            };
            if version == Version::V311 {
                said.reason = ReasonCode::Success;
            } else if session_expiry_s.is_some() {
                said.properties = Properties::from_bytes(&expiry);
            }
            let _ = said.encode(version, self.grants.maximum_packet_size, &mut self.out);
        }
        self.link = Link::Silent;
        self.drop_input();
    }

    /// The application closes the connection for good.
    fn say_farewell(&mut self) {
        let reason = if self.farewell.with_will {
            ReasonCode::DisconnectWithWillMessage
        } else {
            ReasonCode::Success
        };
        let is_kept = self.options.session_expiry_s > 0;
        let clean = (self.options.clean_start && is_kept).then_some(0);
        // From 0 it cannot be raised (section 3.14.2.2.2).
        let expiry = self.farewell.session_expiry_s.filter(|_| is_kept);
        self.disconnect(reason, expiry.or(clean));
    }

    /// How many messages may be under way.
    pub(super) fn set_window(&mut self) {
        let window = self.options.window(self.grants.receive_maximum);
        let orphans = self.flights.orphans() as u32;
        self.session
            .set_send_window(Some(u32::from(window).saturating_sub(orphans)));
    }

    /// The heartbeat that was agreed on.
    pub(super) fn set_heartbeat(&mut self) {
        let keep_alive = self
            .grants
            .keep_alive_s
            .unwrap_or(self.options.keep_alive_s);
        let heartbeat = HeartbeatConfig {
            keep_alive: session::KeepAlive::Answered(Millis::from(keep_alive) * 1_000),
            ..self.session.config().heartbeat
        };
        self.session.set_heartbeat(self.now, heartbeat);
    }

    /// Orders of the session that mean something here; the others as they are.
    fn obey(&mut self, order: session::Output) -> Option<Output<Told>> {
        use session::Output as O;
        match order {
            O::Ask(session::Question::Restore(_), _) => {
                self.restore();
                self.tell(News::Restored);
                return None;
            }
            O::Transmit(ticket) if self.is_released(ticket) => return None,
            O::Ping(_) => {
                PingReq.encode(&mut self.out);
                return None;
            }
            // What has to leave before.
            O::Close { .. } if self.link != Link::Silent => {
                self.say_farewell();
                self.held = Some(order);
                return None;
            }
            O::Abandon { code: Some(code) } if self.link != Link::Silent => {
                self.say_why(code);
                self.held = Some(order);
                return None;
            }
            O::Abandon { .. } | O::Dial(_) => self.link = Link::Silent,
            O::Notify(session::Event::Dropped(ticket, ..)) => self.let_go(ticket),
            _ => {}
        }
        Some(Output::Session(order))
    }

    /// The session gives up the connection, for a reason that has a close code of our own.
    fn say_why(&mut self, code: u16) {
        match code {
            4009 => self.disconnect(ReasonCode::PacketTooLarge, None),
            // It was said when it was noticed.
            4002 => self.link = Link::Silent,
            _ => self.disconnect(ReasonCode::Success, None),
        }
    }

    /// What [`pass`](Mqtt::pass) has written, to be sent now without a poll. `spent` is a frame that has left already, whose
    /// memory may serve again.
    #[cfg(feature = "js-mqtt")]
    pub(crate) fn take_frame(&mut self, mut spent: Vec<u8>) -> Vec<u8> {
        if spent.capacity() > KEPT_BYTES {
            spent = Vec::new();
        }
        spent.clear();
        core::mem::replace(&mut self.out, spent)
    }

    /// What was written, as a frame.
    fn flush(&mut self) -> Option<Output<Told>> {
        if self.out.is_empty() {
            return None;
        }
        self.session.note_sent();
        let out = core::mem::take(&mut self.out);
        Some(Output::Frame(OutFrame::Bytes(out)))
    }

    /// A message has no ticket any more; the packet identifier may be in use for longer.
    pub(super) fn let_go(&mut self, ticket: Ticket) {
        if self.flights.orphan(ticket) {
            self.revise();
            self.set_window();
        }
    }

    /// Refuses a message that the session counts on.
    pub(super) fn refuse(&mut self, ticket: Ticket, refusal: Refusal) {
        self.session.acknowledge(self.now, ticket);
        self.let_go(ticket);
        self.notify(Kind::Unsendable, refusal.number(), ticket, Span::default());
    }

    // --- what comes in -------------------------------------------------------------------------------------------

    /// Makes room for a frame of so many bytes behind what is left of the frames before, to be filled before
    /// [`handle_input`](Mqtt::handle_input).
    pub fn input(&mut self, length: usize) -> &mut [u8] {
        let rest = self.end.saturating_sub(self.read);
        if self.read > 0 && rest > 0 {
            self.input.copy_within(self.read..self.end, 0);
        }
        let needed = rest.saturating_add(length);
        let is_kept = rest > 0 || length > KEPT_BYTES || self.input.len() <= KEPT_BYTES;
        if self.input.len() < needed || !is_kept {
            // A packet that comes in many frames has it grow few times.
            let size = if rest > 0 {
                needed.max(2 * self.input.len())
            } else {
                needed
            };
            // Zeros by the allocator, which fills them at once; a vector that grows writes them one by one.
            let mut larger = vec![0; size];
            if let (Some(to), Some(from)) = (larger.get_mut(..rest), self.input.get(..rest)) {
                to.copy_from_slice(from);
            }
            self.input = larger;
        }
        self.read = 0;
        self.end = needed;
        self.input.get_mut(rest..needed).unwrap_or_default()
    }

    /// Forgets what has not been read.
    pub(super) fn drop_input(&mut self) {
        self.read = 0;
        self.end = 0;
    }

    /// A frame has been written into [`input`](Mqtt::input): the same as [`handle_frame`](Subprotocol::handle_frame) without
    /// a copy.
    pub fn handle_input(&mut self, now: Millis, generation: Generation) {
        self.advance(now);
        if generation != self.generation || self.link == Link::Silent {
            // Before CONNECT nobody says anything.
            self.drop_input();
        }
    }
}

impl Subprotocol for Mqtt {
    type Event = Event;

    fn session(&self) -> &Session {
        &self.session
    }

    fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    fn handle_frame(&mut self, now: Millis, generation: Generation, frame: FrameRef<'_>) {
        match frame {
            FrameRef::Bytes(bytes) => {
                self.input(bytes.len()).copy_from_slice(bytes);
                self.handle_input(now, generation);
            }
            // MQTT 5.0, section 6: packets come in binary frames.
            FrameRef::Text(_) => self.refuse_text(now, generation),
        }
    }

    fn poll_output(&mut self) -> Option<Output<Event>> {
        Some(match self.poll_told()? {
            Output::Session(order) => Output::Session(order),
            Output::Frame(frame) => Output::Frame(frame),
            Output::Event(told) => Output::Event(told.event(self)),
        })
    }

    fn withdraw(&mut self, now: Millis, ticket: Ticket) -> Option<Progress> {
        let progress = self.session.withdraw(now, ticket);
        self.let_go(ticket);
        progress
    }
}

impl Mqtt {
    /// A text frame of this connection breaks the protocol.
    pub(crate) fn refuse_text(&mut self, now: Millis, generation: Generation) {
        self.advance(now);
        if generation == self.session.generation() {
            self.generation = generation;
            self.violate(ReasonCode::ProtocolError);
        }
    }

    /// The next order or event, as it is kept.
    pub(crate) fn poll_told(&mut self) -> Option<Output<Told>> {
        loop {
            if let Some(told) = self.events.get(self.told) {
                self.told += 1;
                return Some(Output::Event(*told));
            }
            self.events.clear();
            self.told = 0;
            let held = self.held.take();
            if let Some(order) = held.or_else(|| self.session.poll_output()) {
                let may_wait = matches!(
                    order,
                    session::Output::Transmit(_) | session::Output::Ping(_)
                );
                if !(may_wait && self.out.len() < BATCH_BYTES)
                    && let Some(frame) = self.flush()
                {
                    self.held = Some(order);
                    return Some(frame);
                }
                match self.obey(order) {
                    None => continue,
                    output => return output,
                }
            }
            if self.out.len() >= BATCH_BYTES {
                return self.flush();
            }
            if !self.read_packet() {
                return self.flush();
            }
        }
    }
}
