//! Every endpoint, fault and control action, spoken to over real loopback TCP.

mod auth;
mod chat;
mod client;
mod control;
mod doubles;
mod faults;
mod frames;
mod http;
mod kept;
mod mqtt;
mod pongs;
mod records;
mod rpc;
mod stop;
