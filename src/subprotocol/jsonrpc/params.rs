//! What a call is given.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::Json;

/// The parameters of a call, as JSON: a list by position, an object by name, or none (JSON-RPC 2.0, section 4.2).
///
/// They can be given to a call again: this is what the errors of calls give back.
///
/// ```
/// use tautline::subprotocol::jsonrpc::Params;
///
/// assert_eq!(Params::new(&(1, "two")).unwrap().text(), Some(r#"[1,"two"]"#));
/// assert_eq!(Params::new(&()).unwrap().text(), None);
/// assert!(Params::new(&7).is_err()); // (7,) is a list
/// ```
#[derive(Clone, Default)]
pub struct Params(Option<Json>);

impl Params {
    /// Writes parameters: what becomes a list or an object, or nothing (`()` or `None`).
    ///
    /// # Errors
    ///
    /// [`ParamsError`] for any other value, and for one that has no form in JSON.
    pub fn new(params: &(impl Serialize + ?Sized)) -> Result<Self, ParamsError> {
        let text = to_raw_value(params).map_err(|error| ParamsError::Unencodable(error.into()))?;
        match text.get().bytes().next() {
            Some(b'[' | b'{') => Ok(Params(Some(text))),
            Some(b'n') => Ok(Params(None)),
            _ => Err(ParamsError::NeitherListNorObject),
        }
    }

    /// Their text; `None` if there are none.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref().map(RawValue::get)
    }
}

impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// They are not shown: they may hold anything.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Params")
    }
}

/// Why there are no parameters: a mistake of the caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// They have no form in JSON: a map whose keys are no strings, for one.
    #[error("the parameters have no form in JSON")]
    Unencodable(#[source] Box<dyn core::error::Error>),
    /// A lone value: put it into a list, as `(value,)` or `[value]`.
    #[error("parameters are a list or an object: put a lone value into a list")]
    NeitherListNorObject,
}
