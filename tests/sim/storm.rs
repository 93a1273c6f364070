//! The herd: 10,000 clients lose their server in the same instant, and it is back a minute later.
//!
//! Ours are real sessions with their defaults. Beside them stand the default formulas of other libraries, as their
//! sources have them. A refused dial fails at once, as where a server's port is closed.

use fastrand::Rng;
use tautline::session::{
    Address, Close, Config, Generation, Millis, News, Output, Question, Session, State,
};

use crate::agenda::Agenda;

const CLIENTS: usize = 10_000;
const OUTAGE_MS: Millis = 60_000;
/// When the server goes down.
const CUT_AT: Millis = 1_000_000;
const BACK_AT: Millis = CUT_AT + OUTAGE_MS;
/// The grain in which attempts are counted.
const SLOT_MS: Millis = 100;
const START_MS: Millis = 5_000;
/// A refusal takes this long to arrive.
const REFUSAL_MS: Millis = 5;
/// Nobody is waited for any longer: who is not back by then is lost.
const PATIENCE_MS: Millis = 600_000;
/// What a server with a limited rate lets wait before it refuses; the default of many is about this.
const BACKLOG: Millis = 128;

/// One client of a herd.
trait Client {
    /// The link or the attempt has failed; says when the next attempt is made.
    fn fails(&mut self, now: Millis) -> Option<Millis>;
    /// Makes the attempt.
    fn dials(&mut self, now: Millis);
    /// The attempt has succeeded.
    fn opens(&mut self, now: Millis);
}

// --- our client --------------------------------------------------------------------------------------------------

struct Ours {
    session: Session,
    /// The close that ends the first link.
    code: u16,
    dialled: Option<Generation>,
}

impl Ours {
    fn new(seed: u64, code: u16) -> Self {
        let mut client = Ours {
            session: Session::new(Config::default(), seed),
            code,
            dialled: None,
        };
        // Long enough ago to count as a good connection.
        let begun = CUT_AT - 60_000;
        client.session.open(begun);
        client.drain(begun);
        client.opens(begun);
        client
    }

    fn drain(&mut self, now: Millis) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Ask(Question::Url { .. }, generation) => {
                    let address = Address {
                        secure: true,
                        ..Address::default()
                    };
                    self.session
                        .handle_news(now, generation, News::UrlReady(address));
                }
                Output::Dial(generation) => self.dialled = Some(generation),
                _ => {}
            }
        }
    }

    fn tell(&mut self, now: Millis, news: News) {
        let generation = self.session.generation();
        assert!(self.session.handle_news(now, generation, news));
        self.drain(now);
    }
}

impl Client for Ours {
    fn fails(&mut self, now: Millis) -> Option<Millis> {
        let code = core::mem::replace(&mut self.code, 1006);
        let close = Close {
            code,
            ..Close::default()
        };
        self.tell(now, News::Closed(close));
        match self.session.state() {
            State::Waiting(wait) => Some(wait.until),
            _ => None,
        }
    }

    fn dials(&mut self, now: Millis) {
        self.dialled = None;
        self.session.handle_timeout(now);
        self.drain(now);
        assert!(self.dialled.is_some(), "{:?}", self.session.state());
    }

    fn opens(&mut self, now: Millis) {
        self.tell(
            now,
            News::Opened {
                protocol_selected: false,
            },
        );
        assert!(matches!(self.session.state(), State::Open { .. }));
    }
}

// --- the formulas of others --------------------------------------------------------------------------------------

/// The delay before retry `n` (from 0), given the one before.
type Formula = fn(rng: &mut Rng, n: i32, previous: f64) -> f64;

struct Theirs {
    formula: Formula,
    rng: Rng,
    retries: i32,
    previous: f64,
}

impl Client for Theirs {
    fn fails(&mut self, now: Millis) -> Option<Millis> {
        self.previous = (self.formula)(&mut self.rng, self.retries, self.previous);
        self.retries += 1;
        Some(now + self.previous as Millis)
    }

    fn dials(&mut self, _: Millis) {}

    fn opens(&mut self, _: Millis) {}
}

const FORMULAS: &[(&str, Formula)] = &[
    ("partysocket 1.3", |_, n, _| {
        (3_000.0 * 1.3_f64.powi(n)).min(10_000.0)
    }),
    ("reconnecting-websocket 4.4", |rng, n, previous| {
        // Its jitter is drawn once per page; the first delay is that draw.
        let first = if n == 0 {
            1_000.0 + rng.f64() * 4_000.0
        } else {
            previous
        };
        if n == 0 {
            first
        } else {
            (first * 1.3).min(10_000.0)
        }
    }),
    ("socket.io-client 4.8", |rng, n, _| {
        let (base, draw) = (1_000.0 * 2.0_f64.powi(n.min(30)), rng.f64());
        let deviation = draw * 0.5 * base;
        let up = (draw * 10.0) as u32 % 2 == 1;
        (if up {
            base + deviation
        } else {
            base - deviation
        })
        .min(5_000.0)
    }),
    ("centrifuge 5", |rng, n, _| {
        let window = (500.0 * 2.0_f64.powi(n.min(31))).min(20_000.0);
        (500.0 + rng.f64() * window).min(20_000.0)
    }),
    ("1, 2, 4 … 30 s without jitter", |_, n, _| {
        (1_000.0 * 2.0_f64.powi(n.min(30))).min(30_000.0)
    }),
    ("full jitter from 1 s", |rng, n, _| {
        rng.f64() * (1_000.0 * 2.0_f64.powi(n.min(30))).min(30_000.0)
    }),
    ("decorrelated jitter from 1 s", |rng, _, previous| {
        let top = 3.0 * previous.max(1_000.0);
        (1_000.0 + rng.f64() * (top - 1_000.0)).min(30_000.0)
    }),
];

// --- the storm ---------------------------------------------------------------------------------------------------

/// How many handshakes the server takes a second once it is back.
#[derive(Clone, Copy)]
enum Rate {
    Unlimited,
    PerSecond(Millis),
}

enum Happening {
    Dial(usize),
    Refused(usize),
    Opened(usize),
}

struct Outcome {
    /// Most attempts in 100 ms: in the first five seconds, until the return, and after it.
    start_peak: u32,
    outage_peak: u32,
    return_peak: u32,
    /// After the server's return, in order.
    back_after_ms: Vec<Millis>,
    lost: usize,
}

fn storm(mut herd: Vec<Box<dyn Client>>, rate: Rate) -> Outcome {
    let mut agenda = Agenda::new();
    let mut attempts = vec![0_u32; ((OUTAGE_MS + PATIENCE_MS) / SLOT_MS) as usize + 1];
    let mut back_after_ms = Vec::new();
    // In microseconds, as 500 a second are 2 ms each, but other rates need not be whole.
    let mut busy_until_us = 0;
    for (index, client) in herd.iter_mut().enumerate() {
        if let Some(at) = client.fails(CUT_AT) {
            agenda.add(at, Happening::Dial(index));
        }
    }
    while let Some(now) = agenda.next_at() {
        if now > BACK_AT + PATIENCE_MS {
            break;
        }
        match agenda.pop(now) {
            Some(Happening::Dial(index)) => {
                attempts[((now - CUT_AT) / SLOT_MS) as usize] += 1;
                herd[index].dials(now);
                match answer(now, rate, &mut busy_until_us) {
                    Some(at) => agenda.add(at, Happening::Opened(index)),
                    None => agenda.add(now + REFUSAL_MS, Happening::Refused(index)),
                }
            }
            Some(Happening::Refused(index)) => {
                if let Some(at) = herd[index].fails(now) {
                    agenda.add(at.max(now), Happening::Dial(index));
                }
            }
            Some(Happening::Opened(index)) => {
                herd[index].opens(now);
                back_after_ms.push(now - BACK_AT);
            }
            None => {}
        }
    }
    let peak = |from: Millis, to: Millis| {
        let slots = (from / SLOT_MS) as usize..(to / SLOT_MS) as usize;
        attempts[slots].iter().copied().max().unwrap_or(0)
    };
    Outcome {
        start_peak: peak(0, START_MS),
        outage_peak: peak(START_MS, OUTAGE_MS),
        return_peak: peak(OUTAGE_MS, OUTAGE_MS + PATIENCE_MS),
        lost: herd.len() - back_after_ms.len(),
        back_after_ms,
    }
}

/// When the handshake of a dial made now is done; `None` if it is refused.
fn answer(now: Millis, rate: Rate, busy_until_us: &mut u64) -> Option<Millis> {
    if now < BACK_AT {
        return None;
    }
    let Rate::PerSecond(rate) = rate else {
        return Some(now);
    };
    let each_us = 1_000_000 / rate;
    let begins_us = (now * 1_000).max(*busy_until_us);
    if begins_us - now * 1_000 > BACKLOG * each_us {
        return None;
    }
    *busy_until_us = begins_us + each_us;
    Some(*busy_until_us / 1_000)
}

fn ours(code: u16) -> Vec<Box<dyn Client>> {
    (0..CLIENTS)
        .map(|index| Box::new(Ours::new(index as u64, code)) as Box<dyn Client>)
        .collect()
}

fn theirs(formula: Formula) -> Vec<Box<dyn Client>> {
    let client = |index| Theirs {
        formula,
        rng: Rng::with_seed(index),
        retries: 0,
        previous: 0.0,
    };
    (0..CLIENTS as u64)
        .map(|index| Box::new(client(index)) as Box<dyn Client>)
        .collect()
}

impl Outcome {
    fn back_s(&self, percent: usize) -> f64 {
        let last = self.back_after_ms.len() - 1;
        self.back_after_ms[last * percent / 100] as f64 / 1e3
    }

    fn print(&self, name: &str, limited: &Outcome) {
        println!(
            "{name:<30}  {:>6}  {:>6}  {:>6}  {:>5.1} / {:>4.1} / {:>4.1}  {:>6.1}{}",
            self.start_peak,
            self.outage_peak,
            self.return_peak,
            self.back_s(50),
            self.back_s(95),
            self.back_s(100),
            limited.back_s(100),
            if limited.lost > 0 {
                format!(", {} lost", limited.lost)
            } else {
                String::new()
            }
        );
    }
}

#[test]
fn a_herd_of_ten_thousand_comes_back_without_a_storm() {
    println!(
        "10,000 clients cut at once, server back after 60 s: most attempts in 100 ms in the first 5 s, until the \
         return, after it; back after p50 / p95 / max s; and the last at 500 handshakes a second, s"
    );
    let limit = Rate::PerSecond(500);
    let cut = storm(ours(1006), Rate::Unlimited);
    let limited = storm(ours(1006), limit);
    cut.print("tautline", &limited);
    let told = storm(ours(1012), Rate::Unlimited);
    told.print("tautline, closed with 1012", &storm(ours(1012), limit));
    for &(name, formula) in FORMULAS {
        storm(theirs(formula), Rate::Unlimited).print(name, &storm(theirs(formula), limit));
    }

    assert!(cut.start_peak <= 440, "{} at the start", cut.start_peak);
    assert!(cut.return_peak <= 90, "{} at the return", cut.return_peak);
    assert!(cut.back_s(50) <= 10.0, "p50 {} s", cut.back_s(50));
    assert_eq!((cut.lost, limited.lost, told.lost), (0, 0, 0));
    assert!(
        limited.back_s(100) <= 45.0,
        "last {} s",
        limited.back_s(100)
    );
    // A server that says that it restarts is met by half as many.
    assert!(told.start_peak * 3 <= cut.start_peak * 2);
}

#[test]
fn a_lone_break_is_back_within_2_2_seconds_on_average() {
    let total: Millis = (0..CLIENTS as u64)
        .map(|seed| {
            let mut client = Ours::new(seed, 1006);
            let at = client.fails(CUT_AT).expect("a retry");
            client.dials(at);
            client.opens(at);
            at - CUT_AT
        })
        .sum();
    let mean_s = total as f64 / CLIENTS as f64 / 1e3;
    println!("a lone break is back after {mean_s:.2} s on average");
    assert!(mean_s <= 2.2, "{mean_s} s");
}
