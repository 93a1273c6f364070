#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tautline_fuzz::cbor(bytes));
