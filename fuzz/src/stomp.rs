//! What must hold of the frames of STOMP whatever the bytes are, and however they are split: what a slow reader of the whole
//! makes of them.

use tautline::subprotocol::stomp::{Command, Limits, Pairs, Parser};

/// Small, so that they are reached.
const LIMITS: Limits = Limits {
    max_headers: 4,
    max_header_bytes: 24,
    max_body_bytes: 32,
};

/// The longest line that can be a command.
const COMMAND_BYTES: usize = 16;

/// Command, headers, body.
type Frame = (Command, Vec<(String, String)>, Vec<u8>);

/// The frames, and whether the broker has broken the protocol behind them.
type Read = (Vec<Frame>, bool);

/// Reads the bytes whole, octet by octet, and in pieces whose sizes come from the first octets.
pub fn stomp(bytes: &[u8]) {
    let (sizes, stream) = bytes.split_at(bytes.len().min(4));
    let expected = slowly(stream);
    assert_eq!(in_pieces(stream, |_| stream.len()), expected);
    assert_eq!(in_pieces(stream, |_| 1), expected);
    assert_eq!(
        in_pieces(stream, |at| sizes
            .get(at % 4)
            .map_or(1, |&size| size.into())),
        expected
    );
}

/// What the parser makes of pieces of these sizes.
fn in_pieces(mut stream: &[u8], size: impl Fn(usize) -> usize) -> Read {
    let mut parser = Parser::new(LIMITS);
    let mut frames = Vec::new();
    for number in 0.. {
        let (piece, rest) =
            stream.split_at(size(number).clamp(1, stream.len().max(1)).min(stream.len()));
        stream = rest;
        parser.append(piece);
        loop {
            match parser.poll() {
                Ok(Some(frame)) => {
                    let headers = Pairs::of(parser.text(frame.headers));
                    let headers = headers
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect();
                    frames.push((frame.command, headers, parser.bytes(frame.body).to_vec()));
                }
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
        if stream.is_empty() {
            break;
        }
    }
    (frames, false)
}

/// The same by the book ("Augmented BNF" of STOMP 1.2), with all bytes at hand. `Err` is `true` where the broker broke the
/// protocol, `false` where the bytes end.
fn slowly(mut stream: &[u8]) -> Read {
    let mut frames = Vec::new();
    loop {
        match frame(&mut stream) {
            Ok(frame) => frames.push(frame),
            Err(is_broken) => return (frames, is_broken),
        }
    }
}

fn frame(stream: &mut &[u8]) -> Result<Frame, bool> {
    while let [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] = *stream {
        *stream = rest;
    }
    if matches!(*stream, [] | [b'\r']) {
        return Err(false);
    }
    let name = line(stream, COMMAND_BYTES)?;
    let is_name = |command: &Command| command.name().as_bytes() == name;
    let command = Command::ALL.iter().copied().find(is_name).ok_or(true)?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream, LIMITS.max_header_bytes as usize)?;
        if line.is_empty() {
            break;
        }
        if headers.len() == LIMITS.max_headers as usize {
            return Err(true);
        }
        let colon = line.iter().position(|&octet| octet == b':').ok_or(true)?;
        if colon == 0 {
            return Err(true);
        }
        headers.push((
            unescaped(command, &line[..colon])?,
            unescaped(command, &line[colon + 1..])?,
        ));
        let (name, value) = &headers[headers.len() - 1];
        let is_first = headers.iter().filter(|(other, _)| other == name).count() == 1;
        if name == b"content-length" && is_first {
            number(value).ok_or(true)?;
        }
    }
    let texts = headers.iter().map(|(name, value)| {
        let texts = (
            String::from_utf8(name.clone()),
            String::from_utf8(value.clone()),
        );
        if let (Ok(name), Ok(value)) = texts {
            Ok((name, value))
        } else {
            Err(true)
        }
    });
    let headers: Vec<(String, String)> = texts.collect::<Result<_, bool>>()?;
    let announced = headers.iter().find(|(name, _)| name == "content-length");
    let announced = announced.and_then(|(_, value)| number(value.as_bytes()));
    let found = stream.iter().position(|&octet| octet == 0);
    let length = announced.or(found).unwrap_or(stream.len());
    if length > LIMITS.max_body_bytes as usize {
        return Err(true);
    }
    if stream.len() <= length {
        return Err(false);
    }
    let (body, rest) = stream.split_at(length);
    let may_have_body = matches!(command, Command::Message | Command::Error);
    if rest[0] != 0 || length > 0 && !may_have_body {
        return Err(true);
    }
    *stream = &rest[1..];
    Ok((command, headers, body.to_vec()))
}

/// A line without its end, of at most so many bytes with it.
fn line<'a>(stream: &mut &'a [u8], most: usize) -> Result<&'a [u8], bool> {
    let end = stream
        .iter()
        .position(|&octet| octet == b'\n' || octet == 0);
    let Some(end) = end else {
        return Err(stream.len() > most);
    };
    if stream[end] == 0 || end + 1 > most {
        return Err(true);
    }
    let (line, rest) = (&stream[..end], &stream[end + 1..]);
    *stream = rest;
    Ok(line.strip_suffix(b"\r").unwrap_or(line))
}

/// The octets that escape sequences stand for ("Value Encoding"): CONNECTED has none, and ERROR may have any.
fn unescaped(command: Command, text: &[u8]) -> Result<Vec<u8>, bool> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let (octet, length) = match (first, behind.first()) {
            _ if command == Command::Connected => (*first, 1),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'c')) => (b':', 2),
            (b'\\', Some(b'\\')) => (b'\\', 2),
            (b'\\', _) if command != Command::Error => return Err(true),
            _ => (*first, 1),
        };
        octets.push(octet);
        rest = &rest[length..];
    }
    Ok(octets)
}

fn number(text: &[u8]) -> Option<usize> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| is_number)?;
    text.parse::<u32>().ok().map(|number| number as usize)
}
