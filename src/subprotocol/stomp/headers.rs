//! Headers as one text: `name NUL value NUL name NUL value NUL`. NUL cannot stand in a header, because it ends a frame;
//! so one text crosses to JavaScript at once, and nothing is allocated per header.

/// Headers to be sent, in order. Of those with the same name the first one counts.
///
/// ```
/// use tautline::subprotocol::stomp::Headers;
///
/// let mut headers = Headers::new();
/// headers.push("priority", "9").unwrap();
/// assert_eq!(headers.get("priority"), Some("9"));
/// assert!(headers.push("", "no name").is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    text: String,
}

/// A header cannot be sent: it has no name, or holds what the version of the connection cannot write. NUL is in none; in
/// STOMP 1.0, and in what is sent before the version is known, neither a line end nor a colon in a name can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderError;

impl core::fmt::Display for HeaderError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a header has no name, or holds what this version of STOMP cannot write")
    }
}

impl core::error::Error for HeaderError {}

impl Headers {
    /// None.
    pub const fn new() -> Self {
        Headers {
            text: String::new(),
        }
    }

    /// Adds one at the end.
    ///
    /// # Errors
    ///
    /// If it has no name, or holds NUL.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), HeaderError> {
        if name.is_empty() || name.contains('\0') || value.contains('\0') {
            return Err(HeaderError);
        }
        for text in [name, value] {
            self.text.push_str(text);
            self.text.push('\0');
        }
        Ok(())
    }

    /// Takes headers as one text, each name and each value with NUL after it.
    pub fn from_text(text: String) -> Self {
        Headers { text }
    }

    /// As one text, each name and each value with NUL after it.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The value of the first one of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        value_of(&self.text, name)
    }

    /// All, in order.
    pub fn iter(&self) -> Pairs<'_> {
        Pairs { rest: &self.text }
    }
}

/// Names and values of a text in which NUL stands after each.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    /// Those of a text.
    pub fn of(text: &'a str) -> Self {
        Pairs { rest: text }
    }

    /// What has not been taken yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    fn part(&mut self) -> Option<&'a str> {
        // By octets: a search for a character is several times the code.
        let end = self.rest.bytes().position(|octet| octet == 0)?;
        let part = self.rest.get(..end)?;
        self.rest = self.rest.get(end + 1..)?;
        Some(part)
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.part()?;
        Some((name, self.part()?))
    }
}

/// The same in octets.
pub(super) fn value_in<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut parts = text.split(|&octet| octet == 0);
    loop {
        let other = parts.next()?;
        let value = parts.next()?;
        if other == name.as_bytes() {
            return Some(value);
        }
    }
}

/// The value of the first header of that name ("Repeated Header Entries": only the first one is used).
pub fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    Pairs::of(text)
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value)
}
