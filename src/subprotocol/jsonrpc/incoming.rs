//! What is received.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use super::envelope::MAX_MEMBERS;
use super::{Json, JsonRpcError, ReplyTo};

/// A frame.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    One(Message),
    /// A batch (JSON-RPC 2.0, section 6), which is never empty.
    Batch(Vec<Message>),
}

/// A message.
#[derive(Debug)]
pub enum Message {
    /// The other side calls, or tells.
    Call(Call),
    /// The other side answers.
    Reply(Reply),
}

/// A call, or a notification.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The parameters.
    pub params: Option<Json>,
    /// The id, as JSON text; `None` for a notification, which is not answered.
    pub id: Option<Json>,
}

/// A reply.
#[derive(Debug)]
pub struct Reply {
    /// What it answers.
    pub to: ReplyTo,
    /// The result, or the error.
    pub outcome: Result<Json, JsonRpcError>,
}

impl Incoming {
    /// The number of the call or batch of ours that this replies to.
    pub fn ticket(&self) -> Option<u32> {
        self.reply()?.to.ticket()
    }

    /// The reply that this is or begins with.
    pub fn reply(&self) -> Option<&Reply> {
        let first = match self {
            Incoming::One(message) => Some(message),
            Incoming::Batch(members) => members.first(),
        };
        match first? {
            Message::Reply(reply) => Some(reply),
            Message::Call(_) => None,
        }
    }

    /// The message, or those of the batch.
    pub fn into_messages(self) -> Vec<Message> {
        match self {
            Incoming::One(message) => vec![message],
            Incoming::Batch(members) => members,
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        // The white space of JSON.
        let is_batch = text
            .trim_start_matches([' ', '\t', '\n', '\r'])
            .starts_with('[');
        if !is_batch {
            return match Message::read(text)? {
                Message::Reply(Reply {
                    to: ReplyTo::Unread,
                    outcome: Err(error),
                }) => Err(Refused::Unread(error)),
                message => Ok(Incoming::One(message)),
            };
        }
        let List(all) = serde_json::from_str(text).map_err(Refused::Json)?;
        let mut members = Vec::with_capacity(all.len());
        // What the other side could not read has no id: nobody can tell which of our messages it was.
        let mut unread = Refused::Empty;
        for one in all {
            match Message::read(one.get())? {
                Message::Reply(Reply {
                    to: ReplyTo::Unread,
                    outcome,
                }) => unread = outcome.err().map_or(Refused::Shape, Refused::Unread),
                message => members.push(message),
            }
        }
        if members.is_empty() {
            return Err(unread);
        }
        Ok(Incoming::Batch(members))
    }
}

impl Message {
    fn read(text: &str) -> Result<Self, Refused> {
        let members: Members<'_> = serde_json::from_str(text).map_err(Refused::Json)?;
        let method = members.method.and_then(|it| String::deserialize(it).ok());
        if let Some(method) = method {
            return Ok(Message::Call(Call {
                method,
                params: members.params.map(ToOwned::to_owned),
                id: members.id.map(ToOwned::to_owned),
            }));
        }
        // Some servers send `"error":null` beside the result.
        let error = members.error.filter(|it| it.get() != "null");
        let outcome = match (error, members.result) {
            (Some(error), _) => Err(JsonRpcError::read(error)),
            (None, Some(result)) => Ok(result.to_owned()),
            (None, None) if members.error.is_some() => Ok(RawValue::NULL.to_owned()),
            (None, None) => return Err(Refused::Shape),
        };
        let to = ReplyTo::read(members.id);
        if to == ReplyTo::Unread && outcome.is_ok() {
            return Err(Refused::Shape);
        }
        Ok(Message::Reply(Reply { to, outcome }))
    }
}

/// Why a frame holds no message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("no JSON, or none of JSON-RPC: {0}")]
    Json(serde_json::Error),
    #[error("an object that is neither a call nor a reply")]
    Shape,
    #[error("an empty batch")]
    Empty,
    #[error("the server could not read a message: {0}")]
    Unread(JsonRpcError),
}

/// The members of any of the objects that are read here, as JSON text. Of members with the same name the last counts, as in
/// browsers; members with other names are left alone.
#[derive(Default)]
pub(super) struct Members<'a> {
    pub(super) method: Option<&'a RawValue>,
    pub(super) params: Option<&'a RawValue>,
    pub(super) id: Option<&'a RawValue>,
    pub(super) result: Option<&'a RawValue>,
    pub(super) error: Option<&'a RawValue>,
    pub(super) subscription: Option<&'a RawValue>,
    pub(super) code: Option<&'a RawValue>,
    pub(super) message: Option<&'a RawValue>,
    pub(super) data: Option<&'a RawValue>,
}

impl<'a> Members<'a> {
    fn named(&mut self, name: &str) -> Option<&mut Option<&'a RawValue>> {
        Some(match name {
            "method" => &mut self.method,
            "params" => &mut self.params,
            "id" => &mut self.id,
            "result" => &mut self.result,
            "error" => &mut self.error,
            "subscription" => &mut self.subscription,
            "code" => &mut self.code,
            "message" => &mut self.message,
            "data" => &mut self.data,
            _ => return None,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members::default();
                while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    match members.named(&name) {
                        Some(member) => *member = Some(map.next_value()?),
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// The members of a batch, as JSON text.
struct List<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = List<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a batch")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = seq.next_element()? {
                    if all.len() >= MAX_MEMBERS {
                        return Err(de::Error::custom("a batch of too many members"));
                    }
                    all.push(one);
                }
                Ok(List(all))
            }
        }

        deserializer.deserialize_seq(Reader)
    }
}
