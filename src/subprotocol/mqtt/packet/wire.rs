//! The data types of the wire (MQTT 5.0, section 1.5), read and written.
//!
//! Both sides go on after an error, with nothing, and keep the first one: so a packet is a list of its fields, and is judged
//! once, at its end.

use super::PacketError;

/// The largest value of a variable byte integer.
pub(crate) const VARIABLE_MAX: u32 = 268_435_455;
/// Room for the longest.
const VARIABLE_ROOM: usize = 4;

/// What is left to read of a packet or of its properties.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    error: Option<PacketError>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, error: None }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn error(&self) -> Option<PacketError> {
        self.error
    }

    /// Notes an error, after which there is nothing to read.
    pub(crate) fn fail(&mut self, error: PacketError) {
        self.error.get_or_insert(error);
        self.rest = &[];
    }

    #[inline(never)]
    pub(crate) fn require(&mut self, holds: bool, error: PacketError) {
        if !holds {
            self.fail(error);
        }
    }

    /// The packet has nothing more.
    pub(crate) fn end(&mut self) {
        self.require(self.is_empty(), PacketError::Excess);
    }

    #[inline(never)]
    pub(crate) fn take(&mut self, length: usize) -> &'a [u8] {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            self.fail(PacketError::Truncated);
            return &[];
        };
        self.rest = rest;
        taken
    }

    /// An integer of so many bytes, most significant first.
    #[inline(never)]
    pub(crate) fn integer(&mut self, bytes: usize) -> u32 {
        let mut value = 0;
        for &byte in self.take(bytes) {
            value = value << 8 | u32::from(byte);
        }
        value
    }

    pub(crate) fn u8(&mut self) -> u8 {
        self.integer(1) as u8
    }

    pub(crate) fn u16(&mut self) -> u16 {
        self.integer(2) as u16
    }

    /// A variable byte integer; a strict one has no byte that it does not need.
    #[inline(never)]
    pub(crate) fn variable(&mut self, is_strict: bool) -> u32 {
        let mut value = 0;
        for at in 0..VARIABLE_ROOM {
            let byte = self.u8();
            value |= u32::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.require(
                    !(is_strict && at > 0 && byte == 0) || self.error.is_some(),
                    PacketError::VariableByteInteger,
                );
                return value;
            }
        }
        self.fail(PacketError::VariableByteInteger);
        0
    }

    #[inline(never)]
    pub(crate) fn binary(&mut self) -> &'a [u8] {
        let length = self.u16();
        self.take(length.into())
    }

    #[inline(never)]
    pub(crate) fn text(&mut self) -> &'a str {
        let text = as_text(self.binary());
        self.require(text.is_some(), PacketError::Text);
        text.unwrap_or_default()
    }
}

/// A packet that is being written behind what stands in a buffer already.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Where its first byte stands.
    start: usize,
    error: Option<PacketError>,
}

impl<'a> Writer<'a> {
    /// Begins a packet with the first byte of its fixed header.
    pub(crate) fn new(out: &'a mut Vec<u8>, first: u8) -> Self {
        let start = out.len();
        out.extend_from_slice(&[first, 0, 0, 0, 0]);
        Self {
            out,
            start,
            error: None,
        }
    }

    #[inline(never)]
    pub(crate) fn require(&mut self, holds: bool, error: PacketError) {
        if !holds {
            self.error.get_or_insert(error);
        }
    }

    #[inline(never)]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    #[inline(never)]
    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    #[inline(never)]
    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Text or binary data behind its length.
    #[inline(never)]
    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        let length = u16::try_from(bytes.len());
        self.require(length.is_ok(), PacketError::TooLong);
        if let Ok(length) = length {
            self.u16(length);
            self.bytes(bytes);
        }
    }

    #[inline(never)]
    pub(crate) fn text(&mut self, text: &str) {
        self.binary(text.as_bytes());
        self.require(!has_nul(text), PacketError::Text);
    }

    /// A property that is a number of one, two or four bytes.
    #[inline(never)]
    pub(crate) fn number(&mut self, id: super::PropertyId, bytes: usize, value: u32) {
        self.u8(id as u8);
        let value = value.to_be_bytes();
        self.bytes(value.get(4 - bytes..).unwrap_or_default());
    }

    pub(crate) fn variable(&mut self, value: u32) {
        put_variable(self.out, value);
    }

    /// Leaves room for the length of what follows, up to [`close`](Self::close).
    pub(crate) fn open(&mut self) -> usize {
        self.bytes(&[0; VARIABLE_ROOM]);
        self.end()
    }

    /// Where the next byte will stand.
    pub(crate) fn end(&self) -> usize {
        self.out.len()
    }

    /// What was written since.
    pub(crate) fn since(&self, at: usize) -> &[u8] {
        self.out.get(at..).unwrap_or_default()
    }

    /// Takes back what was written since, and the room before it.
    pub(crate) fn undo(&mut self, at: usize) {
        self.out.truncate(at - VARIABLE_ROOM);
    }

    /// Writes the length of what was written since `at`, and of `later` bytes that are written elsewhere, and closes up.
    #[inline(never)]
    pub(crate) fn close(&mut self, at: usize, later: usize) -> u32 {
        let end = self.out.len();
        let length = u32::try_from((end - at).saturating_add(later)).unwrap_or(u32::MAX);
        self.require(length <= VARIABLE_MAX, PacketError::TooLarge);
        if self.error.is_none() {
            put_variable(self.out, length);
            let bytes = self.out.len() - end;
            let from = at - VARIABLE_ROOM;
            self.out.copy_within(end.., from);
            self.out.copy_within(at..end, from + bytes);
            self.out.truncate(end - VARIABLE_ROOM + bytes);
        }
        length
    }

    /// Ends the packet, of which `later` bytes of payload follow; one that cannot be is taken back.
    ///
    /// # Errors
    /// The first that was noted; [`TooLarge`](PacketError::TooLarge) above `maximum`.
    #[inline(never)]
    pub(crate) fn finish(mut self, later: usize, maximum: u32) -> Result<(), PacketError> {
        self.close(self.start + 1 + VARIABLE_ROOM, later);
        let whole = (self.out.len() - self.start).saturating_add(later);
        self.require(whole as u64 <= u64::from(maximum), PacketError::TooLarge);
        match self.error {
            None => Ok(()),
            Some(error) => {
                self.out.truncate(self.start);
                Err(error)
            }
        }
    }
}

pub(crate) fn put_variable(out: &mut Vec<u8>, mut value: u32) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes as text, if they are UTF-8 without U+0000 (MQTT 5.0, section 1.5.4).
#[inline(never)]
pub(crate) fn as_text(bytes: &[u8]) -> Option<&str> {
    if !is_text(bytes) {
        return None;
    }
    // SAFETY: they are UTF-8. The check of the standard library is quicker with long texts, and four times as large, which
    // every visitor of a page would pay for.
    #[allow(unsafe_code)]
    Some(unsafe { str::from_utf8_unchecked(bytes) })
}

/// RFC 3629, section 3: no character in more bytes than it needs, no surrogates, nothing above U+10FFFF.
fn is_text(bytes: &[u8]) -> bool {
    // How many bytes of the character are due, what it is so far, and from where on it needs so many.
    let (mut due, mut value, mut least) = (0, 0, 0);
    for &byte in bytes {
        // Most are ASCII.
        if due == 0 && byte.wrapping_sub(1) < 0x7f {
            continue;
        }
        let ones = byte.leading_ones();
        if due > 0 {
            if ones != 1 {
                return false;
            }
            due -= 1;
            value = value << 6 | u32::from(byte & 0x3f);
        } else {
            (due, least) = match ones {
                2 => (1, 0x80),
                3 => (2, 0x800),
                4 => (3, 0x1_0000),
                _ => return false,
            };
            value = u32::from(byte & 0x7f >> ones);
        }
        let is_character = value >= least && value < 0x11_0000 && value >> 11 != 0xd800 >> 11;
        if due == 0 && !is_character {
            return false;
        }
    }
    due == 0
}

pub(crate) fn has_nul(text: &str) -> bool {
    text.bytes().any(|byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_the_standard_library_takes_for_it_but_for_nul() {
        let expected = |bytes: &[u8]| str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
        let check = |bytes: &[u8]| assert_eq!(is_text(bytes), expected(bytes), "{bytes:02x?}");
        for first in 0..=255_u8 {
            check(&[first]);
            for second in 0..=255_u8 {
                check(&[first, second]);
                check(&[b'a', first, second, b'z']);
            }
        }
        // Each limit of each byte, in each place.
        let limits = [
            0x00, 0x01, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
            0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff,
        ];
        for a in limits {
            for b in limits {
                for c in limits {
                    check(&[a, b, c]);
                    for d in limits {
                        check(&[a, b, c, d]);
                        check(&[a, b, c, d, b'z']);
                    }
                }
            }
        }
        for character in [
            '\u{1}',
            '\u{7ff}',
            '\u{d7ff}',
            '\u{e000}',
            '\u{ffff}',
            '\u{10ffff}',
        ] {
            assert!(as_text(character.to_string().as_bytes()).is_some());
        }
    }
}
