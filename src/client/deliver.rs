//! A message whose fate somebody waits for.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::error::DeliverError;
use super::fates::{Settled, Waiter, Watch};
use super::keys::{Key, SendOptions};
use super::sender::{Kept, Sender, enqueue};
use super::wakers::Promise;
use crate::session::{Awaits, Progress, Ticket};

type Delivered<Out> = Promise<Result<(), DeliverError<Out>>>;

/// What a delivery waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// The message is handed to the browser.
    #[default]
    Sent,
    /// A pong shows that the server has received it: received, not processed.
    Confirmed,
}

/// A message on its way: `await` it to send it and to learn what becomes of it. Dropped before it is done, the message is
/// taken back if it has not left.
#[must_use = "it is sent when it is awaited"]
pub struct Deliver<Out, In> {
    sender: Sender<Out, In>,
    message: Out,
    until: Until,
    timeout: Option<Duration>,
    options: SendOptions,
}

impl<Out, In> Waiter<Out, In> for Delivered<Out> {
    fn settle(&self, settled: Settled<Out, In>) {
        self.keep(match settled {
            Settled::Done | Settled::Reply(_) => Ok(()),
            Settled::Dropped(reason, progress, message) => {
                Err(DeliverError::of(reason, progress, message))
            }
        });
    }
}

impl<Out, In> Deliver<Out, In> {
    pub(super) fn new(sender: Sender<Out, In>, message: Out) -> Self {
        Deliver {
            sender,
            message,
            until: Until::Sent,
            timeout: None,
            options: SendOptions::default(),
        }
    }

    /// What to wait for. Default [`Until::Sent`].
    pub fn until(mut self, until: Until) -> Self {
        self.until = until;
        self
    }

    /// How long all of it may take. Default: no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long the message may wait in the queue. Default: what [`Queue::ttl`](super::Queue::ttl) says.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.options.ttl = Some(ttl);
        self
    }

    /// A newer message with the same key replaces this one while it is queued.
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.options.key = Some(key.into());
        self
    }

    fn start(self) -> Delivering<Out, In>
    where
        Out: 'static,
        In: 'static,
    {
        let Deliver {
            sender,
            mut message,
            until,
            timeout,
            options,
        } = self;
        let settled = |sender, outcome| {
            let promise = Promise::new();
            promise.keep(outcome);
            Delivering {
                sender,
                ticket: None,
                promise,
            }
        };
        let Some((engine, messages)) = sender.live() else {
            return settled(sender, Err(DeliverError::Closed { message }));
        };
        let confirms = messages.beat.confirms();
        if until == Until::Confirmed && !confirms {
            return settled(sender, Err(DeliverError::NoHeartbeat { message }));
        }
        messages.fates.mark(&mut message);
        let payload = match messages.encode(&message) {
            Ok(payload) => payload,
            Err(source) => return settled(sender, Err(DeliverError::Encode { message, source })),
        };
        let is_plain = until == Until::Sent && messages.fates.forget();
        if is_plain && engine.driver().pass(payload.as_ref()) {
            return settled(sender, Ok(()));
        }
        let promise: Rc<Delivered<Out>> = Promise::new();
        let ticket = messages.outbox.next();
        let kept = Kept {
            message,
            payload,
            place: messages.outbox.place(&options),
            watch: Watch {
                awaits: match until {
                    Until::Sent => Awaits::Nothing,
                    Until::Confirmed => Awaits::Confirmation,
                },
                tell: Some(Rc::clone(&promise) as Rc<dyn Waiter<Out, In>>),
                timeout,
                ..messages.fates.watch()
            },
        };
        match enqueue(&engine, &messages.outbox, ticket, kept) {
            Ok(_) => Delivering {
                sender,
                ticket: Some(ticket),
                promise,
            },
            Err((reason, message)) => settled(
                sender,
                Err(DeliverError::of(reason, Progress::Queued, message)),
            ),
        }
    }
}

impl<Out: 'static, In: 'static> IntoFuture for Deliver<Out, In> {
    type Output = Result<(), DeliverError<Out>>;
    type IntoFuture = Delivering<Out, In>;

    fn into_future(self) -> Delivering<Out, In> {
        self.start()
    }
}

/// A [`Deliver`] under way.
#[must_use = "dropped, it takes the message back"]
pub struct Delivering<Out, In> {
    sender: Sender<Out, In>,
    ticket: Option<Ticket>,
    promise: Rc<Delivered<Out>>,
}

impl<Out, In> Future for Delivering<Out, In> {
    type Output = Result<(), DeliverError<Out>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.promise.poll(context);
        if outcome.is_ready() {
            self.ticket = None;
        }
        outcome
    }
}

impl<Out, In> Drop for Delivering<Out, In> {
    fn drop(&mut self) {
        // What has been told, though nobody has heard it, is no longer to be taken back: with at-least-once, a message that
        // has left is still on its way.
        if let Some(ticket) = self.ticket
            && self.promise.take().is_none()
        {
            self.sender.withdraw(ticket);
        }
    }
}

impl<Out, In> Sender<Out, In> {
    /// Sends a message and tells what becomes of it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use tautline::client::Until;
    /// # use tautline::Sender;
    ///
    /// # async fn order(sender: Sender<String, String>) -> Result<(), Box<dyn std::error::Error>> {
    /// // The server has received it:
    /// sender.deliver("order".into()).until(Until::Confirmed).timeout(Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn deliver(&self, message: Out) -> Deliver<Out, In> {
        Deliver::new(self.clone(), message)
    }

    /// Nobody waits for the fate of this message any more. How far it had come, if it is not known already.
    pub(super) fn withdraw(&self, ticket: Ticket) -> Option<Progress> {
        let (engine, messages) = self.live()?;
        let progress = engine
            .driver()
            .command(|session, now| session.withdraw(now, ticket));
        messages.outbox.take(ticket);
        self.status.wake();
        progress
    }
}
