//! The subprotocols that a socket offers.

use core::fmt;

use super::platform::{List, list};

/// Subprotocols to offer, the preferred one first. They come with the function that makes the browser's list of them, so that
/// a page that offers none does not pay for it.
#[derive(Clone, Default)]
pub struct Offer {
    names: Vec<String>,
    list: Option<fn(&[String]) -> List>,
}

impl Offer {
    /// Offers these.
    pub fn new(names: Vec<String>) -> Self {
        let list: Option<fn(&[String]) -> List> = Some(list);
        Offer { names, list }
    }

    /// What is offered.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(dead_code, reason = "nothing dials here")
    )]
    pub(super) fn list(&self) -> Option<List> {
        self.list.map(|list| list(&self.names))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

impl Eq for Offer {}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}
