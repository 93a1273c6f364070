//! Many runs on all cores, and the tests that make them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::bugs::Bug;
use crate::check::{Invariant, Violation};
use crate::coverage::Coverage;
use crate::run::run;

/// Runs of a full test; an unoptimised build makes fewer.
const RUNS: u64 = 100_000;
const RUNS_UNOPTIMISED: u64 = 4_000;
/// From so many runs on, everything must have happened.
const TELLING: u64 = 4_000;
/// A planted bug must be caught within so many runs.
const BUG_RUNS: u64 = 1_000;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .expect("SIM_RUNS and SIM_SEED are whole numbers"),
    )
}

/// Whether this binary was built for `--profile sim`: cargo names the folder after the profile.
fn is_optimised() -> bool {
    let path = std::env::current_exe().expect("the path of the test");
    path.components()
        .any(|part| part.as_os_str() == "sim" || part.as_os_str() == "release")
}

/// One run; a panic of the session counts as a failure like any other.
fn outcome(seed: u64) -> Result<Coverage, String> {
    match catch_unwind(AssertUnwindSafe(|| run(seed, None, false))) {
        Ok(outcome) => match outcome.violation {
            None => Ok(outcome.coverage),
            Some(Violation { invariant, what }) => Err(format!("{}: {what}", invariant.text())),
        },
        Err(_) => Err("a panic".into()),
    }
}

/// Runs `seeds` on all cores; the failures come with their seeds.
fn run_all(first: u64, runs: u64) -> (Coverage, Vec<(u64, String)>) {
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    let work = || {
        let mut coverage = Coverage::new();
        let mut failures = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= runs {
                return (coverage, failures);
            }
            match outcome(first + index) {
                Ok(run) => coverage.add(&run),
                Err(what) => {
                    failures.push((first + index, what));
                    // A few seeds are enough to look into.
                    if failures.len() >= 3 {
                        next.store(runs, Ordering::Relaxed);
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut coverage = Coverage::new();
        let mut failures = Vec::new();
        for worker in workers {
            let (run, failed) = worker.join().expect("a worker that does not panic");
            coverage.add(&run);
            failures.extend(failed);
        }
        (coverage, failures)
    })
}

fn at_percent<T: Copy + Ord>(values: &mut [T], percent: usize) -> Option<T> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    values.get(last * percent / 100).copied()
}

#[test]
fn every_invariant_holds_in_all_runs() {
    let built_for = if is_optimised() {
        RUNS
    } else {
        RUNS_UNOPTIMISED
    };
    let runs = variable("SIM_RUNS").unwrap_or(built_for);
    let first = variable("SIM_SEED").unwrap_or(1);
    let begun = Instant::now();
    let (mut coverage, failures) = run_all(first, runs);
    if let Some((seed, _)) = failures.first() {
        for (seed, what) in &failures {
            println!("seed {seed}: {what}");
        }
        run(*seed, None, true);
        panic!(
            "seed {seed} fails. It replays with\n  \
             SIM_SEED={seed} SIM_RUNS=1 cargo test --profile sim --features subprotocol --test sim -- --nocapture runs"
        );
    }
    let took = begun.elapsed();
    let median = at_percent(&mut coverage.lengths, 50).unwrap_or(0);
    let recoveries = &mut coverage.recoveries_ms.clone();
    let seconds = |millis: Option<u32>| f64::from(millis.unwrap_or(0)) / 1e3;
    coverage.print();
    println!(
        "\n{runs} runs in {:.1} s, {:.0} years simulated; operations per run: median {median}, least {}; \
         back on a healthy network after p50 {:.1} s, p95 {:.1} s, at most {:.1} s",
        took.as_secs_f64(),
        coverage.simulated_ms as f64 / (365.0 * 86_400_000.0),
        coverage.lengths[0],
        seconds(at_percent(recoveries, 50)),
        seconds(at_percent(recoveries, 95)),
        seconds(at_percent(recoveries, 100)),
    );
    assert!(median >= 200, "median {median}");
    if runs >= TELLING {
        let missing = coverage.missing();
        assert!(missing.is_empty(), "never taken: {missing:#?}");
    }
}

#[test]
fn every_planted_bug_is_caught_by_its_invariant() {
    let mut table = Vec::new();
    for &bug in Bug::ALL {
        let caught = (1..=BUG_RUNS).find_map(|seed| {
            let violation = run(seed, Some(bug), false).violation?;
            Some((seed, violation))
        });
        let (seed, violation) =
            caught.unwrap_or_else(|| panic!("not caught in {BUG_RUNS} runs: {}", bug.text()));
        assert_eq!(
            violation.invariant,
            bug.intended(),
            "{} (seed {seed}): {}",
            bug.text(),
            violation.what
        );
        table.push((bug, seed, violation));
    }
    for (bug, seed, violation) in &table {
        let Violation { invariant, what } = violation;
        println!(
            "{:<55} run {seed:>3}: {} ({what})",
            bug.text(),
            invariant.text()
        );
    }
    for &invariant in Invariant::ALL {
        let proven = table.iter().any(|(bug, ..)| bug.intended() == invariant);
        assert!(proven, "no bug shows that `{}` can fail", invariant.text());
    }
}
