//! The codec of MQTT beside mqtt-protocol-core: the comparison of the native test `mqtt`, with inputs that look for a difference.
#![no_main]
#![allow(dead_code, reason = "the test uses all of it")]

#[path = "../../tests/mqtt/any_bytes.rs"]
mod any_bytes;
#[path = "../../tests/mqtt/fields.rs"]
mod fields;
#[path = "../../tests/mqtt/generate.rs"]
mod generate;
#[path = "../../tests/mqtt/oracle.rs"]
mod oracle;
#[path = "../../tests/mqtt/server_packets.rs"]
mod server_packets;

use tautline::subprotocol::mqtt::packet::Version;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_bytes::compare(Version::V311, bytes);
    any_bytes::compare(Version::V5, bytes);
});
