//! Many runs on all cores, and the tests that make them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bugs::Bug;
use crate::world::{Seen, run};

/// Runs of a full test; an unoptimised build makes fewer.
const RUNS: u64 = 40_000;
const RUNS_UNOPTIMISED: u64 = 1_000;
/// A planted bug must be caught within so many runs.
const BUG_RUNS: u64 = 500;

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

fn add(all: &mut Seen, one: &Seen) {
    all.cuts += one.cuts;
    all.resumed += one.resumed;
    all.reloads += one.reloads;
    all.session_lost += one.session_lost;
    all.refused += one.refused;
    all.taken += one.taken;
    all.received += one.received;
}

#[test]
fn every_level_keeps_its_promise() {
    let runs = variable("SIM_RUNS").unwrap_or(if is_optimised() {
        RUNS
    } else {
        RUNS_UNOPTIMISED
    });
    let first = variable("SIM_SEED").unwrap_or(0);
    let next = AtomicU64::new(0);
    let seen = Mutex::new(Seen::default());
    let failures = Mutex::new(Vec::new());
    let work = || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= runs {
            return;
        }
        let seed = first + index;
        match catch_unwind(AssertUnwindSafe(|| run(seed, None))) {
            Ok((Ok(()), one)) => add(&mut seen.lock().expect("no panic"), &one),
            Ok((Err(broken), _)) => failures
                .lock()
                .expect("no panic")
                .push((seed, format!("{broken:?}"))),
            Err(_) => failures
                .lock()
                .expect("no panic")
                .push((seed, "a panic".into())),
        }
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get());
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().expect("no panic");
    let seen = seen.into_inner().expect("no panic");
    println!("{runs} runs: {seen:?}");
    let shown: Vec<_> = failures.iter().take(3).collect();
    assert!(
        failures.is_empty(),
        "{} of {runs} runs fail, such as (SIM_RUNS=1 SIM_SEED=…) {shown:#?}",
        failures.len()
    );
    if runs >= RUNS_UNOPTIMISED {
        for count in [
            seen.cuts,
            seen.resumed,
            seen.reloads,
            seen.session_lost,
            seen.refused,
            seen.taken,
            seen.received,
        ] {
            assert!(count > 50, "hardly happens: {seen:?}");
        }
    }
}

#[test]
fn every_planted_bug_is_caught_by_the_promise_it_breaks() {
    for bug in Bug::ALL {
        let mut broken = Vec::new();
        let seed = (0..BUG_RUNS).find(|&seed| {
            let run = catch_unwind(AssertUnwindSafe(|| run(seed, Some(bug))));
            let promise = run
                .ok()
                .and_then(|(kept, _)| kept.err())
                .map(|it| it.promise);
            broken.extend(promise);
            promise.is_some_and(|promise| bug.breaks().contains(&promise))
        });
        println!("{bug:?}: {seed:?}, {broken:?}");
        assert!(seed.is_some(), "{bug:?} is not caught, but {broken:?}");
    }
}
