//! What is one for each socket: where every message that is not a reply to a call goes through.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use super::batch::Batches;
use super::feeds::Feeds;
use super::restoring::StepCalls;
use super::served::Served;
use crate::client::error::Invalid;
use crate::client::sender::Sender;
use crate::client::status::Follow;
use crate::session::{Generation, Session, StateName};
use crate::subprotocol::jsonrpc::{Call, Incoming, Message, Outgoing, Reply, ReplyTo};

/// The number of no call: a reply to it is one that nobody waits for.
const NOBODY: u32 = 0;

/// It is the engine's: handlers and subscriptions are freed with the socket, whatever they hold.
pub(super) struct Hub {
    sender: OnceCell<Sender<Outgoing, Incoming>>,
    pub(super) served: Served,
    pub(super) feeds: Feeds,
    pub(super) steps: StepCalls,
    pub(super) batches: Batches,
    on_invalid: Option<Box<dyn Fn(Invalid)>>,
    /// Whether there is a connection that the server can hear us over.
    is_linked: Cell<bool>,
}

impl Hub {
    pub(super) fn new(on_invalid: Option<Box<dyn Fn(Invalid)>>) -> Self {
        Hub {
            sender: OnceCell::new(),
            served: Served::default(),
            feeds: Feeds::default(),
            steps: StepCalls::default(),
            batches: Batches::default(),
            on_invalid,
            is_linked: Cell::new(false),
        }
    }

    pub(super) fn start(&self, sender: Sender<Outgoing, Incoming>) {
        // It is made once.
        let _ = self.sender.set(sender);
    }

    pub(super) fn sender(&self) -> Option<&Sender<Outgoing, Incoming>> {
        self.sender.get()
    }

    pub(super) fn generation(&self) -> Option<Generation> {
        let engine = self.sender()?.engine.upgrade()?;
        Some(engine.driver().read(Session::generation))
    }

    pub(super) fn state(&self) -> StateName {
        self.sender().map_or(StateName::Idle, |it| it.status.name())
    }

    /// The request that a message replies to, if it is to be matched.
    pub(super) fn ticket_of(&self, incoming: &Incoming) -> Option<u32> {
        let to = incoming.reply()?.to;
        match to {
            ReplyTo::Step(number) if self.steps.awaits(number) => None,
            _ => match to.ticket() {
                Some(ticket) if self.feeds.is_late(ticket) => None,
                ticket => Some(ticket.unwrap_or(NOBODY)),
            },
        }
    }

    /// Takes whatever is no reply to a call.
    pub(super) fn receive(self: &Rc<Self>, incoming: Incoming) {
        let is_batch = matches!(incoming, Incoming::Batch(_));
        let mut calls = Vec::new();
        for message in incoming.into_messages() {
            match message {
                Message::Call(call) => calls.extend(self.feeds.accept(call)),
                Message::Reply(reply) => self.take_reply(reply),
            }
        }
        self.serve(calls, is_batch);
    }

    pub(super) fn serve(self: &Rc<Self>, calls: Vec<Call>, is_batch: bool) {
        if !calls.is_empty() {
            self.served.carry_out(self, calls, is_batch);
        }
    }

    fn take_reply(self: &Rc<Self>, reply: Reply) {
        match reply.to {
            ReplyTo::Step(number) => self.steps.accept(self, number, reply.outcome),
            to => {
                if let (Some(ticket), Ok(id)) = (to.ticket(), reply.outcome) {
                    self.feeds.end_late(self, ticket, id);
                }
            }
        }
    }

    pub(super) fn tell_invalid(&self, invalid: Invalid) {
        if let Some(tell) = &self.on_invalid {
            tell(invalid);
        }
    }
}

impl Follow for Hub {
    fn follow(&self, state: StateName) {
        let is_linked = matches!(
            state,
            StateName::Authenticating | StateName::Restoring | StateName::Open
        );
        if self.is_linked.replace(is_linked) && !is_linked {
            self.served.end();
            self.steps.end();
            self.feeds.lose();
        }
        if state == StateName::Closed {
            self.feeds.end();
        }
    }
}
