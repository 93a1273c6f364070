//! Frames out of the bytes that arrive, however these are split over messages.
//!
//! ```text
//!            first octet of        line end           empty line          NUL, after as many
//!            something             ┌───────┐          ┌──────────┐        octets as announced
//!  ┌─────────┐       ┌─────────┐   │   ┌───▼─────┐    │   ┌──────▼─┐
//!  │ between ├──────►│ command ├───┘   │ headers ├────┘   │  body  ├──────► (frame)
//!  └─▲─────┬─┘       └─────────┘       └─────────┘        └────────┘           │
//!    └─────┘ heart-beats                                                      │
//!    ▲────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A frame is not copied out: it is told by [`Span`]s of the buffer, which hold until the next [`Parser::append`]. Headers
//! are decoded in place, which only makes them shorter.

use core::ops::Range;

use super::violation::Violation;
use crate::session::named;

/// The longest line that can be a command.
const MAX_COMMAND: usize = 16;
/// A buffer that a large frame has left is not kept above this size.
const KEPT_BYTES: usize = 65_536;

named! {
    /// A frame that a server sends.
    pub enum Command {
        /// It accepts the connection.
        Connected = "CONNECTED",
        /// A message of a subscription.
        Message = "MESSAGE",
        /// A frame that asked for it has been processed.
        Receipt = "RECEIPT",
        /// It gives up this connection.
        Error = "ERROR",
    }
}

/// A part of the buffer: from the first octet to the one after the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first octet.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }
}

/// A frame that has arrived in whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub command: Command,
    /// Its headers as one text, each name and each value with NUL after it, decoded.
    pub headers: Span,
    /// Its body.
    pub body: Span,
}

/// What is read at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Headers of a frame. Default 256.
    pub max_headers: u32,
    /// Bytes of a header line. Default 16 KiB.
    pub max_header_bytes: u32,
    /// Bytes of a body. Default 128 MiB.
    pub max_body_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_headers: 256,
            max_header_bytes: 16 * 1024,
            max_body_bytes: 128 * 1024 * 1024,
        }
    }
}

/// Whether headers are decoded ("Value Encoding").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// They stand as they are: STOMP 1.0.
    None,
    /// A backslash begins an escape sequence, and one that is not known is a [`Violation::Escape`].
    Strict,
    /// One that is not known stands for itself.
    Lenient,
}

/// The headers that have been read so far.
#[derive(Clone, Copy, Debug)]
struct Head {
    command: Command,
    /// Decoded ones stand from here …
    from: usize,
    /// … to here.
    to: usize,
    count: u32,
    /// Where the line begins that is being read.
    line: usize,
    /// What `content-length` says.
    announced: Option<u32>,
}

impl Head {
    fn new(command: Command, at: usize) -> Self {
        Head {
            command,
            from: at,
            to: at,
            count: 0,
            line: at,
            announced: None,
        }
    }
}

/// What is being read.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Between,
    Command,
    Headers,
    /// The body, which begins at `Head::line`.
    Body,
}

/// Reads frames. After a [`Violation`] it has to be [`reset`](Parser::reset).
///
/// ```
/// use tautline::subprotocol::stomp::{Command, Limits, Parser};
///
/// let mut parser = Parser::new(Limits::default());
/// parser.append(b"RECEIPT\nreceipt-id:7\n");
/// assert_eq!(parser.poll(), Ok(None));
/// parser.append(b"\n\0\n");
/// let frame = parser.poll().unwrap().unwrap();
/// assert_eq!(frame.command, Command::Receipt);
/// assert_eq!(parser.text(frame.headers), "receipt-id\x007\0");
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    buffer: Vec<u8>,
    stage: Stage,
    head: Head,
    /// Where what is being read begins.
    start: usize,
    /// Up to where it has been looked at.
    at: usize,
    limits: Limits,
    escapes: Escapes,
}

impl Parser {
    /// Makes one that has read nothing.
    pub fn new(limits: Limits) -> Self {
        Parser {
            buffer: Vec::new(),
            stage: Stage::Between,
            head: Head::new(Command::Error, 0),
            start: 0,
            at: 0,
            limits,
            escapes: Escapes::Strict,
        }
    }

    /// Forgets what it has read: a new connection begins.
    pub fn reset(&mut self) {
        *self = Parser::new(self.limits);
    }

    /// Whether the headers of the next frames are decoded. Those of CONNECTED never are.
    pub fn set_escapes(&mut self, escapes: Escapes) {
        self.escapes = escapes;
    }

    /// Takes what has arrived. What was told of earlier frames holds no longer.
    pub fn append(&mut self, bytes: &[u8]) {
        let read = self.start;
        if read > 0 {
            self.buffer.drain(..read.min(self.buffer.len()));
            self.start = 0;
            self.at = self.at.saturating_sub(read);
            let head = &mut self.head;
            for place in [&mut head.from, &mut head.to, &mut head.line] {
                *place = place.saturating_sub(read);
            }
        }
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_BYTES {
            self.buffer = Vec::new();
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The octets of a span; none if it is none of this buffer.
    pub fn bytes(&self, span: Span) -> &[u8] {
        let range = span.start as usize..span.end as usize;
        self.buffer.get(range).unwrap_or_default()
    }

    /// The text of a span of headers.
    pub fn text(&self, span: Span) -> &str {
        core::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// The next frame that is there in whole.
    ///
    /// # Errors
    ///
    /// If the broker has broken the protocol; then nothing more can be read from this connection.
    pub fn poll(&mut self) -> Result<Option<Frame>, Violation> {
        loop {
            let goes_on = match self.stage {
                Stage::Between => self.skip_heartbeats()?,
                Stage::Command => self.read_command()?,
                Stage::Headers => self.read_header()?,
                Stage::Body => return self.read_body(),
            };
            if !goes_on {
                return Ok(None);
            }
        }
    }

    /// Line ends between frames are heart-beats.
    fn skip_heartbeats(&mut self) -> Result<bool, Violation> {
        loop {
            self.start = self.at;
            match self.buffer.get(self.at..).unwrap_or_default() {
                [] | [b'\r'] => return Ok(false),
                [b'\n', ..] => self.at += 1,
                [b'\r', b'\n', ..] => self.at += 2,
                _ => break,
            }
        }
        self.stage = Stage::Command;
        Ok(true)
    }

    /// Looks for the line end of what begins at `from`: where the line ends without it, if it is there.
    fn line(&mut self, from: usize) -> Result<Option<usize>, Violation> {
        let unseen = self.buffer.get(self.at..).unwrap_or_default();
        let Some(found) = unseen.iter().position(|&it| it == b'\n' || it == 0) else {
            self.at = self.buffer.len();
            return Ok(None);
        };
        let end = self.at + found;
        if self.buffer.get(end) == Some(&0) {
            return Err(Violation::Header);
        }
        self.at = end + 1;
        let line = self.buffer.get(from..end).unwrap_or_default();
        Ok(Some(end - usize::from(line.last() == Some(&b'\r'))))
    }

    fn read_command(&mut self) -> Result<bool, Violation> {
        let found = self.line(self.start).map_err(|_| Violation::Command)?;
        if self.at - self.start > MAX_COMMAND {
            return Err(Violation::Command);
        }
        let Some(end) = found else {
            return Ok(false);
        };
        let name = self.buffer.get(self.start..end).unwrap_or_default();
        let mut all = Command::ALL.iter().copied();
        let command = all
            .find(|command| command.name().as_bytes() == name)
            .ok_or(Violation::Command)?;
        self.head = Head::new(command, self.at);
        self.stage = Stage::Headers;
        Ok(true)
    }

    fn read_header(&mut self) -> Result<bool, Violation> {
        let found = self.line(self.head.line)?;
        let head = &mut self.head;
        if self.at - head.line > self.limits.max_header_bytes as usize {
            return Err(Violation::HeaderSize);
        }
        let Some(end) = found else {
            return Ok(false);
        };
        let begin = core::mem::replace(&mut head.line, self.at);
        if end == begin {
            let text = self.buffer.get(head.from..head.to).unwrap_or_default();
            if !is_utf8(text) {
                return Err(Violation::Encoding);
            }
            self.stage = Stage::Body;
            return Ok(true);
        }
        if head.count >= self.limits.max_headers {
            return Err(Violation::HeaderCount);
        }
        head.count += 1;
        let escapes = match (self.escapes, head.command) {
            (Escapes::None, _) | (_, Command::Connected) => Escapes::None,
            // What went wrong is worth more than how it is written.
            (_, Command::Error) => Escapes::Lenient,
            (escapes, _) => escapes,
        };
        let name = head.to;
        let value = decode(&mut self.buffer, begin..end, &mut head.to, escapes)?;
        let name = self.buffer.get(name..value - 1).unwrap_or_default();
        if name == b"content-length" && head.announced.is_none() {
            let value = self.buffer.get(value..head.to - 1).unwrap_or_default();
            head.announced = Some(number(value).ok_or(Violation::ContentLength)?);
        }
        Ok(true)
    }

    fn read_body(&mut self) -> Result<Option<Frame>, Violation> {
        let head = &self.head;
        let from = head.line;
        let max = self.limits.max_body_bytes;
        let length = match head.announced {
            Some(length) => length as usize,
            None => {
                let unseen = self.buffer.get(self.at..).unwrap_or_default();
                let found = unseen.iter().position(|&it| it == 0);
                self.at += found.unwrap_or(unseen.len());
                self.at - from
            }
        };
        if length > max as usize {
            return Err(Violation::BodySize);
        }
        let end = from + length;
        match self.buffer.get(end) {
            None => return Ok(None),
            Some(0) => {}
            Some(_) => return Err(Violation::Terminator),
        }
        if length > 0 && !matches!(head.command, Command::Message | Command::Error) {
            return Err(Violation::Body);
        }
        self.at = end + 1;
        self.start = self.at;
        self.stage = Stage::Between;
        Ok(Some(Frame {
            command: head.command,
            headers: Span::new(head.from, head.to),
            body: Span::new(from, end),
        }))
    }
}

/// Moves a header line to `to`, decoded, as `name NUL value NUL`, which is no longer than the line with its end. Gives
/// where the value begins, and leaves `to` behind it all.
fn decode(
    buffer: &mut [u8],
    mut line: Range<usize>,
    to: &mut usize,
    escapes: Escapes,
) -> Result<usize, Violation> {
    let from = *to;
    let mut value = None;
    let mut put = |buffer: &mut [u8], octet| {
        if let Some(place) = buffer.get_mut(*to) {
            *place = octet;
            *to += 1;
        }
        *to
    };
    let mut written = from;
    while let Some(at) = line.next() {
        let mut octet = buffer.get(at).copied().unwrap_or_default();
        if octet == b':' && value.is_none() {
            if written == from {
                return Err(Violation::Header);
            }
            written = put(buffer, 0);
            value = Some(written);
            continue;
        }
        if octet == b'\\' && escapes != Escapes::None {
            let next = buffer.get(at + 1).filter(|_| at + 1 < line.end);
            let decoded = match next {
                Some(b'n') => Some(b'\n'),
                Some(b'c') => Some(b':'),
                // STOMP 1.1 does not know it, but some of its servers write it.
                Some(b'r') => Some(b'\r'),
                Some(b'\\') => Some(b'\\'),
                _ => None,
            };
            match decoded {
                Some(decoded) => {
                    octet = decoded;
                    line.next();
                }
                None if escapes == Escapes::Lenient => {}
                None => return Err(Violation::Escape),
            }
        }
        written = put(buffer, octet);
    }
    put(buffer, 0);
    value.ok_or(Violation::Header)
}

/// RFC 3629, section 4, in a third of the standard library's code: headers are short, and in wasm each octet is paid for.
fn is_utf8(text: &[u8]) -> bool {
    // Octets that must follow, the character so far, and the lowest that may be written with so many.
    let (mut due, mut character, mut lowest) = (0, 0u32, 0);
    for &octet in text {
        let octet = u32::from(octet);
        if due > 0 {
            due -= 1;
            character = character << 6 | octet & 0x3f;
            let is_wrong = character < lowest
                || character > 0x10_ffff
                || (0xd800..0xe000).contains(&character);
            if octet & 0xc0 != 0x80 || due == 0 && is_wrong {
                return false;
            }
            continue;
        }
        (due, character, lowest) = match octet {
            0..0x80 => continue,
            0xc0..0xe0 => (1, octet & 0x1f, 0x80),
            0xe0..0xf0 => (2, octet & 0x0f, 0x800),
            0xf0..0xf8 => (3, octet & 0x07, 0x1_0000),
            _ => return false,
        };
    }
    due == 0
}

/// Decimal digits, and nothing else.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |sum, octet| {
        let digit = octet.checked_sub(b'0').filter(|&digit| digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    })
}
