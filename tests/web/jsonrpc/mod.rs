//! JSON-RPC against servers that others have written, jsonrpsee and json-rpc-2.0 of Node, and over scripted sockets where a
//! test wants every frame in its own hand.

mod calls;
mod memory;
mod scripted;
mod served;
mod subscriptions;

use std::time::Duration;

use tautline::client::State;
use tautline::jsonrpc::{Builder, JsonRpc};

use crate::support::calm::awaits;

const JSONRPSEE: Option<&str> = option_env!("TAUTLINE_TEST_JSONRPSEE");
const NODE: Option<&str> = option_env!("TAUTLINE_TEST_JSONRPC");

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A client that comes back quickly.
fn quick(address: Option<&str>) -> Builder {
    let Some(address) = address else {
        panic!(
            "this test talks to servers of JSON-RPC: run `node scripts/test.mjs \"wasm in chromium\"`"
        )
    };
    JsonRpc::builder(address).socket(|it| it.backoff(ms(20), ms(200)))
}

fn jsonrpsee() -> Builder {
    quick(JSONRPSEE)
}

fn node() -> Builder {
    quick(NODE)
}

async fn open(rpc: &JsonRpc) {
    awaits("an open connection");
    rpc.socket().opened().await.expect("open");
}

async fn close(rpc: JsonRpc) {
    awaits("the end of the closing handshake");
    rpc.close().await;
    assert!(matches!(rpc.socket().state(), State::Closed { .. }));
}
