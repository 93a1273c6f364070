//! What is subscribed to, over as many connections as it takes.

use super::headers::{Headers, value_of};
use super::parser::number;
use crate::session::{named, take_at};

named! {
    /// Who says that a message has been dealt with ("SUBSCRIBE ack Header").
    pub enum AckMode {
        /// Nobody: it counts as dealt with as soon as it is sent.
        Auto = "auto",
        /// The client, for a message and all those before it.
        Client = "client",
        /// The client, for each message.
        ClientIndividual = "client-individual",
    }
}

/// Numbers the subscriptions of a machine, from 1.
pub type SubscriptionId = u32;

#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) id: SubscriptionId,
    pub(super) ack: AckMode,
    /// Those of SUBSCRIBE, `destination` among them, and `id` if the application names it.
    pub(super) headers: Headers,
    /// Messages received so far, and up to which one they are dealt with.
    pub(super) received: u32,
    pub(super) settled: u32,
}

/// Subscriptions, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions {
    all: Vec<Subscription>,
    last: SubscriptionId,
}

impl Subscriptions {
    /// Takes one in; `None` if the application gave it the name of another.
    pub(super) fn add(&mut self, ack: AckMode, headers: Headers) -> Option<&Subscription> {
        if let Some(name) = headers.get("id")
            && self.named(name).is_some()
        {
            return None;
        }
        self.last += 1;
        self.all.push(Subscription {
            id: self.last,
            ack,
            headers,
            received: 0,
            settled: 0,
        });
        self.all.last()
    }

    pub(super) fn remove(&mut self, id: SubscriptionId) -> Option<Subscription> {
        let index = self.all.iter().position(|it| it.id == id)?;
        take_at(&mut self.all, index)
    }

    pub(super) fn get(&mut self, id: SubscriptionId) -> Option<&mut Subscription> {
        self.all.iter_mut().find(|it| it.id == id)
    }

    /// The first one after that.
    pub(super) fn after(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.all.iter().find(|it| it.id > id)
    }

    /// The one that MESSAGE calls by this name.
    pub(super) fn named(&mut self, name: &str) -> Option<&mut Subscription> {
        let id = number(name.as_bytes());
        self.all
            .iter_mut()
            .find(|it| match value_of(it.headers.as_text(), "id") {
                Some(own) => own == name,
                None => Some(it.id) == id,
            })
    }
}
