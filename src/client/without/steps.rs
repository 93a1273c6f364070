//! In place of the steps on the way to `open` where they are left out: the address is fixed, and nothing else is asked for.

use std::marker::PhantomData;
use std::rc::Rc;

use super::link::Link;
use super::opening::Opening;
use crate::codec::Codec;
use crate::session::{self, Generation, Verdict};

/// Nothing is asked for, so there is no answer.
pub(super) enum Answer {}

pub(super) type LocalFuture<T> = std::future::Pending<T>;

pub(super) struct DialContext {}

pub(super) struct StepChannel {}

pub(super) struct TypedSteps<Out, In>(PhantomData<(Out, In)>);

impl<Out, In> Default for TypedSteps<Out, In> {
    fn default() -> Self {
        TypedSteps(PhantomData)
    }
}

impl<Out, In> TypedSteps<Out, In> {
    pub(super) fn judge(&self, _: &In, _: &Link) -> Option<Verdict> {
        None
    }

    pub(super) fn credentials(
        &self,
        _: &Rc<dyn Codec<Out, In>>,
        _: DialContext,
    ) -> Option<LocalFuture<Answer>> {
        None
    }

    pub(super) fn restore(
        &self,
        _: &Rc<dyn Codec<Out, In>>,
        _: Opening,
        _: StepChannel,
    ) -> Option<LocalFuture<Answer>> {
        None
    }
}

#[derive(Default)]
pub(super) struct Steps {}

impl Steps {
    pub(super) fn asks_for_endpoint(&self) -> bool {
        false
    }

    pub(super) fn end_attempt(&self) {}
}

impl Link {
    pub(super) fn ask_url(&self, _: u32, generation: Generation) {
        self.use_endpoint(generation);
    }

    pub(super) fn ask_credentials(&self, _: Generation) {}

    pub(super) fn ask_restore(&self, _: session::Opening, _: Generation) {}

    pub(super) fn renewal_failed(&self) {}
}

#[derive(Default)]
pub(super) struct Renewals {}

impl Renewals {
    pub(super) fn end(&self, _: bool) {}
}
