//! A WebSocket that stays taut.
pub mod session;
