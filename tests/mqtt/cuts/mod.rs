//! Two clients, a broker, and a network that breaks at any frame: what QoS 0, 1 and 2 promise is counted.
//!
//! ```text
//!  publisher ── frames ──► broker ── frames ──► subscriber
//!            ◄── frames ──        ◄── frames ──
//!        cut anywhere; frames split and joined; dials that fail; clocks that run while nothing is delivered
//! ```

mod broker;
mod client;

use std::collections::{BTreeSet, VecDeque};

use fastrand::Rng;
use tautline::session::Millis;
use tautline::subprotocol::mqtt::Options;
use tautline::subprotocol::mqtt::packet::{QoS, ReasonCode, Version};

use broker::{Broker, Who};
use client::{Client, End};

/// Steps that a run may take; most need a tenth.
const MOST_STEPS: usize = 100_000;

/// Frames on their way, while a connection lasts.
#[derive(Default)]
struct Link {
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
}

struct World {
    rng: Rng,
    now: Millis,
    clients: [Client; 2],
    links: [Option<Link>; 2],
    broker: Broker,
    cuts: usize,
    published: Vec<QoS>,
}

const PUBLISHER: Who = 0;
const SUBSCRIBER: Who = 1;

impl World {
    fn new(version: Version, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let options = |who: Who, rng: &mut Rng| Options {
            version,
            client_id: who.to_string(),
            clean_start: false,
            session_expiry_s: u32::MAX,
            receive_maximum: rng.u16(1..8),
            topic_alias_maximum: rng.u16(0..3),
            send_maximum: rng.bool().then(|| rng.u16(1..8)),
            ..Options::default()
        };
        let clients = [0, 1].map(|who| Client::new(options(who, &mut rng), rng.u64(..)));
        let broker = Broker::new(version, rng.u64(..));
        let (links, now, cuts, published) = ([None, None], 0, 0, Vec::new());
        World {
            rng,
            now,
            clients,
            links,
            broker,
            cuts,
            published,
        }
    }

    /// Publishes `count` messages, of all levels, while connections break `cuts` times and the broker forgets everything
    /// `losses` times; then lets all of it end.
    fn run(&mut self, count: usize, mut cuts: usize, mut losses: usize) {
        self.clients[SUBSCRIBER].subscribes();
        let mut steps = 0;
        while self.clients[SUBSCRIBER].subscribed == 0 {
            self.step(0);
        }
        loop {
            steps += 1;
            assert!(steps < MOST_STEPS, "it does not come to an end");
            if self.published.len() < count && self.rng.u32(0..4) == 0 {
                let qos = QoS::from_u8(self.rng.u8(0..3)).expect("0 to 2");
                self.published.push(qos);
                self.clients[PUBLISHER].publishes(self.published.len() as u32, qos);
            }
            if cuts > 0 && self.rng.u32(0..12) == 0 {
                cuts -= 1;
                let who = self.rng.usize(0..2);
                self.cut(who);
            }
            if losses > 0 && self.rng.u32(0..60) == 0 {
                losses -= 1;
                self.cut(PUBLISHER);
                self.cut(SUBSCRIBER);
                self.broker.forgets();
            }
            let is_over = self.published.len() == count && cuts == 0 && losses == 0;
            if !self.step(cuts) && is_over && self.is_settled() {
                return;
            }
        }
    }

    /// Whether everything that was promised has come.
    fn is_settled(&self) -> bool {
        let lasting = self
            .published
            .iter()
            .filter(|&&qos| qos > QoS::AtMostOnce)
            .count();
        self.clients[PUBLISHER].ends.len() == lasting && self.broker.pending(SUBSCRIBER) == 0
    }

    /// Something happens somewhere; if nothing can, the clock runs on, and the answer is no.
    fn step(&mut self, cuts: usize) -> bool {
        let who = self.rng.usize(0..2);
        for who in [who, 1 - who] {
            self.hang_up(who);
            if self.connect(who, cuts) || self.deliver(who) {
                return true;
            }
        }
        let due = self.clients.iter().filter_map(Client::due).min();
        self.now = self.now.max(due.unwrap_or(self.now));
        for client in &mut self.clients {
            client.is_at(self.now);
        }
        self.collect();
        false
    }

    /// A dial goes through, or fails.
    fn connect(&mut self, who: Who, cuts: usize) -> bool {
        if !matches!(self.clients[who].socket, Some((_, false))) {
            return false;
        }
        if cuts > 0 && self.rng.u32(0..4) == 0 {
            self.clients[who].loses();
        } else {
            self.links[who] = Some(Link::default());
            self.broker.opened(who);
            self.clients[who].opened();
        }
        self.collect();
        true
    }

    /// One frame arrives, if there is one.
    fn deliver(&mut self, who: Who) -> bool {
        let is_up = self.rng.bool();
        let Some(link) = &mut self.links[who] else {
            return false;
        };
        let frame = if is_up {
            link.up.pop_front()
        } else {
            link.down.pop_front()
        };
        let (frame, is_up) = match frame {
            Some(frame) => (frame, is_up),
            None => match if is_up {
                link.down.pop_front()
            } else {
                link.up.pop_front()
            } {
                Some(frame) => (frame, !is_up),
                None => return false,
            },
        };
        if is_up {
            self.broker.hears(who, &frame);
        } else {
            self.clients[who].hears(&frame);
        }
        self.collect();
        true
    }

    /// Takes what clients and broker have written; the broker's packets are split and joined as it comes.
    fn collect(&mut self) {
        for who in 0..2 {
            let frames = std::mem::take(&mut self.clients[who].frames);
            if let Some(link) = &mut self.links[who] {
                link.up.extend(frames);
            }
        }
        for (who, bytes) in std::mem::take(&mut self.broker.out) {
            let Some(link) = &mut self.links[who] else {
                continue;
            };
            let (first, second) = bytes.split_at(self.rng.usize(0..bytes.len()));
            match link.down.back_mut().filter(|_| self.rng.bool()) {
                Some(last) => last.extend_from_slice(first),
                None if first.is_empty() => {}
                None => link.down.push_back(first.to_vec()),
            }
            link.down.push_back(second.to_vec());
        }
    }

    /// A client has given up its socket: some of what it wrote arrives all the same.
    fn hang_up(&mut self, who: Who) {
        if self.links[who].is_some() && !matches!(self.clients[who].socket, Some((_, true))) {
            self.end(who);
        }
    }

    fn cut(&mut self, who: Who) {
        if self.links[who].is_some() {
            self.cuts += 1;
            self.end(who);
            self.clients[who].loses();
            self.collect();
        }
    }

    /// The connection ends: of what is under way, some arrives.
    fn end(&mut self, who: Who) {
        let Some(link) = self.links[who].take() else {
            return;
        };
        let arriving = self.rng.usize(0..=link.up.len());
        for frame in link.up.iter().take(arriving) {
            self.broker.hears(who, frame);
        }
        let arriving = self.rng.usize(0..=link.down.len());
        for frame in link.down.iter().take(arriving) {
            self.clients[who].hears(frame);
        }
        self.clients[who].frames.clear();
        self.broker.lost(who);
        self.broker.out.retain(|(other, _)| *other != who);
        self.collect();
    }

    /// The numbers of the messages of one level, in the order they were published.
    fn published(&self, level: QoS) -> Vec<u32> {
        (1..)
            .zip(&self.published)
            .filter(|(_, qos)| **qos == level)
            .map(|(number, _)| number)
            .collect()
    }
}

/// In the order of their first arrival, each once.
fn first_of_each(arrived: &[u32]) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    arrived
        .iter()
        .copied()
        .filter(|number| seen.insert(*number))
        .collect()
}

/// Runs with this many seeds; a failure says which.
fn runs(seeds: std::ops::Range<u64>, run: impl Fn(Version, u64)) {
    for seed in seeds {
        for version in [Version::V311, Version::V5] {
            let says = Says(version, seed);
            run(version, seed);
            drop(says);
        }
    }
}

/// Names the run that fails.
struct Says(Version, u64);

impl Drop for Says {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with {:?} and the seed {}", self.0, self.1);
        }
    }
}

#[test]
fn every_level_holds_what_it_promises_over_any_cuts() {
    runs(0..60, |version, seed| {
        let mut world = World::new(version, seed);
        world.run(40, 12, 0);
        let [publisher, subscriber] = &world.clients;
        // QoS 2: exactly once, in order. QoS 1: at least once, first arrivals in order. QoS 0: at most once.
        assert_eq!(subscriber.arrived[2], world.published(QoS::ExactlyOnce));
        assert_eq!(
            first_of_each(&subscriber.arrived[1]),
            world.published(QoS::AtLeastOnce)
        );
        let zero = &subscriber.arrived[0];
        assert_eq!(first_of_each(zero), *zero);
        // Each message has one end, and it is a good one: or not known, where a lost CONNACK leaves the session in doubt.
        for (ticket, ends) in &publisher.ends {
            assert!(
                matches!(
                    ends[..],
                    [End::Acknowledged(
                        ReasonCode::Success | ReasonCode::NoMatchingSubscribers
                    )] | [End::SessionLost]
                ),
                "{ticket}: {ends:?}"
            );
        }
        // Only the first connection begins a session, unless its CONNACK was lost.
        assert!(publisher.connected - publisher.resumed <= 1);
    });
}

#[test]
fn every_message_has_one_end_when_the_broker_forgets_its_sessions() {
    runs(101_060..101_120, |version, seed| {
        let mut world = World::new(version, seed);
        world.run(40, 6, 3);
        for (ticket, ends) in &world.clients[PUBLISHER].ends {
            assert_eq!(ends.len(), 1, "{ticket}: {ends:?}");
        }
        let zero = &world.clients[SUBSCRIBER].arrived[0];
        assert_eq!(first_of_each(zero), *zero);
        // The subscription comes back: what is published then arrives.
        let mut steps = 0;
        while !world.broker.serves(SUBSCRIBER) {
            steps += 1;
            assert!(steps < MOST_STEPS, "it is not subscribed again");
            world.step(0);
        }
        let last = world.published.len() as u32 + 1;
        world.published.push(QoS::ExactlyOnce);
        world.clients[PUBLISHER].publishes(last, QoS::ExactlyOnce);
        while world.clients[SUBSCRIBER].arrived[2].last() != Some(&last) {
            steps += 1;
            assert!(steps < MOST_STEPS, "it does not arrive");
            world.step(0);
        }
    });
}

#[test]
fn the_cuts_are_real() {
    let (mut cuts, mut doubled) = (0, 0);
    for seed in 0..40 {
        let mut world = World::new(Version::V5, seed);
        world.run(40, 12, 0);
        cuts += world.cuts;
        let one = &world.clients[SUBSCRIBER].arrived[1];
        doubled += one.len() - first_of_each(one).len();
    }
    // At QoS 1 something is doubled now and then, or nothing was tried.
    assert!(cuts > 200 && doubled > 0, "{cuts} cuts, {doubled} doubled");
}
