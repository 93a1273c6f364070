//! The turns that messages and credentials have taken: only counted, so that each is known to happen.

use tautline::session::{Event, News, Output, Progress, Verdict as Frame};

use super::Seen;
use super::delivery::Delivery;
use crate::call::{Call, Reply};
use crate::counted::counted;
use crate::coverage::Coverage;

counted! {
    /// A turn.
    pub enum Turn {
        Confirmed = "confirmed over its first link",
        ConfirmedAgain = "confirmed after it went again",
        Answered = "answered over its first link",
        AnsweredAgain = "answered after it went again",
        AnsweredBetween = "answered before it could go again",
        UselessReply = "a reply that nobody waits for",
        Resent = "goes again after a break",
        DroppedQueued = "dropped before it left",
        DroppedSent = "dropped after it left",
        DroppedRequeued = "dropped while it waits to go again",
        WithdrawnQueued = "withdrawn before it left",
        WithdrawnSent = "withdrawn after it left",
        WithdrawnRequeued = "withdrawn while it waits to go again",
        WithdrawnLate = "withdrawn when it was settled",
        Renewed = "credentials renewed",
        RenewalFailed = "credentials not renewed, and kept",
    }
}

/// The turn that was taken; the account of the messages has seen it already.
pub fn count(seen: &Seen, delivery: &Delivery, coverage: &mut Coverage) {
    if let Some(turn) = turn(seen, delivery) {
        coverage.turns[turn as usize] += 1;
    }
}

fn turn(seen: &Seen, delivery: &Delivery) -> Option<Turn> {
    let turn = match *seen {
        Seen::Output(&Output::Transmit(ticket)) if delivery.links(ticket) > 1 => Turn::Resent,
        Seen::Output(Output::Notify(event)) => return told(event, delivery),
        Seen::Reply(
            &Call::News(_, News::Classified(Frame::Reply(ticket))),
            Reply::Taken(taken),
        ) => match (taken, delivery.is_between(ticket), delivery.links(ticket)) {
            (false, ..) => Turn::UselessReply,
            (true, true, _) => Turn::AnsweredBetween,
            (true, false, ..=1) => Turn::Answered,
            (true, false, _) => Turn::AnsweredAgain,
        },
        Seen::Reply(Call::Withdraw(_), Reply::Withdrawn(progress)) => match progress {
            Some(Progress::Queued) => Turn::WithdrawnQueued,
            Some(Progress::Sent) => Turn::WithdrawnSent,
            Some(Progress::Requeued) => Turn::WithdrawnRequeued,
            None => Turn::WithdrawnLate,
        },
        _ => return None,
    };
    Some(turn)
}

fn told(event: &Event, delivery: &Delivery) -> Option<Turn> {
    let turn = match *event {
        Event::Confirmed(ticket) if delivery.links(ticket) > 1 => Turn::ConfirmedAgain,
        Event::Confirmed(_) => Turn::Confirmed,
        Event::Dropped(_, _, Progress::Queued) => Turn::DroppedQueued,
        Event::Dropped(_, _, Progress::Sent) => Turn::DroppedSent,
        Event::Dropped(_, _, Progress::Requeued) => Turn::DroppedRequeued,
        Event::Renewed => Turn::Renewed,
        Event::RenewalFailed => Turn::RenewalFailed,
        _ => return None,
    };
    Some(turn)
}
