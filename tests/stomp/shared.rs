//! Frames that the parser of the npm package, js/stomp/parser.ts, reads, too: js/test/stomp/parser.test.ts. Both have to make
//! the same of them.

use serde::Deserialize;
use tautline::subprotocol::stomp::{Limits, Pairs, Parser};

/// Bytes are characters of the same number.
#[derive(Deserialize)]
struct Example {
    stream: String,
    #[serde(flatten)]
    read: Read,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Read {
    frames: Vec<Frame>,
    /// How the broker broke the protocol behind them.
    violation: Option<String>,
}

/// Command, headers, body.
type Frame = (String, Vec<(String, String)>, String);

const EXAMPLES: &str = include_str!("frames.jsonl");

fn read(stream: &str) -> Read {
    let bytes: Vec<u8> = stream.chars().map(|it| it as u8).collect();
    let mut parser = Parser::new(Limits::default());
    parser.append(&bytes);
    let mut frames = Vec::new();
    let violation = loop {
        match parser.poll() {
            Ok(Some(frame)) => {
                let headers = Pairs::of(parser.text(frame.headers));
                let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
                frames.push((
                    frame.command.name().to_owned(),
                    headers.collect(),
                    parser
                        .bytes(frame.body)
                        .iter()
                        .map(|&it| char::from(it))
                        .collect(),
                ));
            }
            Ok(None) => break None,
            Err(violation) => break Some(violation.name().to_owned()),
        }
    };
    Read { frames, violation }
}

#[test]
fn both_parsers_make_the_same_of_the_examples() {
    assert!(EXAMPLES.lines().count() > 100);
    for line in EXAMPLES.lines() {
        let example: Example = serde_json::from_str(line).expect("a line of frames.jsonl");
        assert_eq!(read(&example.stream), example.read, "{:?}", example.stream);
    }
}
