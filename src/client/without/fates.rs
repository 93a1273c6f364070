//! In place of the fates of messages where nobody can wait for one: what is sent is forgotten.

use std::marker::PhantomData;
use std::rc::Rc;

use super::error::Invalid;
use crate::codec::{Payload, PayloadRef};
use crate::session::{DropReason, Message, Progress, Verdict};

pub(super) struct Watch<Out, In>(PhantomData<(Out, In)>);

impl<Out, In> Watch<Out, In> {
    pub(super) fn note(&self, _: &mut Message) {}

    pub(super) fn leave(&mut self, _: &mut Rc<Payload>) -> Option<(Rc<Payload>, Self)> {
        None
    }

    pub(super) fn done(self) {}

    pub(super) fn replied(self, _: In) {}

    pub(super) fn dropped(self, _: DropReason, _: Progress, message: Out) -> Option<Out> {
        Some(message)
    }
}

pub(super) struct Fates<Out, In>(PhantomData<(Out, In)>);

impl<Out, In> Default for Fates<Out, In> {
    fn default() -> Self {
        Fates(PhantomData)
    }
}

impl<Out, In> Fates<Out, In> {
    pub(super) fn forget(&self) -> bool {
        true
    }

    pub(super) fn watch(&self) -> Watch<Out, In> {
        Watch(PhantomData)
    }

    pub(super) fn mark(&self, _: &mut Out) {}

    pub(super) fn match_reply(&self, message: In, _: PayloadRef<'_>) -> Result<In, Verdict> {
        Ok(message)
    }

    pub(super) fn take_reply(&self, _: bool) -> Option<Result<In, Invalid>> {
        None
    }
}
