#![no_main]

#[path = "../src/stomp.rs"]
mod stomp;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stomp::stomp(bytes));
