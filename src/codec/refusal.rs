//! Why a frame is refused.

use core::error::Error;
use core::fmt;
use std::borrow::Cow;

use serde::de::{self, Expected, Unexpected};

/// The error of the formats that are read here. Serde's words for an unexpected value would bring the code that prints
/// floats into every module; so this says only what was expected.
pub(super) struct Refusal {
    reason: Cow<'static, str>,
    read: usize,
}

impl Refusal {
    pub(super) fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Refusal {
            reason: reason.into(),
            read: 0,
        }
    }

    pub(super) fn expected(expected: &dyn Expected) -> Self {
        Refusal::because(format!("expected {expected}"))
    }

    /// The same, after so many bytes.
    pub(super) fn after(self, read: usize) -> Self {
        Refusal { read, ..self }
    }
}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Refusal::because(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Refusal::expected(expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Refusal::expected(expected)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, after {} bytes", self.reason, self.read)
    }
}

/// As text, which costs less than the names of the fields.
impl fmt::Debug for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for Refusal {}
