//! What is subscribed to, over as many connections as it takes.

use super::parser::number;
use crate::session::named;

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
    id: SubscriptionId,
    pub(super) ack: AckMode,
    /// What the application calls it; nothing if its number is its name.
    pub(super) name: String,
    /// Whether the broker has been told over this connection, and has not answered.
    pub(super) is_unconfirmed: bool,
    /// Messages received so far, and up to which one they are dealt with.
    pub(super) received: u32,
    pub(super) settled: u32,
}

/// Subscriptions in no order; their numbers have one.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions {
    all: Vec<Subscription>,
    last: SubscriptionId,
}

impl Subscriptions {
    /// Takes one in; `None` if another one has that name.
    pub(super) fn add(&mut self, ack: AckMode, name: &str) -> Option<SubscriptionId> {
        if !name.is_empty() && self.named(name.as_bytes()).is_some() {
            return None;
        }
        self.last += 1;
        self.all.push(Subscription {
            id: self.last,
            ack,
            name: name.into(),
            is_unconfirmed: false,
            received: 0,
            settled: 0,
        });
        Some(self.last)
    }

    /// False if there is none.
    pub(super) fn remove(&mut self, id: SubscriptionId) -> bool {
        let index = self.all.iter().position(|it| it.id == id);
        index.is_some_and(|index| {
            self.all.swap_remove(index);
            true
        })
    }

    pub(super) fn get(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.all.iter().find(|it| it.id == id)
    }

    pub(super) fn get_mut(&mut self, id: SubscriptionId) -> Option<&mut Subscription> {
        self.all.iter_mut().find(|it| it.id == id)
    }

    /// Those that the broker has been told of, and has not confirmed.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = SubscriptionId> {
        self.all
            .iter()
            .filter(|it| it.is_unconfirmed)
            .map(|it| it.id)
    }

    /// The next number after that one.
    pub(super) fn after(&self, id: SubscriptionId) -> Option<SubscriptionId> {
        self.all.iter().map(|it| it.id).filter(|&it| it > id).min()
    }

    /// The number and the subscription that MESSAGE calls by this name.
    pub(super) fn named(&mut self, name: &[u8]) -> Option<(SubscriptionId, &mut Subscription)> {
        let id = number(name);
        let found = self.all.iter_mut().find(|it| {
            if it.name.is_empty() {
                Some(it.id) == id
            } else {
                it.name.as_bytes() == name
            }
        });
        found.map(|it| (it.id, it))
    }
}
