//! CBOR, [RFC 8949](https://www.rfc-editor.org/rfc/rfc8949).

use cbor4ii::serde::to_vec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::described::{Format, Head, read, take, take_number, take_text};
use super::refusal::Refusal;
use super::{Codec, CodecError, Payload, PayloadRef};

/// CBOR in binary frames: the types of JSON and bytes, compact, by an internet standard.
///
/// The format is [RFC 8949](https://www.rfc-editor.org/rfc/rfc8949), the mapping of types that of
/// [cbor4ii](https://docs.rs/cbor4ii). Structures are maps from names to values, as other languages write and expect
/// them.
///
/// Numbers are read in every width. An integer is read where a float is expected, and a float that is a whole number
/// where an integer is, because encoders in JavaScript write them so. Strings, lists and maps of indefinite length are
/// read. Tags are skipped, so that a tagged value is read as the plain one. Integers beyond 64 bits are refused.
///
/// Values nested more than 128 deep are refused, and so are bytes after a message. What a length claims is not believed:
/// there is never room made for more elements than the frame has bytes.
///
/// # Errors
///
/// * [`CodecError::UnexpectedText`] for a text frame.
/// * [`CodecError::Malformed`] for bytes that are no CBOR, or not of the expected type.
/// * [`CodecError::Unencodable`] for a type whose serialization fails by itself.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tautline::codec::{Cbor, Codec, CodecError, Payload, PayloadRef};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Point {
///     x: u8,
///     y: f64,
/// }
///
/// let codec: &dyn Codec<Point, Point> = &Cbor;
/// let payload = codec.encode(&Point { x: 1, y: 2.0 }).unwrap();
/// assert_eq!(payload, Payload::Binary(b"\xa2\x61x\x01\x61y\xfb\x40\0\0\0\0\0\0\0".into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), Point { x: 1, y: 2.0 });
/// // As JavaScript writes it.
/// let shorter = PayloadRef::Binary(b"\xa2\x61x\x01\x61y\x02");
/// assert_eq!(codec.decode(shorter).unwrap(), Point { x: 1, y: 2.0 });
/// assert!(matches!(codec.decode(PayloadRef::Binary(&[])), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Cbor;

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for Cbor {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        to_vec(Vec::new(), message)
            .map(Payload::Binary)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        read(Position(payload.binary()?))
    }
}

/// The major types of section 3.1.
const BYTES: u8 = 2;
const TEXT: u8 = 3;
/// The additional information of an item without a length, section 3.2.
const INDEFINITE: u8 = 31;
const BREAK: u8 = 0xff;

/// What is left of a frame.
#[derive(Clone, Copy)]
struct Position<'de>(&'de [u8]);

impl<'de> Format<'de> for Position<'de> {
    const STRUCTURES_AS_LISTS: bool = false;

    fn head(&mut self) -> Result<Head<'de>, Refusal> {
        let rest = &mut self.0;
        loop {
            let (major, info) = split(take(rest, 1)?[0]);
            if info == INDEFINITE {
                return indefinite(rest, major);
            }
            let argument = argument(rest, info)?;
            return Ok(match major {
                0 => Head::Unsigned(argument),
                // It stands for -1 - argument, which is what the complement is.
                1 => match i64::try_from(argument) {
                    Ok(argument) => Head::Signed(!argument),
                    Err(_) => return Err(Refusal::because("an integer beyond 64 bits")),
                },
                BYTES => Head::Bytes(take(rest, length(argument)?)?.into()),
                TEXT => Head::Text(take_text(rest, length(argument)?)?.into()),
                4 => Head::List(Some(length(argument)?)),
                5 => Head::Map(Some(length(argument)?)),
                6 => match argument {
                    2 | 3 => return Err(Refusal::because("an integer beyond 64 bits")),
                    // The tag of what follows.
                    _ => continue,
                },
                _ => match info {
                    20 | 21 => Head::Flag(info == 21),
                    22 | 23 => Head::Nothing,
                    25 => Head::Float(half(argument as u16)),
                    26 => Head::Float(f32::from_bits(argument as u32).into()),
                    27 => Head::Float(f64::from_bits(argument)),
                    _ => Head::Other,
                },
            });
        }
    }

    fn end(&mut self) -> bool {
        match self.0.split_first() {
            Some((&BREAK, rest)) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn rest(&self) -> usize {
        self.0.len()
    }
}

/// The major type and the additional information.
fn split(first: u8) -> (u8, u8) {
    (first >> 5, first & 31)
}

fn argument(rest: &mut &[u8], info: u8) -> Result<u64, Refusal> {
    match info {
        0..24 => Ok(info.into()),
        24..28 => take_number(rest, 1 << (info - 24)),
        _ => Err(Refusal::because("a length that CBOR reserves")),
    }
}

fn length(argument: u64) -> Result<usize, Refusal> {
    usize::try_from(argument).map_err(|_| Refusal::because("cut short"))
}

fn indefinite<'de>(rest: &mut &'de [u8], major: u8) -> Result<Head<'de>, Refusal> {
    Ok(match major {
        BYTES => Head::Bytes(pieces(rest, BYTES)?.into()),
        TEXT => match String::from_utf8(pieces(rest, TEXT)?) {
            Ok(text) => Head::Text(text.into()),
            Err(_) => return Err(Refusal::because("text is no UTF-8")),
        },
        4 => Head::List(None),
        5 => Head::Map(None),
        7 => return Err(Refusal::because("an end that nothing began")),
        _ => return Err(Refusal::because("a length that CBOR reserves")),
    })
}

/// Strings in pieces, up to the mark that ends them: section 3.2.3.
fn pieces(rest: &mut &[u8], of: u8) -> Result<Vec<u8>, Refusal> {
    let mut whole = Vec::new();
    loop {
        let first = take(rest, 1)?[0];
        let (major, info) = split(first);
        if first == BREAK {
            return Ok(whole);
        }
        if major != of {
            return Err(Refusal::because("a piece of another kind"));
        }
        let length = length(argument(rest, info)?)?;
        whole.extend_from_slice(take(rest, length)?);
    }
}

/// A float of 16 bits, as in appendix D.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f64::from(bits & 1023);
    let value = match exponent {
        0 => fraction / f64::from(1 << 24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        // Times 2 to the power of (exponent - 25): 1,023 is the bias of a float of 64 bits.
        _ => (fraction + 1024.0) * f64::from_bits((exponent as u64 + 998) << 52),
    };
    match bits >> 15 {
        0 => value,
        _ => -value,
    }
}
