//! In place of what messages may ask of the queue, where it keeps the order and its bounds and nothing else.

use crate::session::Message;

#[derive(Default)]
pub(super) struct Place {}

impl Place {
    pub(super) fn note(&self, _: &mut Message) {}
}

#[derive(Default)]
pub(super) struct Keys {}
