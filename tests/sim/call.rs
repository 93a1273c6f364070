//! Everything that can be said to a session, as data: so that it can be watched, traced and tampered with.

use tautline::session::{
    Advice, Fate, Generation, Heard, HeartbeatConfig, Message, Millis, News, Progress, Signal,
    Ticket,
};

/// One call of the session.
#[derive(Clone, Debug)]
pub enum Call {
    Open,
    Reconnect,
    Close {
        drain_ms: Millis,
    },
    Abort,
    Pause,
    Resume,
    HoldReading,
    ReleaseReading,
    Advise(Advice),
    Signal(Signal),
    News(Generation, News),
    Heard(Generation, u64),
    Timeout,
    Enqueue(Message),
    /// A message goes straight to the native socket.
    Pass {
        ticket: u32,
        bytes: u32,
    },
    /// Follows a pass where the session asked for it.
    Sent,
    /// The application takes a message back.
    Withdraw(Ticket),
    Reauthenticate,
    /// How long the credentials hold that the next yes is about.
    Hold(Millis),
    /// Both sides agree on another heartbeat.
    Agree(HeartbeatConfig),
}

/// What the session answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Done,
    Taken(bool),
    Heard(Heard),
    Fate(Fate),
    WantsSent(bool),
    Withdrawn(Option<Progress>),
}

/// Which call it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Reconnect,
    Resume,
    Signal(Signal),
    Timeout,
    /// The link broke without a word.
    Broke,
    Other,
}

impl Call {
    /// Whether a listener may do this within the call that it was called from.
    pub fn is_aside(&self) -> bool {
        matches!(
            self,
            Call::Enqueue(_)
                | Call::Pass { .. }
                | Call::Sent
                | Call::Withdraw(_)
                | Call::Reauthenticate
                | Call::HoldReading
                | Call::ReleaseReading
        )
    }

    pub fn kind(&self) -> Kind {
        match *self {
            Call::Reconnect => Kind::Reconnect,
            Call::Resume => Kind::Resume,
            Call::Signal(signal) => Kind::Signal(signal),
            Call::Timeout => Kind::Timeout,
            Call::News(_, News::Closed(ref close)) if close.code == 1006 => Kind::Broke,
            _ => Kind::Other,
        }
    }
}
