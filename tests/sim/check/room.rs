//! The stated policy of the bounds: why a message is refused, or what makes room for it.
//!
//! The queue counts, and what has left and awaits a confirmation. What has left once is never evicted, also when a
//! break has put it back; requests that go again may so fill the queue beyond its bounds, and then nothing new is taken.

use tautline::session::{Awaits, Delivery, DropReason, Message, Overflow, StateName, Ticket};

use super::fates::{Entry, Fates};
use super::{Context, Invariant, Verdict, ensure};

/// What a message of that kind would break that is taken, or refused, wrongly.
pub fn invariant(context: &Context, expected: Option<DropReason>) -> Invariant {
    match expected {
        Some(DropReason::TooManyRequests) => Invariant::Kept,
        Some(DropReason::QueueFull | DropReason::TooLarge) => {
            if context.config.delivery == Delivery::AtLeastOnce {
                Invariant::Kept
            } else {
                Invariant::QueueBounds
            }
        }
        _ => Invariant::Fates,
    }
}

/// Over an open connection the queue is passing through: only what is kept afterwards is bounded.
fn is_bounded(context: &Context, message: &Message) -> bool {
    context.actual != StateName::Open || message.awaits == Awaits::Confirmation
}

/// The messages that leave for this one, with why; or why it is refused.
pub fn admit(
    fates: &Fates,
    context: &Context,
    message: &Message,
) -> Result<Vec<(Ticket, DropReason)>, DropReason> {
    let config = context.config;
    let requests = fates.queue.iter().chain(&fates.sent);
    let requests = requests
        .filter(|entry| entry.awaits == Awaits::Reply)
        .count();
    if message.awaits == Awaits::Reply && requests >= config.max_requests as usize {
        return Err(DropReason::TooManyRequests);
    }
    let mut new: Vec<&Entry> = fates.queue.iter().filter(|entry| !entry.was_sent).collect();
    let same_key = |entry: &&Entry| entry.key == message.key;
    let older = message.key.and(new.iter().position(same_key));
    let mut leaving = Vec::new();
    let (mut count, mut bytes) = fates.held();
    if let Some(index) = older {
        let entry = new.remove(index);
        count -= 1;
        bytes -= u64::from(entry.bytes);
        leaving.push((entry.ticket, DropReason::Replaced));
    }
    if !is_bounded(context, message) {
        return Ok(leaving);
    }
    let queue = &config.queue;
    if queue.max_messages == 0 {
        return Err(DropReason::QueueFull);
    }
    if u64::from(message.bytes) > queue.max_bytes {
        return Err(DropReason::TooLarge);
    }
    while count + 1 > queue.max_messages as usize
        || bytes + u64::from(message.bytes) > queue.max_bytes
    {
        if new.is_empty() || queue.overflow == Overflow::Reject {
            return Err(DropReason::QueueFull);
        }
        let newest = queue.overflow == Overflow::DropNewest;
        let entry = new.remove(if newest { new.len() - 1 } else { 0 });
        count -= 1;
        bytes -= u64::from(entry.bytes);
        leaving.push((entry.ticket, DropReason::QueueFull));
    }
    Ok(leaving)
}

/// With a message that was taken under the bounds, they hold.
pub fn check(fates: &Fates, context: &Context, message: &Message) -> Verdict {
    let queue = &context.config.queue;
    let (count, bytes) = fates.held();
    let over = count > queue.max_messages as usize || bytes > queue.max_bytes;
    ensure(
        !over || !is_bounded(context, message),
        Invariant::QueueBounds,
        || format!("{count} messages, {bytes} bytes"),
    )
}
