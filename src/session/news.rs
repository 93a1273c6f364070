//! What the outside tells the session: news of one attempt, and signals of page, network and clock.

use super::cause::Close;
use super::names::named;
use super::outbox::Ticket;

/// Numbers the attempts. News of an older generation is dropped.
pub type Generation = u32;

/// News of one attempt or connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// URL and subprotocols are ready to be dialled.
    UrlReady(Address),
    /// A provider, the first message of authentication or the restore step failed; or the URL could not be dialled.
    Failed,
    /// The handshake is done.
    Opened {
        /// Whether the server selected one of the subprotocols it was offered.
        protocol_selected: bool,
    },
    /// The message with the credentials is ready; the shell sends it if the news is taken.
    CredentialsReady,
    /// The restore step is done.
    Restored,
    /// A received frame was not a message for the application.
    Classified(Verdict),
    /// A received frame was above the limit: [`Heard::TooLarge`].
    TooLarge,
    /// The peer broke the subprotocol: the connection is closed with 4002. Subprotocols only.
    #[cfg(feature = "subprotocol")]
    Violated,
    /// The peer has ended the conversation by its subprotocol: what follows is what follows a close of such a meaning.
    /// Subprotocols only.
    #[cfg(feature = "subprotocol")]
    Dismissed {
        /// What its last word means.
        action: super::retry::Action,
        /// The delay of [`Action::Delay`](super::Action::Delay), stretched by up to a fifth.
        delay_ms: super::Millis,
    },
    /// The native socket is closed.
    Closed(Close),
}

/// What the session needs to know of the address that will be dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// `wss:`
    pub secure: bool,
    /// The host is this machine, which no network outage reaches.
    pub loopback: bool,
    /// At least one subprotocol is offered.
    pub offers_protocols: bool,
    /// The page itself came over `https:`, where browsers refuse `ws:` as mixed content.
    pub from_secure_page: bool,
}

/// What the configured classifier says of a received frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A message for the application.
    Message,
    /// The server pings.
    Ping,
    /// The server answers a ping; with its id, if pings carry one.
    Pong(Option<u32>),
    /// The server accepts the credentials.
    Accepted,
    /// The server refuses the credentials.
    Refused,
    /// A reply to the request of this ticket.
    Reply(Ticket),
    /// The frame could not be decoded.
    Invalid,
}

named! {
    /// Signals of the page and the network. The names are those of the browser's events where there is one.
    pub enum Signal {
        /// The browser believes that there is a network.
        Online = "online",
        /// The browser believes that there is none.
        Offline = "offline",
        /// The page is hidden.
        Hidden = "hidden",
        /// The page is shown.
        Shown = "shown",
        /// The page is frozen: no task of it will run.
        Frozen = "freeze",
        /// The page runs again.
        Resumed = "resume",
        /// The page goes into the back/forward cache.
        PageHidePersisted = "pagehide",
        /// The page comes out of the back/forward cache.
        PageShowPersisted = "pageshow",
    }
}

/// What became of a message that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits in the queue under its ticket.
    Queued(Ticket),
    /// It was refused.
    Dropped(super::outbox::DropReason),
}

/// What to do with a frame that has just arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Classify it and hand it on.
    Deliver,
    /// It is of an older connection: drop it.
    Discard,
    /// It is above the limit: drop it, and say so with [`News::TooLarge`]. A break needs the time, which is not
    /// read for every frame.
    TooLarge,
}
