#![no_main]

#[path = "../src/mqtt.rs"]
mod mqtt;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt::mqtt(bytes));
