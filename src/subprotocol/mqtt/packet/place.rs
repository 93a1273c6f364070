//! Where a property or a reason code may stand, as a set of bits: packets, told apart by direction where that matters.

/// A set of places.
pub(super) type Place = u16;

pub(super) const CONNECT: Place = 1;
pub(super) const WILL: Place = 1 << 1;
pub(super) const CONNACK: Place = 1 << 2;
pub(super) const PUBLISH_OUT: Place = 1 << 3;
pub(super) const PUBLISH_IN: Place = 1 << 4;
/// PUBREC, too: what may stand in them is the same.
pub(super) const PUBACK: Place = 1 << 5;
/// PUBCOMP, too.
pub(super) const PUBREL: Place = 1 << 6;
pub(super) const SUBSCRIBE: Place = 1 << 7;
pub(super) const SUBACK: Place = 1 << 8;
pub(super) const UNSUBSCRIBE: Place = 1 << 9;
pub(super) const UNSUBACK: Place = 1 << 10;
pub(super) const DISCONNECT_OUT: Place = 1 << 11;
pub(super) const DISCONNECT_IN: Place = 1 << 12;
pub(super) const AUTH_OUT: Place = 1 << 13;
pub(super) const AUTH_IN: Place = 1 << 14;

/// What both sides may send.
pub(super) const PUBLISH: Place = PUBLISH_OUT | PUBLISH_IN;
pub(super) const AUTH: Place = AUTH_OUT | AUTH_IN;
pub(super) const ANY: Place = Place::MAX;
