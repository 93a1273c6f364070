//! The invariants. Each watches everything that passes between a session and its surroundings, keeps its own
//! account of it, and knows nothing of how the session works inside.

mod asking;
mod causes;
mod closing;
mod delivery;
mod edges;
mod fates;
mod gate;
mod heartbeat;
mod keep_alive;
mod ledger;
mod renewal;
mod room;
pub mod rows;
mod signals;
mod silence;
mod sockets;
mod stats;
mod timers;
pub mod turns;

pub use edges::EDGES;

use tautline::session::{
    Config, Event, HeartbeatConfig, Millis, News, Output, Signal, State, StateName, Stats, Ticket,
    Timer, Wait,
};

use crate::call::{Call, Kind, Reply};
use crate::counted::counted;
use crate::coverage::Coverage;
use crate::net::LinkId;

counted! {
    /// What must always hold.
    pub enum Invariant {
        Edges = "only edges of the diagram",
        Sockets = "at most one live socket",
        Fates = "every message has one fate, in order",
        QueueBounds = "the queue keeps its bounds",
        Causes = "each cause has its consequence",
        Delays = "delays within their windows",
        Timers = "timers in the future and for a reason; spurious ones do nothing",
        Silence = "nothing happens after closed",
        Gate = "nothing leaves before authentication and restore",
        Signals = "signals act at most once per 5 s",
        Heartbeat = "dead peers are found in time, living ones kept",
        Closing = "close() is over within drain and a second",
        Stats = "statistics agree with what happened",
        Recovery = "a healthy network is reached again",
        Confirmed = "nothing is confirmed that was not received",
        AtLeastOnce = "at-least-once loses nothing and never reorders",
        AtMostOnce = "what does not repeat arrives at most once",
        Kept = "what is kept and what is asked keep their bounds",
        Promises = "each promise is settled exactly once",
        Asking = "a ping follows what is unconfirmed in time",
        KeepAlive = "something leaves as often as was agreed",
        Renewal = "credentials are renewed one at a time, for a reason, by a yes",
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    pub invariant: Invariant,
    pub what: String,
}

/// What a check says.
pub type Verdict = Result<(), Violation>;

/// Fails unless the condition holds; the message is made only then.
pub fn ensure(holds: bool, invariant: Invariant, what: impl FnOnce() -> String) -> Verdict {
    if holds {
        return Ok(());
    }
    Err(Violation {
        invariant,
        what: what(),
    })
}

/// What the checks see, in order.
#[derive(Clone, Copy)]
pub enum Seen<'a> {
    /// A call is about to be made.
    Call(&'a Call),
    /// It has returned.
    Reply(&'a Call, Reply),
    /// An order or an event came out.
    Output(&'a Output),
    /// The shell put the first message of authentication on the wire.
    CredentialsSent,
    /// The shell put a message of the restore step on the wire.
    RestoreSent,
    /// The server took in a message of the application.
    Arrived { link: LinkId, ticket: Ticket },
    /// Nothing more comes out.
    Settled {
        state: &'a State,
        deadline: Option<(Millis, Timer)>,
    },
    /// A look at the statistics; with the messages that the server has received over the live link, if it is open.
    Audit {
        stats: &'a Stats,
        received: Option<u64>,
    },
}

/// What is known at the moment of a look.
pub struct Context<'a> {
    pub now: Millis,
    pub config: &'a Config,
    /// The state as the session has it. Inside a listener it may be ahead of the one that was shown last.
    pub actual: StateName,
    /// The state that was shown last.
    pub shown: StateName,
    /// With its data.
    pub state: &'a State,
    /// The call that is being answered.
    pub call: Kind,
    /// The call within which a listener made it: what that has ordered may still come out.
    pub outer: Kind,
    /// How much too late the call comes that a timer should have made, if it is a timeout, a signal or news: on
    /// each of these a session may notice that the machine slept.
    pub late_ms: Millis,
    /// The timer that is due, and since when.
    pub due: Option<(Millis, Timer)>,
    /// A goodbye waits for the queue: `closing` is shown, whatever the attempts below do.
    pub farewell: bool,
    /// The application reads nothing from the open connection.
    pub held: bool,
    /// Good news came to the open connection within the last second: a plain break is older.
    pub read_late: bool,
    /// The heartbeat in effect …
    pub rhythm: HeartbeatConfig,
    /// … and since when.
    pub agreed_at: Millis,
}

/// A plain break within this time of good news is followed by a dial at once.
const READ_LATE_MS: Millis = 1_000;

/// A timer this late means that the machine slept, or that the page was throttled.
pub const WAKE_MS: Millis = 5_000;

impl Context<'_> {
    /// Whether the call that is being answered shows that the machine slept.
    pub fn woke(&self) -> bool {
        self.late_ms >= WAKE_MS
    }

    /// Whether a call makes another heartbeat take effect on the open connection.
    pub fn agrees(&self, call: &Call) -> Option<HeartbeatConfig> {
        match *call {
            Call::Agree(heartbeat) if self.actual == StateName::Open => {
                (heartbeat != self.rhythm).then_some(heartbeat)
            }
            _ => None,
        }
    }

    pub fn waited(&self) -> Option<&Wait> {
        match self.state {
            State::Waiting(wait) => Some(wait),
            _ => None,
        }
    }
}

fn is_good_news(signal: Signal) -> bool {
    matches!(
        signal,
        Signal::Online | Signal::Shown | Signal::Resumed | Signal::PageShowPersisted
    )
}

/// All invariants of one run.
pub struct Checks {
    now: Millis,
    pub violation: Option<Violation>,
    pub coverage: Coverage,
    config: Config,
    shown: State,
    call: Kind,
    outer: Kind,
    late_ms: Millis,
    deadline: Option<(Millis, Timer)>,
    /// When good news last came to an open connection.
    news_while_open: Option<Millis>,
    /// Whether the closing handshake was ordered since the last attempt began.
    close_ordered: bool,
    held: bool,
    agreed: Option<HeartbeatConfig>,
    agreed_at: Millis,
    edges: edges::Edges,
    sockets: sockets::Sockets,
    delivery: delivery::Delivery,
    asking: asking::Asking,
    renewal: renewal::Renewal,
    fates: fates::Fates,
    causes: causes::Causes,
    timers: timers::Timers,
    silence: silence::Silence,
    gate: gate::Gate,
    signals: signals::Signals,
    heartbeat: heartbeat::Heartbeat,
    keep_alive: keep_alive::KeepAlive,
    closing: closing::Closing,
    stats: stats::Counted,
}

impl Checks {
    pub fn new(config: Config) -> Self {
        Checks {
            now: 0,
            violation: None,
            coverage: Coverage::new(),
            shown: State::Idle,
            call: Kind::Nothing,
            outer: Kind::Nothing,
            late_ms: 0,
            deadline: None,
            news_while_open: None,
            close_ordered: false,
            held: false,
            agreed: None,
            agreed_at: 0,
            edges: edges::Edges,
            sockets: sockets::Sockets::default(),
            delivery: delivery::Delivery::default(),
            asking: asking::Asking::default(),
            renewal: renewal::Renewal::default(),
            fates: fates::Fates::default(),
            causes: causes::Causes::new(&config),
            timers: timers::Timers::new(),
            silence: silence::Silence::default(),
            gate: gate::Gate::default(),
            signals: signals::Signals::default(),
            heartbeat: heartbeat::Heartbeat::default(),
            keep_alive: keep_alive::KeepAlive::default(),
            closing: closing::Closing::default(),
            stats: stats::Counted::default(),
            config,
        }
    }

    pub fn failed(&self) -> bool {
        self.violation.is_some()
    }

    pub fn fail(&mut self, invariant: Invariant, what: String) {
        self.violation.get_or_insert(Violation { invariant, what });
    }

    /// The state that was shown last.
    pub fn shown(&self) -> &State {
        &self.shown
    }

    /// Messages that wait, by the checks' own account.
    pub fn queued(&self) -> usize {
        self.fates.len()
    }

    /// The tickets that await something.
    pub fn unsettled(&self) -> &[Ticket] {
        self.delivery.unsettled()
    }

    /// A message that had left by then and is still not confirmed.
    pub fn unconfirmed(&self, sent_by: Millis) -> Option<Ticket> {
        self.delivery.unconfirmed(sent_by)
    }

    /// Whether the provider has been asked for new credentials for the open connection.
    pub fn is_renewing(&self) -> bool {
        self.renewal.is_asking()
    }

    /// Looks at what has just passed.
    pub fn see(&mut self, now: Millis, actual: StateName, seen: &Seen) {
        if self.failed() {
            return;
        }
        self.now = now;
        self.begin(now, seen);
        if let Err(violation) = self.watch(now, actual, seen) {
            self.violation = Some(violation);
        }
        self.conclude(actual, seen);
    }

    fn begin(&mut self, now: Millis, seen: &Seen) {
        match *seen {
            Seen::Call(Call::Advise(_)) => {}
            Seen::Call(call) => {
                // A listener that sends does so within the call that it was called from.
                let sends = call.is_aside();
                // And what a reconnect has ordered comes out after whatever a listener says.
                if self.call == Kind::Nothing || !(sends || self.call == Kind::Reconnect) {
                    self.call = call.kind();
                }
                if self.outer == Kind::Nothing {
                    self.outer = call.kind();
                }
                let late = match (call, self.deadline) {
                    (Call::News(_, News::Closed(_)), _) => 0,
                    (Call::Timeout | Call::News(..), Some((at, _))) => now.saturating_sub(at),
                    (Call::Signal(_), Some((at, _))) if self.config.lifecycle => {
                        now.saturating_sub(at)
                    }
                    _ => 0,
                };
                self.late_ms = self.late_ms.max(late);
            }
            _ => {}
        }
    }

    fn watch(&mut self, now: Millis, actual: StateName, seen: &Seen) -> Verdict {
        let shown = self.shown.name();
        let context = &Context {
            now,
            config: &self.config,
            actual,
            shown,
            state: &self.shown,
            call: self.call,
            outer: self.outer,
            late_ms: self.late_ms,
            due: self.deadline.filter(|&(at, _)| at <= now),
            held: self.held,
            rhythm: self.agreed.unwrap_or(self.config.heartbeat),
            agreed_at: self.agreed_at,
            farewell: shown == StateName::Closing && !self.close_ordered,
            read_late: self
                .news_while_open
                .is_some_and(|at| now <= at + READ_LATE_MS),
        };
        let coverage = &mut self.coverage;
        self.edges.see(context, seen, coverage)?;
        self.sockets.see(context, seen)?;
        self.timers.see(context, seen, coverage)?;
        self.delivery.see(context, seen)?;
        turns::count(seen, &self.delivery, coverage);
        self.asking.see(context, seen, &self.delivery)?;
        self.renewal.see(context, seen)?;
        self.fates.see(context, seen, coverage)?;
        self.silence.see(context, seen)?;
        self.gate.see(context, seen)?;
        self.signals.see(context, seen, coverage)?;
        self.causes.see(context, seen, coverage)?;
        self.heartbeat.see(context, seen)?;
        self.keep_alive.see(context, seen)?;
        self.closing.see(context, seen, &self.fates)?;
        self.stats.see(context, seen, &self.fates)
    }

    fn conclude(&mut self, actual: StateName, seen: &Seen) {
        match *seen {
            Seen::Call(Call::HoldReading) => self.held |= actual == StateName::Open,
            Seen::Call(Call::ReleaseReading) | Seen::Output(Output::Dial(_)) => {
                self.held = false;
                if matches!(seen, Seen::Output(_)) {
                    self.agreed = None;
                }
            }
            Seen::Call(Call::Signal(signal))
                if is_good_news(*signal)
                    && self.shown.name() == StateName::Open
                    && self.config.lifecycle =>
            {
                self.news_while_open = Some(self.now);
            }
            Seen::Reply(&Call::Agree(heartbeat), _)
                if matches!(
                    actual,
                    StateName::Authenticating | StateName::Restoring | StateName::Open
                ) =>
            {
                self.agreed = Some(heartbeat);
                self.agreed_at = self.now;
            }
            Seen::Output(Output::Close { .. }) => self.close_ordered = true,
            Seen::Output(Output::Notify(Event::State { state, .. })) => {
                if matches!(state, State::Connecting(_) | State::Open { .. }) {
                    self.close_ordered = false;
                    self.news_while_open = None;
                }
                self.held &= actual == StateName::Open;
                self.shown = *state;
            }
            Seen::Settled { deadline, .. } => {
                self.deadline = deadline;
                self.call = Kind::Nothing;
                self.outer = Kind::Nothing;
                self.late_ms = 0;
            }
            _ => {}
        }
    }
}
