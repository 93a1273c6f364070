//! Notifications of subscriptions, in the style of jsonrpsee and of Ethereum's nodes.

use serde_json::value::RawValue;

use super::incoming::{Call, Members};
use super::{Json, JsonRpcError};

/// What a notification tells of a subscription: `{"params":{"subscription":id,"result":value}}`.
#[derive(Debug)]
pub struct Note {
    /// The subscription's id, as JSON text.
    pub subscription: Json,
    /// A value; or the error that has ended the subscription.
    pub outcome: Result<Json, JsonRpcError>,
}

impl Note {
    /// Reads a notification; `None` if it is none of a subscription.
    pub fn read(call: &Call) -> Option<Self> {
        let params = call.params.as_deref().filter(|_| call.id.is_none())?;
        let members: Members<'_> = serde_json::from_str(params.get()).ok()?;
        let outcome = match (members.error, members.result) {
            (Some(error), _) => Err(JsonRpcError::read(error)),
            (None, result) => Ok(result.unwrap_or(RawValue::NULL).to_owned()),
        };
        Some(Note {
            subscription: members.subscription?.to_owned(),
            outcome,
        })
    }
}
