//! Drives the function of the fuzz target with a seed, so that it cannot rot, and with packets that are almost right.

use fastrand::Rng;

use crate::{any_bytes, fuzz, fuzz_client, server_packets};

const INPUTS: usize = 5_000;

#[test]
fn the_fuzz_target_of_mqtt_holds() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..INPUTS {
        let mut stream = Vec::new();
        for _ in 0..rng.usize(1..4) {
            stream.extend(server_packets::packet(&mut rng).1);
        }
        fuzz::mqtt(&stream);
        any_bytes::change(&mut rng, &mut stream);
        fuzz::mqtt(&stream);
    }
}

#[test]
fn the_fuzz_target_of_the_client_holds() {
    let mut rng = Rng::with_seed(10);
    for _ in 0..INPUTS {
        let mut bytes = vec![rng.u8(..), rng.u8(..)];
        for _ in 0..rng.usize(1..8) {
            // What answers the client's own packets has small identifiers; the others come at the wrong time.
            let mut packet = match rng.u32(0..3) {
                0 => server_packets::packet(&mut rng).1,
                _ => vec![
                    [0x40, 0x50, 0x62, 0x70][rng.usize(0..4)],
                    2,
                    0,
                    rng.u8(1..8),
                ],
            };
            if rng.u32(0..4) == 0 {
                any_bytes::change(&mut rng, &mut packet);
            }
            bytes.extend(packet);
        }
        fuzz_client::mqtt_client(&bytes);
    }
}
