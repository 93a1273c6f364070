//! Drives the functions of the fuzz targets with a seed, so that they cannot rot, and with frames that are almost right.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tautline::codec::Payload;

use crate::fuzz;
use crate::strategy::{json_message, message, proto_message, record};
use crate::{Both, encode};

const INPUTS: u32 = 10_000;

/// Half of the inputs are any bytes, the others a frame in which some bytes are others.
fn drive<M: core::fmt::Debug>(
    check: fn(&[u8]),
    codec: Both<'_, M>,
    messages: impl Strategy<Value = M>,
) {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let altered = (messages, prop::collection::vec(change, 0..4));
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..Config::with_cases(INPUTS / 2)
    });
    let any = runner.run(&prop::collection::vec(any::<u8>(), 0..200), |bytes| {
        check(&bytes);
        Ok(())
    });
    any.expect("any bytes");
    let almost = runner.run(&altered, |(message, changes)| {
        let mut bytes = match encode(codec, &message) {
            Payload::Text(text) => text.into_bytes(),
            Payload::Binary(bytes) => bytes,
        };
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        check(&bytes);
        Ok(())
    });
    almost.expect("a frame with changes");
}

#[test]
fn the_fuzz_target_of_json_holds() {
    drive(fuzz::json, &tautline::codec::Json, json_message());
    drive(fuzz::json, &tautline::codec::Json, record());
}

#[test]
fn the_fuzz_target_of_messagepack_holds() {
    drive(fuzz::messagepack, &tautline::codec::MessagePack, message());
    drive(fuzz::messagepack, &tautline::codec::MessagePack, record());
}

#[test]
fn the_fuzz_target_of_cbor_holds() {
    drive(fuzz::cbor, &tautline::codec::Cbor, message());
    drive(fuzz::cbor, &tautline::codec::Cbor, record());
}

#[test]
fn the_fuzz_target_of_postcard_holds() {
    drive(fuzz::postcard, &tautline::codec::Postcard, message());
}

#[test]
fn the_fuzz_target_of_protobuf_holds() {
    drive(fuzz::protobuf, &tautline::codec::Protobuf, proto_message());
}
