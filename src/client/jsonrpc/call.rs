//! A call and its result.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::error::{CallError, read, unanswered};
use crate::client::error::RequestError;
use crate::client::request::{Request, Requesting};
use crate::client::sender::Sender;
use crate::codec::CodecError;
use crate::subprotocol::jsonrpc::{Incoming, Json, Message, Outgoing, Params, ParamsError};

/// A call: `await` it to send it and to receive its result. Dropped before it is done, it is taken back; if it has left,
/// the server is told by [`Calls::cancel`](super::Calls::cancel).
#[must_use = "it is sent when it is awaited"]
pub struct Call<R> {
    request: Result<Request<Outgoing, Incoming>, ParamsError>,
    result: PhantomData<fn() -> R>,
}

impl<R> Call<R> {
    pub(super) fn new(
        sender: &Sender<Outgoing, Incoming>,
        method: &str,
        params: Result<Params, ParamsError>,
    ) -> Self {
        Call {
            request: params.map(|params| sender.request(Outgoing::call(method, params))),
            result: PhantomData,
        }
    }

    /// How long it may take, waiting to leave included. Default: what [`Calls::timeout`](super::Calls::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request = self.request.map(|request| request.timeout(timeout));
        self
    }

    /// It may be carried out twice: after a break it is sent again, with the same id. Default: it fails with
    /// [`RequestError::Unanswered`].
    pub fn idempotent(mut self) -> Self {
        self.request = self.request.map(Request::idempotent);
        self
    }
}

impl<R: DeserializeOwned> IntoFuture for Call<R> {
    type Output = Result<R, CallError>;
    type IntoFuture = Calling<R>;

    fn into_future(self) -> Calling<R> {
        let state = match self.request {
            Ok(request) => State::Waiting(request.into_future()),
            Err(error) => State::Failed(Some(error)),
        };
        Calling {
            state,
            result: PhantomData,
        }
    }
}

/// A [`Call`] under way.
#[must_use = "dropped, it takes the call back"]
pub struct Calling<R> {
    state: State,
    result: PhantomData<fn() -> R>,
}

enum State {
    Waiting(Requesting<Outgoing, Incoming>),
    /// The error, until it is told.
    Failed(Option<ParamsError>),
}

impl<R: DeserializeOwned> Future for Calling<R> {
    type Output = Result<R, CallError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Waiting(requesting) => Pin::new(requesting)
                .poll(context)
                .map(|answer| typed(outcome(answer))),
            State::Failed(error) => match error.take() {
                Some(error) => Poll::Ready(Err(error.into())),
                None => Poll::Pending,
            },
        }
    }
}

/// A result of the application's type.
pub(super) fn typed<R: DeserializeOwned>(outcome: Result<Json, CallError>) -> Result<R, CallError> {
    read(&outcome?).map_err(CallError::Result)
}

/// What became of a call: a server may put a list around a lone reply.
pub(super) fn outcome(answer: Result<Incoming, RequestError<Outgoing>>) -> Result<Json, CallError> {
    let first = answer
        .map_err(unanswered)?
        .into_messages()
        .into_iter()
        .next();
    match first {
        Some(Message::Reply(reply)) => Ok(reply.outcome?),
        _ => Err(CallError::Result(CodecError::malformed("no reply"))),
    }
}
