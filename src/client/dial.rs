//! Where to dial, and who is asked for it.

use std::future::Future;

use super::cause::Cause;
use super::error::{BoxError, ConfigError};
use super::wakers::LocalFuture;
use crate::transport::{Target, resolve};

/// What a provider may want to know of the attempt that it is asked for.
#[derive(Clone, Debug, Default)]
pub struct DialContext {
    /// Retries in a row so far; 0 is the first dial.
    pub attempt: u32,
    /// What ended the last connection or attempt.
    pub last_cause: Option<Cause>,
}

/// An address with the subprotocols that it is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) url: String,
    pub(super) protocols: Vec<String>,
}

impl Endpoint {
    /// An address: `ws:`, `wss:`, `http:`, `https:`, or relative to the page.
    pub fn new(url: impl Into<String>) -> Self {
        Endpoint {
            url: url.into(),
            protocols: Vec::new(),
        }
    }

    /// The subprotocols to offer, the preferred one first.
    pub fn protocols<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn resolve(&self) -> Result<Target, ConfigError> {
        for (index, name) in self.protocols.iter().enumerate() {
            if !is_token(name) || self.protocols[..index].contains(name) {
                return Err(ConfigError::Protocols);
            }
        }
        let mut target = resolve(&self.url).ok_or(ConfigError::Url)?;
        target.address.offers_protocols = !self.protocols.is_empty();
        Ok(target)
    }
}

impl From<&str> for Endpoint {
    fn from(url: &str) -> Self {
        Endpoint::new(url)
    }
}

impl From<String> for Endpoint {
    fn from(url: String) -> Self {
        Endpoint::new(url)
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    let is_sign = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || is_sign(it))
}

/// Something of the application's that is asked for a value, once for each attempt.
pub(super) type Provider<T> = Box<dyn Fn(DialContext) -> LocalFuture<Result<T, BoxError>>>;

pub(super) fn provider<T, F, Fut, E>(ask: F) -> Provider<T>
where
    F: Fn(DialContext) -> Fut + 'static,
    Fut: Future<Output = Result<T, E>> + 'static,
    E: Into<BoxError>,
{
    Box::new(move |context| {
        let answer = ask(context);
        Box::pin(async move { answer.await.map_err(Into::into) })
    })
}

/// Where the address comes from.
pub(super) enum Source {
    Fixed(Endpoint),
    Asked(Provider<Endpoint>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subprotocols_are_distinct_tokens() {
        let resolve = |names: &[&str]| {
            let endpoint = Endpoint::new("/live").protocols(names.iter().copied());
            endpoint.resolve().err()
        };
        assert_eq!(resolve(&["chat.v2", "chat.v1"]), None);
        for wrong in [&["a", "a"][..], &["a b"], &["a,b"], &[""], &["ä"]] {
            assert_eq!(resolve(wrong), Some(ConfigError::Protocols), "{wrong:?}");
        }
    }
}
