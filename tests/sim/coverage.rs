//! What the runs have been through: counted, printed, and none of it may be zero.

use tautline::session::{CauseKind, ClosedWhy, DropReason, Signal, Timer};

use crate::check::EDGES;
use crate::check::rows::Row;
use crate::check::turns::Turn;
use crate::faults::Fault;
use crate::ops::Op;

const SIGNALS: &[(Signal, &str)] = &[
    (Signal::Online, "online"),
    (Signal::Offline, "offline"),
    (Signal::Hidden, "hidden"),
    (Signal::Shown, "shown"),
    (Signal::Frozen, "frozen"),
    (Signal::Resumed, "resumed"),
    (Signal::PageHidePersisted, "pagehide"),
    (Signal::PageShowPersisted, "pageshow"),
];

/// Counts of one run or of many.
#[derive(Clone)]
pub struct Coverage {
    pub edges: Vec<u64>,
    pub rows: Vec<u64>,
    pub causes: Vec<u64>,
    pub faults: Vec<u64>,
    pub timers: Vec<u64>,
    pub drops: Vec<u64>,
    pub ends: Vec<u64>,
    pub turns: Vec<u64>,
    pub signals: Vec<u64>,
    pub ops: Vec<u64>,
    /// Operations of each run.
    pub lengths: Vec<u32>,
    /// How long after the healing the successful dial was made, in each run where one was needed.
    pub recoveries_ms: Vec<u32>,
    pub simulated_ms: u64,
}

impl Coverage {
    pub fn new() -> Self {
        Coverage {
            edges: vec![0; EDGES.len()],
            rows: vec![0; Row::ALL.len()],
            causes: vec![0; CauseKind::ALL.len()],
            faults: vec![0; Fault::ALL.len()],
            timers: vec![0; Timer::ALL.len()],
            drops: vec![0; DropReason::ALL.len()],
            ends: vec![0; ClosedWhy::ALL.len()],
            turns: vec![0; Turn::ALL.len()],
            signals: vec![0; SIGNALS.len()],
            ops: vec![0; Op::ALL.len()],
            lengths: Vec::new(),
            recoveries_ms: Vec::new(),
            simulated_ms: 0,
        }
    }

    pub fn row(&mut self, row: Row) {
        self.rows[row as usize] += 1;
    }

    pub fn row_if(&mut self, holds: bool, row: Row) {
        self.rows[row as usize] += u64::from(holds);
    }

    pub fn signal(&mut self, signal: Signal) {
        if let Some(index) = SIGNALS.iter().position(|&(known, _)| known == signal) {
            self.signals[index] += 1;
        }
    }

    pub fn add(&mut self, other: &Coverage) {
        let sum = |mine: &mut Vec<u64>, theirs: &[u64]| {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        };
        sum(&mut self.edges, &other.edges);
        sum(&mut self.rows, &other.rows);
        sum(&mut self.causes, &other.causes);
        sum(&mut self.faults, &other.faults);
        sum(&mut self.timers, &other.timers);
        sum(&mut self.drops, &other.drops);
        sum(&mut self.ends, &other.ends);
        sum(&mut self.turns, &other.turns);
        sum(&mut self.signals, &other.signals);
        sum(&mut self.ops, &other.ops);
        self.lengths.extend(&other.lengths);
        self.recoveries_ms.extend(&other.recoveries_ms);
        self.simulated_ms += other.simulated_ms;
    }

    /// Every count with its name, by chapter.
    fn chapters(&self) -> Vec<(&'static str, Vec<(String, u64)>)> {
        let named = |names: Vec<String>, counts: &[u64]| {
            names.into_iter().zip(counts.iter().copied()).collect()
        };
        let edges = EDGES
            .iter()
            .map(|(from, to)| format!("{} -> {}", from.name(), to.name()))
            .collect();
        let texts = |list: &[&'static str]| list.iter().map(|text| (*text).to_string()).collect();
        let rows: Vec<_> = Row::ALL.iter().map(|row| row.text()).collect();
        let faults: Vec<_> = Fault::ALL.iter().map(|fault| fault.text()).collect();
        let causes: Vec<_> = CauseKind::ALL.iter().map(|kind| kind.name()).collect();
        let timers: Vec<_> = Timer::ALL.iter().map(|timer| timer.name()).collect();
        let drops: Vec<_> = DropReason::ALL.iter().map(|drop| drop.name()).collect();
        let ends: Vec<_> = ClosedWhy::ALL.iter().map(|why| why.name()).collect();
        let turns: Vec<_> = Turn::ALL.iter().map(|turn| turn.text()).collect();
        let signals: Vec<_> = SIGNALS.iter().map(|(_, name)| *name).collect();
        let ops: Vec<_> = Op::ALL.iter().map(|op| op.text()).collect();
        vec![
            ("state edge", named(edges, &self.edges)),
            ("cause row", named(texts(&rows), &self.rows)),
            ("cause", named(texts(&causes), &self.causes)),
            ("fault taken", named(texts(&faults), &self.faults)),
            ("timer fired", named(texts(&timers), &self.timers)),
            ("drop reason", named(texts(&drops), &self.drops)),
            ("end", named(texts(&ends), &self.ends)),
            ("message or credentials", named(texts(&turns), &self.turns)),
            ("signal", named(texts(&signals), &self.signals)),
            ("operation", named(texts(&ops), &self.ops)),
        ]
    }

    pub fn print(&self) {
        for (chapter, counts) in self.chapters() {
            println!("\n{chapter}");
            for (name, count) in counts {
                println!("  {count:>12}  {name}");
            }
        }
    }

    /// What was never taken. `none` ends nothing, an encoder is the face's, and the engine's own failure is not the
    /// session's to see: those three stay at zero here, and must.
    pub fn missing(&self) -> Vec<String> {
        let zero = ["cause: none", "drop reason: encode", "end: internal"];
        let mut missing = Vec::new();
        for (chapter, counts) in self.chapters() {
            for (name, count) in counts {
                let entry = format!("{chapter}: {name}");
                if zero.contains(&entry.as_str()) {
                    assert_eq!(count, 0, "{entry} is not the session's");
                } else if count == 0 {
                    missing.push(entry);
                }
            }
        }
        missing
    }
}
