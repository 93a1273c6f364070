//! Drives the function of the fuzz target of STOMP with a seed, so that it cannot rot: with frames, frames that are almost right,
//! and pieces of both.

#[path = "../../fuzz/src/stomp.rs"]
mod fuzz;
mod shared;

use fastrand::Rng;

const INPUTS: usize = 40_000;

/// What frames are made of.
const PIECES: &[&[u8]] = &[
    b"CONNECTED\n",
    b"MESSAGE\n",
    b"MESSAGE\r\n",
    b"RECEIPT\n",
    b"ERROR\n",
    b"\n",
    b"\r\n",
    b"\n\n\n",
    b"\n\0",
    b"\0",
    b"\r",
    b"a:b\n",
    b"a:\n",
    b":b\n",
    b"a\n",
    b"a\\cb:c\\n\\r\\\\d\r\n",
    b"a:\\t\n",
    b"a:\\\n",
    b"content-length:0\n",
    b"content-length:3\n",
    b"content-length:33\n",
    b"content-length:+1\n",
    b"content-length:4294967296\n",
    b"a:\xc3\xa9\n",
    b"a:\xff\n",
    b"a:\xc3\n",
    b"\xa9:\n",
    b"\nabc\0",
    b"\na\0c\0",
    b"\n0123456789012345678901234567890123456789\0",
    b"a:0123456789012345678901234567890\n",
];

/// Frames that are right, mostly.
fn frame(rng: &mut Rng, stream: &mut Vec<u8>) {
    let commands: [&[u8]; 4] = [b"CONNECTED", b"MESSAGE", b"RECEIPT", b"ERROR"];
    let end: &[u8] = if rng.bool() { b"\n" } else { b"\r\n" };
    let command = rng.usize(..4);
    stream.extend_from_slice(commands[command]);
    stream.extend_from_slice(end);
    for _ in 0..rng.usize(0..4) {
        stream.extend_from_slice([b"a:b".as_slice(), b"b:\\n\\\\", b"\xc3\xa9:"][rng.usize(0..3)]);
        stream.extend_from_slice(end);
    }
    let body: Vec<u8> = (0..rng.usize(0..8)).map(|_| rng.u8(0..4)).collect();
    let has_body = command % 2 == 1;
    if has_body && rng.bool() {
        stream.extend_from_slice(format!("content-length:{}\n\n", body.len()).as_bytes());
        stream.extend_from_slice(&body);
    } else {
        stream.extend_from_slice(end);
        if has_body {
            stream.extend(body.iter().filter(|&&octet| octet > 0));
        }
    }
    stream.push(0);
    stream.extend(vec![b'\n'; rng.usize(0..3)]);
}

#[test]
fn the_fuzz_target_of_stomp_holds() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..INPUTS {
        let mut stream: Vec<u8> = (0..4).map(|_| rng.u8(0..12)).collect();
        for _ in 0..rng.usize(1..8) {
            if rng.bool() {
                frame(&mut rng, &mut stream);
            } else {
                stream.extend_from_slice(PIECES[rng.usize(..PIECES.len())]);
            }
        }
        if rng.bool() {
            let at = rng.usize(..stream.len());
            stream[at] = rng.u8(..);
        }
        fuzz::stomp(&stream);
    }
}
