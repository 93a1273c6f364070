//! Build and test tooling that wants Rust: the wasm-bindgen command line and its test runner.
//!
//! Both come in as a library, so their version stands in `Cargo.lock` beside the `wasm-bindgen`
//! that the engine links. The two must be equal, and nothing has to be installed by hand.
//!
//! ```text
//! cargo run -q -p xtask -- bindgen      <wasm-bindgen's own arguments>
//! cargo run -q -p xtask -- test-runner  <test binary and filters, as cargo passes them>
//! ```

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- <bindgen | test-runner> [arguments]";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let outcome = match command.to_str() {
        Some("bindgen") => {
            wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(named("wasm-bindgen", arguments))
        }
        Some("test-runner") => wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
            named("wasm-bindgen-test-runner", arguments),
        ),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

/// Puts the program's name first, as both command lines expect it.
fn named(
    program: &str,
    arguments: impl Iterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from(program)).chain(arguments)
}
