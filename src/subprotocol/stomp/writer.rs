//! Frames to be sent: their heads, escaped as the version of the connection has it.

use super::headers::{HeaderError, Pairs};
use super::version::{Version, Versions};

/// Writes the head of a frame: command, headers, empty line.
pub(super) struct Head {
    text: Vec<u8>,
    /// `None` where nothing is escaped: in CONNECT, and in STOMP 1.0.
    version: Option<Version>,
    is_writable: bool,
}

impl Head {
    pub(super) fn new(command: &str, version: Option<Version>) -> Self {
        let mut head = Head {
            text: Vec::with_capacity(128),
            version: version.filter(|&version| version > Version::V10),
            is_writable: true,
        };
        head.add(command);
        head.text.push(b'\n');
        head
    }

    fn add(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.escape(name, false);
        self.text.push(b':');
        self.escape(value, true);
        self.text.push(b'\n');
    }

    pub(super) fn number(&mut self, name: &str, value: u32) {
        self.add(name);
        self.text.push(b':');
        push_number(&mut self.text, value);
        self.text.push(b'\n');
    }

    pub(super) fn versions(&mut self, versions: Versions) {
        let mut before = "accept-version:";
        for version in versions.iter() {
            self.add(before);
            self.add(version.name());
            before = ",";
        }
        self.text.push(b'\n');
    }

    pub(super) fn pair(&mut self, name: &str, first: u32, second: u32) {
        self.number(name, first);
        self.text.pop();
        self.text.push(b',');
        push_number(&mut self.text, second);
        self.text.push(b'\n');
    }

    /// A receipt whose name is a prefix and a number.
    pub(super) fn receipt(&mut self, prefix: &str, id: u32) {
        self.add("receipt:");
        self.add(prefix);
        push_number(&mut self.text, id);
        self.text.push(b'\n');
    }

    /// Those of a text in which NUL stands after each name and each value.
    pub(super) fn headers(&mut self, text: &str) {
        for (name, value) in Pairs::of(text) {
            self.header(name, value);
        }
    }

    /// Ends the head; what follows is the body and NUL.
    pub(super) fn end(mut self) -> Result<Vec<u8>, HeaderError> {
        self.text.push(b'\n');
        self.is_writable.then_some(self.text).ok_or(HeaderError)
    }

    /// The whole frame, without a body.
    pub(super) fn frame(self) -> Result<String, HeaderError> {
        let mut text = self.end()?;
        text.push(0);
        String::from_utf8(text).map_err(|_| HeaderError)
    }

    fn escape(&mut self, text: &str, is_value: bool) {
        for &octet in text.as_bytes() {
            let escaped = match (octet, self.version) {
                (b'\\', Some(_)) => b'\\',
                (b'\n', Some(_)) => b'n',
                (b':', Some(_)) => b'c',
                // STOMP 1.1 has no escape for it, and lets it stand.
                (b'\r', Some(Version::V12)) => b'r',
                (0, _) | (b'\n' | b'\r', None) => 0,
                (b':', None) if !is_value => 0,
                _ => {
                    self.text.push(octet);
                    continue;
                }
            };
            self.is_writable &= escaped != 0;
            self.text.push(b'\\');
            self.text.push(escaped);
        }
        self.is_writable &= is_value || !text.is_empty();
    }
}

/// Appends decimal digits: what `format!` would bring along is a tenth of this module.
pub(super) fn push_number(text: &mut Vec<u8>, number: u32) {
    if number > 9 {
        push_number(text, number / 10);
    }
    text.push(b'0' + (number % 10) as u8);
}
