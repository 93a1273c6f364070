//! How a reply finds its request.

use std::cell::RefCell;
use std::time::Duration;

use super::builder::Builder;
use super::error::Invalid;
use crate::codec::{Payload, PayloadRef};
use crate::session::Ticket;

type IdOf<In> = Box<dyn Fn(&In) -> Option<u32>>;
type Stamp<Out> = Box<dyn Fn(&mut Out, u32)>;
type Cancel<Out> = Box<dyn Fn(u32) -> Out>;

/// Requests and replies: how ids go into the one and come out of the other.
///
/// ```
/// # use std::time::Duration;
/// use tautline::Requests;
///
/// struct Call { id: u32, method: String }
/// struct Reply { id: Option<u32> }
///
/// let requests: Requests<Call, Reply> = Requests::new(|reply: &Reply| reply.id, |call: &mut Call, id| call.id = id)
///     .timeout(Duration::from_secs(5));
/// ```
pub struct Requests<Out, In> {
    id: IdOf<In>,
    stamp: Stamp<Out>,
    cancel: Option<Cancel<Out>>,
    max: u32,
    timeout: Duration,
    /// The reply that is being matched, with its frame.
    reply: RefCell<Option<(In, Payload)>>,
}

impl<Out, In> Requests<Out, In> {
    /// `id` reads the request that a message replies to, `stamp` gives a request its id. No two requests of a socket
    /// have the same. Replies do not come out of the stream.
    pub fn new(
        id: impl Fn(&In) -> Option<u32> + 'static,
        stamp: impl Fn(&mut Out, u32) + 'static,
    ) -> Self {
        Requests {
            id: Box::new(id),
            stamp: Box::new(stamp),
            cancel: None,
            max: 1_024,
            timeout: Duration::from_secs(30),
            reply: RefCell::new(None),
        }
    }

    /// Makes the message that tells the server that nobody waits any more: sent when a request that was sent is dropped
    /// or takes too long.
    pub fn cancel(mut self, cancel: impl Fn(u32) -> Out + 'static) -> Self {
        self.cancel = Some(Box::new(cancel));
        self
    }

    /// Requests that may wait at a time. Default 1,024.
    pub fn max(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// How long a request may take, waiting to leave included. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<Out, In> Replies<Out, In> for Requests<Out, In> {
    fn match_reply(&self, message: In, payload: PayloadRef<'_>) -> Result<In, Ticket> {
        match (self.id)(&message) {
            Some(id) => {
                self.reply.replace(Some((message, payload.to_payload())));
                Err(id)
            }
            None => Ok(message),
        }
    }

    fn take_reply(&self, is_awaited: bool) -> Option<Result<In, Invalid>> {
        let (message, payload) = self.reply.take()?;
        Some(if is_awaited {
            Ok(message)
        } else {
            Err(Invalid::Unmatched { payload })
        })
    }

    fn stamp(&self, message: &mut Out, ticket: Ticket) {
        (self.stamp)(message, ticket);
    }

    fn cancel(&self, ticket: Ticket) -> Option<Out> {
        self.cancel.as_ref().map(|cancel| cancel(ticket))
    }

    fn max(&self) -> u32 {
        self.max
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// How replies find their requests. Without it there are no requests.
    pub fn requests(mut self, requests: Requests<Out, In>) -> Self {
        self.config().max_requests = Replies::max(&requests);
        self.parts.fates.replies = Some(Box::new(requests));
        self
    }
}

/// Requests and their replies, behind a trait, so that a page without them does not pay for them.
pub(super) trait Replies<Out, In> {
    /// Keeps a reply and says whose it is, or gives the message back.
    fn match_reply(&self, message: In, payload: PayloadRef<'_>) -> Result<In, Ticket>;
    /// The reply that was kept last.
    fn take_reply(&self, is_awaited: bool) -> Option<Result<In, Invalid>>;
    fn stamp(&self, message: &mut Out, ticket: Ticket);
    fn cancel(&self, ticket: Ticket) -> Option<Out>;
    fn max(&self) -> u32;
    fn timeout(&self) -> Duration;
}
