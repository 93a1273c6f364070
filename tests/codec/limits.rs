//! What a frame claims is not believed: depth and lengths have bounds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tautline::codec::{Cbor, Codec, Json, MessagePack, Payload, Postcard, Protobuf};

use crate::fuzz::message::{Message, Record, Value};
use crate::fuzz::proto::ProtoMessage;
use crate::{encode, read};

/// A list that a newtype variant carries on, as long as the frame is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    #[serde(rename = "n")]
    Next(Box<Chain>),
}

const LONG: usize = 200_000;

fn chain(links: usize) -> Chain {
    (0..links).fold(Chain::End, |rest, _| Chain::Next(Box::new(rest)))
}

fn refused<M: Serialize + DeserializeOwned>(codec: &dyn Codec<M, M>, frame: Vec<u8>) {
    assert!(read(codec, &Payload::Binary(frame)).is_none());
}

#[test]
fn messages_within_messages_are_read_to_a_depth_of_a_hundred() {
    let deep = || chain(100);
    let read = [
        read(&Json, &encode(&Json, &deep())),
        read(&MessagePack, &encode(&MessagePack, &deep())),
        read(&Cbor, &encode(&Cbor, &deep())),
        read(&Postcard, &encode(&Postcard, &deep())),
    ];
    assert!(read.into_iter().all(|it| it == Some(deep())));
}

#[test]
fn a_chain_of_variants_does_not_use_up_the_stack() {
    let json = "{\"n\":".repeat(LONG);
    assert!(read::<Chain>(&Json, &Payload::Text(json)).is_none());
    refused::<Chain>(&MessagePack, b"\x81\xa1n".repeat(LONG));
    refused::<Chain>(&Cbor, b"\xa1\x61n".repeat(LONG));
    refused::<Chain>(&Postcard, [1].repeat(LONG));
}

#[test]
fn lists_within_lists_do_not_use_up_the_stack() {
    let start = |name: &[u8], list: &[u8]| [name, &list.repeat(LONG)].concat();
    let json = format!("{{\"type\":\"changed\",\"fields\":{}", "[".repeat(LONG));
    assert!(read::<Record>(&Json, &Payload::Text(json)).is_none());
    refused::<Value>(&MessagePack, start(&[], &[0x91]));
    refused::<Value>(&Cbor, start(&[], &[0x81]));
    refused::<Value>(&Cbor, start(&[], &[0x9f]));
    refused::<Message>(&Postcard, [6, 1].repeat(LONG));
}

#[test]
fn what_is_skipped_does_not_use_up_the_stack() {
    let skipped = |name: &[u8], list: u8| [name, &[list].repeat(LONG)].concat();
    refused::<Skipping>(&MessagePack, skipped(b"\x81\xa1x", 0x91));
    refused::<Skipping>(&Cbor, skipped(b"\xa1\x61x", 0x81));
    refused::<Skipping>(&Cbor, skipped(b"\xa1\x61x", 0xc1));
    let groups = [0xa3, 0x06].repeat(LONG);
    refused_proto(groups);
}

#[derive(Serialize, Deserialize)]
struct Skipping {}

fn refused_proto(frame: Vec<u8>) {
    assert_eq!(
        read::<ProtoMessage>(&Protobuf, &Payload::Binary(frame)),
        None
    );
}

#[test]
fn protobuf_messages_within_messages_do_not_use_up_the_stack() {
    let mut frame = Vec::new();
    for _ in 0..2_000 {
        let mut outer = vec![7 << 3 | 2];
        prost::encode_length_delimiter(frame.len(), &mut outer).unwrap();
        frame.splice(0..0, outer);
    }
    refused_proto(frame);
}

#[test]
fn lengths_of_gigabytes_are_not_made_room_for() {
    let most = most_allocated(|| {
        // A list, a string, bytes and a map, of 4 GiB each.
        for frame in [
            b"\xdd\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
            b"\xc6\xff\xff\xff\xff",
        ] {
            refused::<Value>(&MessagePack, frame.to_vec());
            refused::<String>(&MessagePack, frame.to_vec());
            refused::<Vec<u64>>(&MessagePack, frame.to_vec());
        }
        for kind in [0x9b, 0x7b, 0x5b, 0xbb] {
            let frame = [&[kind, 0, 0, 0, 1][..], &[0; 4]].concat();
            refused::<Value>(&Cbor, frame.clone());
            refused::<String>(&Cbor, frame.clone());
            refused::<Vec<u64>>(&Cbor, frame);
        }
        let gigabytes = b"\xff\xff\xff\xff\x0f";
        refused::<String>(&Postcard, gigabytes.to_vec());
        refused::<Vec<u64>>(&Postcard, gigabytes.to_vec());
        refused::<std::collections::HashMap<u64, u64>>(&Postcard, gigabytes.to_vec());
        for field in [4 << 3 | 2, 6 << 3 | 2] {
            refused_proto([&[field][..], gigabytes].concat());
        }
    });
    assert!(most < 64 * 1024, "{most} bytes at once");
}

#[test]
fn lists_within_lists_that_claim_gigabytes_are_not_made_room_for() {
    let most = most_allocated(|| {
        refused::<Value>(&MessagePack, b"\xdd\xff\xff\xff\xff".repeat(100));
        refused::<Message>(&Postcard, b"\x06\xff\xff\xff\xff\x0f".repeat(100));
        refused::<Value>(&Cbor, b"\x9b\0\0\0\0\xff\xff\xff\xff".repeat(100));
    });
    assert!(most < 64 * 1024, "{most} bytes at once");
}

#[test]
fn values_that_take_no_byte_do_not_keep_the_reader_for_hours() {
    refused::<Vec<()>>(
        &Postcard,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01".to_vec(),
    );
    refused::<Vec<Vec<()>>>(&Postcard, b"\x02\xff\xff\xff\x0f\xff\xff\xff\x0f".to_vec());
    let frame = encode(&Postcard, &vec![(); 1_000]);
    assert_eq!(read(&Postcard, &frame), Some(vec![(); 1_000]));
}

/// The largest single allocation that this thread asks for meanwhile.
fn most_allocated(work: impl FnOnce()) -> usize {
    LARGEST.set(0);
    work();
    LARGEST.get()
}

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Watched;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

// Hands everything on to the system.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(size));
        unsafe { System.realloc(place, layout, size) }
    }
}
