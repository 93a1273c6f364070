//! Frames that the application has sent: what may leave over this connection, and how it is written.

use super::config::StompConfig;
use super::headers::{HeaderError, Headers, Pairs};
use super::machine::{SUBSCRIPTION, Stomp};
use super::subscription::{AckMode, SubscriptionId};
use super::version::Version;
use super::writer::{FRAME, HEAD, Head};
use crate::session::{Generation, StateName, Ticket, named};

named! {
    /// A frame that the application sends. SUBSCRIBE and UNSUBSCRIBE are the machine's.
    pub enum Verb {
        /// A message for a destination.
        Send = "SEND",
        /// A message has been dealt with.
        Ack = "ACK",
        /// A message has not been dealt with. Not in STOMP 1.0.
        Nack = "NACK",
        /// A transaction begins.
        Begin = "BEGIN",
        /// What belongs to a transaction takes effect.
        Commit = "COMMIT",
        /// What belongs to a transaction is forgotten.
        Abort = "ABORT",
    }
}

named! {
    /// Why a frame cannot leave.
    pub enum FrameError {
        /// It belongs to a connection or a subscription that is over: the broker delivers the message again, and has
        /// forgotten the transaction.
        Stale = "stale",
        /// A header holds what the version of the connection cannot write.
        Header = "header",
        /// The version of the connection has no such frame: NACK in STOMP 1.0.
        Unsupported = "unsupported",
        /// The subscription acknowledges by itself.
        Auto = "auto",
        /// The message has been acknowledged already, by itself or with a later one.
        Settled = "settled",
    }
}

/// A frame of the application, without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// What it is.
    pub verb: Verb,
    /// Its headers, each name and each value with NUL after it. Those of ACK and NACK begin with `id`, whose value is
    /// what the message says; the machine names it as the version does.
    pub headers: &'a str,
    /// The subscription of ACK and NACK.
    pub subscription: SubscriptionId,
    /// Bytes of the body, if it is to be said.
    pub content_length: Option<u32>,
    /// The message of the outbox that the receipt is for.
    pub receipt: Option<Ticket>,
    /// The connection that it belongs to; `None` is any.
    pub bound: Option<Generation>,
}

impl<'a> Draft<'a> {
    /// A frame without a receipt that may leave over any connection.
    pub fn new(verb: Verb, headers: &'a str) -> Self {
        Draft {
            verb,
            headers,
            subscription: 0,
            content_length: None,
            receipt: None,
            bound: None,
        }
    }
}

impl Stomp {
    /// Whether a frame may leave at once: the connection is open, and nothing stands before it.
    pub fn can_pass(&self) -> bool {
        let knows_all = |known| self.subscriptions.after(known).is_none();
        self.known.is_some_and(knows_all) && self.session.can_pass()
    }

    /// Writes the head of a frame, to be followed by its body and NUL and handed to the native socket at once.
    ///
    /// # Errors
    ///
    /// [`FrameError::Stale`], [`FrameError::Header`] or [`FrameError::Unsupported`]: the frame must not leave. What the
    /// session still waits for is to be [withdrawn](crate::session::Session::withdraw).
    pub fn write(&self, draft: &Draft<'_>) -> Result<String, FrameError> {
        let generation = self.session.generation();
        let Some(version) = self
            .version
            .filter(|_| draft.bound.is_none_or(|it| it == generation))
        else {
            return Err(FrameError::Stale);
        };
        let mut text = String::new();
        let mut head = Head::new(&mut text, draft.verb.name(), Some(version));
        if let Some(ticket) = draft.receipt {
            head.number("receipt", ticket);
        }
        let mut headers = draft.headers;
        if matches!(draft.verb, Verb::Ack | Verb::Nack) && version < Version::V12 {
            if draft.verb == Verb::Nack && version == Version::V10 {
                return Err(FrameError::Unsupported);
            }
            let mut pairs = Pairs::of(headers);
            let (_, id) = pairs.next().ok_or(FrameError::Header)?;
            head.header("message-id", id);
            headers = pairs.rest();
            self.name(&mut head, "subscription", draft.subscription);
        }
        head.headers(headers);
        if let Some(length) = draft.content_length {
            head.number("content-length", length);
        }
        head.end(HEAD).map_err(|_| FrameError::Header)?;
        Ok(text)
    }

    /// Writes CONNECT, or [STOMP](super::StompConfig::stomp_frame), with headers such as `host`, `login` and `passcode`; versions and heart-beats stand before them.
    /// It answers [`Question::Credentials`](crate::session::Question::Credentials), and leaves if
    /// [`News::CredentialsReady`](crate::session::News::CredentialsReady) is taken.
    ///
    /// # Errors
    ///
    /// If a header holds a line end, or its name a colon, which CONNECT cannot write; answer with
    /// [`News::Failed`](crate::session::News::Failed).
    pub fn write_connect(&self, headers: &Headers) -> Result<String, HeaderError> {
        let mut text = String::new();
        // The frame STOMP came with the escapes, and is written as the last version does.
        let mut head = if self.config.stomp_frame {
            Head::new(&mut text, "STOMP", Some(Version::V12))
        } else {
            Head::new(&mut text, "CONNECT", None)
        };
        head.versions(self.config.versions);
        let StompConfig {
            outgoing_ms,
            incoming_ms,
            ..
        } = self.config;
        head.pair("heart-beat", outgoing_ms, incoming_ms);
        head.headers(headers.as_text());
        head.end(FRAME)?;
        Ok(text)
    }

    /// Writes SUBSCRIBE, with a receipt of the machine's own; `headers` name the `destination`. It answers
    /// [`StompEvent::Subscribe`](super::StompEvent::Subscribe).
    ///
    /// # Errors
    ///
    /// If a header cannot be written over this connection: it is subscribed to over none of this version.
    pub fn write_subscribe(
        &self,
        id: SubscriptionId,
        headers: &Headers,
    ) -> Result<String, HeaderError> {
        let mut text = String::new();
        let mut head = Head::new(&mut text, "SUBSCRIBE", self.version);
        self.name(&mut head, "id", id);
        let ack = self.subscriptions.get(id).map(|it| it.ack);
        head.header("ack", ack.unwrap_or(AckMode::Auto).name());
        head.receipt(SUBSCRIPTION, id);
        head.headers(headers.as_text());
        head.end(FRAME)?;
        Ok(text)
    }

    /// Writes UNSUBSCRIBE; `name` is the `id` that the application gave it, or nothing.
    ///
    /// # Errors
    ///
    /// If a header cannot be written: the broker goes on.
    pub fn write_unsubscribe(
        &self,
        id: SubscriptionId,
        name: &str,
        headers: &Headers,
    ) -> Result<String, HeaderError> {
        let mut text = String::new();
        let mut head = Head::new(&mut text, "UNSUBSCRIBE", self.version);
        head.name("id", id, name);
        head.headers(headers.as_text());
        head.end(FRAME)?;
        Ok(text)
    }

    fn name(&self, head: &mut Head<'_>, header: &str, id: SubscriptionId) {
        let subscription = self.subscriptions.get(id);
        let name = subscription.map_or("", |subscription| subscription.name.as_str());
        head.name(header, id, name);
    }

    /// Notes that a message is acknowledged, or not: the `number`th of its subscription, received over the connection of
    /// that generation.
    ///
    /// # Errors
    ///
    /// Any [`FrameError`] but [`FrameError::Header`]: no frame must be sent.
    pub fn settle(
        &mut self,
        verb: Verb,
        generation: Generation,
        subscription: SubscriptionId,
        number: u32,
    ) -> Result<(), FrameError> {
        let is_here = self.session.generation() == generation
            && self.session.state().name() == StateName::Open;
        let subscription = self.subscriptions.get_mut(subscription).filter(|_| is_here);
        let Some(subscription) = subscription else {
            return Err(FrameError::Stale);
        };
        match subscription.ack {
            AckMode::Auto => return Err(FrameError::Auto),
            _ if verb == Verb::Nack && self.version == Some(Version::V10) => {
                return Err(FrameError::Unsupported);
            }
            AckMode::Client if number <= subscription.settled => return Err(FrameError::Settled),
            AckMode::Client => subscription.settled = number,
            AckMode::ClientIndividual => {}
        }
        Ok(())
    }
}
