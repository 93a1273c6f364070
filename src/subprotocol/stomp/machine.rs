//! The machine: a session that speaks STOMP.

use super::config::{StompConfig, prepare};
use super::headers::{HeaderError, Headers};
use super::parser::{Parser, Span};
use super::subscription::{AckMode, Subscription, SubscriptionId, Subscriptions};
use super::version::Version;
use super::violation::Violation;
use super::writer::Head;
use crate::session::{
    Awaits, Config, Event, Fate, Generation, Message, Millis, News, Output as Order, Question,
    Session, StateName, Ticket, take_at,
};
use crate::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

/// DISCONNECT is a message like others, whose receipt a goodbye waits for.
pub(super) const DISCONNECT: Ticket = Ticket::MAX;
/// It is waited for at least this long.
const DISCONNECT_WITHIN_MS: Millis = 1_000;
/// What the receipt of a subscription begins with; that of a message is its ticket.
pub(super) const SUBSCRIPTION: &str = "s";

/// What the protocol tells. Spans are of [`Stomp::text`] and [`Stomp::bytes`], and hold until the next frame of the
/// WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StompEvent {
    /// The broker has accepted the connection. The session's own event follows.
    Connected {
        /// The version that both speak.
        version: Version,
        /// Those of CONNECTED, `server` and `session` among them.
        headers: Span,
    },
    /// A message has arrived.
    Message {
        /// Its subscription; `None` if it belongs to none of ours, as the replies that RabbitMQ sends to `reply-to`.
        subscription: Option<SubscriptionId>,
        /// Which message of the subscription it is, from 1.
        number: u32,
        /// What ACK and NACK have to name, one octet after the other.
        ack: Span,
        /// Its headers.
        headers: Span,
        /// Its body.
        body: Span,
    },
    /// The broker has processed the message of this ticket, whose fate is settled.
    Receipt(Ticket),
    /// The broker has taken this subscription.
    Subscribed(SubscriptionId),
    /// The broker has sent ERROR. The connection ends, and the session tells what follows.
    Failed {
        /// What it answers, if the broker says so. That is over: a message is not sent again, a subscription is gone.
        answers: Answers,
        /// Those of ERROR, `message` among them.
        headers: Span,
        /// What it says at length.
        body: Span,
    },
    /// The broker has broken the protocol or a limit. The connection ends.
    Violated(Violation),
}

/// What an ERROR frame answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It does not say.
    Unknown,
    /// The message of this ticket.
    Message(Ticket),
    /// SUBSCRIBE of this subscription.
    Subscription(SubscriptionId),
}

/// A [`Session`] that speaks STOMP.
///
/// ```
/// use tautline::session::{Address, Config, News, Output as Order, Question};
/// use tautline::subprotocol::stomp::{Headers, Stomp, StompConfig};
/// use tautline::subprotocol::{OutFrame, Output, Subprotocol};
///
/// let mut stomp = Stomp::new(Config::default(), StompConfig::default(), 42);
/// stomp.session_mut().open(0);
/// let mut sent = Vec::new();
/// while let Some(output) = stomp.poll_output() {
///     match output {
///         Output::Session(Order::Ask(Question::Url { .. }, generation)) => {
///             stomp.session_mut().handle_news(0, generation, News::UrlReady(Address::default()));
///         }
///         Output::Session(Order::Dial(generation)) => {
///             let opened = News::Opened { protocol_selected: true };
///             stomp.session_mut().handle_news(40, generation, opened);
///         }
///         Output::Session(Order::Ask(Question::Credentials, generation)) => {
///             let mut headers = Headers::new();
///             headers.push("host", "/").unwrap();
///             stomp.connect(40, generation, &headers).unwrap();
///         }
///         Output::Frame(OutFrame::Text(text)) => sent.push(text),
///         _ => {}
///     }
/// }
/// assert_eq!(
///     sent,
///     ["CONNECT\naccept-version:1.0,1.1,1.2\nheart-beat:10000,10000\nhost:/\n\n\0"]
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Stomp {
    pub(super) session: Session,
    pub(super) config: StompConfig,
    pub(super) parser: Parser,
    pub(super) subscriptions: Subscriptions,
    /// What leaves before anything that the session has to say.
    pub(super) outputs: Vec<Output<StompEvent>>,
    /// The version of the connection, from CONNECTED to its end.
    pub(super) version: Option<Version>,
    /// Which connection the parser reads from.
    pub(super) reads: Generation,
    /// While subscribing again: after which subscription it goes on.
    restoring: Option<SubscriptionId>,
    /// A receipt that measures the round trip, and when it was asked for.
    measuring: Option<(Ticket, Millis)>,
    pub(super) now: Millis,
}

impl Stomp {
    /// Makes a machine that waits for [`Session::open`]. Of the session's configuration the protocol decides about
    /// heartbeat and restore, and there is always an authentication step, by default over `ws:`, too: with credentials in it,
    /// ask for [`Auth::Secure`](crate::session::Auth::Secure).
    pub fn new(mut config: Config, stomp: StompConfig, seed: u64) -> Self {
        prepare(&mut config);
        Stomp {
            session: Session::new(config, seed),
            parser: Parser::new(stomp.limits),
            config: stomp,
            subscriptions: Subscriptions::default(),
            outputs: Vec::new(),
            version: None,
            reads: 0,
            restoring: None,
            measuring: None,
            now: 0,
        }
    }

    /// What the application asked for, to be changed as long as the session has not been opened.
    pub fn config_mut(&mut self) -> Option<&mut StompConfig> {
        (self.session.state().name() == StateName::Idle).then_some(&mut self.config)
    }

    /// The version of the connection, if there is one.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// The octets of a span.
    pub fn bytes(&self, span: Span) -> &[u8] {
        self.parser.bytes(span)
    }

    /// The text of a span of headers, each name and each value with NUL after it.
    pub fn text(&self, span: Span) -> &str {
        self.parser.text(span)
    }

    /// Answers [`Question::Credentials`] with the headers of CONNECT, such as `host`, `login` and `passcode`; the machine
    /// adds versions and heart-beats. False if nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// If a header holds a line end, which CONNECT cannot; answer with [`News::Failed`].
    pub fn connect(
        &mut self,
        now: Millis,
        generation: Generation,
        headers: &Headers,
    ) -> Result<bool, HeaderError> {
        let mut head = Head::new("CONNECT", None);
        head.versions(self.config.versions);
        head.pair(
            "heart-beat",
            self.config.outgoing_ms,
            self.config.incoming_ms,
        );
        head.headers(headers.as_text());
        let frame = head.frame()?;
        let is_awaited = self
            .session
            .handle_news(now, generation, News::CredentialsReady);
        if is_awaited {
            self.send(frame);
        }
        Ok(is_awaited)
    }

    /// Subscribes, now if the connection is open and on each new one before anything else; `headers` names the
    /// `destination`. `None` if the application gave it the `id` of another one.
    ///
    /// # Errors
    ///
    /// If a header cannot be written over the connection that is open.
    pub fn subscribe(
        &mut self,
        now: Millis,
        ack: AckMode,
        headers: Headers,
    ) -> Result<Option<SubscriptionId>, HeaderError> {
        let version = self.version.filter(|_| self.is_open());
        let Some(added) = self.subscriptions.add(ack, headers) else {
            return Ok(None);
        };
        let id = added.id;
        if version.is_some() {
            match added.frame(version) {
                Ok(frame) => self.send(frame),
                Err(error) => {
                    self.subscriptions.remove(id);
                    return Err(error);
                }
            }
            self.measure(now, subscription_receipt(id));
        }
        Ok(Some(id))
    }

    /// Ends a subscription; `headers` go with UNSUBSCRIBE, as durable ones want. False if there is none.
    ///
    /// # Errors
    ///
    /// If a header cannot be written; the subscription is over, and the broker does not know.
    pub fn unsubscribe(
        &mut self,
        id: SubscriptionId,
        headers: &Headers,
    ) -> Result<bool, HeaderError> {
        let Some(removed) = self.subscriptions.remove(id) else {
            return Ok(false);
        };
        if self.version.is_some() && self.is_open() {
            let mut head = Head::new("UNSUBSCRIBE", self.version);
            removed.name(&mut head, "id");
            head.headers(headers.as_text());
            self.send(head.frame()?);
        }
        Ok(true)
    }

    /// Closes for good: what has been sent is waited for within `drain_ms`, and DISCONNECT's receipt for at least 1 s.
    pub fn close(&mut self, now: Millis, code: Option<u16>, reason: &str, drain_ms: Millis) {
        let mut drain_ms = drain_ms;
        if self.is_open() {
            drain_ms = drain_ms.max(DISCONNECT_WITHIN_MS);
        }
        let says_goodbye = self.is_open() || self.session.stats(now).queued_messages > 0;
        let message = Message {
            awaits: Awaits::Acknowledgement,
            ..Message::plain(DISCONNECT, 1)
        };
        if drain_ms > 0 && says_goodbye {
            // A queue that is full says goodbye without it.
            let _: Fate = self.session.enqueue(now, message);
        }
        self.session.close(now, code, reason, drain_ms);
    }

    pub(super) fn is_open(&self) -> bool {
        self.session.state().name() == StateName::Open
    }

    pub(super) fn send(&mut self, text: String) {
        self.session.note_sent();
        self.outputs.push(Output::Frame(OutFrame::Text(text)));
    }

    pub(super) fn tell(&mut self, event: StompEvent) {
        self.outputs.push(Output::Event(event));
    }

    /// A receipt is asked for; one at a time measures the round trip.
    pub(super) fn measure(&mut self, now: Millis, receipt: Ticket) {
        self.measuring.get_or_insert((receipt, now));
    }

    /// A receipt has come.
    pub(super) fn measured(&mut self, receipt: Ticket) {
        if let Some((_, at)) = self.measuring.take_if(|(asked, _)| *asked == receipt) {
            self.session
                .note_round_trip(self.now, self.now.saturating_sub(at));
        }
    }

    /// What an order of the session means here; `None` if it is carried out.
    fn translate(&mut self, order: Order) -> Option<Output<StompEvent>> {
        match order {
            Order::Dial(generation) => {
                self.parser.reset();
                self.reads = generation;
                self.end();
            }
            Order::Ask(Question::Restore(_), generation) if generation == self.reads => {
                self.restoring = Some(0);
                return None;
            }
            Order::Transmit(DISCONNECT) => return self.goodbye(Some(DISCONNECT)),
            Order::Notify(Event::Dropped(DISCONNECT, ..)) => return None,
            Order::Ping(_) => return Some(Output::Frame(OutFrame::Text("\n".into()))),
            // Not because the link is dead: the broker need not wonder.
            Order::Abandon { code: Some(1000) } if self.version.is_some() => {
                self.outputs.push(Output::Session(order));
                return self.goodbye(None);
            }
            // Nothing may follow DISCONNECT.
            Order::Close { .. } | Order::Abandon { .. } => self.end(),
            _ => {}
        }
        Some(Output::Session(order))
    }

    /// The connection is over.
    fn end(&mut self) {
        self.version = None;
        self.restoring = None;
        self.measuring = None;
    }

    fn goodbye(&mut self, receipt: Option<Ticket>) -> Option<Output<StompEvent>> {
        let mut head = Head::new("DISCONNECT", self.version);
        match receipt {
            Some(ticket) => head.number("receipt", ticket),
            None => self.end(),
        }
        let text = head.frame().ok()?;
        Some(Output::Frame(OutFrame::Text(text)))
    }

    /// Subscribes to the next one again, or goes on to `open`.
    fn restore(&mut self, after: SubscriptionId) {
        let next = self.subscriptions.after(after);
        let Some((id, frame)) = next.map(|it| (it.id, it.frame(self.version))) else {
            self.restoring = None;
            self.session
                .handle_news(self.now, self.reads, News::Restored);
            return;
        };
        self.restoring = Some(id);
        // One that cannot be written over this version waits for another connection.
        if let Ok(frame) = frame {
            self.measure(self.now, subscription_receipt(id));
            self.send(frame);
        }
    }
}

/// Under which number the receipt of a subscription is measured: tickets count up from the other end.
pub(super) fn subscription_receipt(id: SubscriptionId) -> Ticket {
    DISCONNECT - id
}

impl Subscription {
    /// Writes its name.
    pub(super) fn name(&self, head: &mut Head, header: &str) {
        match self.headers.get("id") {
            Some(name) => head.header(header, name),
            None => head.number(header, self.id),
        }
    }

    fn frame(&self, version: Option<Version>) -> Result<String, HeaderError> {
        let mut head = Head::new("SUBSCRIBE", version);
        self.name(&mut head, "id");
        head.header("ack", self.ack.name());
        head.receipt(SUBSCRIPTION, self.id);
        head.headers(self.headers.as_text());
        head.frame()
    }
}

impl Subprotocol for Stomp {
    type Event = StompEvent;

    fn session(&self) -> &Session {
        &self.session
    }

    fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    fn handle_frame(&mut self, now: Millis, generation: Generation, frame: FrameRef<'_>) {
        self.now = self.now.max(now);
        if generation == self.reads {
            self.parser.append(frame.bytes());
        }
    }

    fn poll_output(&mut self) -> Option<Output<StompEvent>> {
        loop {
            if let Some(output) = take_at(&mut self.outputs, 0) {
                return Some(output);
            }
            if let Some(order) = self.session.poll_output() {
                match self.translate(order) {
                    None => continue,
                    output => return output,
                }
            }
            if let Some(after) = self.restoring {
                self.restore(after);
            } else if !self.read() {
                return None;
            }
        }
    }
}
