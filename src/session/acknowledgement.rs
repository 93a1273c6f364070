//! Messages that the peer acknowledges by its subprotocol.

use super::outbox::Ticket;
use super::{Millis, Session};

impl Session {
    /// The time as it was told last.
    #[cfg(feature = "stomp-machine")]
    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// Whether there is something to poll, besides what the queue may have.
    #[cfg(feature = "stomp-machine")]
    pub(crate) fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// The messages that have left over this connection and await something, oldest first.
    #[cfg(feature = "stomp-machine")]
    pub(crate) fn under_way(&self) -> impl Iterator<Item = Ticket> {
        self.outbox.sent.iter().map(|entry| entry.ticket)
    }

    /// The acknowledgement of a message has come: it is settled, wherever it stands. False if its fate is known already.
    pub fn acknowledge(&mut self, now: Millis, ticket: Ticket) -> bool {
        self.advance(now);
        // A deadline that was this message's fires for nothing, which costs less than a look at the whole queue.
        let is_settled = self.outbox.take(ticket).is_some();
        if is_settled {
            self.on_settled();
        }
        is_settled
    }
}
