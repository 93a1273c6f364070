#![no_main]

#[path = "../src/mqtt_client.rs"]
mod mqtt_client;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mqtt_client::mqtt_client(bytes));
