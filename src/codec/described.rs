//! Reads the formats that describe themselves, MessagePack and CBOR.
//!
//! ```text
//! frame ── Format::head ──► Head: a scalar, or how a list or map begins ── Reader ──► the visitors of a type
//! ```
//!
//! What depends on the format is [`Format`], which is compiled once; what depends on the types is [`Reader`], which is
//! compiled for each of them and therefore says little. Nesting has a bound, and lengths that a frame only claims are
//! held against its size.

use std::borrow::Cow;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::CodecError;
use super::refusal::Refusal;

/// How many lists, maps, enums and options may lie within one another. As in serde_json.
const DEPTH: u32 = 128;

/// A position in a frame. A copy looks ahead.
pub(super) trait Format<'de>: Copy {
    /// Whether a structure may come as a list of its values, without their names.
    const STRUCTURES_AS_LISTS: bool;

    /// Takes the next value, or the beginning of the next list or map.
    fn head(&mut self) -> Result<Head<'de>, Refusal>;

    /// Takes the mark that ends a list or map of unknown length, if it comes next.
    fn end(&mut self) -> bool;

    /// How many bytes are left.
    fn rest(&self) -> usize;
}

pub(super) enum Head<'de> {
    Nothing,
    Flag(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'de, str>),
    Bytes(Cow<'de, [u8]>),
    /// With the number of its values, if it is known.
    List(Option<usize>),
    /// With the number of its pairs, if it is known.
    Map(Option<usize>),
    /// A value that serde has no type for, or an end that nothing began.
    Other,
}

/// Reads the one message of a frame.
pub(super) fn read<'de, F: Format<'de>, M: DeserializeOwned>(format: F) -> Result<M, CodecError> {
    let size = format.rest();
    let mut reader = Reader {
        format,
        depth: DEPTH,
        elements: size,
        bytes: &[],
    };
    let refusal = match M::deserialize(&mut reader) {
        Ok(message) if reader.format.rest() == 0 => return Ok(message),
        Ok(_) => Refusal::because("bytes after the message"),
        Err(refusal) => refusal,
    };
    Err(CodecError::malformed(
        refusal.after(size - reader.format.rest()),
    ))
}

/// Takes bytes from the front of the rest of a frame.
pub(super) fn take<'de>(rest: &mut &'de [u8], length: usize) -> Result<&'de [u8], Refusal> {
    let Some((taken, left)) = rest.split_at_checked(length) else {
        return Err(Refusal::because("cut short"));
    };
    *rest = left;
    Ok(taken)
}

/// Takes a number of so many bytes, at most eight, the highest first.
pub(super) fn take_number(rest: &mut &[u8], length: usize) -> Result<u64, Refusal> {
    let bytes = take(rest, length)?;
    Ok(bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

/// Takes text of so many bytes.
pub(super) fn take_text<'de>(rest: &mut &'de [u8], length: usize) -> Result<&'de str, Refusal> {
    core::str::from_utf8(take(rest, length)?).map_err(|_| Refusal::because("text is no UTF-8"))
}

struct Reader<'de, F> {
    format: F,
    /// How much deeper it may go.
    depth: u32,
    /// How many more elements may be claimed: each takes a byte at least.
    elements: usize,
    /// Bytes that are being read as a list of numbers.
    bytes: &'de [u8],
}

impl<'de, F: Format<'de>> Reader<'de, F> {
    fn head(&mut self) -> Result<Head<'de>, Refusal> {
        match self.bytes.split_first() {
            Some((&byte, rest)) => {
                self.bytes = rest;
                Ok(Head::Unsigned(byte.into()))
            }
            None => self.format.head(),
        }
    }

    fn deeper(&mut self) -> Result<(), Refusal> {
        let deeper = self.depth.checked_sub(1);
        self.depth = deeper.ok_or_else(|| Refusal::because("nested too deeply"))?;
        Ok(())
    }

    /// Reads a list or map of so many elements, to its end.
    fn within<R>(
        &mut self,
        length: Option<usize>,
        read: impl FnOnce(&mut Elements<'_, 'de, F>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let left = self.elements.checked_sub(length.unwrap_or(0));
        self.elements = left.ok_or_else(|| Refusal::because("more elements than bytes"))?;
        self.deeper()?;
        let mut elements = Elements {
            reader: self,
            left: length,
        };
        let value = read(&mut elements)?;
        elements.finish()?;
        self.depth += 1;
        Ok(value)
    }

    fn list<V: Visitor<'de>>(
        &mut self,
        length: Option<usize>,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within(length, |elements| visitor.visit_seq(elements))
    }

    fn map<V: Visitor<'de>>(
        &mut self,
        length: Option<usize>,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within(length, |elements| visitor.visit_map(elements))
    }

    fn skip(&mut self) -> Result<(), Refusal> {
        let (length, parts) = match self.format.head()? {
            Head::List(length) => (length, 1),
            Head::Map(length) => (length, 2),
            _ => return Ok(()),
        };
        self.within(length, |elements| {
            while elements.next() {
                for _ in 0..parts {
                    elements.reader.skip()?;
                }
            }
            Ok(())
        })
    }

    /// What is only a number: an integer may come as a float, and a float as an integer, for JavaScript has one kind of
    /// number, and its encoders write integers beyond 32 bits as floats.
    fn number<V: Visitor<'de>>(&mut self, whole: bool, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Unsigned(value) => visitor.visit_u64(value),
            Head::Signed(value) => visitor.visit_i64(value),
            Head::Float(value) if whole && is_safe_integer(value) => {
                visitor.visit_i64(value as i64)
            }
            Head::Float(value) if !whole => visitor.visit_f64(value),
            _ => Err(Refusal::expected(&visitor)),
        }
    }

    fn text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Text(text) => visit_text(text, visitor),
            _ => Err(Refusal::expected(&visitor)),
        }
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, Refusal> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

/// As JavaScript's `Number.isSafeInteger`.
fn is_safe_integer(value: f64) -> bool {
    let integer = value as i64;
    integer as f64 == value && integer.unsigned_abs() < 1 << 53
}

macro_rules! read_numbers {
    ($whole:literal: $($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.number($whole, visitor)
        }
    )+};
}

macro_rules! read_texts {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.text(visitor)
        }
    )+};
}

impl<'de, F: Format<'de>> Deserializer<'de> for &mut Reader<'de, F> {
    type Error = Refusal;

    read_numbers! { true:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }
    read_numbers! { false:
        deserialize_f32 deserialize_f64
    }
    read_texts! {
        deserialize_char deserialize_str deserialize_string
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Nothing => visitor.visit_unit(),
            Head::Flag(value) => visitor.visit_bool(value),
            Head::Unsigned(value) => visitor.visit_u64(value),
            Head::Signed(value) => visitor.visit_i64(value),
            Head::Float(value) => visitor.visit_f64(value),
            Head::Text(text) => visit_text(text, visitor),
            Head::Bytes(Cow::Borrowed(bytes)) => visitor.visit_borrowed_bytes(bytes),
            Head::Bytes(Cow::Owned(bytes)) => visitor.visit_byte_buf(bytes),
            Head::List(length) => self.list(length, visitor),
            Head::Map(length) => self.map(length, visitor),
            Head::Other => Err(Refusal::expected(&visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Flag(value) => visitor.visit_bool(value),
            _ => Err(Refusal::expected(&visitor)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_any(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let before = self.format;
        if self.bytes.is_empty() && matches!(self.format.head()?, Head::Nothing) {
            return visitor.visit_none();
        }
        self.format = before;
        self.deeper()?;
        let value = visitor.visit_some(&mut *self)?;
        self.depth += 1;
        Ok(value)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Nothing | Head::List(Some(0)) => visitor.visit_unit(),
            _ => Err(Refusal::expected(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let length = match self.head()? {
            Head::List(length) => length,
            Head::Bytes(Cow::Borrowed(bytes)) => {
                self.bytes = bytes;
                Some(bytes.len())
            }
            _ => return Err(Refusal::expected(&visitor)),
        };
        self.list(length, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Map(length) => self.map(length, visitor),
            _ => Err(Refusal::expected(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Map(length) => self.map(length, visitor),
            Head::List(length) if F::STRUCTURES_AS_LISTS => self.list(length, visitor),
            _ => Err(Refusal::expected(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let before = self.format;
        let has_content = matches!(self.head()?, Head::Map(Some(1)));
        if !has_content {
            self.format = before;
        }
        self.deeper()?;
        let value = visitor.visit_enum(Variant {
            reader: self,
            has_content,
        })?;
        self.depth += 1;
        Ok(value)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.head()? {
            Head::Text(text) => visit_text(text, visitor),
            Head::Unsigned(value) => visitor.visit_u64(value),
            _ => Err(Refusal::expected(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The values of a list or the pairs of a map.
struct Elements<'a, 'de, F> {
    reader: &'a mut Reader<'de, F>,
    left: Option<usize>,
}

impl<'de, F: Format<'de>> Elements<'_, 'de, F> {
    fn next(&mut self) -> bool {
        match &mut self.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None if self.reader.format.end() => {
                self.left = Some(0);
                false
            }
            None => true,
        }
    }

    /// Not everybody reads to the end.
    fn finish(mut self) -> Result<(), Refusal> {
        match self.next() {
            true => Err(Refusal::because("more elements than expected")),
            false => Ok(()),
        }
    }
}

impl<'de, F: Format<'de>> SeqAccess<'de> for &mut Elements<'_, 'de, F> {
    type Error = Refusal;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        match self.next() {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

impl<'de, F: Format<'de>> MapAccess<'de> for &mut Elements<'_, 'de, F> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        match self.next() {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

/// A name alone, or a map of one name to what the variant holds.
struct Variant<'a, 'de, F> {
    reader: &'a mut Reader<'de, F>,
    has_content: bool,
}

impl<F> Variant<'_, '_, F> {
    fn content(&self) -> Result<(), Refusal> {
        match self.has_content {
            true => Ok(()),
            false => Err(Refusal::because("a variant without its content")),
        }
    }
}

impl<'de, F: Format<'de>> EnumAccess<'de> for Variant<'_, 'de, F> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Refusal> {
        let name = seed.deserialize(&mut *self.reader)?;
        Ok((name, self))
    }
}

impl<'de, F: Format<'de>> VariantAccess<'de> for Variant<'_, 'de, F> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        match self.has_content {
            true => serde::Deserialize::deserialize(self.reader),
            false => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refusal> {
        self.content()?;
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.content()?;
        self.reader.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.content()?;
        self.reader.deserialize_struct("", fields, visitor)
    }
}
