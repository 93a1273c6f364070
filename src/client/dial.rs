//! Where to dial.

use super::error::ConfigError;
use crate::transport::{Offer, Target, resolve};

/// An address with the subprotocols that it is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    protocols: Offer,
    /// Looked at where subprotocols come in, so that who has none does not pay for it.
    has_wrong_protocols: bool,
}

impl Endpoint {
    /// An address: `ws:`, `wss:`, `http:`, `https:`, or relative to the page.
    pub fn new(url: impl Into<String>) -> Self {
        Endpoint {
            url: url.into(),
            protocols: Offer::default(),
            has_wrong_protocols: false,
        }
    }

    /// The subprotocols to offer, the preferred one first: distinct tokens.
    pub fn protocols<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        let names: Vec<_> = protocols.into_iter().map(Into::into).collect();
        self.has_wrong_protocols = !are_tokens(&names);
        self.protocols = Offer::new(names);
        self
    }

    /// The same, offering what another one offers if it offers nothing itself.
    #[cfg(any(feature = "mqtt", feature = "stomp"))]
    pub(super) fn with_protocols_of(mut self, other: &Endpoint) -> Self {
        if self.protocols.names().is_empty() {
            self.protocols = other.protocols.clone();
            self.has_wrong_protocols = other.has_wrong_protocols;
        }
        self
    }

    /// Where to dial, and with which subprotocols.
    pub(super) fn resolve(&self) -> Result<(Target, &Offer), ConfigError> {
        if self.has_wrong_protocols {
            return Err(ConfigError::Protocols);
        }
        let mut target = resolve(&self.url).ok_or(ConfigError::Url)?;
        target.address.offers_protocols = !self.protocols.names().is_empty();
        Ok((target, &self.protocols))
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

fn are_tokens(names: &[String]) -> bool {
    let is_first =
        |index: usize, name: &String| names.iter().position(|it| it == name) == Some(index);
    let mut all = names.iter().enumerate();
    all.all(|(index, name)| is_token(name) && is_first(index, name))
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    let is_sign = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || is_sign(it))
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
