//! Every message has exactly one fate, and none is lost, doubled or reordered: a queue of our own, to compare with,
//! and beside it what has left and awaits something.

use std::collections::VecDeque;

use tautline::session::{
    Awaits, DropReason, Event, Fate, Message, Millis, News, Output, Progress, State, StateName,
    Ticket, Timer, Verdict as Frame,
};

use super::delivery::promise;
use super::room;
use super::{Context, Invariant, Seen, Verdict, Violation, ensure};
use crate::call::{Call, Kind, Reply};
use crate::coverage::Coverage;

/// A message that is not settled.
#[derive(Clone, Copy)]
pub struct Entry {
    pub ticket: Ticket,
    pub bytes: u32,
    pub key: Option<u32>,
    pub awaits: Awaits,
    repeats: bool,
    since: Millis,
    expires_at: Option<Millis>,
    deadline: Option<Millis>,
    /// It has left before: from then on only its deadline counts.
    pub was_sent: bool,
}

impl Entry {
    fn over_at(&self) -> Option<Millis> {
        let expires_at = self.expires_at.filter(|_| !self.was_sent);
        expires_at.into_iter().chain(self.deadline).min()
    }

    /// While it is in the queue.
    fn progress(&self) -> Progress {
        if self.was_sent {
            Progress::Requeued
        } else {
            Progress::Queued
        }
    }

    /// Why it is given up when everything is over, or when a break ends what does not go again.
    fn end(&self) -> DropReason {
        match (self.was_sent, self.awaits) {
            (false, _) => DropReason::Closed,
            (true, Awaits::Reply) => DropReason::Unanswered,
            (true, _) => DropReason::Unconfirmed,
        }
    }
}

type Report = (Ticket, DropReason, Progress);

#[derive(Default)]
pub struct Fates {
    pub queue: VecDeque<Entry>,
    /// What has left over the present link and awaits something.
    pub sent: Vec<Entry>,
    /// Drops that a message or a break has caused and whose report must follow.
    reports: VecDeque<Report>,
    /// The last ticket that has left for the first time.
    last_sent: Option<Ticket>,
    closing_drops: bool,
    /// When messages would have been over that are settled now: a timer may still be armed for them.
    passed: Vec<Millis>,
}

fn fail(what: String) -> Verdict {
    Err(Violation {
        invariant: Invariant::Fates,
        what,
    })
}

fn fates(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    ensure(holds, Invariant::Fates, what)
}

/// What a report that did not come breaks: a message that should have made room is still in the queue.
fn missed(due: Option<Report>) -> Invariant {
    match due {
        Some((_, DropReason::QueueFull, _)) => Invariant::QueueBounds,
        _ => Invariant::Fates,
    }
}

impl Fates {
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Messages that are queued or await something.
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.sent.len()
    }

    pub fn bytes(&self) -> u64 {
        self.queue.iter().map(|entry| u64::from(entry.bytes)).sum()
    }

    /// Messages and bytes that count against the bounds: the queue, and what awaits a confirmation.
    pub fn held(&self) -> (usize, u64) {
        let kept = self
            .sent
            .iter()
            .filter(|entry| entry.awaits == Awaits::Confirmation);
        let held = self.queue.iter().chain(kept);
        held.fold((0, 0), |(count, bytes), entry| {
            (count + 1, bytes + u64::from(entry.bytes))
        })
    }

    pub fn see(&mut self, context: &Context, seen: &Seen, coverage: &mut Coverage) -> Verdict {
        match *seen {
            Seen::Call(&Call::Pass { ticket, .. }) => {
                fates(self.queue.is_empty(), || {
                    format!("{ticket} overtakes {} queued", self.queue.len())
                })?;
                self.on_first(ticket)
            }
            Seen::Reply(Call::Enqueue(message), Reply::Fate(fate)) => {
                self.on_enqueued(context, message, fate, coverage)
            }
            Seen::Reply(&Call::Withdraw(ticket), Reply::Withdrawn(progress)) => {
                let expected = self.take(ticket).map(|(_, progress)| progress);
                fates(progress == expected, || {
                    format!("{ticket} withdrawn as {progress:?} instead of {expected:?}")
                })
            }
            Seen::Reply(
                &Call::News(_, News::Classified(Frame::Reply(ticket))),
                Reply::Taken(true),
            ) => self.on_answered(ticket, Awaits::Reply),
            Seen::Reply(Call::News(_, News::Closed(_)), Reply::Taken(true))
            | Seen::Output(Output::Abandon { .. }) => {
                self.recall();
                Ok(())
            }
            Seen::Output(&Output::Transmit(ticket)) => self.on_transmit(context, ticket),
            Seen::Output(&Output::Notify(Event::Confirmed(ticket))) => {
                self.on_answered(ticket, Awaits::Confirmation)
            }
            Seen::Output(&Output::Notify(Event::Dropped(ticket, reason, progress))) => {
                coverage.drops[reason as usize] += 1;
                self.on_dropped(context, (ticket, reason, progress))
            }
            Seen::Output(Output::Notify(Event::State {
                state: State::Closed(_),
                ..
            })) => {
                self.closing_drops = false;
                Ok(())
            }
            Seen::Settled { state, deadline } => self.on_settled(context, state, deadline),
            _ => Ok(()),
        }
    }

    /// Nothing leaves for the first time before what was taken earlier.
    fn on_first(&mut self, ticket: Ticket) -> Verdict {
        if self.last_sent.is_some_and(|last| last >= ticket) {
            return fail(format!("{ticket} sent after {:?}", self.last_sent));
        }
        self.last_sent = Some(ticket);
        Ok(())
    }

    fn on_transmit(&mut self, context: &Context, ticket: Ticket) -> Verdict {
        let first = match self.queue.front() {
            Some(first) if first.ticket == ticket => *first,
            first => {
                let first = first.map(|first| first.ticket);
                return fail(format!("{ticket} leaves, though {first:?} is the first"));
            }
        };
        self.queue.pop_front();
        // What comes in while the queue leaves goes with it.
        let waited = first.since < context.now;
        if waited && first.over_at().is_some_and(|at| at <= context.now) {
            return fail(format!("{ticket} leaves, though its time is over"));
        }
        self.passed.extend(first.over_at());
        if first.awaits != Awaits::Nothing {
            self.sent.push(Entry {
                was_sent: true,
                ..first
            });
        }
        if first.was_sent {
            return Ok(());
        }
        self.on_first(ticket)
    }

    /// A confirmation or a reply; a reply may also come to what waits to go again.
    fn on_answered(&mut self, ticket: Ticket, awaits: Awaits) -> Verdict {
        let answered = self.take(ticket);
        let fits = answered.is_some_and(|(entry, progress)| {
            let sent = progress == Progress::Sent
                || (progress == Progress::Requeued && awaits == Awaits::Reply);
            entry.awaits == awaits && sent
        });
        fates(fits, || {
            format!("{ticket} answered by a {awaits:?} that it does not await")
        })
    }

    /// The link has ended: what repeats goes ahead of everything newer, what does not is given up.
    fn recall(&mut self) {
        for entry in self.sent.drain(..).rev() {
            if entry.repeats {
                self.queue.push_front(entry);
            } else {
                self.passed.extend(entry.over_at());
                let report = (entry.ticket, entry.end(), Progress::Sent);
                self.reports.push_front(report);
            }
        }
    }

    fn on_dropped(&mut self, context: &Context, told: Report) -> Verdict {
        let (ticket, reason, _) = told;
        if let Some(due) = self.reports.pop_front() {
            return ensure(due == told, missed(Some(due)), || {
                format!("{told:?} reported, but {due:?} is due")
            });
        }
        let first = self.queue.front().map(|first| first.ticket);
        let Some((entry, progress)) = self.take(ticket) else {
            return fail(format!(
                "{ticket} dropped as {reason:?}, but it does not wait"
            ));
        };
        let timed_out = entry.deadline.is_some_and(|at| at <= context.now);
        let expired = entry.expires_at.is_some_and(|at| at <= context.now);
        let expected = match reason {
            DropReason::Timeout if timed_out => reason,
            DropReason::Expired if expired && !timed_out && !entry.was_sent => reason,
            _ => {
                self.closing_drops = true;
                fates(first == Some(ticket), || format!("{told:?} out of order"))?;
                entry.end()
            }
        };
        fates(told == (ticket, expected, progress), || {
            format!(
                "{told:?} instead of {expected:?}, {progress:?}; {:?}",
                entry.over_at()
            )
        })
    }

    fn on_settled(
        &mut self,
        context: &Context,
        state: &State,
        deadline: Option<(Millis, Timer)>,
    ) -> Verdict {
        let due = self.reports.front().copied();
        ensure(due.is_none(), missed(due), || {
            format!("{due:?} was never reported")
        })?;
        if self.closing_drops {
            return fail("messages dropped as at the end, but it is not closed".into());
        }
        let closed = context.shown == StateName::Closed;
        let left = self.queue.len();
        if left > 0 && (closed || context.shown == StateName::Open) {
            return fail(format!(
                "{left} messages left behind in {:?}",
                context.shown
            ));
        }
        self.check_times(context, state, deadline)
    }

    /// Nothing outlives its time, the one deadline is no later than the first of these times, and it is for one of them
    /// where it says so. The closing handshake takes a second at most: what awaits something then ends with it.
    fn check_times(
        &mut self,
        context: &Context,
        state: &State,
        deadline: Option<(Millis, Timer)>,
    ) -> Verdict {
        let now = context.now;
        let mut waiting = self.queue.iter().chain(&self.sent);
        let first = waiting.clone().filter_map(Entry::over_at).min();
        if let Some((at, Timer::Expiry)) = deadline {
            let known = first == Some(at) || self.passed.contains(&at);
            // Woken for a later one, it has forgotten the first.
            let forgotten = first.is_some_and(|first| first < at);
            let invariant = if forgotten {
                Invariant::Fates
            } else {
                Invariant::Timers
            };
            ensure(known, invariant, || {
                format!("woken at {at} for a message, but the first is over at {first:?}")
            })?;
        }
        if matches!(state, State::Closing) {
            return Ok(());
        }
        if context.call == Kind::Timeout {
            let outlives = waiting
                .find(|entry| entry.since < now && entry.over_at().is_some_and(|at| at <= now));
            if let Some(entry) = outlives {
                return fail(format!("{} outlives its time", entry.ticket));
            }
            self.passed.retain(|&at| at > now);
        }
        let woken = first.is_none_or(|first| deadline.is_some_and(|(at, _)| at <= first));
        ensure(woken, Invariant::Timers, || {
            format!("a message is over at {first:?}, woken at {deadline:?}")
        })
    }

    fn on_enqueued(
        &mut self,
        context: &Context,
        message: &Message,
        fate: Fate,
        coverage: &mut Coverage,
    ) -> Verdict {
        let (awaits, repeats) = promise(context.config, message);
        let message = &Message {
            awaits,
            repeats,
            ..*message
        };
        let over = matches!(context.actual, StateName::Closing | StateName::Closed);
        let admitted = if over || context.farewell {
            Err(DropReason::Closed)
        } else {
            room::admit(self, context, message)
        };
        let got = match fate {
            Fate::Queued(ticket) if ticket == message.ticket => None,
            Fate::Queued(ticket) => return fail(format!("queued as {ticket}: {message:?}")),
            Fate::Dropped(reason) => {
                coverage.drops[reason as usize] += 1;
                Some(reason)
            }
        };
        let expected = admitted.as_ref().err().copied();
        ensure(got == expected, room::invariant(context, expected), || {
            format!("{message:?}: {got:?} instead of {expected:?}")
        })?;
        let Ok(leaving) = admitted else { return Ok(()) };
        for (ticket, reason) in leaving {
            self.take(ticket);
            self.reports.push_back((ticket, reason, Progress::Queued));
        }
        let ttl = message.ttl_ms.or(context.config.queue.ttl_ms);
        self.queue.push_back(Entry {
            ticket: message.ticket,
            bytes: message.bytes,
            key: message.key,
            awaits,
            repeats,
            since: context.now,
            expires_at: ttl.map(|ttl| context.now + ttl),
            deadline: message.timeout_ms.map(|timeout| context.now + timeout),
            was_sent: false,
        });
        room::check(self, context, message)
    }

    /// Takes a message out, with how far it has come.
    fn take(&mut self, ticket: Ticket) -> Option<(Entry, Progress)> {
        let is_it = |entry: &Entry| entry.ticket == ticket;
        let (entry, progress) = if let Some(index) = self.queue.iter().position(is_it) {
            let entry = self.queue.remove(index)?;
            (entry, entry.progress())
        } else {
            let index = self.sent.iter().position(is_it)?;
            (self.sent.remove(index), Progress::Sent)
        };
        self.passed.extend(entry.over_at());
        Some((entry, progress))
    }
}
