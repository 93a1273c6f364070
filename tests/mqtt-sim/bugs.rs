//! Bugs to plant between the client and the broker, each with the promises one of which must catch it.

use tautline::subprotocol::mqtt::packet::Version;

use crate::ledger::Promise;
use crate::packets::{Raw, join, split};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// What goes again does not say so.
    ForgottenDup,
    /// A message never leaves.
    LostMessage,
    /// Two messages change places.
    Reordered,
    /// PUBREL never leaves.
    ForgottenRelease,
    /// A packet identifier is given twice.
    ReusedIdentifier,
    /// The broker's receive maximum is not listened to.
    WideWindow,
    /// Subscriptions are asked on every connection.
    EagerSubscriber,
    /// Received identifiers are forgotten where the page is loaded anew.
    ForgottenReceived,
    /// What is under way is forgotten there.
    ForgottenFlights,
    /// That the broker has a message is forgotten there.
    ForgottenPubrec,
    /// A message does not reach the application, and is acknowledged.
    SwallowedMessage,
    /// An outcome is not told.
    SilentOutcome,
}

impl Bug {
    pub const ALL: [Bug; 12] = [
        Bug::ForgottenDup,
        Bug::LostMessage,
        Bug::Reordered,
        Bug::ForgottenRelease,
        Bug::ReusedIdentifier,
        Bug::WideWindow,
        Bug::EagerSubscriber,
        Bug::ForgottenReceived,
        Bug::ForgottenFlights,
        Bug::ForgottenPubrec,
        Bug::SwallowedMessage,
        Bug::SilentOutcome,
    ];

    /// Which promises break.
    pub fn breaks(self) -> &'static [Promise] {
        match self {
            Bug::ForgottenDup => &[Promise::Identifier],
            Bug::LostMessage | Bug::ForgottenRelease | Bug::SilentOutcome => &[Promise::End],
            Bug::Reordered => &[Promise::Order],
            Bug::ReusedIdentifier => &[Promise::Identifier],
            Bug::WideWindow => &[Promise::Window],
            Bug::EagerSubscriber => &[Promise::Subscribed],
            Bug::ForgottenReceived | Bug::ForgottenPubrec => &[Promise::Doubled],
            Bug::ForgottenFlights => &[Promise::Doubled, Promise::Identifier, Promise::Protocol],
            Bug::SwallowedMessage => &[Promise::Lost],
        }
    }

    /// Spoils what leaves. `count` counts the messages of QoS 1 and 2.
    pub fn spoil(self, frame: Vec<u8>, count: &mut u32) -> Vec<u8> {
        let mut buffer = frame;
        let mut packets = split(&mut buffer);
        let is_message = |(first, _): &Raw| first >> 4 == 3 && first & 6 != 0;
        for packet in &mut packets {
            if is_message(packet) {
                *count += 1;
                match self {
                    Bug::ForgottenDup => packet.0 &= !8,
                    Bug::LostMessage if *count == 5 => packet.0 = 0,
                    Bug::ReusedIdentifier if count.is_multiple_of(3) => {
                        let topic = usize::from(u16::from_be_bytes([packet.1[0], packet.1[1]]));
                        packet.1[topic + 2..topic + 4].copy_from_slice(&[0, 1]);
                    }
                    _ => {}
                }
            }
            if self == Bug::ForgottenRelease && packet.0 >> 4 == 6 {
                packet.0 = 0;
            }
        }
        if self == Bug::Reordered
            && let Some(at) = packets
                .windows(2)
                .position(|two| two.iter().all(is_message))
        {
            packets.swap(at, at + 1);
        }
        packets.retain(|packet| packet.0 != 0);
        packets.iter().flat_map(join).collect()
    }

    /// Spoils what comes in: CONNACK without the receive maximum.
    pub fn spoil_connack(self, version: Version, bytes: &mut [u8]) {
        let is_connack = bytes.first() == Some(&0x20) && version == Version::V5;
        if self == Bug::WideWindow && is_connack && bytes.get(5) == Some(&0x21) {
            bytes[6..8].copy_from_slice(&u16::MAX.to_be_bytes());
        }
    }

    /// Spoils what a page keeps for the next one.
    pub fn spoil_saved(self, numbers: &mut Vec<u32>) {
        let (head, rest) = numbers.split_at(2);
        let (mut head, rest) = (head.to_vec(), rest.to_vec());
        for pair in rest.chunks(2) {
            let (mut number, ticket) = (pair[0], pair[1]);
            let phase = number >> 16 & 3;
            match self {
                Bug::ForgottenReceived if phase == 3 => continue,
                Bug::ForgottenFlights if phase < 3 => continue,
                Bug::ForgottenPubrec if phase == 2 => number -= 1 << 16,
                _ => {}
            }
            head.extend([number, ticket]);
        }
        *numbers = head;
    }
}
