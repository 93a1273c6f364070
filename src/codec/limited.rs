//! Reads what anyone may have sent: nesting and lengths have bounds.
//!
//! postcard leaves the depth of recursive types to the stack, and counts values that take no byte for as long as a frame
//! says. [`Limited`] stands before the deserializer and everything that it hands on, and keeps an account of one frame.

use core::cell::Cell;
use core::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// How many sequences, maps, structures, enums and options may lie within one another. As in serde_json.
const DEPTH: u32 = 128;
/// A sequence of values that take no byte may be this much longer than its frame.
const EMPTY_VALUES: usize = 1024;

/// What a frame may still use.
pub(super) struct Limits {
    depth: Cell<u32>,
    elements: Cell<usize>,
}

impl Limits {
    /// Those of a frame of this size.
    pub(super) fn of(frame: &[u8]) -> Self {
        Limits {
            depth: Cell::new(DEPTH),
            elements: Cell::new(frame.len().saturating_add(EMPTY_VALUES)),
        }
    }

    pub(super) fn guard<T>(&self, inner: T) -> Limited<'_, T> {
        self.expecting(inner, Expected::Other)
    }

    fn expecting<T>(&self, inner: T, expected: Expected) -> Limited<'_, T> {
        Limited {
            inner,
            limits: self,
            expected,
        }
    }

    fn nested<T, E: Error>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(left) = self.depth.get().checked_sub(1) else {
            return Err(E::custom("nested too deeply"));
        };
        self.depth.set(left);
        let result = work();
        self.depth.set(left + 1);
        result
    }

    fn claim<E: Error>(&self, elements: usize) -> Result<(), E> {
        let Some(left) = self.elements.get().checked_sub(elements) else {
            return Err(E::custom("more elements than bytes"));
        };
        self.elements.set(left);
        Ok(())
    }
}

/// A deserializer, visitor, seed or access, with the limits of its frame.
pub(super) struct Limited<'a, T> {
    inner: T,
    limits: &'a Limits,
    expected: Expected,
}

/// What a visitor waits for, or how an access counts.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    /// Elements as many as the frame says, of which none has been counted.
    Elements,
    Other,
}

macro_rules! hand_on_deserialize {
    ($expected:ident: $($method:ident($($name:ident: $type:ty),*))+) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let visitor = self.limits.expecting(visitor, Expected::$expected);
            self.inner.$method($($name,)* visitor)
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Limited<'_, D> {
    type Error = D::Error;

    hand_on_deserialize! { Elements:
        deserialize_seq() deserialize_map()
    }
    hand_on_deserialize! { Other:
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str()
        deserialize_string() deserialize_bytes() deserialize_byte_buf() deserialize_option()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier() deserialize_ignored_any()
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! hand_on_visit {
    ($($method:ident($type:ty))+) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )+};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Limited<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(formatter)
    }

    hand_on_visit! {
        visit_bool(bool) visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128)
        visit_f32(f32) visit_f64(f64) visit_char(char) visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let Limited { inner, limits, .. } = self;
        limits.nested(|| inner.visit_some(limits.guard(value)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(self.limits.guard(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let counts = self.count(access.size_hint())?;
        let Limited { inner, limits, .. } = self;
        limits.nested(|| inner.visit_seq(limits.expecting(access, counts)))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let counts = self.count(access.size_hint())?;
        let Limited { inner, limits, .. } = self;
        limits.nested(|| inner.visit_map(limits.expecting(access, counts)))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let Limited { inner, limits, .. } = self;
        limits.nested(|| inner.visit_enum(limits.guard(access)))
    }
}

impl<V> Limited<'_, V> {
    /// Counts elements at once where their number is known, so that nobody makes room for those that cannot come.
    fn count<E: Error>(&self, known: Option<usize>) -> Result<Expected, E> {
        match (self.expected, known) {
            (Expected::Elements, Some(elements)) => {
                self.limits.claim(elements)?;
                Ok(Expected::Other)
            }
            (expected, _) => Ok(expected),
        }
    }

    fn count_one<E: Error>(&self) -> Result<(), E> {
        if self.expected == Expected::Elements {
            self.limits.claim(1)?;
        }
        Ok(())
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Limited<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(self.limits.guard(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Limited<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.count_one()?;
        self.inner.next_element_seed(self.limits.guard(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Limited<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.count_one()?;
        self.inner.next_key_seed(self.limits.guard(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(self.limits.guard(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Limited<'a, A> {
    type Error = A::Error;
    type Variant = Limited<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(self.limits.guard(seed))?;
        Ok((value, self.limits.guard(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Limited<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(self.limits.guard(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, self.limits.guard(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner
            .struct_variant(fields, self.limits.guard(visitor))
    }
}
