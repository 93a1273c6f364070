//! The random operations: what users, browsers, networks, servers, providers and clocks do to a session.

use tautline::session::{
    Action, Address, Advice, Awaits, Close, ClosedWhy, Generation, Millis, News, Signal, State,
    StateName, Verdict,
};

use crate::app::Command;
use crate::call::Call;
use crate::check::rows::{LAST_WORDS, REASONS};
use crate::config::{self, chance};
use crate::counted::counted;
use crate::faults::Fault;
use crate::net::Frame;
use crate::world::World;

counted! {
    /// An operation.
    pub enum Op {
        Send = "send",
        SendBurst = "send many at once",
        Confirm = "send until confirmed",
        Request = "send a request",
        RequestBurst = "send many requests at once",
        Withdraw = "withdraw a message",
        Reauthenticate = "reauthenticate",
        Close = "close",
        Abort = "abort",
        Reconnect = "reconnect",
        Pause = "pause",
        Resume = "resume",
        HoldReading = "hold the reading back",
        ReleaseReading = "read on",
        Listen = "act from inside a listener",
        Advise = "another retry function",
        Online = "online",
        Offline = "offline",
        Hidden = "hidden",
        Shown = "shown",
        Freeze = "frozen for a while",
        Cache = "into the back/forward cache for a while",
        StraySignal = "a signal out of its order",
        Tear = "tear the link",
        HalfOpen = "half-open the link",
        Darken = "darken the network",
        Latency = "change the latency",
        ServerCloses = "server closes",
        Restart = "server restarts",
        Push = "server sends a message",
        Oversize = "server sends too large a message",
        Garbage = "server sends garbage",
        Breach = "server breaks the subprotocol",
        LastWord = "server ends the conversation by the subprotocol",
        Agree = "agree on another heartbeat",
        ServerPing = "server pings",
        UnaskedPong = "server sends a pong nobody asked for",
        UnaskedReply = "server replies to nobody",
        UnaskedYes = "server says yes or no to nothing",
        ServerMode = "server misbehaves for a while",
        ProviderMode = "a provider misbehaves for a while",
        Jank = "busy page",
        Sleep = "machine sleeps",
        Spurious = "timeout before its time",
        ClockBack = "clock steps back",
        StaleNews = "news of another generation",
        UntimelyNews = "news at the wrong moment",
        Wait = "nothing for a while",
    }
}

/// How often each is drawn.
const WEIGHTS: &[(Op, u32)] = &[
    (Op::Send, 130),
    (Op::SendBurst, 25),
    (Op::Confirm, 50),
    (Op::Request, 45),
    (Op::RequestBurst, 6),
    (Op::Withdraw, 15),
    (Op::Reauthenticate, 15),
    (Op::Close, 8),
    (Op::Abort, 1),
    (Op::Reconnect, 20),
    (Op::Pause, 8),
    (Op::Resume, 25),
    (Op::HoldReading, 20),
    (Op::ReleaseReading, 40),
    (Op::Listen, 30),
    (Op::Advise, 10),
    (Op::Online, 30),
    (Op::Offline, 15),
    (Op::Hidden, 15),
    (Op::Shown, 25),
    (Op::Freeze, 8),
    (Op::Cache, 8),
    (Op::StraySignal, 15),
    (Op::Tear, 25),
    (Op::HalfOpen, 22),
    (Op::Darken, 10),
    (Op::Latency, 15),
    (Op::ServerCloses, 50),
    (Op::Restart, 6),
    (Op::Push, 100),
    (Op::Oversize, 8),
    (Op::Garbage, 8),
    (Op::Breach, 8),
    (Op::LastWord, 20),
    (Op::Agree, 20),
    (Op::ServerPing, 15),
    (Op::UnaskedPong, 8),
    (Op::UnaskedReply, 10),
    (Op::UnaskedYes, 4),
    (Op::ServerMode, 60),
    (Op::ProviderMode, 40),
    (Op::Jank, 15),
    (Op::Sleep, 8),
    (Op::Spurious, 20),
    (Op::ClockBack, 10),
    (Op::StaleNews, 12),
    (Op::UntimelyNews, 15),
    (Op::Wait, 40),
];

const TOTAL: u32 = {
    let mut total = 0;
    let mut index = 0;
    while index < WEIGHTS.len() {
        total += WEIGHTS[index].1;
        index += 1;
    }
    total
};

const SERVER_MODES: &[Fault] = &[
    Fault::Refused,
    Fault::Refused,
    Fault::Unanswered,
    Fault::Unanswered,
    Fault::SlowHandshake,
    Fault::NoProtocol,
    Fault::Flapping,
    Fault::TokenRefused,
    Fault::TokenUnanswered,
    Fault::TokenCloses,
    Fault::PingsStop,
    Fault::TokenLate,
    Fault::PongsDropped,
    Fault::PongsDropped,
    Fault::PongLate,
    Fault::PongLate,
    Fault::PongTwice,
    Fault::ReplyLate,
    Fault::ReplyTwice,
    Fault::ReplyNever,
    Fault::ReplyNever,
];

const PROVIDER_MODES: &[Fault] = &[
    Fault::UrlFails,
    Fault::UrlHangs,
    Fault::UrlSlow,
    Fault::UrlInsecure,
    Fault::TokenFails,
    Fault::TokenHangs,
    Fault::TokenSlow,
    Fault::RestoreFails,
    Fault::RestoreHangs,
];

/// The codes that the server closes with: all that the table names, and some that it does not.
const CODES: &[u16] = &[
    1000, 1000, 1001, 1001, 1002, 1003, 1005, 1006, 1006, 1006, 1007, 1008, 1009, 1010, 1011, 1011,
    1012, 1012, 1013, 1014, 1015, 3000, 3001, 3003, 3501, 4000, 4100, 4201, 4400, 4401, 4403, 4408,
    4425, 4429, 4450, 4499, 4500, 4504, 4900,
];

const SIGNALS: &[Signal] = &[
    Signal::Online,
    Signal::Shown,
    Signal::Frozen,
    Signal::Resumed,
    Signal::PageHidePersisted,
    Signal::PageShowPersisted,
];

impl World {
    /// Draws an operation, does it, and lets some time pass.
    pub fn operate(&mut self) {
        let mut ticket = self.rng.u32(..TOTAL);
        let op = WEIGHTS
            .iter()
            .find_map(|&(op, weight)| match ticket.checked_sub(weight) {
                Some(rest) => {
                    ticket = rest;
                    None
                }
                None => Some(op),
            })
            .unwrap_or(Op::Wait);
        // An abort ends a run's interest: it is drawn less often still.
        let op = if op == Op::Abort && chance(&mut self.rng, 70) {
            Op::Wait
        } else {
            op
        };
        self.checks.coverage.ops[op as usize] += 1;
        self.trace.note(self.now, || format!("# {op:?}"));
        self.act(op);
        if self.setting.persistent && self.is_over() && chance(&mut self.rng, 25) {
            self.input(&Call::Reconnect);
        }
        let pause = self.pause_ms();
        self.run_until(self.now + pause);
        self.audit();
    }

    fn pause_ms(&mut self) -> Millis {
        let rng = &mut self.rng;
        match rng.u32(..100) {
            0..30 => rng.u64(..20),
            30..70 => rng.u64(20..1_500),
            70..90 => rng.u64(1_500..8_000),
            90..99 => rng.u64(8_000..45_000),
            _ => rng.u64(45_000..400_000),
        }
    }

    fn act(&mut self, op: Op) {
        match op {
            Op::Send => self.send_some(1, Awaits::Nothing),
            Op::Confirm => self.send_some(1, Awaits::Confirmation),
            Op::Request => self.send_some(1, Awaits::Reply),
            Op::SendBurst | Op::RequestBurst => {
                let count = self.rng.u32(2..12);
                let request = op == Op::RequestBurst;
                self.send_some(
                    count,
                    if request {
                        Awaits::Reply
                    } else {
                        Awaits::Nothing
                    },
                );
            }
            Op::Withdraw
            | Op::Reauthenticate
            | Op::Close
            | Op::Abort
            | Op::Reconnect
            | Op::Pause
            | Op::Resume
            | Op::HoldReading
            | Op::ReleaseReading => {
                let command = self.command(op);
                self.obey(command);
                self.settle();
            }
            Op::Listen => self.listener = Some(self.random_command()),
            Op::Advise => self.advice = self.random_advice(),
            Op::Online | Op::Offline | Op::Hidden | Op::Shown | Op::StraySignal => self.signal(op),
            Op::Freeze | Op::Cache | Op::Jank | Op::Sleep => self.hold(op),
            Op::Tear | Op::HalfOpen | Op::Darken | Op::Latency => self.harm_network(op),
            Op::ServerCloses | Op::Restart => self.server_closes(op),
            Op::Push
            | Op::Oversize
            | Op::Garbage
            | Op::Breach
            | Op::LastWord
            | Op::ServerPing
            | Op::UnaskedPong
            | Op::UnaskedReply
            | Op::UnaskedYes => self.server_sends(op),
            Op::Agree => {
                let agreed = config::agreed(&mut self.rng, self.config.heartbeat);
                self.input(&Call::Agree(agreed));
            }
            Op::ServerMode => self.misbehave(SERVER_MODES),
            Op::ProviderMode => self.misbehave(PROVIDER_MODES),
            Op::Spurious => self.fire_spurious(),
            Op::ClockBack => self.faults.set(Fault::ClockBack, self.now + 1_000),
            Op::StaleNews => self.stale_news(),
            Op::UntimelyNews => self.untimely_news(),
            Op::Wait => {}
        }
    }

    // --- the application -----------------------------------------------------------------------------------------

    fn send_some(&mut self, count: u32, awaits: Awaits) {
        for _ in 0..count {
            self.send(awaits);
        }
        self.settle();
    }

    fn command(&mut self, op: Op) -> Command {
        match op {
            Op::Withdraw => Command::Withdraw,
            Op::Reauthenticate => Command::Reauthenticate,
            Op::Close => {
                let drains = [0, 0, 500, 5_000];
                let drain_ms = drains[self.rng.usize(..drains.len())];
                Command::Close { drain_ms }
            }
            Op::Abort => Command::Abort,
            Op::Pause => Command::Pause,
            Op::Resume => Command::Resume,
            Op::HoldReading => Command::HoldReading,
            Op::ReleaseReading => Command::ReleaseReading,
            _ => Command::Reconnect,
        }
    }

    fn random_command(&mut self) -> Command {
        match self.rng.u32(..100) {
            0..30 => Command::Send(Awaits::Nothing),
            30..40 => Command::Send(Awaits::Confirmation),
            40..48 => Command::Send(Awaits::Reply),
            48..54 => Command::Withdraw,
            54..60 => Command::Reauthenticate,
            60..80 => Command::Reconnect,
            80..88 => Command::Pause,
            88..92 => Command::Resume,
            92..94 => Command::HoldReading,
            94..96 => Command::ReleaseReading,
            96..99 => self.command(Op::Close),
            _ if chance(&mut self.rng, 20) => Command::Abort,
            _ => Command::Send(Awaits::Nothing),
        }
    }

    fn random_advice(&mut self) -> Advice {
        match self.rng.u32(..10) {
            0 => Advice::Stop,
            1..4 => Advice::Retry,
            4 => Advice::After(250),
            5 => Advice::After(7_500),
            _ => Advice::Default,
        }
    }

    // --- the page ------------------------------------------------------------------------------------------------

    fn signal(&mut self, op: Op) {
        let signal = match op {
            Op::Online => Signal::Online,
            Op::Offline => Signal::Offline,
            Op::Hidden => {
                self.hidden_since.get_or_insert(self.now);
                Signal::Hidden
            }
            Op::Shown => {
                self.hidden_since = None;
                Signal::Shown
            }
            _ => SIGNALS[self.rng.usize(..SIGNALS.len())],
        };
        self.raise(signal);
    }

    pub fn raise(&mut self, signal: Signal) {
        self.checks.coverage.signal(signal);
        self.input(&Call::Signal(signal));
    }

    /// The page stands still, with or without the browser saying so.
    fn hold(&mut self, op: Op) {
        let rng = &mut self.rng;
        let long = [6_000, 20_000, 40_000, 90_000, 600_000, 7_200_000];
        let for_ms = match op {
            Op::Jank => rng.u64(50..9_000),
            _ => {
                let longest = long[rng.usize(..long.len())];
                rng.u64(1_000..=longest)
            }
        };
        match op {
            Op::Freeze => {
                self.faults.took(Fault::Frozen);
                self.raise(Signal::Frozen);
            }
            Op::Cache => {
                self.faults.took(Fault::Cached);
                self.raise(Signal::PageHidePersisted);
            }
            Op::Jank => self.faults.took(Fault::Jank),
            _ => self.faults.took(Fault::Sleep),
        }
        if op != Op::Jank {
            // Links that nobody tends: some survive, some are cut off, some die without a word.
            match self.rng.u32(..10) {
                0..3 => self.harm_network(Op::HalfOpen),
                3 => self.harm_network(Op::Tear),
                _ => {}
            }
        }
        self.stand_still(for_ms);
        match op {
            Op::Freeze => self.raise(Signal::Resumed),
            Op::Cache => self.raise(Signal::PageShowPersisted),
            _ => {}
        }
    }

    // --- the network ---------------------------------------------------------------------------------------------

    fn harm_network(&mut self, op: Op) {
        let now = self.now;
        match op {
            Op::Tear => {
                if let Some(link) = self.link() {
                    self.faults.took(Fault::LinkTorn);
                    self.net.tear(now, &mut self.rng, link);
                }
            }
            Op::HalfOpen => {
                if let Some(link) = self.link() {
                    let (fault, up, down) = match self.rng.u32(..4) {
                        0 => (Fault::HalfOpenUp, true, false),
                        1 => (Fault::HalfOpenDown, false, true),
                        _ => (Fault::HalfOpen, true, true),
                    };
                    self.faults.took(fault);
                    self.net.stall(link, up, down);
                }
            }
            Op::Darken => {
                self.net.darken(now + self.rng.u64(500..40_000));
                if self.rng.bool() {
                    self.faults.took(Fault::DarkHeld);
                } else if let Some(link) = self.link() {
                    self.faults.took(Fault::DarkKills);
                    self.net.stall(link, true, true);
                }
            }
            _ => {
                self.faults.took(Fault::Latency);
                let slow = [1, 20, 80, 400, 3_000][self.rng.usize(..5)];
                let jitter = self.rng.u64(..=slow);
                self.net.set_latency(slow, jitter);
            }
        }
    }

    // --- the server ----------------------------------------------------------------------------------------------

    fn server_closes(&mut self, op: Op) {
        let Some(link) = self.link() else { return };
        let restart = op == Op::Restart;
        let codes = if restart {
            &[1001, 1012, 1012, 1013]
        } else {
            CODES
        };
        let code = codes[self.rng.usize(..codes.len())];
        let told = chance(&mut self.rng, 25);
        let reason = if told {
            self.rng.usize(..REASONS.len())
        } else {
            0
        };
        let (server, mut around) = self.server();
        let closed = server.close(&mut around, link, code, REASONS[reason].0);
        if closed {
            self.faults.took(Fault::ServerCloses);
        }
        if restart {
            self.faults.took(Fault::Restart);
            let up_again = self.now + self.rng.u64(500..20_000);
            self.faults.set(Fault::Refused, up_again);
        }
    }

    fn server_sends(&mut self, op: Op) {
        let Some(link) = self.link() else { return };
        let (frame, fault) = match op {
            Op::Push => (Frame::Data(self.rng.u64(1..500)), None),
            Op::Oversize => {
                let bytes = self.config.max_message_bytes + 1;
                (Frame::Data(bytes), Some(Fault::Oversize))
            }
            Op::Garbage => (Frame::Garbage, Some(Fault::Garbage)),
            Op::Breach => (Frame::Breach, Some(Fault::Breach)),
            Op::LastWord => {
                let word = self.rng.usize(..LAST_WORDS.len());
                (Frame::LastWord(word), Some(Fault::LastWord))
            }
            Op::ServerPing => (Frame::ServerPing, Some(Fault::ServerPings)),
            Op::UnaskedReply => (self.unasked_reply(), Some(Fault::ReplyUnasked)),
            Op::UnaskedYes if self.rng.bool() => (Frame::Yes, Some(Fault::YesUnasked)),
            Op::UnaskedYes => (Frame::No, Some(Fault::NoUnasked)),
            // Without an id nothing tells such a pong from an answer: see the module `lossy`.
            _ if !self.setting.habits.pongs_carry_id => return,
            _ => (self.unasked_pong(), Some(Fault::PongUnasked)),
        };
        let (server, mut around) = self.server();
        if server.push(&mut around, link, frame)
            && let Some(fault) = fault
        {
            self.faults.took(fault);
        }
    }

    /// One of the past or one of the future.
    fn unasked_pong(&mut self) -> Frame {
        let id = if self.rng.bool() {
            self.last_ping.saturating_sub(1 + self.rng.u32(..3))
        } else {
            1_000_000 + self.rng.u32(..5)
        };
        Frame::PongOf(Some(id))
    }

    /// To a message of late, which may have been no request, to one that never was, or to one that still awaits something,
    /// as from a server that goes on with what an earlier connection has brought it.
    fn unasked_reply(&mut self) -> Frame {
        let unsettled = self.checks.unsettled();
        if !unsettled.is_empty() && self.rng.bool() {
            return Frame::ReplyTo(unsettled[self.rng.usize(..unsettled.len())]);
        }
        let back = self.rng.u32(..12);
        Frame::ReplyTo((self.next_ticket + 2).saturating_sub(back))
    }

    fn misbehave(&mut self, modes: &[Fault]) {
        let mode = modes[self.rng.usize(..modes.len())];
        let longest = [3_000, 12_000, 60_000][self.rng.usize(..3)];
        let until = self.now + self.rng.u64(500..longest);
        self.faults.set(mode, until);
    }

    // --- news that must not matter -------------------------------------------------------------------------------

    fn random_news(&mut self) -> News {
        let verdicts = [
            Verdict::Accepted,
            Verdict::Refused,
            Verdict::Ping,
            Verdict::Pong(None),
            Verdict::Reply(self.next_ticket.saturating_sub(2)),
        ];
        match self.rng.u32(..10) {
            8 => News::Violated,
            9 => News::Dismissed {
                action: Action::Final,
                delay_ms: 0,
            },
            0 => News::UrlReady(Address::default()),
            1 => News::Failed,
            2 => News::Opened {
                protocol_selected: true,
            },
            3 => News::CredentialsReady,
            4 => News::Restored,
            5 => News::Closed(Close::default()),
            6 => News::TooLarge,
            _ => News::Classified(verdicts[self.rng.usize(..verdicts.len())]),
        }
    }

    /// Of an attempt that is over, or that has never been.
    fn stale_news(&mut self) {
        let generation = self.view.generation();
        let other: Generation = if chance(&mut self.rng, 80) {
            generation.wrapping_sub(self.rng.u32(1..4))
        } else {
            // Far enough that no dial of this moment makes it the present one.
            generation + 10
        };
        self.faults.took(Fault::StaleNews);
        let news = self.random_news();
        self.must_not_matter(&Call::News(other, news));
    }

    /// Of the right attempt, but nothing that could be true now.
    fn untimely_news(&mut self) {
        let news = self.random_news();
        let state = self.view.state();
        let shown = state.name();
        let linked = state.is_linked();
        let renews = self.checks.is_renewing() && shown == StateName::Open;
        let timely = match news {
            News::UrlReady(_) | News::Opened { .. } => shown == StateName::Connecting,
            News::Failed => {
                renews
                    || matches!(
                        shown,
                        StateName::Connecting | StateName::Authenticating | StateName::Restoring
                    )
            }
            News::CredentialsReady => renews || shown == StateName::Authenticating,
            News::Restored => shown == StateName::Restoring,
            News::Closed(_) => state.has_socket(),
            News::Classified(_) | News::TooLarge | News::Violated | News::Dismissed { .. } => {
                linked
            }
        };
        if !timely {
            self.faults.took(Fault::UntimelyNews);
            let generation = self.view.generation();
            self.must_not_matter(&Call::News(generation, news));
        }
    }

    fn must_not_matter(&mut self, call: &Call) {
        if self.is_waking() {
            // Any news shows that the machine slept, and that matters.
            self.input(call);
            return;
        }
        let before = (*self.view.state(), self.view.poll_timeout());
        let reply = self.input(call);
        let after = (*self.view.state(), self.view.poll_timeout());
        if reply != crate::call::Reply::Taken(false) || before != after {
            let what = format!("{call:?} was taken in {:?}", before.0);
            self.fail(crate::check::Invariant::Sockets, what);
        }
    }

    pub fn is_aborted(&self) -> bool {
        *self.checks.shown() == State::Closed(ClosedWhy::Aborted)
    }
}
