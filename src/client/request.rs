//! A message that is answered.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::error::RequestError;
use super::fates::{Settled, Waiter, Watch};
use super::keys::Place;
use super::sender::{Kept, Sender, enqueue};
use super::wakers::Promise;
use crate::session::{Awaits, DropReason, Progress, Ticket};

type Answered<Out, In> = Promise<Outcome<Out, In>>;

/// How a request has ended.
struct Outcome<Out, In> {
    result: Result<In, RequestError<Out>>,
    /// Whether the server, which nobody has told, may be at it over this connection.
    may_run: bool,
}

impl<Out, In> Outcome<Out, In> {
    fn over(result: Result<In, RequestError<Out>>) -> Self {
        Outcome {
            result,
            may_run: false,
        }
    }
}

/// A request: `await` it to send it and to receive its reply. Dropped before it is done, it is taken back; if it has left,
/// the server is told by [`Requests::cancel`](super::Requests::cancel).
#[must_use = "it is sent when it is awaited"]
pub struct Request<Out, In> {
    sender: Sender<Out, In>,
    message: Out,
    timeout: Option<Duration>,
    is_idempotent: bool,
}

impl<Out, In> Waiter<Out, In> for Answered<Out, In> {
    fn settle(&self, settled: Settled<Out, In>) {
        match settled {
            Settled::Reply(reply) => self.keep(Outcome::over(Ok(reply))),
            Settled::Dropped(reason, progress, message) => self.keep(Outcome {
                result: Err(RequestError::of(reason, progress, message)),
                may_run: reason == DropReason::Timeout && progress == Progress::Sent,
            }),
            Settled::Done => {}
        }
    }
}

impl<Out, In> Request<Out, In> {
    pub(super) fn new(sender: Sender<Out, In>, message: Out) -> Self {
        Request {
            sender,
            message,
            timeout: None,
            is_idempotent: false,
        }
    }

    /// How long it may take, waiting to leave included. Default: what [`Requests::timeout`](super::Requests::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// It may be carried out twice: after a break it is sent again. Default: it fails with
    /// [`RequestError::Unanswered`].
    pub fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }

    fn start(self) -> Requesting<Out, In>
    where
        Out: 'static,
        In: 'static,
    {
        let Request {
            sender,
            message,
            timeout,
            is_idempotent,
        } = self;
        let promise: Rc<Answered<Out, In>> = Promise::new();
        let waiter = Rc::clone(&promise) as Rc<dyn Waiter<Out, In>>;
        let ticket = match sender.begin(message, timeout, is_idempotent, waiter) {
            Ok(ticket) => Some(ticket),
            Err(error) => {
                promise.keep(Outcome::over(Err(error)));
                None
            }
        };
        Requesting {
            sender,
            ticket,
            promise,
        }
    }
}

impl<Out: 'static, In: 'static> IntoFuture for Request<Out, In> {
    type Output = Result<In, RequestError<Out>>;
    type IntoFuture = Requesting<Out, In>;

    fn into_future(self) -> Requesting<Out, In> {
        self.start()
    }
}

/// A [`Request`] under way.
#[must_use = "dropped, it takes the request back"]
pub struct Requesting<Out, In> {
    sender: Sender<Out, In>,
    /// As long as it is under way.
    pub(super) ticket: Option<Ticket>,
    promise: Rc<Answered<Out, In>>,
}

impl<Out, In> Requesting<Out, In> {
    /// Tells the server that nobody waits any more.
    fn cancel(&self, ticket: Ticket) {
        let Some(messages) = self.sender.messages.upgrade() else {
            return;
        };
        let replies = messages.fates.replies.as_ref();
        if let Some(cancel) = replies.and_then(|it| it.cancel(ticket)) {
            // Where it cannot be sent, there is nobody to tell.
            let _ = self.sender.try_send(cancel);
        }
    }
}

impl<Out, In> Future for Requesting<Out, In> {
    type Output = Result<In, RequestError<Out>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.promise.poll(context).map(|outcome| {
            if let Some(ticket) = self.ticket.take()
                && outcome.may_run
            {
                self.cancel(ticket);
            }
            outcome.result
        })
    }
}

impl<Out, In> Drop for Requesting<Out, In> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else {
            return;
        };
        let may_run = match self.promise.take() {
            Some(outcome) => outcome.may_run,
            None => self.sender.withdraw(ticket) == Some(Progress::Sent),
        };
        if may_run {
            self.cancel(ticket);
        }
    }
}

impl<Out, In> Sender<Out, In> {
    /// Sends a request, or queues it; `waiter` is told what becomes of it.
    pub(super) fn begin(
        &self,
        mut message: Out,
        timeout: Option<Duration>,
        is_idempotent: bool,
        waiter: Rc<dyn Waiter<Out, In>>,
    ) -> Result<Ticket, RequestError<Out>> {
        let Some((engine, messages)) = self.live() else {
            return Err(RequestError::Closed { message });
        };
        let Some(requests) = &messages.fates.replies else {
            return Err(RequestError::NotConfigured { message });
        };
        let ticket = messages.outbox.next();
        requests.stamp(&mut message, ticket);
        let payload = match messages.encode(&message) {
            Ok(payload) => payload,
            Err(source) => return Err(RequestError::Encode { message, source }),
        };
        let kept = Kept {
            message,
            payload,
            place: Place::default(),
            watch: Watch {
                awaits: Awaits::Reply,
                repeats: is_idempotent,
                timeout: Some(timeout.unwrap_or(requests.timeout())),
                tell: Some(waiter),
            },
        };
        match enqueue(&engine, &messages.outbox, ticket, kept) {
            Ok(_) => Ok(ticket),
            Err((reason, message)) => Err(RequestError::of(reason, Progress::Queued, message)),
        }
    }

    /// Sends a request and brings its reply; needs [`Builder::requests`](super::Builder::requests).
    pub fn request(&self, message: Out) -> Request<Out, In> {
        Request::new(self.clone(), message)
    }
}
