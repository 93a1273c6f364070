//! A whole run: operations, then a healthy network, then a goodbye.

use tautline::session::{Awaits, Millis, Signal, State, StateName, Suspended, WaitKind};

use crate::bugs::Bug;
use crate::call::Call;
use crate::check::{Invariant, Violation};
use crate::config::chance;
use crate::coverage::Coverage;
use crate::net::LinkId;
use crate::world::World;

/// Operations of a run.
const OPERATIONS: std::ops::Range<u32> = 190..320;
/// A healthy network is reached again within this and the connect timeout.
const RECOVERY_MS: Millis = 30_000;
/// In Firefox the browser's own delay comes on top.
const PATIENCE_MS: Millis = 60_000;
/// What was under way when the network healed has arrived by then.
const FLIGHT_MS: Millis = 1_000;
/// And a handshake, the credentials and the restore step take no longer than this on a healthy network.
const STEPS_MS: Millis = 1_500;
/// A pong is waited for at most this long.
const PONG_MS: Millis = 10_000;
/// Without ids, with so many pongs lost, confirmations still come within a time that a run can wait for.
const MOST_LOST: u32 = 3;
/// A healthy link is watched for this long.
const STAY_MS: Millis = 130_000;

/// What came of a run.
pub struct Outcome {
    pub violation: Option<Violation>,
    pub coverage: Coverage,
}

/// Makes a run.
pub fn run(seed: u64, bug: Option<Bug>, traced: bool) -> Outcome {
    let mut world = World::new(seed, bug, traced);
    let begun = world.now;
    world.begin();
    let operations = world.rng.u32(OPERATIONS);
    for _ in 0..operations {
        if world.failed() {
            break;
        }
        world.operate();
    }
    world.heal();
    world.part();
    if traced && world.failed() {
        println!("{:#?}\n{:?}", world.config, world.setting.habits);
        world.trace.print();
        println!("{:?}", world.checks.violation);
    }
    let simulated = world.now - begun;
    let mut coverage = world.checks.coverage;
    coverage.simulated_ms += simulated;
    coverage.lengths.push(operations);
    coverage.faults.copy_from_slice(world.faults.taken());
    Outcome {
        violation: world.checks.violation,
        coverage,
    }
}

impl World {
    /// Most sessions start at once; some are touched before.
    fn begin(&mut self) {
        match self.rng.u32(..100) {
            0..5 => {}
            5..10 => {
                self.send(Awaits::Nothing);
                self.settle();
                self.input(&Call::Open);
            }
            10..12 => {
                self.input(&Call::Abort);
            }
            _ => {
                self.input(&Call::Open);
            }
        }
    }

    /// Everything is well again. The session must find that out.
    fn heal(&mut self) {
        if self.failed() {
            return;
        }
        self.trace.note(self.now, || "# all is well".into());
        self.faults.heal();
        self.net.heal(self.now);
        self.server.heal(self.now);
        self.advice = Default::default();
        self.listener = None;
        self.hidden_since = None;
        self.release_reading();
        self.settle();
        self.read_on();
        // What is no longer throttled is armed anew.
        self.settle();
        self.bring_back();
        let healed = self.now;
        self.mend_link();
        let from_before = self.await_open() && self.dialled_at <= healed;
        if from_before && self.await_judgement() {
            self.await_open();
        }
        if !self.failed() && self.shown() == StateName::Open {
            self.stay();
        }
    }

    /// The user ends what only a user can end.
    fn bring_back(&mut self) {
        match *self.view.state() {
            State::Idle => {
                self.input(&Call::Open);
            }
            State::Suspended(Suspended::Paused) => {
                self.input(&Call::Resume);
            }
            State::Suspended(Suspended::Frozen) => self.raise(Signal::PageShowPersisted),
            State::Closed(_) if chance(&mut self.rng, 80) => {
                self.input(&Call::Reconnect);
            }
            _ => {}
        }
        if self.rng.bool() {
            self.raise(Signal::Shown);
        }
    }

    /// A link over which nothing comes stays for a heartbeat to find. One that does not work in another way tears:
    /// whatever the server says counts as life, so that a link that is dead only on the way up may stay for ever.
    fn mend_link(&mut self) {
        let Some(link) = self.link() else { return };
        let open = self.shown() == StateName::Open;
        let heartbeat = &self.config.heartbeat;
        let beats = heartbeat.interval_ms.is_some() || heartbeat.expect_every_ms.is_some();
        let found = beats && open && self.net.is_deaf(link);
        if !found && !self.net.is_sound(self.now, link) {
            self.net.tear(self.now, &mut self.rng, link);
        }
    }

    /// The time by which the dial must be made that leads to `open`, and told delays on the way served.
    fn await_open(&mut self) -> bool {
        let healed = self.now;
        let config = &self.config;
        let patience = if config.patient_dials { PATIENCE_MS } else { 0 };
        let reach = RECOVERY_MS + config.connect_timeout_ms + patience + FLIGHT_MS;
        let mut dial_by = healed + reach;
        // A moment for the news of what is under way, then the state tells.
        while !self.failed() && self.shown() != StateName::Closing {
            match self.view.state() {
                State::Open { .. } => {
                    if self.dialled_at > healed {
                        let took = (self.dialled_at - healed) as u32;
                        self.checks.coverage.recoveries_ms.push(took);
                    }
                    return true;
                }
                State::Closed(_) | State::Suspended(_) => return false,
                State::Waiting(wait) if wait.kind == WaitKind::Told => {
                    dial_by = dial_by.max(wait.until + reach);
                }
                _ => {}
            }
            if self.dialled_at > dial_by || self.now > dial_by + STEPS_MS {
                let what = format!("{:?}, well since {healed}", self.view.state());
                self.fail(Invariant::Recovery, what);
            }
            self.run_until(self.now + 250);
        }
        false
    }

    /// A link from before may be dead, be given up for a silence before, or its end be under way; true if so.
    fn await_judgement(&mut self) -> bool {
        // Whatever was under way still counts as life when it arrives.
        let clear_at = self.link().map_or(0, |link| self.net.clear_at(link));
        let until = self.now.max(clear_at) + 65_000;
        while !self.failed() && self.now < until && self.shown() == StateName::Open {
            self.run_until(self.now + 250);
        }
        self.shown() != StateName::Open
    }

    /// A healthy link stays, and what is sent over it arrives.
    fn stay(&mut self) {
        let Some(link) = self.link() else { return };
        let arrived = self.server.peer(link).received;
        let until = self.now + STAY_MS;
        let mut taken = Vec::new();
        for awaits in [Awaits::Nothing, Awaits::Confirmation, Awaits::Nothing] {
            taken.extend(self.send(awaits));
            self.settle();
        }
        self.run_until(self.now + FLIGHT_MS);
        let peer = self.server.peer(link);
        let last = peer.last_ticket >= taken.last().copied();
        if !last || peer.received < arrived + taken.len() as u64 {
            let what = format!("{taken:?} sent over a healthy link, {peer:?}");
            self.fail(Invariant::Fates, what);
        }
        self.await_confirmations(link);
        while !self.failed() && self.now < until {
            self.run_until(self.now + 5_000);
            self.audit();
            if self.link() != Some(link) || self.shown() != StateName::Open {
                let what = format!("a healthy link was given up: {:?}", self.view.state());
                self.fail(Invariant::Recovery, what);
            }
        }
    }

    /// Over a healthy link everything is confirmed within the configured time, a round trip, and the ping and the pong
    /// that are under way. Without ids each pong that never came puts it off by one ping and its deadline; and after
    /// eight of them nothing can be said any more.
    fn await_confirmations(&mut self, link: LinkId) {
        let lost = self.server.pongs_lost(link);
        let told = self.setting.habits.pongs_carry_id || lost == 0;
        if self.failed() || (!told && lost > MOST_LOST) {
            return;
        }
        let round = self.config.confirm_within_ms + 2 * FLIGHT_MS;
        let rounds = if told { 0 } else { Millis::from(lost) };
        let sent_by = self.now;
        self.run_until(self.now + round + rounds * (round + PONG_MS));
        if let Some(ticket) = self.checks.unconfirmed(sent_by) {
            let what = format!("{ticket} is still not confirmed over a healthy link");
            self.fail(Invariant::AtLeastOnce, what);
        }
    }

    /// The end: whatever is left has a fate, and then nothing happens any more.
    fn part(&mut self) {
        if self.failed() {
            return;
        }
        self.trace.note(self.now, || "# goodbye".into());
        let drain_ms = if self.rng.bool() { 0 } else { 700 };
        if self.shown() == StateName::Closing {
            // The longest drain, and the closing handshake.
            self.run_until(self.now + 6_000);
        }
        self.input(&Call::Close { drain_ms });
        self.run_until(self.now + drain_ms + 1_001);
        if self.failed() {
            return;
        }
        if !self.is_over() {
            let what = format!("still {:?}", self.view.state());
            self.fail(Invariant::Closing, what);
        }
        if self.checks.queued() > 0 {
            let what = format!("{} messages without a fate", self.checks.queued());
            self.fail(Invariant::Fates, what);
        }
        if let Some(ticket) = self.checks.unsettled().first() {
            let what = format!("{ticket} was never settled");
            self.fail(Invariant::Promises, what);
        }
        for signal in [Signal::Online, Signal::Shown, Signal::PageShowPersisted] {
            self.raise(signal);
            self.run_until(self.now + 20_000);
        }
        if self.is_aborted() {
            self.input(&Call::Reconnect);
            self.run_until(self.now + 20_000);
        }
        self.audit();
    }
}
