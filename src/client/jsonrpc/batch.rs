//! Calls and notifications that travel in one frame.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::typed;
use super::caller::Caller;
use super::error::CallError;
use super::hub::Hub;
use crate::client::deliver::Delivering;
use crate::client::error::{DeliverError, RequestError};
use crate::client::request::Requesting;
use crate::client::wakers::Promise;
use crate::codec::CodecError;
use crate::subprotocol::jsonrpc::{
    Incoming, Json, Message, Outgoing, Params, ParamsError, ReplyTo,
};

type Waiting = Rc<Promise<Result<Json, CallError>>>;

/// A batch (JSON-RPC 2.0, section 6), made by [`Caller::batch`]: each of its calls is settled by itself, by whatever the
/// server says to it, once it has been [sent](Batch::send).
///
/// ```
/// # use tautline::jsonrpc::Caller;
/// # async fn tour(rpc: Caller) -> Result<(), Box<dyn std::error::Error>> {
/// let mut batch = rpc.batch();
/// let sum = batch.call::<i64>("add", (1, 2))?;
/// let greeting = batch.call::<String>("greet", ["Ada"])?;
/// batch.notify("log", ["done"])?;
/// batch.send().await?;
/// println!("{} {}", sum.await?, greeting.await?);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens before send()"]
pub struct Batch {
    caller: Caller,
    message: Outgoing,
    /// The calls, by their places.
    waiting: Vec<(u32, Waiting)>,
}

impl Batch {
    pub(super) fn new(caller: Caller) -> Self {
        Batch {
            caller,
            message: Outgoing::batch(),
            waiting: Vec::new(),
        }
    }

    /// Adds a call. Its result comes once the batch was sent.
    ///
    /// # Errors
    ///
    /// [`ParamsError`], if the parameters are none: the batch is as it was.
    pub fn call<R>(
        &mut self,
        method: &str,
        params: impl Serialize,
    ) -> Result<Answer<R>, ParamsError> {
        let place = self.message.push(method, Params::new(&params)?, true);
        let promise = Promise::new();
        self.waiting.push((place, Rc::clone(&promise)));
        Ok(Answer {
            promise,
            result: PhantomData,
        })
    }

    /// Adds a notification, which has no answer.
    ///
    /// # Errors
    ///
    /// [`ParamsError`], if the parameters are none: the batch is as it was.
    pub fn notify(&mut self, method: &str, params: impl Serialize) -> Result<(), ParamsError> {
        self.message.push(method, Params::new(&params)?, false);
        Ok(())
    }

    /// How many calls and notifications it holds.
    pub fn len(&self) -> usize {
        self.message.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.message.is_empty()
    }

    /// Sends it when it is awaited, and is done when the server has answered, whatever it has answered to each call. A batch
    /// of notifications only has no answer: it is done when it is handed to the browser.
    ///
    /// # Errors
    ///
    /// [`RequestError`] gives the batch back, to be sent again: its calls wait as long as it is there. An empty batch cannot
    /// be encoded.
    pub fn send(self) -> SendBatch {
        SendBatch {
            batch: self,
            timeout: None,
            is_idempotent: false,
        }
    }

    /// Hands each call what was said to it.
    fn settle(&mut self, incoming: Incoming) {
        let mut waiting = std::mem::take(&mut self.waiting);
        for message in incoming.into_messages() {
            let Message::Reply(reply) = message else {
                continue;
            };
            let ReplyTo::Member(_, place) = reply.to else {
                continue;
            };
            if let Some(at) = waiting.iter().position(|(it, _)| *it == place) {
                let (_, promise) = waiting.swap_remove(at);
                promise.keep(reply.outcome.map_err(CallError::Refused));
            }
        }
        for (_, promise) in waiting {
            let reason = CodecError::malformed("the batch was answered without this call");
            promise.keep(Err(CallError::Result(reason)));
        }
    }
}

/// Calls of a batch that is dropped are not answered.
impl Drop for Batch {
    fn drop(&mut self) {
        for (_, promise) in self.waiting.drain(..) {
            let message = Params::default();
            promise.keep(Err(RequestError::Unanswered { message }.into()));
        }
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish()
    }
}

/// The result of a call of a batch.
#[must_use = "it is the result of a call"]
pub struct Answer<R> {
    promise: Waiting,
    result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Future for Answer<R> {
    type Output = Result<R, CallError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.promise.poll(context).map(typed)
    }
}

/// A batch to send: `await` it.
#[must_use = "it is sent when it is awaited"]
pub struct SendBatch {
    batch: Batch,
    timeout: Option<Duration>,
    is_idempotent: bool,
}

impl SendBatch {
    /// How long all of it may take, waiting to leave included. Default: what [`Calls::timeout`](super::Calls::timeout)
    /// says; none for a batch of notifications.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// It may be carried out twice: after a break it is sent again.
    pub fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }
}

impl IntoFuture for SendBatch {
    type Output = Result<(), RequestError<Batch>>;
    type IntoFuture = SendingBatch;

    fn into_future(self) -> SendingBatch {
        let SendBatch {
            mut batch,
            timeout,
            is_idempotent,
        } = self;
        let sender = batch.caller.socket().clone();
        let message = std::mem::replace(&mut batch.message, Outgoing::batch());
        let way = if message.is_answered() {
            let mut request = sender.request(message);
            if let Some(timeout) = timeout {
                request = request.timeout(timeout);
            }
            if is_idempotent {
                request = request.idempotent();
            }
            Way::Request(request.into_future())
        } else {
            let mut delivery = sender.deliver(message);
            if let Some(timeout) = timeout {
                delivery = delivery.timeout(timeout);
            }
            Way::Deliver(delivery.into_future())
        };
        SendingBatch {
            noted: Noted::of(&batch, &way),
            way,
            batch: Some(batch),
        }
    }
}

/// A batch under way. Dropped, it is taken back, and its calls are not answered.
#[must_use = "dropped, it takes the batch back"]
pub struct SendingBatch {
    way: Way,
    batch: Option<Batch>,
    // Dropped after the request, which may ask for it.
    #[expect(dead_code, reason = "it is forgotten when it is dropped")]
    noted: Noted,
}

enum Way {
    Request(Requesting<Outgoing, Incoming>),
    Deliver(Delivering<Outgoing, Incoming>),
}

impl Future for SendingBatch {
    type Output = Result<(), RequestError<Batch>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = match &mut this.way {
            Way::Request(requesting) => Pin::new(requesting).poll(context).map_ok(Some),
            Way::Deliver(delivering) => Pin::new(delivering)
                .poll(context)
                .map_ok(|()| None)
                .map_err(as_request),
        };
        let Poll::Ready(outcome) = outcome else {
            return Poll::Pending;
        };
        let Some(mut batch) = this.batch.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match outcome {
            Ok(Some(incoming)) => {
                batch.settle(incoming);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error.map(|message| {
                batch.message = message;
                batch
            })),
        })
    }
}

/// What may become of notifications, in the words of requests.
fn as_request(error: DeliverError<Outgoing>) -> RequestError<Outgoing> {
    match error {
        DeliverError::QueueFull { message } | DeliverError::Replaced { message } => {
            RequestError::QueueFull { message }
        }
        DeliverError::TooLarge { message } => RequestError::TooLarge { message },
        DeliverError::Encode { message, source } => RequestError::Encode { message, source },
        DeliverError::Expired { message } => RequestError::Expired { message },
        DeliverError::Timeout { message, is_sent } => RequestError::Timeout { message, is_sent },
        DeliverError::Unconfirmed { message } => RequestError::Unanswered { message },
        DeliverError::Closed { message } | DeliverError::NoHeartbeat { message } => {
            RequestError::Closed { message }
        }
    }
}

/// The calls of batches under way, for whoever has to tell the server that nobody waits for them any more.
#[derive(Default)]
pub(super) struct Batches {
    all: RefCell<Vec<(u32, Vec<u32>)>>,
}

impl Batches {
    /// The calls of the batch of this number, by their places; `None` if it is a lone call's.
    pub(super) fn places(&self, number: u32) -> Option<Vec<u32>> {
        let all = self.all.borrow();
        let found = all.iter().find(|(it, _)| *it == number);
        found.map(|(_, places)| places.clone())
    }
}

/// A batch that is noted as under way.
struct Noted {
    hub: Weak<Hub>,
    number: Option<u32>,
}

impl Noted {
    fn of(batch: &Batch, way: &Way) -> Self {
        let number = match way {
            Way::Request(requesting) => requesting.ticket,
            Way::Deliver(_) => None,
        };
        if let (Some(hub), Some(number)) = (batch.caller.hub.upgrade(), number) {
            let places = batch.waiting.iter().map(|(place, _)| *place).collect();
            hub.batches.all.borrow_mut().push((number, places));
        }
        Noted {
            hub: Weak::clone(&batch.caller.hub),
            number,
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let (Some(hub), Some(number)) = (self.hub.upgrade(), self.number) {
            hub.batches.all.borrow_mut().retain(|(it, _)| *it != number);
        }
    }
}
