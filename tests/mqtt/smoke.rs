//! Drives the function of the fuzz target with a seed, so that it cannot rot, and with packets that are almost right.

use fastrand::Rng;

use crate::{any_bytes, fuzz, server_packets};

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
