//! In place of the heartbeat where it is left out.

use std::marker::PhantomData;

use super::link::Link;
use super::messages::Encoded;
use crate::codec::{Codec, Payload, PayloadRef};
use crate::session::Verdict;

pub(super) struct Beats<Out, In>(PhantomData<(Out, In)>);

impl<Out, In> Default for Beats<Out, In> {
    fn default() -> Self {
        Beats(PhantomData)
    }
}

impl<Out, In> Beats<Out, In> {
    pub(super) fn is_pong_frame(&self, _: PayloadRef<'_>) -> bool {
        false
    }

    pub(super) fn classify(&self, _: &In) -> Option<Verdict> {
        None
    }

    pub(super) fn ping(&self, _: &dyn Codec<Out, In>, _: u32) -> Option<Encoded> {
        None
    }

    pub(super) fn pong(&self, _: &dyn Codec<Out, In>) -> Option<Encoded> {
        None
    }

    pub(super) fn confirms(&self) -> bool {
        false
    }
}

impl Link {
    pub(super) fn make_ping(&self, _: u32) -> Option<Payload> {
        None
    }

    pub(super) fn make_pong(&self) -> Option<Payload> {
        None
    }
}
