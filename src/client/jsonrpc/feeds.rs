//! The subscriptions of one client, in the style of jsonrpsee: a call gives an id, notifications carry it beside their
//! value, and another call ends it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::call::outcome;
use super::error::{CallError, SubscriptionError, unanswered};
use super::feed::{Asked, Feed};
use super::hub::Hub;
use super::restoring::Restoring;
use crate::client::error::{BoxError, RequestError};
use crate::client::fates::{Settled, Waiter};
use crate::client::wakers::Promise;
use crate::session::{DropReason, Progress, StateName, Ticket};
use crate::subprotocol::jsonrpc::{Call, Incoming, Json, JsonRpcError, Note, Outgoing, Params};

/// Notifications that come before the id that they belong to is known.
const MOST_EARLY: usize = 1_024;
/// Subscriptions that nobody waits for any more, and the server may still make.
const MOST_LATE: usize = 1_024;

#[derive(Default)]
pub(super) struct Feeds {
    all: RefCell<Vec<Rc<Feed>>>,
    early: RefCell<Vec<Call>>,
    /// The methods that end what is made too late, by the tickets of the calls that make it.
    late: RefCell<Vec<(Ticket, Box<str>)>>,
}

impl Feeds {
    /// Adds a subscription that was asked for.
    pub(super) fn add(&self, feed: Rc<Feed>) {
        self.all.borrow_mut().push(feed);
    }

    /// Takes a notification of a subscription; anything else comes out again.
    pub(super) fn accept(&self, call: Call) -> Option<Call> {
        let Some(note) = Note::read(&call) else {
            return Some(call);
        };
        let all = self.all.borrow();
        let found = all.iter().find(|it| it.has_id(&note.subscription)).cloned();
        let may_be_early = all.iter().any(|it| it.asked.get() != Asked::No);
        drop(all);
        match (found, note.outcome) {
            (Some(feed), Ok(value)) => feed.push(value),
            (Some(feed), Err(error)) => self.drop_out(&feed, Some(SubscriptionError::Ended(error))),
            (None, _) if may_be_early => {
                let mut early = self.early.borrow_mut();
                if early.len() < MOST_EARLY {
                    early.push(call);
                }
            }
            (None, _) => return Some(call),
        }
        None
    }

    /// The server has answered: takes the id, and hands over what came before it.
    pub(super) fn learn(
        &self,
        hub: &Rc<Hub>,
        feed: &Rc<Feed>,
        outcome: Result<Json, JsonRpcError>,
    ) {
        feed.asked.set(Asked::No);
        match outcome {
            Ok(id) => {
                feed.id.replace(Some(id));
                // It may have been left meanwhile.
                if feed.is_over() {
                    self.leave(hub, feed);
                }
            }
            Err(error) => self.drop_out(feed, Some(SubscriptionError::Ended(error))),
        }
        self.hand_over(hub);
    }

    fn hand_over(&self, hub: &Rc<Hub>) {
        let early = self.early.take();
        let others = early.into_iter().filter_map(|call| self.accept(call));
        for call in others.collect::<Vec<_>>() {
            hub.serve(vec![call], false);
        }
    }

    /// Ends a subscription and tells the server; the promise is kept when it knows, or when the connection has ended.
    pub(super) fn leave(&self, hub: &Rc<Hub>, feed: &Rc<Feed>) -> Rc<Promise<()>> {
        let told = Promise::new();
        let id = feed.id.take();
        self.drop_out(feed, None);
        match (&feed.unsubscribe, id) {
            (Some(method), Some(id)) => tell(hub, method, &id, &told),
            _ => told.keep(()),
        }
        if let Asked::Request(ticket) = feed.asked.replace(Asked::No) {
            // What has not left does not leave; what has may still come to be.
            let progress = hub.sender().and_then(|it| it.withdraw(ticket));
            if progress != Some(Progress::Queued) {
                self.expect_late(ticket, feed);
            }
            self.hand_over(hub);
        }
        told
    }

    /// The server may still make a subscription that nobody waits for.
    fn expect_late(&self, ticket: Ticket, feed: &Feed) {
        if let Some(unsubscribe) = &feed.unsubscribe {
            let mut late = self.late.borrow_mut();
            if late.len() >= MOST_LATE {
                late.remove(0);
            }
            late.push((ticket, unsubscribe.clone()));
        }
    }

    /// Whether a reply makes a subscription that nobody waits for.
    pub(super) fn is_late(&self, ticket: Ticket) -> bool {
        self.late.borrow().iter().any(|(it, _)| *it == ticket)
    }

    /// It was made: it is ended.
    pub(super) fn end_late(&self, hub: &Rc<Hub>, ticket: Ticket, id: Json) {
        let mut late = self.late.borrow_mut();
        let at = late.iter().position(|(it, _)| *it == ticket);
        let found = at.map(|at| late.swap_remove(at));
        drop(late);
        if let Some((_, method)) = found {
            tell(hub, &method, &id, &Promise::new());
        }
    }

    /// Forgets a subscription. It is still to be read what it has.
    pub(super) fn drop_out(&self, feed: &Rc<Feed>, error: Option<SubscriptionError>) {
        feed.id.take();
        self.all.borrow_mut().retain(|it| !Rc::ptr_eq(it, feed));
        feed.end(error);
    }

    /// The connection has ended: over the next one, the same id may be that of another.
    pub(super) fn lose(&self) {
        self.late.take();
        self.early.take();
        for feed in self.all.borrow().iter() {
            feed.id.take();
        }
    }

    /// The socket is closed.
    pub(super) fn end(&self) {
        for feed in self.all.take() {
            feed.id.take();
            feed.end(None);
        }
    }
}

impl Hub {
    /// Makes all subscriptions again, over a new connection.
    pub(super) async fn subscribe_again(self: Rc<Self>, step: &Restoring) -> Result<(), BoxError> {
        // The first call of those that were asked for already is made again by itself.
        let all: Vec<_> = self.feeds.all.borrow().clone();
        let mut asked = Vec::new();
        for feed in all.iter().filter(|it| it.asked.get() == Asked::No) {
            match (feed.params)() {
                Ok(params) => asked.push(step.subscribe(&self, feed, params)?),
                Err(error) => self
                    .feeds
                    .drop_out(feed, Some(SubscriptionError::Params(error))),
            }
        }
        for done in asked {
            std::future::poll_fn(|context| done.poll(context)).await;
        }
        Ok(())
    }
}

/// Ends a subscription at the server, over the connection that is there.
fn tell(hub: &Rc<Hub>, method: &str, id: &Json, told: &Rc<Promise<()>>) {
    let Ok(params) = Params::new(&[id]) else {
        return told.keep(());
    };
    match hub.state() {
        StateName::Restoring => hub.steps.tell(method, params, told),
        StateName::Open => {
            let waiter = Rc::new(Told(Rc::clone(told)));
            let call = Outgoing::call(method, params);
            let begun = hub.sender().map(|it| it.begin(call, None, false, waiter));
            if !matches!(begun, Some(Ok(_))) {
                told.keep(());
            }
        }
        // There is nobody to tell.
        _ => told.keep(()),
    }
}

/// Waits until the server knows, whatever it says.
struct Told(Rc<Promise<()>>);

impl Waiter<Outgoing, Incoming> for Told {
    fn settle(&self, _: Settled<Outgoing, Incoming>) {
        self.0.keep(());
    }
}

/// Waits for the answer to the first subscribing. It is told inside the event, so that no break can come between.
struct Started {
    hub: Weak<Hub>,
    feed: Rc<Feed>,
}

impl Waiter<Outgoing, Incoming> for Started {
    fn settle(&self, settled: Settled<Outgoing, Incoming>) {
        let Some(hub) = self.hub.upgrade() else {
            return;
        };
        let feed = &self.feed;
        let started = match settled {
            Settled::Done => return,
            Settled::Reply(incoming) => match outcome(Ok(incoming)) {
                Ok(id) => {
                    hub.feeds.learn(&hub, feed, Ok(id));
                    Ok(())
                }
                Err(error) => Err(error),
            },
            Settled::Dropped(reason, progress, message) => {
                let asked = feed.asked.get();
                if let (DropReason::Timeout, Progress::Sent, Asked::Request(ticket)) =
                    (reason, progress, asked)
                {
                    hub.feeds.expect_late(ticket, feed);
                }
                Err(unanswered(RequestError::of(reason, progress, message)))
            }
        };
        if started.is_err() {
            feed.asked.set(Asked::No);
            hub.feeds.drop_out(feed, None);
            hub.feeds.hand_over(&hub);
        }
        feed.started.keep(started);
    }
}

/// Asks the server for a subscription, for the first time.
pub(super) fn ask(
    hub: &Rc<Hub>,
    feed: &Rc<Feed>,
    params: Params,
    timeout: Option<std::time::Duration>,
) -> Result<(), CallError> {
    let call = Outgoing::call(&feed.method, params);
    let waiter = Rc::new(Started {
        hub: Rc::downgrade(hub),
        feed: Rc::clone(feed),
    });
    let Some(sender) = hub.sender() else {
        let message = call.into_params();
        return Err(RequestError::Closed { message }.into());
    };
    // Carried out twice, it does no harm: the first one has ended with its connection.
    let ticket = sender
        .begin(call, timeout, true, waiter)
        .map_err(unanswered)?;
    feed.asked.set(Asked::Request(ticket));
    hub.feeds.add(Rc::clone(feed));
    Ok(())
}
