//! Drives the function of the fuzz target of JSON-RPC with a seed, so that it cannot rot, and with messages that are almost
//! right.

#[path = "../../fuzz/src/jsonrpc.rs"]
mod fuzz;

use fastrand::Rng;

const INPUTS: usize = 20_000;

const NAMES: [&str; 12] = [
    "jsonrpc",
    "id",
    "method",
    "params",
    "result",
    "error",
    "subscription",
    "code",
    "message",
    "data",
    "\\u0069d",
    "",
];

const VALUES: [&str; 16] = [
    "null",
    "true",
    "0",
    "7",
    "-7.50",
    "-0",
    "1e999",
    "4294967296",
    "18446744073709551616",
    "\"2.0\"",
    "\"7.0\"",
    "\"beat.1\"",
    "\"a\\u0000\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\u{e9}\u{1f600}\"",
    " [ ] ",
];

fn value(rng: &mut Rng, depth: usize, text: &mut String) {
    let kinds = if depth == 0 { 1 } else { 4 };
    match rng.usize(..kinds) {
        2 => {
            text.push('[');
            for index in 0..rng.usize(..4) {
                text.push_str(if index > 0 { "," } else { "" });
                value(rng, depth - 1, text);
            }
            text.push(']');
        }
        3 => object(rng, depth - 1, text),
        _ => text.push_str(VALUES[rng.usize(..VALUES.len())]),
    }
}

fn object(rng: &mut Rng, depth: usize, text: &mut String) {
    text.push('{');
    for index in 0..rng.usize(..6) {
        text.push_str(if index > 0 { "," } else { "" });
        text.push('"');
        text.push_str(NAMES[rng.usize(..NAMES.len())]);
        text.push_str("\":");
        value(rng, depth, text);
    }
    text.push('}');
}

#[test]
fn the_fuzz_target_of_jsonrpc_holds() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..INPUTS {
        let mut text = String::new();
        match rng.usize(..4) {
            0 => value(&mut rng, 3, &mut text),
            1 => {
                text.push_str("[ ");
                for index in 0..rng.usize(1..4) {
                    text.push_str(if index > 0 { "," } else { "" });
                    object(&mut rng, 2, &mut text);
                }
                text.push(']');
            }
            _ => object(&mut rng, 2, &mut text),
        }
        fuzz::jsonrpc(text.as_bytes());
        let mut bytes = text.into_bytes();
        for _ in 0..rng.usize(..3) {
            let at = rng.usize(..bytes.len());
            bytes[at] = rng.u8(..128);
        }
        fuzz::jsonrpc(&bytes);
        bytes.truncate(rng.usize(..=bytes.len()));
        fuzz::jsonrpc(&bytes);
    }
}
