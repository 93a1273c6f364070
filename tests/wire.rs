//! The numbers that the npm package's shell and the session exchange: each name's number is its place in a list, and
//! both sides have the same lists.

use tautline::session::{
    Action, Awaits, CauseKind, ClosedWhy, Config, DropReason, Overflow, Preset, Progress, Signal,
    StateName, Suspended, Timer,
};

const README: &str = include_str!("../README.md");
const WIRE: &str = include_str!("../js/wire.ts");
const OPTIONS: &str = include_str!("../src/js/options.rs");
const FIGURES: &str = include_str!("../src/session/stats.rs");
const EXPORTS: &str = include_str!("../src/js/exports.rs");
const WHOLE: &str = include_str!("../src/js/whole.rs");
const REGISTER: &str = include_str!("../src/js/register.rs");
const MODULE: &str = include_str!("../js/transport/module.ts");
const DRIVER: &str = include_str!("../js/transport/driver.ts");

/// The list that wire.ts has under this name.
fn list(name: &str) -> Vec<&'static str> {
    list_of(WIRE, name)
}

fn list_of(wire: &'static str, name: &str) -> Vec<&'static str> {
    let start = format!("export const {name} = [");
    let from = wire.find(&start).expect(name) + start.len();
    let rest = &wire[from..];
    let body = &rest[..rest.find(']').expect("the end of the list")];
    body.split('"').skip(1).step_by(2).collect()
}

macro_rules! same {
    ($($test:ident: $list:literal = $type:ident,)+) => {$(
        #[test]
        fn $test() {
            let names: Vec<_> = $type::ALL.iter().map(|it| it.name()).collect();
            assert_eq!(list($list), names);
        }
    )+};
}

same! {
    states_have_the_same_numbers: "STATES" = StateName,
    reasons_of_suspension_have_the_same_numbers: "SUSPENDED" = Suspended,
    causes_have_the_same_numbers: "CAUSES" = CauseKind,
    reasons_of_the_end_have_the_same_numbers: "CLOSED_WHY" = ClosedWhy,
    drops_have_the_same_numbers: "DROPS" = DropReason,
    what_messages_await_has_the_same_numbers: "AWAITS" = Awaits,
    their_progress_has_the_same_numbers: "PROGRESS" = Progress,
    rules_have_the_same_numbers: "RULES" = Action,
    overflows_have_the_same_numbers: "OVERFLOWS" = Overflow,
    presets_have_the_same_numbers: "PRESETS" = Preset,
    timers_have_the_same_numbers: "TIMERS" = Timer,
    signals_have_the_same_numbers: "SIGNALS" = Signal,
}

/// The number at the start of each match arm below a line that holds `from`, up to one that holds `to`.
fn arms(text: &str, from: &str, to: &str) -> Vec<usize> {
    let text = &text[text.find(from).expect(from)..];
    let text = &text[..text.find(to).expect(to)];
    let number = |line: &str| {
        let line = line.trim_start();
        let digits = line.find(|c: char| !c.is_ascii_digit())?;
        let is_arm = line[digits..].starts_with(" =>") || line[digits..].starts_with(" if ");
        is_arm.then(|| line[..digits].parse().ok())?
    };
    text.lines().filter_map(number).collect()
}

#[test]
fn every_option_and_statistic_has_its_number_in_the_engine() {
    let options = arms(OPTIONS, "pub(super) fn set", "_ => {}");
    assert_eq!(options, (0..list("OPTIONS").len()).collect::<Vec<_>>());
    let stats = arms(FIGURES, "Some(match index", "_ => return None");
    assert_eq!(stats, (0..list("STATS").len()).collect::<Vec<_>>());
}

#[test]
fn the_shell_declares_exactly_the_exports() {
    let exports = |file: &'static str| {
        file.split("pub extern \"C\" fn ")
            .skip(1)
            .map(|rest| &rest[..rest.find('(').expect("arguments")])
    };
    let mut exported: Vec<_> = exports(EXPORTS).chain(exports(WHOLE)).collect();
    let interface = &MODULE[MODULE.find("interface Exports {").expect("the interface")..];
    let mut declared: Vec<_> = interface[..interface.find("\n}").expect("its end")]
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.trim().split_once('(')?.0))
        .collect();
    declared.sort_unstable();
    exported.sort_unstable();
    assert_eq!(declared, exported);
}

#[test]
fn orders_and_events_have_the_same_numbers() {
    // `Output::Ask(…) => { … 1 }`: the number is the last line of the arm, or follows the arrow.
    let body = &REGISTER[REGISTER.find("match output {").expect("the match")..];
    let numbers: Vec<usize> = body
        .lines()
        .filter_map(|line| {
            let line = line.trim().trim_end_matches(',');
            let last = line.rsplit("=> ").next().unwrap_or(line);
            last.parse().ok()
        })
        .collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
    let driver: Vec<usize> = DRIVER
        .lines()
        .skip_while(|line| !line.starts_with("// Orders and events"))
        .take_while(|line| !line.starts_with("/** How many"))
        .filter_map(|line| {
            line.strip_prefix("const ")?
                .trim_end_matches(';')
                .split_once(" = ")
        })
        .map(|(_, number)| number.parse().expect("a number"))
        .collect();
    // And those of subprotocols, which src/js/exchange.rs adds.
    assert_eq!(driver, (1..=15).chain([17, 18]).collect::<Vec<_>>());
}

#[test]
fn the_readmes_defaults_are_the_engines() {
    let config = Config::default();
    let told = |name: &str| {
        let row = README
            .lines()
            .find_map(|line| line.strip_prefix(&format!("| `{name}` | ")))
            .unwrap_or_else(|| panic!("no row for {name}"));
        row.split(" | ").next().unwrap_or_default().to_string()
    };
    let same = |name: &str, value: &dyn std::fmt::Display| {
        assert_eq!(told(name), value.to_string(), "{name}");
    };
    same(
        "heartbeat.hiddenInterval",
        &config.heartbeat.hidden_interval_ms,
    );
    same("backoff.initial", &config.backoff_initial_ms);
    same("backoff.max", &config.backoff_max_ms);
    same("connectTimeout", &config.connect_timeout_ms);
    same("queue.maxMessages", &config.queue.max_messages);
    same("queue.maxBytes", &config.queue.max_bytes);
    same("queue.overflow", &config.queue.overflow.name());
    same("maxMessageSize", &config.max_message_bytes);
    same("confirmWithin", &config.confirm_within_ms);
    same("requests.max", &config.max_requests);
    same("lifecycle", &config.lifecycle);
    same("requireSecure", &config.require_secure);
    assert_eq!(
        (told("maxAttempts"), config.max_attempts),
        ("Infinity".into(), None)
    );
    assert_eq!(
        (told("maxElapsed"), config.max_elapsed_ms),
        ("Infinity".into(), None)
    );
    assert_eq!(
        (told("queue.ttl"), config.queue.ttl_ms),
        ("none".into(), None)
    );
}

/// The lists of the STOMP client.
#[cfg(feature = "stomp")]
mod stomp {
    use tautline::subprotocol::stomp::{AckMode, FrameError, Verb, Version, Violation};

    const WIRE: &str = include_str!("../js/stomp/wire.ts");

    macro_rules! same {
        ($($test:ident: $list:literal = $type:ident,)+) => {$(
            #[test]
            fn $test() {
                let names: Vec<_> = $type::ALL.iter().map(|it| it.name()).collect();
                assert_eq!(super::list_of(WIRE, $list), names);
            }
        )+};
    }

    same! {
        versions_have_the_same_numbers: "VERSIONS" = Version,
        ack_modes_have_the_same_numbers: "ACKS" = AckMode,
        verbs_have_the_same_numbers: "VERBS" = Verb,
        refusals_have_the_same_numbers: "REFUSALS" = FrameError,
        violations_have_the_same_numbers: "VIOLATIONS" = Violation,
    }
}
