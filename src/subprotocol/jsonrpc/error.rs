//! What the other side has against it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::Json;
use super::incoming::Members;

/// An error object (JSON-RPC 2.0, section 5.1): what a server answers with, or a handler of ours.
///
/// ```
/// use tautline::subprotocol::jsonrpc::JsonRpcError;
///
/// let error = JsonRpcError::new(1001, "too much").with_data(&[5, 6]);
/// assert_eq!(error.to_string(), "too much (1001)");
/// assert_eq!(error.data::<Vec<u32>>(), Some(vec![5, 6]));
/// ```
#[derive(Clone)]
pub struct JsonRpcError {
    code: i64,
    message: String,
    data: Option<Json>,
}

impl JsonRpcError {
    /// What was received is no JSON.
    pub const PARSE_ERROR: i64 = -32_700;
    /// What was received is no message.
    pub const INVALID_REQUEST: i64 = -32_600;
    /// There is no such method.
    pub const METHOD_NOT_FOUND: i64 = -32_601;
    /// The parameters do not fit the method.
    pub const INVALID_PARAMS: i64 = -32_602;
    /// The method failed.
    pub const INTERNAL_ERROR: i64 = -32_603;
    /// The first of the errors that servers define.
    pub const SERVER_ERROR: i64 = -32_000;

    /// An error without data. Codes from -32768 to -32000 are reserved.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        JsonRpcError {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Adds what is to be known beside the message. What has no form in JSON is left out.
    pub fn with_data(mut self, data: &(impl Serialize + ?Sized)) -> Self {
        self.data = to_raw_value(data).ok();
        self
    }

    /// The code: a number of the server's own, or one of those that are reserved.
    pub fn code(&self) -> i64 {
        self.code
    }

    /// The message, a short sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is said beside the message, if there is any and it is of this type.
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.data_text()?).ok()
    }

    /// The same as JSON text.
    pub fn data_text(&self) -> Option<&str> {
        self.data.as_deref().map(RawValue::get)
    }

    /// The error object of a reply, whatever it holds: servers that are not strict send a text, or no code.
    pub(super) fn read(value: &RawValue) -> Self {
        let members: Members<'_> = serde_json::from_str(value.get()).unwrap_or_default();
        let code = members
            .code
            .and_then(|it| serde_json::from_str(it.get()).ok());
        let message = members.message.and_then(|it| String::deserialize(it).ok());
        match code {
            Some(code) => JsonRpcError {
                code,
                message: message.unwrap_or_default(),
                data: members.data.map(ToOwned::to_owned),
            },
            None => JsonRpcError {
                code: JsonRpcError::SERVER_ERROR,
                message: message.unwrap_or_else(|| "Server error".into()),
                data: Some(value.to_owned()),
            },
        }
    }

    /// Appends the error object.
    pub(super) fn write(&self, text: &mut String) {
        text.push_str("{\"code\":");
        text.push_str(&self.code.to_string());
        text.push_str(",\"message\":");
        super::outgoing::push_string(text, &self.message);
        if let Some(data) = self.data_text() {
            text.push_str(",\"data\":");
            text.push_str(data);
        }
        text.push('}');
    }
}

impl fmt::Display for JsonRpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// As it is displayed: the data may hold anything.
impl fmt::Debug for JsonRpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for JsonRpcError {}
