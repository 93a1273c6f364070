//! Keys as the session knows them: by number, and only while a message holds them, so that they cannot pile up.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::millis;
use super::queue::{Key, SendOptions};
use crate::session::Millis;

/// A key that messages hold. Behind a trait, because most pages have none.
pub(super) trait Named {
    fn number(&self) -> u32;
}

struct Name {
    key: Key,
    number: u32,
}

impl Named for Name {
    fn number(&self) -> u32 {
        self.number
    }
}

/// What the queue is told of a message.
#[derive(Default)]
pub(super) struct Place {
    pub(super) ttl_ms: Option<Millis>,
    pub(super) key: Option<Rc<dyn Named>>,
}

#[derive(Default)]
pub(super) struct Keys {
    held: RefCell<Vec<Weak<Name>>>,
}

impl Keys {
    /// What a message asks for; `number` is for its key, if that has none yet.
    pub(super) fn place(&self, options: &SendOptions, number: u32) -> Place {
        Place {
            ttl_ms: options.ttl.map(millis),
            key: options.key.as_ref().map(|key| self.hold(key, number)),
        }
    }

    fn hold(&self, key: &Key, number: u32) -> Rc<dyn Named> {
        let mut held = self.held.borrow_mut();
        held.retain(|name| name.strong_count() > 0);
        let mut known = held.iter().filter_map(Weak::upgrade);
        if let Some(name) = known.find(|name| name.key == *key) {
            return name;
        }
        let key = key.clone();
        let name = Rc::new(Name { key, number });
        held.push(Rc::downgrade(&name));
        name
    }
}
