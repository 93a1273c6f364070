//! Sessions that have all of their parts.

mod auth;
mod causes;
mod close;
mod delivery;
mod dialling;
#[cfg(feature = "subprotocol")]
mod dismissal;
mod giving_up;
mod heartbeat;
#[cfg(feature = "subprotocol")]
mod keep_alive;
mod lifecycle;
mod network;
mod notice;
mod outbox;
mod reading;
mod reconnect;
mod renewal;
mod requests;
mod restore;
mod retry_function;
mod sleep;
mod stats;
#[cfg(feature = "mqtt-machine")]
mod window;

use super::*;

/// The heartbeat at its defaults.
fn heartbeat() -> Config {
    Config {
        heartbeat: HeartbeatConfig {
            interval_ms: Some(25_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    }
}

/// A server that pings every 25 s.
fn pinged() -> Config {
    Config {
        heartbeat: HeartbeatConfig {
            expect_every_ms: Some(25_000),
            ..HeartbeatConfig::default()
        },
        ..Config::default()
    }
}

fn authenticated() -> Config {
    Config {
        auth: Auth::Secure,
        ..Config::default()
    }
}
