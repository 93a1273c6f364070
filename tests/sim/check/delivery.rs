//! What became of each message that awaits something: an account by ticket, beside what the server has received.

use tautline::session::{
    Awaits, Config, Delivery as Mode, Event, Fate, Generation, Message, Millis, News, Output,
    State, StateName, Ticket, Verdict as Frame,
};

use super::{Context, Invariant, Seen, Verdict, ensure};
use crate::call::{Call, Reply};
use crate::net::LinkId;

#[derive(Clone, Copy)]
struct Record {
    bytes: u32,
    awaits: Awaits,
    repeats: bool,
    settled: bool,
    /// The link that it has left over last, and when.
    sent_on: Option<LinkId>,
    sent_at: Millis,
    /// Over how many links it has left.
    links: u32,
    /// The latest link that it has arrived over.
    arrived_on: Option<LinkId>,
    arrivals: u32,
}

#[derive(Default)]
pub struct Delivery {
    records: Vec<Option<Record>>,
    /// Tickets that await something, oldest first.
    unsettled: Vec<Ticket>,
    dials: usize,
    /// Of the link dialled last.
    generation: Generation,
    /// The link dialled last has ended.
    ended: bool,
    last_on_link: Option<Ticket>,
}

/// What a message awaits in this configuration, and whether it goes again.
pub fn promise(config: &Config, message: &Message) -> (Awaits, bool) {
    if config.delivery == Mode::AtLeastOnce && message.awaits != Awaits::Reply {
        (Awaits::Confirmation, true)
    } else {
        (message.awaits, message.repeats)
    }
}

impl Delivery {
    pub fn unsettled(&self) -> &[Ticket] {
        &self.unsettled
    }

    /// The first that was sent by then and is not confirmed.
    pub fn unconfirmed(&self, sent_by: Millis) -> Option<Ticket> {
        let waits = |ticket: &Ticket| {
            self.record(*ticket).is_some_and(|record| {
                record.awaits == Awaits::Confirmation && record.sent_at <= sent_by
            })
        };
        self.unsettled.iter().copied().find(waits)
    }

    /// Messages and bytes that have left over the present link and are not confirmed.
    pub fn kept(&self) -> (u64, u64) {
        let kept = self.unsettled.iter().filter_map(|&ticket| {
            let record = self.record(ticket)?;
            let kept = record.awaits == Awaits::Confirmation && self.is_current(record.sent_on);
            kept.then_some(u64::from(record.bytes))
        });
        kept.fold((0, 0), |(count, sum), bytes| (count + 1, sum + bytes))
    }

    /// Over how many links a message has left.
    pub fn links(&self, ticket: Ticket) -> u32 {
        self.record(ticket).map_or(0, |record| record.links)
    }

    /// Whether a message has left, but not over the present link.
    pub fn is_between(&self, ticket: Ticket) -> bool {
        self.record(ticket)
            .is_some_and(|record| record.links > 0 && !self.is_current(record.sent_on))
    }

    pub fn awaits_confirmation(&self, ticket: Ticket) -> bool {
        self.record(ticket)
            .is_some_and(|record| record.awaits == Awaits::Confirmation)
    }

    pub fn see(&mut self, context: &Context, seen: &Seen) -> Verdict {
        match *seen {
            Seen::Call(&Call::Pass { ticket, bytes }) => {
                let plain = Message::plain(ticket, bytes);
                self.take(context, &plain)?;
                self.on_sent(context, ticket)
            }
            Seen::Reply(Call::Enqueue(message), Reply::Fate(Fate::Queued(_))) => {
                self.take(context, message)
            }
            Seen::Reply(&Call::Withdraw(ticket), Reply::Withdrawn(progress)) => {
                let waits = self.unsettled.contains(&ticket);
                let plain = self
                    .record(ticket)
                    .is_none_or(|record| record.awaits == Awaits::Nothing);
                ensure(
                    plain || waits == progress.is_some(),
                    Invariant::Promises,
                    || format!("{ticket} withdrawn as {progress:?}; it waits: {waits}"),
                )?;
                if progress.is_some() && !plain {
                    self.settle(ticket)
                } else {
                    Ok(())
                }
            }
            Seen::Reply(
                &Call::News(generation, News::Classified(Frame::Reply(ticket))),
                Reply::Taken(taken),
            ) => {
                let stale = generation != self.generation;
                self.on_reply(context, ticket, taken, stale)
            }
            Seen::Reply(Call::News(_, News::Closed(_)), Reply::Taken(true))
            | Seen::Output(Output::Abandon { .. }) => {
                self.ended = true;
                Ok(())
            }
            Seen::Output(&Output::Dial(generation)) => {
                self.generation = generation;
                self.dials += 1;
                self.ended = false;
                self.last_on_link = None;
                Ok(())
            }
            Seen::Output(&Output::Transmit(ticket)) => self.on_sent(context, ticket),
            Seen::Output(&Output::Notify(Event::Confirmed(ticket))) => self.on_confirmed(ticket),
            Seen::Output(&Output::Notify(Event::Dropped(ticket, ..))) => {
                let plain = self
                    .record(ticket)
                    .is_none_or(|record| record.awaits == Awaits::Nothing);
                if plain { Ok(()) } else { self.settle(ticket) }
            }
            Seen::Arrived { link, ticket } => self.on_arrived(link, ticket),
            Seen::Settled { state, .. } => self.on_settled(context, state),
            _ => Ok(()),
        }
    }

    fn check_requests(&self, context: &Context) -> Verdict {
        let asks = |ticket: &&Ticket| {
            self.record(**ticket)
                .is_some_and(|record| record.awaits == Awaits::Reply)
        };
        let requests = self.unsettled.iter().filter(asks).count();
        let most = context.config.max_requests as usize;
        ensure(requests <= most, Invariant::Kept, || {
            format!("{requests} requests of at most {most}")
        })
    }

    fn record(&self, ticket: Ticket) -> Option<&Record> {
        self.records.get(ticket as usize)?.as_ref()
    }

    fn is_current(&self, link: Option<LinkId>) -> bool {
        link.is_some_and(|link| link + 1 == self.dials) && !self.ended
    }

    fn take(&mut self, context: &Context, message: &Message) -> Verdict {
        let ticket = message.ticket;
        let (awaits, repeats) = promise(context.config, message);
        if self.records.len() <= ticket as usize {
            self.records.resize(ticket as usize + 1, None);
        }
        self.records[ticket as usize] = Some(Record {
            bytes: message.bytes,
            awaits,
            repeats,
            settled: false,
            sent_on: None,
            sent_at: context.now,
            links: 0,
            arrived_on: None,
            arrivals: 0,
        });
        if awaits != Awaits::Nothing {
            self.unsettled.push(ticket);
        }
        Ok(())
    }

    /// A message leaves. One that has left before must be one that repeats; what is older than this, and has left over an
    /// earlier link, must have left before it.
    fn on_sent(&mut self, context: &Context, ticket: Ticket) -> Verdict {
        let link = self.dials.wrapping_sub(1);
        // What is not known was never taken: that is the account of the queue to say.
        let Some(&record) = self.record(ticket) else {
            return Ok(());
        };
        let again = record.sent_on.is_some_and(|sent| sent != link);
        ensure(!again || record.repeats, Invariant::AtMostOnce, || {
            format!("{ticket} does not repeat, and leaves again")
        })?;
        ensure(!record.settled, Invariant::Promises, || {
            format!("{ticket} leaves though it is settled")
        })?;
        ensure(
            !again || self.last_on_link < Some(ticket),
            Invariant::AtLeastOnce,
            || format!("{ticket} goes again after {:?}", self.last_on_link),
        )?;
        let skipped = self.owed(link).filter(|&older| older < ticket);
        ensure(skipped.is_none(), Invariant::AtLeastOnce, || {
            format!("{ticket} leaves before {skipped:?} goes again")
        })?;
        self.last_on_link = Some(ticket);
        if let Some(Some(record)) = self.records.get_mut(ticket as usize) {
            record.links += u32::from(record.sent_on != Some(link));
            record.sent_on = Some(link);
            record.sent_at = context.now;
        }
        Ok(())
    }

    /// The first that has left over an earlier link, and not over this one.
    fn owed(&self, link: LinkId) -> Option<Ticket> {
        let earlier = |ticket: &Ticket| {
            self.record(*ticket)
                .is_some_and(|record| record.sent_on.is_some_and(|sent| sent != link))
        };
        self.unsettled.iter().copied().find(earlier)
    }

    fn on_confirmed(&mut self, ticket: Ticket) -> Verdict {
        let Some(&record) = self.record(ticket) else {
            return ensure(false, Invariant::Promises, || {
                format!("{ticket} confirmed, but was never taken")
            });
        };
        let waits = record.awaits == Awaits::Confirmation && !record.settled;
        ensure(waits, Invariant::Promises, || {
            format!("{ticket} confirmed, but it awaits no confirmation")
        })?;
        ensure(
            self.is_current(record.arrived_on),
            Invariant::Confirmed,
            || format!("{ticket} confirmed, but it has not arrived over this link"),
        )?;
        let older = self.unsettled.iter().copied().find(|&older| {
            older < ticket
                && self.record(older).is_some_and(|record| {
                    record.awaits == Awaits::Confirmation && self.is_current(record.sent_on)
                })
        });
        ensure(older.is_none(), Invariant::Confirmed, || {
            format!("{ticket} confirmed before {older:?}")
        })?;
        self.settle(ticket)
    }

    /// A reply counts once, for a request that was sent, and never as news of an older link. A session that has just woken
    /// may have replaced the link first.
    fn on_reply(&mut self, context: &Context, ticket: Ticket, taken: bool, stale: bool) -> Verdict {
        let waits = self.record(ticket).is_some_and(|record| {
            record.awaits == Awaits::Reply && !record.settled && record.sent_on.is_some()
        });
        let waits = waits && !stale;
        let linked = matches!(
            context.actual,
            StateName::Authenticating | StateName::Restoring | StateName::Open
        );
        ensure(
            taken == waits || (waits && !linked),
            Invariant::Promises,
            || format!("a reply to {ticket}: taken: {taken}, waits: {waits}"),
        )?;
        if taken { self.settle(ticket) } else { Ok(()) }
    }

    fn settle(&mut self, ticket: Ticket) -> Verdict {
        let index = self.unsettled.binary_search(&ticket);
        if let Ok(index) = index {
            self.unsettled.remove(index);
        }
        if let Some(Some(record)) = self.records.get_mut(ticket as usize) {
            record.settled = true;
        }
        ensure(index.is_ok(), Invariant::Promises, || {
            format!("{ticket} is settled twice")
        })
    }

    fn on_arrived(&mut self, link: LinkId, ticket: Ticket) -> Verdict {
        let Some(Some(record)) = self.records.get_mut(ticket as usize) else {
            return Ok(());
        };
        record.arrivals += 1;
        record.arrived_on = record.arrived_on.max(Some(link));
        ensure(
            record.repeats || record.arrivals == 1,
            Invariant::AtMostOnce,
            || {
                format!(
                    "{ticket} does not repeat, and arrived {} times",
                    record.arrivals
                )
            },
        )
    }

    /// Nothing more comes out: what a break or the end has decided must have been told.
    fn on_settled(&self, context: &Context, state: &State) -> Verdict {
        self.check_requests(context)?;
        if matches!(state, State::Closed(_)) {
            let left = self.unsettled.first();
            ensure(left.is_none(), Invariant::Promises, || {
                format!("{left:?} is not settled at the end")
            })?;
        }
        let broken = |ticket: &&Ticket| {
            self.record(**ticket)
                .is_some_and(|record| record.sent_on.is_some() && !record.repeats)
        };
        if self.ended
            && let Some(ticket) = self.unsettled.iter().find(broken)
        {
            return ensure(false, Invariant::Promises, || {
                format!("{ticket} was not settled by the break")
            });
        }
        if let State::Open { .. } = state {
            let owed = self.owed(self.dials.wrapping_sub(1));
            return ensure(owed.is_none(), Invariant::AtLeastOnce, || {
                format!("{owed:?} does not go again")
            });
        }
        Ok(())
    }
}
