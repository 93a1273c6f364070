//! In place of the events where they are left out: nobody is told.

use std::marker::PhantomData;
use std::rc::Rc;

use super::cause::Cause;
use super::error::Failure;
use super::link::Link;
use crate::session::{DropReason, Opening, Progress};

/// Nothing is announced.
pub(super) enum Announcement {}

/// Where nobody wants to know the state before.
pub(super) struct Untold;

pub(super) struct Audience<Out>(PhantomData<Out>);

impl<Out> Default for Audience<Out> {
    fn default() -> Self {
        Audience(PhantomData)
    }
}

impl<Out> Audience<Out> {
    pub(super) fn announce(&self, news: Announcement) {
        match news {}
    }

    pub(super) fn dropped(&self, _: Out, _: DropReason, _: Progress) {}

    pub(super) fn end(&self) {}
}

impl Link {
    pub(super) fn state_so_far(&self) -> Untold {
        Untold
    }

    pub(super) fn tell_state(&self, _: Untold, _: Option<Rc<Cause>>) {}

    pub(super) fn tell_opened(&self, _: Opening) {}

    pub(super) fn tell_latency(&self, _: u32) {}

    pub(super) fn fail(&self, _: impl FnOnce() -> Failure) {}
}
