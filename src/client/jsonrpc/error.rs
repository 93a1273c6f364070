//! Why there is no result.

use serde::de::DeserializeOwned;

use crate::client::error::{RequestError, TrySendError};
use crate::codec::CodecError;
use crate::subprotocol::jsonrpc::{Json, JsonRpcError, Outgoing, Params, ParamsError};

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The server answered with an error.
    #[error(transparent)]
    Refused(#[from] JsonRpcError),
    /// There is no answer: the reason says whether the call may have been carried out, and gives the parameters back.
    #[error(transparent)]
    Unanswered(#[from] RequestError<Params>),
    /// The parameters are none. Nothing was sent.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The result is of another type: the server's mistake, or the types differ. The call was carried out.
    #[error("the result is of another type")]
    Result(#[source] CodecError),
}

impl CallError {
    /// The parameters of what was not answered, for another call.
    pub fn into_params(self) -> Option<Params> {
        match self {
            CallError::Unanswered(error) => Some(error.into_message()),
            _ => None,
        }
    }
}

/// Why a notification was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// The parameters are none.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// It was not taken: the error gives the parameters back.
    #[error(transparent)]
    Send(#[from] TrySendError<Params>),
}

/// What a subscription tells beside its values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// A value of another type: the server's mistake, or the types differ. The subscription goes on.
    #[error("a value of another type")]
    Value(#[source] CodecError),
    /// The stream was read too slowly, and the oldest values were dropped here: read faster, or raise
    /// [`high_water_mark`](super::Subscribe::high_water_mark). The subscription goes on.
    #[error("{missed} values were dropped here: the stream is read too slowly")]
    Lagged {
        /// How many.
        missed: u64,
    },
    /// The server has ended the subscription, or refused it after a break. Nothing follows.
    #[error("the server ended the subscription: {0}")]
    Ended(#[source] JsonRpcError),
    /// The parameters for subscribing again are none. Nothing follows.
    #[error(transparent)]
    Params(ParamsError),
}

/// What has no answer.
pub(super) fn unanswered(error: RequestError<Outgoing>) -> CallError {
    CallError::Unanswered(error.map(Outgoing::into_params))
}

/// A value of the application's type.
pub(super) fn read<T: DeserializeOwned>(text: &Json) -> Result<T, CodecError> {
    serde_json::from_str(text.get()).map_err(CodecError::malformed)
}
