//! Every message has exactly one fate, and none is lost, doubled or reordered: a queue of our own, to compare with.

use std::collections::VecDeque;

use tautline::session::{
    DropReason, Event, Fate, Message, Millis, Output, Overflow, State, StateName, Ticket,
};

use super::{Context, Invariant, Seen, Verdict, Violation, ensure};
use crate::call::{Call, Kind, Reply};
use crate::coverage::Coverage;

struct Waiting {
    ticket: Ticket,
    bytes: u32,
    since: Millis,
    expires_at: Option<Millis>,
    key: Option<u32>,
}

#[derive(Default)]
pub struct Fates {
    queue: VecDeque<Waiting>,
    bytes: u64,
    /// Drops that a message has caused and whose report must follow.
    reports: VecDeque<(Ticket, DropReason)>,
    /// The last ticket on the wire.
    last_sent: Option<Ticket>,
    closing_drops: bool,
}

fn fail(what: String) -> Verdict {
    Err(Violation {
        invariant: Invariant::Fates,
        what,
    })
}

/// What a report that did not come breaks: a message that should have made room is still in the queue.
fn missed(due: Option<(Ticket, DropReason)>) -> Invariant {
    match due {
        Some((_, DropReason::QueueFull)) => Invariant::QueueBounds,
        _ => Invariant::Fates,
    }
}

impl Fates {
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn see(&mut self, context: &Context, seen: &Seen, coverage: &mut Coverage) -> Verdict {
        match *seen {
            Seen::Call(&Call::Pass { ticket, .. }) => {
                ensure(self.queue.is_empty(), Invariant::Fates, || {
                    format!("{ticket} overtakes {} queued", self.queue.len())
                })?;
                self.on_wire(ticket)
            }
            Seen::Reply(Call::Enqueue(message), Reply::Fate(fate)) => {
                self.on_enqueued(context, message, fate, coverage)
            }
            Seen::Output(&Output::Transmit(ticket)) => self.on_transmit(context, ticket),
            Seen::Output(&Output::Notify(Event::Dropped(ticket, reason, _))) => {
                coverage.drops[reason as usize] += 1;
                self.on_dropped(context, ticket, reason)
            }
            Seen::Output(Output::Notify(Event::State {
                state: State::Closed(_),
                ..
            })) => {
                self.closing_drops = false;
                Ok(())
            }
            Seen::Settled { .. } => self.on_settled(context),
            _ => Ok(()),
        }
    }

    fn on_wire(&mut self, ticket: Ticket) -> Verdict {
        if self.last_sent.is_some_and(|last| last >= ticket) {
            return fail(format!("{ticket} sent after {:?}", self.last_sent));
        }
        self.last_sent = Some(ticket);
        Ok(())
    }

    fn on_transmit(&mut self, context: &Context, ticket: Ticket) -> Verdict {
        match self.queue.front() {
            Some(first) if first.ticket == ticket => {}
            first => {
                let first = first.map(|first| first.ticket);
                return fail(format!("{ticket} leaves, though {first:?} is the first"));
            }
        }
        let first = self.take(0);
        // What comes in while the queue leaves goes with it.
        let waited = first.since < context.now;
        if waited && first.expires_at.is_some_and(|at| at <= context.now) {
            return fail(format!("{ticket} leaves, though it has expired"));
        }
        self.on_wire(ticket)
    }

    fn on_dropped(&mut self, context: &Context, ticket: Ticket, reason: DropReason) -> Verdict {
        match reason {
            DropReason::QueueFull | DropReason::Replaced => {
                let due = self.reports.pop_front();
                return ensure(due == Some((ticket, reason)), missed(due), || {
                    format!("{ticket} reported as {reason:?}, but {due:?} is due")
                });
            }
            DropReason::Expired | DropReason::Closed => {}
            _ => {
                return fail(format!("{ticket} dropped as {reason:?} by an event"));
            }
        }
        let Some(index) = self.queue.iter().position(|entry| entry.ticket == ticket) else {
            return fail(format!("{ticket} dropped, but it is not in the queue"));
        };
        let entry = self.take(index);
        if reason == DropReason::Closed {
            self.closing_drops = true;
            return ensure(index == 0, Invariant::Fates, || {
                format!("{ticket} dropped out of order")
            });
        }
        ensure(
            entry.expires_at.is_some_and(|at| at <= context.now),
            Invariant::Fates,
            || format!("{ticket} expired at {:?}", entry.expires_at),
        )
    }

    fn on_settled(&mut self, context: &Context) -> Verdict {
        let due = self.reports.front().copied();
        ensure(due.is_none(), missed(due), || {
            format!("{due:?} was never reported")
        })?;
        let closed = context.shown == StateName::Closed;
        if self.closing_drops {
            return fail("messages dropped as closed, but it is not closed".into());
        }
        let left = self.queue.len();
        if left > 0 && (closed || context.shown == StateName::Open) {
            return fail(format!(
                "{left} messages left behind in {:?}",
                context.shown
            ));
        }
        if context.call == Kind::Timeout
            && let Some(entry) = self.queue.iter().find(|entry| {
                let waited = entry.since < context.now;
                waited && entry.expires_at.is_some_and(|at| at <= context.now)
            })
        {
            return fail(format!("{} outlives its time", entry.ticket));
        }
        Ok(())
    }

    fn on_enqueued(
        &mut self,
        context: &Context,
        message: &Message,
        fate: Fate,
        coverage: &mut Coverage,
    ) -> Verdict {
        let expected = self.admit(context, message);
        let got = match fate {
            Fate::Queued(ticket) if ticket == message.ticket => None,
            Fate::Queued(ticket) => return fail(format!("queued as {ticket}: {message:?}")),
            Fate::Dropped(reason) => {
                coverage.drops[reason as usize] += 1;
                Some(reason)
            }
        };
        let invariant = match expected {
            Some(DropReason::QueueFull | DropReason::TooLarge) => Invariant::QueueBounds,
            _ => Invariant::Fates,
        };
        ensure(got == expected, invariant, || {
            format!("{message:?}: {got:?} instead of {expected:?}")
        })?;
        let queue = &context.config.queue;
        let over = self.queue.len() > queue.max_messages as usize || self.bytes > queue.max_bytes;
        ensure(
            !over || context.actual == StateName::Open,
            Invariant::QueueBounds,
            || format!("{} messages, {} bytes", self.queue.len(), self.bytes),
        )
    }

    /// The stated policy: why a message is refused, or the queue with it.
    fn admit(&mut self, context: &Context, message: &Message) -> Option<DropReason> {
        let over = matches!(context.actual, StateName::Closing | StateName::Closed);
        if over || context.farewell {
            return Some(DropReason::Closed);
        }
        let queue = &context.config.queue;
        let same_key = |entry: &Waiting| entry.key == message.key;
        let older = message.key.and(self.queue.iter().position(same_key));
        let bounded = context.actual != StateName::Open;
        if bounded {
            if queue.max_messages == 0 {
                return Some(DropReason::QueueFull);
            }
            if u64::from(message.bytes) > queue.max_bytes {
                return Some(DropReason::TooLarge);
            }
            let freed = older.map_or(0, |index| u64::from(self.queue[index].bytes));
            let messages = self.queue.len() - usize::from(older.is_some()) + 1;
            let bytes = self.bytes - freed + u64::from(message.bytes);
            let over = messages > queue.max_messages as usize || bytes > queue.max_bytes;
            if over && queue.overflow == Overflow::Reject {
                return Some(DropReason::QueueFull);
            }
        }
        if let Some(index) = older {
            self.report(index, DropReason::Replaced);
        }
        while bounded
            && (self.queue.len() + 1 > queue.max_messages as usize
                || self.bytes + u64::from(message.bytes) > queue.max_bytes)
        {
            let newest = queue.overflow == Overflow::DropNewest;
            let index = if newest { self.queue.len() - 1 } else { 0 };
            self.report(index, DropReason::QueueFull);
        }
        self.bytes += u64::from(message.bytes);
        let ttl = message.ttl_ms.or(queue.ttl_ms);
        self.queue.push_back(Waiting {
            ticket: message.ticket,
            bytes: message.bytes,
            since: context.now,
            expires_at: ttl.map(|ttl| context.now + ttl),
            key: message.key,
        });
        None
    }

    fn report(&mut self, index: usize, reason: DropReason) {
        let entry = self.take(index);
        self.reports.push_back((entry.ticket, reason));
    }

    fn take(&mut self, index: usize) -> Waiting {
        let entry = self.queue.remove(index).expect("an index into the queue");
        self.bytes -= u64::from(entry.bytes);
        entry
    }
}
