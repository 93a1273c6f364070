//! Frames to be sent: their heads, escaped as the version of the connection has it.

use super::headers::{HeaderError, Pairs};
use super::version::{Version, Versions};

/// How a frame ends that has a body: after it comes NUL.
pub(super) const HEAD: &str = "\n";
/// And one that has none.
pub(super) const FRAME: &str = "\n\0";

/// Writes the head of a frame at the end of a text: command, headers, empty line.
pub(super) struct Head<'a> {
    text: &'a mut String,
    /// Where it begins.
    start: usize,
    /// `None` where nothing is escaped: in CONNECT, and in STOMP 1.0.
    version: Option<Version>,
    is_writable: bool,
}

impl<'a> Head<'a> {
    pub(super) fn new(text: &'a mut String, command: &str, version: Option<Version>) -> Self {
        let start = text.len();
        text.push_str(command);
        text.push('\n');
        Head {
            text,
            start,
            version: version.filter(|&version| version > Version::V10),
            is_writable: true,
        }
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.escape(name, false);
        self.add(":");
        self.escape(value, true);
        self.add("\n");
    }

    pub(super) fn number(&mut self, name: &str, value: u32) {
        self.add(name);
        self.add(":");
        push_number(self.text, value);
        self.add("\n");
    }

    pub(super) fn versions(&mut self, versions: Versions) {
        let mut before = "accept-version:";
        for version in versions.iter() {
            self.add(before);
            self.add(version.name());
            before = ",";
        }
        self.add("\n");
    }

    pub(super) fn pair(&mut self, name: &str, first: u32, second: u32) {
        self.add(name);
        self.add(":");
        push_number(self.text, first);
        self.add(",");
        push_number(self.text, second);
        self.add("\n");
    }

    /// A subscription's name, which is a number unless the application gave it one.
    pub(super) fn name(&mut self, header: &str, id: u32, name: &str) {
        if name.is_empty() {
            self.number(header, id);
        } else {
            self.header(header, name);
        }
    }

    /// A receipt whose name is a prefix and a number.
    pub(super) fn receipt(&mut self, prefix: &str, id: u32) {
        self.add("receipt:");
        self.add(prefix);
        push_number(self.text, id);
        self.add("\n");
    }

    /// Those of a text in which NUL stands after each name and each value.
    pub(super) fn headers(&mut self, text: &str) {
        for (name, value) in Pairs::of(text) {
            self.header(name, value);
        }
    }

    /// Ends it with `HEAD` or `FRAME`. If a header cannot be written, nothing has been.
    pub(super) fn end(self, end: &str) -> Result<(), HeaderError> {
        if !self.is_writable {
            self.text.truncate(self.start);
            return Err(HeaderError);
        }
        self.text.push_str(end);
        Ok(())
    }

    fn escape(&mut self, text: &str, is_value: bool) {
        let mut from = 0;
        for (at, octet) in text.bytes().enumerate() {
            let escaped = match (octet, self.version) {
                (b'\\', Some(_)) => "\\\\",
                (b'\n', Some(_)) => "\\n",
                (b':', Some(_)) => "\\c",
                // STOMP 1.1 has no escape for it, and lets it stand.
                (b'\r', Some(Version::V12)) => "\\r",
                (0, _) | (b'\n' | b'\r', None) => "",
                (b':', None) if !is_value => "",
                _ => continue,
            };
            self.is_writable &= !escaped.is_empty();
            self.add(text.get(from..at).unwrap_or_default());
            self.add(escaped);
            from = at + 1;
        }
        self.add(text.get(from..).unwrap_or_default());
        self.is_writable &= is_value || !text.is_empty();
    }
}

/// Appends decimal digits: what `format!` would bring along is a tenth of this module.
fn push_number(text: &mut String, number: u32) {
    if number > 9 {
        push_number(text, number / 10);
    }
    let digit = (number % 10) as usize;
    text.push_str("0123456789".get(digit..=digit).unwrap_or_default());
}
