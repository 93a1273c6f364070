//! The parser: the same frames however the stream is cut, and no octets that make it panic or hang.

use proptest::prelude::*;

use super::*;

/// A frame as a test sees it.
type Seen = (Command, Vec<(String, String)>, Vec<u8>);

fn seen(parser: &Parser, frame: Frame) -> Seen {
    let pairs = Pairs::of(parser.text(frame.headers));
    let pairs = pairs.map(|(name, value)| (name.into(), value.into()));
    (
        frame.command,
        pairs.collect(),
        parser.bytes(frame.body).into(),
    )
}

/// All frames of a stream that comes in these pieces, and how it ended.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, Option<Violation>) {
    let mut parser = Parser::new(Limits::default());
    let mut frames = Vec::new();
    for piece in pieces {
        parser.append(piece);
        loop {
            match parser.poll() {
                Ok(None) => break,
                Ok(Some(frame)) => frames.push(seen(&parser, frame)),
                Err(violation) => return (frames, Some(violation)),
            }
        }
    }
    (frames, None)
}

fn cut<'a>(stream: &'a [u8], at: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<_> = at.iter().map(|at| at.index(stream.len() + 1)).collect();
    at.push(stream.len());
    at.sort_unstable();
    let mut from = 0;
    let piece = |to: usize| {
        let piece = &stream[from..to];
        from = to;
        piece
    };
    at.into_iter().map(piece).collect()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace(':', "\\c")
}

fn a_frame() -> impl Strategy<Value = (Seen, Vec<u8>)> {
    let text = "[a-z:\\\\\n\ré€🎈]{1,12}";
    let headers = prop::collection::vec((text, text), 0..6);
    let body = prop::collection::vec(any::<u8>(), 0..40);
    (headers, body, any::<bool>(), any::<bool>(), 0usize..3).prop_map(
        |(mut headers, mut body, is_counted, has_returns, beats)| {
            let end = if has_returns { "\r\n" } else { "\n" };
            if is_counted {
                headers.push(("content-length".into(), body.len().to_string()));
            } else {
                body.retain(|&octet| octet != 0);
            }
            let mut stream = format!("MESSAGE{end}").into_bytes();
            for (name, value) in &headers {
                let line = format!("{}:{}{end}", escaped(name), escaped(value));
                stream.extend(line.as_bytes());
            }
            stream.extend(end.as_bytes());
            stream.extend(&body);
            stream.push(0);
            stream.extend(end.repeat(beats).as_bytes());
            ((Command::Message, headers, body), stream)
        },
    )
}

proptest! {
    #[test]
    fn any_cut_of_any_stream_gives_the_same_frames(
        frames in prop::collection::vec(a_frame(), 1..6),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let (expected, streams): (Vec<_>, Vec<_>) = frames.into_iter().unzip();
        let stream = streams.concat();
        prop_assert_eq!(read([&stream[..]]), (expected.clone(), None));
        prop_assert_eq!(read(cut(&stream, &at)), (expected.clone(), None));
        prop_assert_eq!(read(stream.chunks(1)), (expected, None));
    }

    #[test]
    fn arbitrary_octets_end_alike_however_they_are_cut(
        stream in prop::collection::vec(
            prop_oneof![Just(b"MESSAGE\n".to_vec()), Just(b"a:b\n".to_vec()), Just(b"\n".to_vec()),
                Just(b"\0".to_vec()), Just(b"\\c:\\x\n".to_vec()), Just(b"content-length:3\r\n".to_vec()),
                Just(b"ERROR\r\n".to_vec()), prop::collection::vec(any::<u8>(), 0..8)],
            0..24,
        ),
    ) {
        let stream = stream.concat();
        prop_assert_eq!(read([&stream[..]]), read(stream.chunks(1)));
    }

    #[test]
    fn what_is_written_is_read_again(pairs in prop::collection::vec(("[^\0]{1,20}", "[^\0]{0,20}"), 0..8)) {
        let mut headers = Headers::new();
        for (name, value) in &pairs {
            headers.push(name, value).unwrap();
        }
        let mut frame = String::new();
        let mut head = super::writer::Head::new(&mut frame, "MESSAGE", Some(Version::V12));
        head.headers(headers.as_text());
        head.end(super::writer::FRAME).unwrap();
        let announces = pairs.iter().any(|(name, _)| name == "content-length");
        prop_assume!(!announces);
        prop_assert_eq!(
            read([frame.as_bytes()]),
            (vec![(Command::Message, pairs, vec![])], None)
        );
    }
}

proptest! {
    #[test]
    fn headers_are_utf_8_where_the_standard_library_says_so(
        text in prop::collection::vec(prop_oneof![
            any::<char>().prop_map(|it| it.to_string().into_bytes()),
            prop::collection::vec(128u8.., 1..4),
            Just(vec![0xed, 0xa0, 0x80]), Just(vec![0xf4, 0x90, 0x80, 0x80]), Just(vec![0xc0, 0x80]),
            Just(vec![0xe0, 0x9f, 0xbf]), Just(vec![0xf0, 0x8f, 0xbf, 0xbf]),
        ], 0..6),
    ) {
        let text = text.concat();
        prop_assume!(!text.iter().any(|octet| matches!(octet, 0 | b'\n' | b'\\')));
        let stream = [&b"MESSAGE\na:"[..], &text, b"\n\n\0"].concat();
        let is_utf8 = core::str::from_utf8(&text).is_ok();
        prop_assert_eq!(read([&stream[..]]).1.is_none(), is_utf8, "{:x?}", text);
    }
}

#[test]
fn a_body_may_hold_nul_where_its_length_is_said() {
    let (frames, end) = read([&b"MESSAGE\ncontent-length:3\n\n\0\0\0\0"[..]]);
    assert_eq!((frames[0].2.as_slice(), end), (&[0, 0, 0][..], None));
}

#[test]
fn a_large_body_in_small_pieces_is_searched_once() {
    let body = vec![b'x'; 4 << 20];
    let mut stream = b"MESSAGE\n\n".to_vec();
    stream.extend(&body);
    stream.push(0);
    let (frames, end) = read(stream.chunks(64));
    assert_eq!((frames[0].2.len(), end), (body.len(), None));
}
