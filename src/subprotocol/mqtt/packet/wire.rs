//! The data types of the wire (MQTT 5.0, section 1.5), read and written.

use super::PacketError;

/// The largest value of a variable byte integer.
pub(super) const VARIABLE_MAX: u32 = 268_435_455;

/// What is left to read of a packet or of its properties.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], PacketError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(PacketError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// An integer of so many bytes, most significant first.
    pub(super) fn integer(&mut self, bytes: usize) -> Result<u32, PacketError> {
        Ok(self
            .take(bytes)?
            .iter()
            .fold(0, |value, &byte| value << 8 | u32::from(byte)))
    }

    pub(super) fn u8(&mut self) -> Result<u8, PacketError> {
        Ok(self.integer(1)? as u8)
    }

    pub(super) fn u16(&mut self) -> Result<u16, PacketError> {
        Ok(self.integer(2)? as u16)
    }

    pub(super) fn variable(&mut self) -> Result<u32, PacketError> {
        let (value, length) = variable(self.rest)?.ok_or(PacketError::Truncated)?;
        if length != variable_length(value) {
            return Err(PacketError::VariableByteInteger);
        }
        self.take(length)?;
        Ok(value)
    }

    pub(super) fn binary(&mut self) -> Result<&'a [u8], PacketError> {
        let length = self.u16()?;
        self.take(length.into())
    }

    pub(super) fn text(&mut self) -> Result<&'a str, PacketError> {
        let text = std::str::from_utf8(self.binary()?).map_err(|_| PacketError::Text)?;
        check_nul(text)?;
        Ok(text)
    }
}

/// A variable byte integer at the start of the bytes and its length; `None` if it does not end within them.
pub(super) fn variable(bytes: &[u8]) -> Result<Option<(u32, usize)>, PacketError> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(4).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((value, at + 1)));
        }
    }
    if bytes.len() < 4 {
        Ok(None)
    } else {
        Err(PacketError::VariableByteInteger)
    }
}

/// How many bytes a variable byte integer takes.
pub(super) const fn variable_length(value: u32) -> usize {
    match value {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        _ => 4,
    }
}

pub(super) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put_variable(out: &mut Vec<u8>, mut value: u32) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Text or binary data behind its length, which the caller has checked.
pub(super) fn put_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u16(out, bytes.len() as u16);
    out.extend_from_slice(bytes);
}

/// Whether the bytes fit behind a length of 16 bits.
pub(super) fn check_length(bytes: &[u8]) -> Result<(), PacketError> {
    if bytes.len() > usize::from(u16::MAX) {
        Err(PacketError::TooLong)
    } else {
        Ok(())
    }
}

/// Whether text can be written: at most 65,535 bytes and no U+0000. Surrogates a `str` cannot hold.
pub(super) fn check_text(text: &str) -> Result<(), PacketError> {
    check_length(text.as_bytes())?;
    check_nul(text)
}

fn check_nul(text: &str) -> Result<(), PacketError> {
    if text.bytes().any(|byte| byte == 0) {
        Err(PacketError::Text)
    } else {
        Ok(())
    }
}
