//! Random conversations of the MQTT client with a model broker over a network that breaks at any byte, pages that are loaded
//! anew in the middle, and brokers that lose their sessions. What a level of delivery promises has to hold after each.
//!
//! `SIM_RUNS` and `SIM_SEED` as for the simulation of the session; a failing run prints its seed. Bugs are planted to show that
//! each promise can fail.

mod broker;
mod bugs;
mod ledger;
mod packets;
mod runner;
mod world;
