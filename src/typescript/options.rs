//! Options of the page, read member by member.

use std::time::Duration;

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;

use super::error::{range_error, type_error};
use crate::client::{CloseOptions, Endpoint, Key, SendOptions, Until};

/// The longest time that a timer can be set to.
const MAX_MS: f64 = 2_147_483_647.0;

/// Options that may be missing altogether.
pub(super) struct Options<'a> {
    object: &'a JsValue,
}

impl<'a> Options<'a> {
    pub(super) fn of(object: &'a JsValue) -> Result<Self, JsValue> {
        if object.is_object() || object.is_undefined() {
            Ok(Options { object })
        } else {
            Err(type_error("options: an object is expected"))
        }
    }

    /// A member that is there.
    fn get(&self, name: &str) -> Result<Option<JsValue>, JsValue> {
        if self.object.is_undefined() {
            return Ok(None);
        }
        let value = Reflect::get(self.object, &name.into())?;
        Ok((!value.is_undefined()).then_some(value))
    }

    /// A time in milliseconds, from `least` on.
    fn duration(&self, name: &str, least: f64) -> Result<Option<Duration>, JsValue> {
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        match value.as_f64() {
            Some(ms) if ms >= least && ms <= MAX_MS => Ok(Some(Duration::from_millis(ms as u64))),
            Some(_) => Err(range_error(&format!(
                "options.{name}: a number of milliseconds from {least} to 2147483647 is expected"
            ))),
            None => Err(type_error(&format!(
                "options.{name}: a number of milliseconds is expected"
            ))),
        }
    }

    pub(super) fn timeout(&self) -> Result<Option<Duration>, JsValue> {
        self.duration("timeout", 1.0)
    }

    pub(super) fn ttl(&self) -> Result<Option<Duration>, JsValue> {
        self.duration("ttl", 1.0)
    }

    pub(super) fn key(&self) -> Result<Option<Key>, JsValue> {
        let Some(key) = self.get("key")? else {
            return Ok(None);
        };
        match (key.as_string(), key.as_f64()) {
            (Some(name), _) => Ok(Some(name.into())),
            // Its bits: any two numbers have different ones.
            (None, Some(number)) => Ok(Some(number.to_bits().into())),
            (None, None) => Err(type_error("options.key: a string or a number is expected")),
        }
    }

    pub(super) fn send(&self) -> Result<SendOptions, JsValue> {
        let mut options = SendOptions::new();
        if let Some(ttl) = self.ttl()? {
            options = options.ttl(ttl);
        }
        if let Some(key) = self.key()? {
            options = options.key(key);
        }
        Ok(options)
    }

    pub(super) fn until(&self) -> Result<Until, JsValue> {
        let Some(until) = self.get("until")? else {
            return Ok(Until::Sent);
        };
        match until.as_string().as_deref() {
            Some("sent") => Ok(Until::Sent),
            Some("confirmed") => Ok(Until::Confirmed),
            _ => Err(type_error(
                "options.until: \"sent\" or \"confirmed\" is expected",
            )),
        }
    }

    pub(super) fn is_idempotent(&self) -> Result<bool, JsValue> {
        match self.get("idempotent")? {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| type_error("options.idempotent: true or false is expected")),
        }
    }

    pub(super) fn close(&self, code: &JsValue, reason: &JsValue) -> Result<CloseOptions, JsValue> {
        let mut options = CloseOptions::new();
        if !code.is_undefined() {
            match code.as_f64() {
                Some(code) if (0.0..=65_535.0).contains(&code) && code.fract() == 0.0 => {
                    options = options.code(code as u16);
                }
                _ => return Err(range_error("code: 1000, or 3000 to 4999 is expected")),
            }
        }
        if !reason.is_undefined() {
            let reason = reason.as_string();
            options =
                options.reason(reason.ok_or_else(|| type_error("reason: a string is expected"))?);
        }
        if let Some(drain) = self.duration("drain", 0.0)? {
            options = options.drain(drain);
        }
        Ok(options)
    }

    pub(super) fn protocols(&self) -> Result<Vec<String>, JsValue> {
        let Some(protocols) = self.get("protocols")? else {
            return Ok(Vec::new());
        };
        if let Some(protocol) = protocols.as_string() {
            return Ok(vec![protocol]);
        }
        let wrong = || type_error("options.protocols: a string or an array of strings is expected");
        let protocols = protocols.dyn_into::<Array>().map_err(|_| wrong())?;
        protocols
            .iter()
            .map(|protocol| protocol.as_string().ok_or_else(wrong))
            .collect()
    }
}

/// An address: a string, or what has one, such as a `URL`.
pub(super) fn endpoint(url: &JsValue) -> Result<Endpoint, JsValue> {
    let text = match url.as_string() {
        Some(text) => Some(text),
        None if url.is_object() => Reflect::get(url, &"href".into())?.as_string(),
        None => None,
    };
    text.map(Endpoint::new)
        .ok_or_else(|| type_error("url: a string or a URL is expected"))
}
