//! The codec of MQTT beside another one, mqtt-protocol-core: what we write it reads, what it writes we read, and of any bytes
//! both say the same, but for the differences that `any_bytes` lists.

#[path = "../../fuzz/src/mqtt.rs"]
mod fuzz;
#[path = "../../fuzz/src/mqtt_client.rs"]
mod fuzz_client;

mod any_bytes;
mod client_packets;
mod cuts;
mod fields;
mod generate;
mod oracle;
mod server_packets;
mod smoke;
