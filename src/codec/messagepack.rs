//! MessagePack, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::described::{Format, Head, read, take, take_number, take_text};
use super::refusal::Refusal;
use super::{Codec, CodecError, Payload, PayloadRef};

/// MessagePack in binary frames: the types of JSON and bytes, compact, for servers in any language.
///
/// The format is that of its [specification](https://github.com/msgpack/msgpack/blob/master/spec.md), the mapping of
/// types that of [rmp-serde](https://docs.rs/rmp-serde). Structures are written as maps from names to values, which is
/// what other languages write and expect, and lets either side add a field; those that come as lists, as rmp-serde's
/// `to_vec` writes them, are read as well.
///
/// Numbers are read in every width. An integer is read where a float is expected, and a float that is a whole number
/// where an integer is, because encoders in JavaScript write them so. Extensions, such as timestamps, are skipped where
/// a field is unknown and refused elsewhere, and so are integers beyond 64 bits.
///
/// Values nested more than 128 deep are refused, and so are bytes after a message. What a length claims is not believed:
/// there is never room made for more elements than the frame has bytes.
///
/// # Errors
///
/// * [`CodecError::UnexpectedText`] for a text frame.
/// * [`CodecError::Malformed`] for bytes that are no MessagePack, or not of the expected type.
/// * [`CodecError::Unencodable`] for a type whose serialization fails by itself.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tautline::codec::{Codec, CodecError, MessagePack, Payload, PayloadRef};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Point {
///     x: u8,
///     y: u8,
/// }
///
/// let codec: &dyn Codec<Point, Point> = &MessagePack;
/// let payload = codec.encode(&Point { x: 1, y: 2 }).unwrap();
/// assert_eq!(payload, Payload::Binary(b"\x82\xa1x\x01\xa1y\x02".into()));
/// assert_eq!(codec.decode(payload.as_ref()).unwrap(), Point { x: 1, y: 2 });
/// assert!(matches!(codec.decode(PayloadRef::Binary(&[])), Err(CodecError::Malformed(_))));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagePack;

impl<Out: Serialize, In: DeserializeOwned> Codec<Out, In> for MessagePack {
    fn encode(&self, message: &Out) -> Result<Payload, CodecError> {
        rmp_serde::to_vec_named(message)
            .map(Payload::Binary)
            .map_err(CodecError::unencodable)
    }

    fn decode(&self, payload: PayloadRef<'_>) -> Result<In, CodecError> {
        read(Position(payload.binary()?))
    }
}

/// What is left of a frame.
#[derive(Clone, Copy)]
struct Position<'de>(&'de [u8]);

impl<'de> Format<'de> for Position<'de> {
    const STRUCTURES_AS_LISTS: bool = true;

    fn head(&mut self) -> Result<Head<'de>, Refusal> {
        let rest = &mut self.0;
        let first = take(rest, 1)?[0];
        Ok(match first {
            0x00..=0x7f => Head::Unsigned(first.into()),
            0x80..=0x8f => Head::Map(Some(usize::from(first & 15))),
            0x90..=0x9f => Head::List(Some(usize::from(first & 15))),
            0xa0..=0xbf => Head::Text(take_text(rest, usize::from(first & 31))?.into()),
            0xc0 => Head::Nothing,
            0xc1 => return Err(Refusal::because("a byte that MessagePack never uses")),
            0xc2 | 0xc3 => Head::Flag(first == 0xc3),
            0xc4..=0xc6 => {
                let length = length(rest, first - 0xc4)?;
                Head::Bytes(take(rest, length)?.into())
            }
            0xc7..=0xc9 => extension(rest, first - 0xc7)?,
            0xca => Head::Float(f32::from_bits(take_number(rest, 4)? as u32).into()),
            0xcb => Head::Float(f64::from_bits(take_number(rest, 8)?)),
            0xcc..=0xcf => Head::Unsigned(take_number(rest, 1 << (first - 0xcc))?),
            0xd0 => Head::Signed((take_number(rest, 1)? as i8).into()),
            0xd1 => Head::Signed((take_number(rest, 2)? as i16).into()),
            0xd2 => Head::Signed((take_number(rest, 4)? as i32).into()),
            0xd3 => Head::Signed(take_number(rest, 8)? as i64),
            0xd4..=0xd8 => {
                take(rest, 1 + (1 << (first - 0xd4)))?;
                Head::Other
            }
            0xd9..=0xdb => {
                let length = length(rest, first - 0xd9)?;
                Head::Text(take_text(rest, length)?.into())
            }
            0xdc | 0xdd => Head::List(Some(length(rest, first - 0xdc + 1)?)),
            0xde | 0xdf => Head::Map(Some(length(rest, first - 0xde + 1)?)),
            0xe0..=0xff => Head::Signed((first as i8).into()),
        })
    }

    /// There is none: every length is known.
    fn end(&mut self) -> bool {
        false
    }

    fn rest(&self) -> usize {
        self.0.len()
    }
}

/// A length of 1, 2 or 4 bytes.
fn length(rest: &mut &[u8], power: u8) -> Result<usize, Refusal> {
    Ok(take_number(rest, 1 << power)? as usize)
}

/// An extension's type and bytes.
fn extension<'de>(rest: &mut &'de [u8], power: u8) -> Result<Head<'de>, Refusal> {
    let length = length(rest, power)?;
    take(rest, 1)?;
    take(rest, length)?;
    Ok(Head::Other)
}
