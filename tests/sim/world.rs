//! One run: a session, the page around it, the network and the server, under one virtual clock.

use std::collections::VecDeque;

use fastrand::Rng;
use tautline::session::{Advice, Config, Generation, Millis, State, StateName, Timer};

use crate::agenda::Agenda;
use crate::app::Command;
use crate::bugs::Bug;
use crate::call::{Call, Reply};
use crate::check::{Checks, Invariant, Seen, WAKE_MS};
use crate::config::{self, START, Setting, chance};
use crate::faults::{Fault, Faults};
use crate::net::{Arrival, LinkId, Net, ToClient, ToServer};
use crate::server::{Around, Server};
use crate::shell::{Answer, Socket};
use crate::trace::Trace;
use crate::view::View;

/// Hidden this long, a page's timers fire once a minute.
const DEEP_THROTTLE_MS: Millis = 300_000;
/// More outputs than this for one call are a loop.
const MAX_OUTPUTS: u32 = 10_000;

/// Everything in one run.
pub struct World {
    pub config: Config,
    pub setting: Setting,
    pub rng: Rng,
    pub now: Millis,
    pub view: View,
    pub net: Net,
    pub server: Server,
    pub faults: Faults,
    pub checks: Checks,
    pub trace: Trace,
    /// What providers will answer.
    pub answers: Agenda<Answer>,
    /// The native socket, if there is one.
    pub socket: Option<Socket>,
    /// Which attempt each link belongs to.
    pub generations: Vec<Generation>,
    pub next_ticket: u32,
    /// The tickets of requests, in order.
    pub requests: Vec<u32>,
    /// The id of the last ping.
    pub last_ping: u32,
    /// What a listener will do at the next event.
    pub listener: Option<Command>,
    pub advice: Advice,
    pub hidden_since: Option<Millis>,
    /// The application reads nothing from the live link …
    pub held: bool,
    /// … and this has arrived over it meanwhile.
    pub unread: VecDeque<ToClient>,
    pub deadline: Option<(Millis, Timer)>,
    /// When the browser will fire the one real timer.
    timer_at: Option<Millis>,
    /// When the session was last told the time.
    called_at: Millis,
    /// When the attempt under way was begun.
    pub dialled_at: Millis,
}

impl World {
    pub fn new(seed: u64, bug: Option<Bug>, traced: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let setting = config::random(&mut rng);
        let config = setting.config.clone();
        World {
            view: View::new(config.clone(), rng.u64(..), bug),
            net: Net::new(),
            server: Server::new(setting.habits),
            faults: Faults::new(),
            checks: Checks::new(config.clone()),
            trace: Trace::new(traced),
            answers: Agenda::new(),
            socket: None,
            generations: Vec::new(),
            next_ticket: 0,
            requests: Vec::new(),
            last_ping: 0,
            listener: None,
            advice: Advice::Default,
            hidden_since: None,
            held: false,
            unread: VecDeque::new(),
            deadline: None,
            timer_at: None,
            called_at: 0,
            dialled_at: 0,
            now: START,
            rng,
            config,
            setting,
        }
    }

    pub fn shown(&self) -> StateName {
        self.checks.shown().name()
    }

    pub fn failed(&self) -> bool {
        self.checks.failed()
    }

    pub fn fail(&mut self, invariant: Invariant, what: String) {
        self.checks.fail(invariant, what);
    }

    // --- the session ---------------------------------------------------------------------------------------------

    /// Makes a call and takes out everything that follows.
    pub fn input(&mut self, call: &Call) -> Reply {
        let reply = self.call(call);
        self.settle();
        reply
    }

    /// Makes a call from wherever, also from inside a listener.
    pub fn call(&mut self, call: &Call) -> Reply {
        self.trace.note(self.now, || format!("> {call:?}"));
        self.look(&Seen::Call(call));
        // A clock that steps back behind what the session has seen must not matter.
        let mut now = self.now;
        if self.called_at == now && self.faults.strikes(now, Fault::ClockBack) {
            now -= self.rng.u64(..5_000);
        }
        if !matches!(call, Call::Heard(..) | Call::Pass { .. } | Call::Hold(_)) {
            self.called_at = self.now;
        }
        let reply = self.view.apply(now, call);
        if reply != Reply::Done {
            self.trace.note(self.now, || format!("  = {reply:?}"));
        }
        self.look(&Seen::Reply(call, reply));
        reply
    }

    /// Polls until nothing is left, then arms the one timer.
    pub fn settle(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.view.poll_output(self.now) {
            self.trace.note(self.now, || format!("  < {output:?}"));
            self.look(&Seen::Output(&output));
            outputs += 1;
            if outputs > MAX_OUTPUTS {
                self.fail(Invariant::Timers, "outputs without end".into());
            }
            if self.failed() {
                return;
            }
            self.perform(output);
        }
        self.deadline = self.view.poll_timeout();
        let deadline = self.deadline;
        self.trace.note(self.now, || {
            format!("    {:?} {deadline:?}", self.view.state())
        });
        let state = *self.view.state();
        let state = &state;
        self.look(&Seen::Settled { state, deadline });
        self.timer_at = deadline.map(|(at, _)| self.throttled(at.max(self.now)));
    }

    /// Compares the statistics with what happened.
    pub fn audit(&mut self) {
        let stats = self.view.stats(self.now);
        let open = matches!(self.view.state(), State::Open { .. });
        let link = self.socket.map(|socket| socket.link);
        let received = link
            .filter(|_| open)
            .map(|link| self.server.peer(link).received);
        let stats = &stats;
        self.look(&Seen::Audit { stats, received });
    }

    /// Lets the checks see something.
    pub fn look(&mut self, seen: &Seen) {
        let actual = self.view.state().name();
        self.checks.see(self.now, actual, seen);
    }

    // --- the clock -----------------------------------------------------------------------------------------------

    /// Lets everything happen that is due until then.
    pub fn run_until(&mut self, until: Millis) {
        while !self.failed() {
            self.read_on();
            let sources = [
                self.net.next_at(),
                self.server.next_at(),
                self.answers.next_at(),
                self.timer_at,
            ];
            match sources.into_iter().flatten().min() {
                Some(at) if at <= until => self.step(at),
                _ => break,
            }
        }
        self.now = self.now.max(until);
    }

    fn step(&mut self, at: Millis) {
        self.now = self.now.max(at);
        if let Some(arrival) = self.net.poll(self.now) {
            match arrival {
                Arrival::Server(link, what) => self.at_server(link, &what),
                Arrival::Client(link, what) => self.at_client(link, what),
            }
        } else if self.server.next_at().is_some_and(|at| at <= self.now) {
            self.server_tick();
        } else if let Some(answer) = self.answers.pop(self.now) {
            self.on_answer(answer);
        } else {
            self.fire_timer_if_due();
        }
    }

    /// The page does nothing for that long, while network and server go on: a sleep, a freeze, a busy main thread.
    pub fn stand_still(&mut self, for_ms: Millis) {
        let wake = self.now + for_ms;
        let mut held = VecDeque::new();
        loop {
            let sources = [self.net.next_at(), self.server.next_at()];
            match sources.into_iter().flatten().min() {
                Some(at) if at <= wake => self.now = self.now.max(at),
                _ => break,
            }
            match self.net.poll(self.now) {
                Some(Arrival::Server(link, what)) => self.at_server(link, &what),
                Some(Arrival::Client(link, what)) => held.push_back((link, what)),
                None => self.server_tick(),
            }
        }
        self.now = wake;
        // Whether the timer or the news that stands in the task queue comes first is the browser's choice.
        if self.rng.bool() {
            self.fire_timer_if_due();
        }
        while let Some((link, what)) = held.pop_front() {
            if self.failed() {
                return;
            }
            self.at_client(link, what);
        }
        self.fire_timer_if_due();
    }

    /// Calls without need: nothing is due.
    pub fn fire_spurious(&mut self) {
        if self.deadline.is_none_or(|(at, _)| at > self.now) {
            self.faults.took(Fault::Spurious);
            self.input(&Call::Timeout);
        }
    }

    /// Whether the timer is so late that the next call shows that the machine slept.
    pub fn is_waking(&self) -> bool {
        self.deadline
            .is_some_and(|(at, _)| self.now >= at + WAKE_MS)
    }

    fn fire_timer_if_due(&mut self) {
        if !self.failed() && self.timer_at.is_some_and(|at| at <= self.now) {
            self.fire_timer();
        }
    }

    fn fire_timer(&mut self) {
        let late = self.deadline.map_or(0, |(at, _)| self.now - at);
        if late > 0
            && let Some(since) = self.hidden_since
        {
            let deep = self.now >= since + DEEP_THROTTLE_MS;
            self.faults.took(if deep {
                Fault::ThrottledMinute
            } else {
                Fault::ThrottledSecond
            });
        }
        self.timer_at = None;
        self.input(&Call::Timeout);
    }

    /// When a browser fires a timer that is due at `at`.
    fn throttled(&self, at: Millis) -> Millis {
        let Some(since) = self.hidden_since else {
            return at;
        };
        if !self.setting.throttles {
            return at;
        }
        let deep = at >= since + DEEP_THROTTLE_MS;
        let grain = if deep { 60_000 } else { 1_000 };
        at.div_ceil(grain) * grain
    }

    // --- the server ----------------------------------------------------------------------------------------------

    /// The server together with what it acts in.
    pub fn server(&mut self) -> (&mut Server, Around<'_>) {
        let around = Around {
            now: self.now,
            net: &mut self.net,
            faults: &mut self.faults,
            rng: &mut self.rng,
        };
        (&mut self.server, around)
    }

    fn server_tick(&mut self) {
        let (server, mut around) = self.server();
        server.tick(&mut around);
    }

    fn at_server(&mut self, link: LinkId, what: &ToServer) {
        self.trace
            .note(self.now, || format!("      server {link}: {what:?}"));
        self.check_arrival(link, what);
        if let &ToServer::Frame(frame) = what
            && let Some(ticket) = frame.ticket()
            && self.server.takes(link)
        {
            self.look(&Seen::Arrived { link, ticket });
        }
        let (server, mut around) = self.server();
        server.receive(&mut around, link, what);
    }

    fn at_client(&mut self, link: LinkId, what: ToClient) {
        let current = self.socket.is_some_and(|socket| socket.link == link);
        // Handlers are off on an abandoned socket; a task may have been queued before.
        if current && (self.held || !self.unread.is_empty()) {
            self.leave_unread(link, what);
        } else if current || chance(&mut self.rng, 30) {
            if !current {
                self.faults.took(Fault::StaleNews);
            }
            self.deliver(link, what);
        }
    }
}
