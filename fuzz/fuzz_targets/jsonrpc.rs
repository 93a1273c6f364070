#![no_main]

#[path = "../src/jsonrpc.rs"]
mod jsonrpc;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| jsonrpc::jsonrpc(bytes));
