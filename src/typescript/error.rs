//! Errors as the page sees them.

use std::error::Error;

use wasm_bindgen::prelude::*;

use super::news::set;
use crate::client::{DeliverError, Failure, RequestError};
use crate::session::DropReason;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = reportError, catch)]
    fn report_error(error: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = error, catch)]
    fn console_error(error: &JsValue) -> Result<(), JsValue>;
}

/// What a listener threw goes where uncaught errors go.
pub(super) fn report(error: &JsValue) {
    if report_error(error).is_err() {
        let _ = console_error(error);
    }
}

/// A mistake of the caller's.
pub(super) fn type_error(text: &str) -> JsValue {
    js_sys::TypeError::new(text).into()
}

/// A number out of range: a mistake of the caller's.
pub(super) fn range_error(text: &str) -> JsValue {
    js_sys::RangeError::new(text).into()
}

pub(super) fn caused(error: JsValue, cause: &JsValue) -> JsValue {
    set(&error, "cause", cause);
    error
}

/// What went wrong, with a word to switch over; the same words as in the npm package.
pub(super) fn coded(code: &str, text: &str) -> JsValue {
    let error: JsValue = js_sys::Error::new(text).into();
    set(&error, "name", &"SocketError".into());
    set(&error, "code", &code.into());
    error
}

/// The same about a message, and whether that had left.
fn about_message(code: &str, text: &str, is_sent: bool) -> JsValue {
    let error = coded(code, text);
    set(&error, "sent", &is_sent.into());
    error
}

/// An error with its reasons, in one line.
pub(super) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(reason) = source {
        text = format!("{text}: {reason}");
        source = reason.source();
    }
    text
}

pub(super) fn dropped(reason: DropReason, is_sent: bool) -> JsValue {
    let text = match reason {
        DropReason::QueueFull => "the queue is full",
        DropReason::TooLarge => "the message is larger than the whole queue",
        DropReason::Expired => "the message outlived its time before it could leave",
        DropReason::Replaced => "a newer message has the same key",
        DropReason::Encode => "the message could not be encoded",
        _ => "the socket is closed",
    };
    about_message(reason.name(), text, is_sent)
}

pub(super) fn undelivered<Out>(error: &DeliverError<Out>) -> JsValue {
    let (code, is_sent) = match error {
        DeliverError::QueueFull { .. } => ("queue-full", false),
        DeliverError::TooLarge { .. } => ("too-large", false),
        DeliverError::Closed { .. } => ("closed", false),
        DeliverError::Encode { source, .. } => {
            return about_message("encode", &told(source), false);
        }
        DeliverError::Expired { .. } => ("expired", false),
        DeliverError::Replaced { .. } => ("replaced", false),
        DeliverError::Timeout { is_sent, .. } => ("timeout", *is_sent),
        DeliverError::Unconfirmed { .. } => ("unconfirmed", true),
        DeliverError::NoHeartbeat { .. } => ("option", false),
    };
    about_message(code, &error.to_string(), is_sent)
}

pub(super) fn unanswered<Out>(error: &RequestError<Out>) -> JsValue {
    let (code, is_sent) = match error {
        RequestError::QueueFull { .. } => ("queue-full", false),
        RequestError::TooLarge { .. } => ("too-large", false),
        RequestError::TooManyRequests { .. } => ("too-many-requests", false),
        RequestError::Closed { .. } => ("closed", false),
        RequestError::Encode { source, .. } => {
            return about_message("encode", &told(source), false);
        }
        RequestError::Expired { .. } => ("expired", false),
        RequestError::Timeout { is_sent, .. } => ("timeout", *is_sent),
        RequestError::Unanswered { .. } => ("unanswered", true),
        RequestError::NotConfigured { .. } => ("option", false),
    };
    about_message(code, &error.to_string(), is_sent)
}

pub(super) fn failed(failure: &Failure) -> JsValue {
    let code = match failure {
        Failure::Refused => "refused",
        Failure::ConnectTimeout => "connect-timeout",
        Failure::Unauthorized => "unauthorized",
        Failure::TooLarge => "too-large",
        Failure::Insecure => "insecure",
        Failure::ProtocolNotSelected => "protocol",
        Failure::Endpoint(_) | Failure::Provider(_) => "provider",
        Failure::Restore(_) => "restore",
        Failure::RenewalTimeout => "timeout",
        Failure::Encode(_) => "encode",
    };
    coded(code, &told(failure))
}
