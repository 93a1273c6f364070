//! The versions of the protocol, and what differs between them.

use crate::session::named;

named! {
    /// A version of the protocol.
    pub enum Version {
        /// [STOMP 1.0](https://stomp.github.io/stomp-specification-1.0.html): no heart-beats, no NACK, no escapes.
        V10 = "1.0",
        /// [STOMP 1.1](https://stomp.github.io/stomp-specification-1.1.html).
        V11 = "1.1",
        /// [STOMP 1.2](https://stomp.github.io/stomp-specification-1.2.html).
        V12 = "1.2",
    }
}

impl Version {
    /// The name that a WebSocket handshake knows it by.
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Version::V10 => "v10.stomp",
            Version::V11 => "v11.stomp",
            Version::V12 => "v12.stomp",
        }
    }

    pub(super) fn parse(text: &[u8]) -> Option<Version> {
        Self::ALL
            .iter()
            .copied()
            .find(|version| version.name().as_bytes() == text)
    }
}

/// Which versions are offered, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions(u8);

impl Versions {
    /// All three.
    pub const ALL: Versions = Versions(0b111);

    /// Those of a list; an empty one stands for all three.
    pub fn of(versions: &[Version]) -> Versions {
        let bits = versions.iter().fold(0, |bits, &it| bits | 1 << it as u8);
        Versions::from_bits(bits)
    }

    /// Bit 0 is 1.0, bit 1 is 1.1, bit 2 is 1.2; none of them stands for all three.
    pub(crate) fn from_bits(bits: u8) -> Versions {
        match bits & 0b111 {
            0 => Versions::ALL,
            bits => Versions(bits),
        }
    }

    /// Whether this one is offered.
    pub fn has(self, version: Version) -> bool {
        self.0 & 1 << version as u8 != 0
    }

    /// Those that are offered, the lowest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Version> {
        let all = Version::ALL.iter().copied();
        all.filter(move |&version| self.has(version))
    }
}

impl Default for Versions {
    fn default() -> Self {
        Versions::ALL
    }
}
