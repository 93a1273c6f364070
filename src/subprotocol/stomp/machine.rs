//! The machine: a session that speaks STOMP.

use super::config::{StompConfig, prepare};
use super::headers::value_of;
use super::parser::{Parser, Span};
use super::subscription::{AckMode, SubscriptionId, Subscriptions};
use super::version::Version;
use super::violation::Violation;
use crate::session::{
    Awaits, Config, Event, Fate, Generation, Message, Millis, News, Output as Order, Question,
    Session, StateName, Ticket,
};
use crate::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

/// DISCONNECT is a message like others, whose receipt a goodbye waits for.
pub(super) const DISCONNECT: Ticket = Ticket::MAX;
/// It is waited for at least this long.
const DISCONNECT_WITHIN_MS: Millis = 1_000;
/// Its frame: 4294967295 is its ticket.
const GOODBYE: &str = "DISCONNECT\nreceipt:4294967295\n\n\0";
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
        /// Its headers.
        headers: Span,
        /// Its body.
        body: Span,
    },
    /// The broker has processed the message of this ticket, whose fate is settled.
    Receipt(Ticket),
    /// Send [SUBSCRIBE](Stomp::write_subscribe) of this subscription now.
    Subscribe(SubscriptionId),
    /// The broker has taken this subscription.
    Subscribed(SubscriptionId),
    /// The broker has sent ERROR. The connection ends, and the session tells what follows.
    Failed {
        /// What it answers, if the broker says so; or if it does not, twice in a row, and the same thing alone awaited a
        /// receipt both times. That is over: a message is not sent again, a subscription is gone.
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
/// use tautline::subprotocol::{Output, Subprotocol};
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
///             sent.push(stomp.write_connect(&headers).unwrap());
///             stomp.session_mut().handle_news(40, generation, News::CredentialsReady);
///         }
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
    /// What is told before anything that the session has to say. Frames are read one at a time: there is one at most.
    event: Option<StompEvent>,
    /// What the session has ordered, after DISCONNECT.
    after: Option<Order>,
    /// The version of the connection, from CONNECTED to its end.
    pub(super) version: Option<Version>,
    /// Which connection the parser reads from.
    pub(super) reads: Generation,
    /// Up to which subscription the broker knows them, once it may.
    pub(super) known: Option<SubscriptionId>,
    /// A receipt that measures the round trip, and when it was asked for.
    measuring: Option<(Ticket, Millis)>,
    /// What alone may have been meant by the last ERROR that named nothing.
    pub(super) suspect: Answers,
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
            event: None,
            after: None,
            version: None,
            reads: 0,
            known: None,
            measuring: None,
            suspect: Answers::Unknown,
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

    /// What ACK and NACK have to name of a message with these headers.
    pub fn ack_id(&self, headers: Span) -> &str {
        let text = self.text(headers);
        let ack = match self.version {
            Some(Version::V12) => value_of(text, "ack"),
            _ => None,
        };
        ack.or_else(|| value_of(text, "message-id"))
            .unwrap_or_default()
    }

    /// Subscribes, now if the connection is open and on each new one before anything else: [`StompEvent::Subscribe`] says
    /// when. `name` is the `id` that the application gives it, or nothing. `None` if another one has that.
    pub fn subscribe(&mut self, ack: AckMode, name: &str) -> Option<SubscriptionId> {
        self.subscriptions.add(ack, name)
    }

    /// Ends a subscription. True if the broker knows it, and [UNSUBSCRIBE](Stomp::write_unsubscribe) is to be sent.
    pub fn unsubscribe(&mut self, id: SubscriptionId) -> bool {
        self.subscriptions.remove(id) && self.known.is_some_and(|known| id <= known)
    }

    /// Closes for good: what has been sent is waited for within `drain_ms`, and DISCONNECT's receipt for at least 1 s.
    pub fn close(&mut self, now: Millis, code: Option<u16>, reason: &str, drain_ms: Millis) {
        let drain_ms = say_goodbye(&mut self.session, now, drain_ms);
        self.session.close(now, code, reason, drain_ms);
    }

    pub(super) fn tell(&mut self, event: StompEvent) {
        self.event = Some(event);
    }

    /// Whether the receipt that measures can still come.
    fn is_measuring(&self) -> bool {
        self.measuring
            .is_some_and(|(asked, _)| self.session.under_way().any(|it| it == asked))
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
                self.known = Some(0);
                return None;
            }
            Order::Transmit(DISCONNECT) => return Some(frame(GOODBYE)),
            Order::Transmit(ticket) if !self.is_measuring() => {
                // One that awaits no receipt would measure nothing.
                let is_awaited = self.session.under_way().any(|it| it == ticket);
                self.measuring = is_awaited.then_some((ticket, self.session.now()));
            }
            Order::Notify(Event::Dropped(DISCONNECT, ..)) => return None,
            Order::Ping(_) => return Some(frame("\n")),
            // Not because the link is dead: the broker need not wonder.
            Order::Abandon { code: Some(1000) } if self.version.is_some() => {
                self.after = Some(order);
                self.end();
                return Some(frame("DISCONNECT\n\n\0"));
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
        self.known = None;
        self.measuring = None;
    }

    /// The next subscription that the broker does not know yet; or, when it knows all, on to `open`.
    fn introduce(&mut self) -> Option<StompEvent> {
        let next = self.subscriptions.after(self.known?);
        if let Some(id) = next {
            self.known = next;
            self.subscriptions.get_mut(id)?.is_unconfirmed = true;
        } else if self.session.may_restore(self.reads) {
            self.session
                .handle_news(self.now, self.reads, News::Restored);
        }
        next.map(StompEvent::Subscribe)
    }
}

/// Has DISCONNECT leave before a close; gives how long that waits for what has been sent, and for the receipt.
pub(crate) fn say_goodbye(session: &mut Session, now: Millis, drain_ms: Millis) -> Millis {
    let is_open = session.state().name() == StateName::Open;
    let drain_ms = if is_open {
        drain_ms.max(DISCONNECT_WITHIN_MS)
    } else {
        drain_ms
    };
    if drain_ms > 0 && (is_open || session.held().0 > 0) {
        // A queue that is full says goodbye without it.
        let _: Fate = session.enqueue(
            now,
            Message {
                awaits: Awaits::Acknowledgement,
                ..Message::plain(DISCONNECT, 1)
            },
        );
    }
    drain_ms
}

fn frame(text: &str) -> Output<StompEvent> {
    Output::Frame(OutFrame::Text(text.into()))
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
            if let Some(event) = self.event.take() {
                return Some(Output::Event(event));
            }
            if let Some(order) = self.after.take() {
                return Some(Output::Session(order));
            }
            if let Some(order) = self.session.poll_output() {
                match self.translate(order) {
                    None => continue,
                    output => return output,
                }
            }
            if let Some(event) = self.introduce() {
                return Some(Output::Event(event));
            }
            if !self.session.has_outputs() && !self.read() {
                return None;
            }
        }
    }
}
