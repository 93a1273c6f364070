//! MQTT 3.1.1 and 5.0, client side.
//!
//! * [`packet`] is the codec: bytes to packets and back, without copying and without state.
//! * [`topic`] says which topic filter matches which topic name.

pub mod packet;
pub mod topic;
