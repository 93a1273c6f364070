//! The session under simulation: random operations over a seeded network emulator, against its invariants.
//!
//! ```text
//! cargo test --profile sim --features subprotocol --test sim -- --nocapture        everything, with the counts printed
//! SIM_SEED=7 SIM_RUNS=1 cargo test --profile sim --features subprotocol --test sim -- --nocapture runs      one run again
//! ```
//!
//! A run is a random configuration and some 250 random operations on a virtual clock, then a healthy network that
//! the session must find, then a goodbye. [`net`], [`server`] and [`shell`] are models of what surrounds a session,
//! [`check`] watches every word between them, [`bugs`] proves that it would notice, [`storm`] is about herds.

mod agenda;
mod app;
mod bugs;
mod call;
mod check;
mod config;
mod counted;
mod coverage;
mod faults;
mod lossy;
mod net;
mod ops;
mod run;
mod runner;
mod sabotage;
mod server;
mod shell;
mod storm;
mod trace;
mod view;
mod world;
