//! What is sent.

use std::fmt;

use serde_json::value::RawValue;

use super::{Call, JsonRpcError, Params};

/// A frame to send: calls, notifications, a batch of them, or answers.
///
/// It does not show what it holds.
pub struct Outgoing(Body);

enum Body {
    One(Draft),
    Batch { number: u32, drafts: Vec<Draft> },
    Ready(String),
}

/// A call or notification whose id is not known yet.
struct Draft {
    method: Box<str>,
    params: Params,
    id: OwnId,
}

/// An id of a message of ours; what each becomes is told by [`ReplyTo`](super::ReplyTo).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnId {
    /// None: a notification, which is not answered.
    None,
    /// Of a call, or of a member of a batch by its place; the number is stamped later.
    Call(u32),
    /// Of a heartbeat.
    Beat(u32),
    /// Of a call of the restore step.
    Step(u32),
    /// Of the credentials.
    Auth,
}

impl Outgoing {
    /// A call; it gets its number by [`stamp`](Outgoing::stamp).
    pub fn call(method: &str, params: Params) -> Self {
        Outgoing::with_id(method, params, OwnId::Call(0))
    }

    /// A notification.
    pub fn notification(method: &str, params: Params) -> Self {
        Outgoing::with_id(method, params, OwnId::None)
    }

    /// A message with this id.
    pub fn with_id(method: &str, params: Params, id: OwnId) -> Self {
        let method = method.into();
        Outgoing(Body::One(Draft { method, params, id }))
    }

    /// A batch, to be filled; its members are numbered by [`stamp`](Outgoing::stamp).
    pub fn batch() -> Self {
        Outgoing(Body::Batch {
            number: 0,
            drafts: Vec::new(),
        })
    }

    /// What answers a call with this id; `None` where there is none, because notifications are not answered.
    pub fn answer(call: &Call, outcome: Result<&RawValue, &JsonRpcError>) -> Option<Self> {
        answer(call, outcome).map(Outgoing::ready)
    }

    /// A message that is written already.
    pub(crate) fn ready(text: String) -> Self {
        Outgoing(Body::Ready(text))
    }

    /// Adds a member to a batch, and gives its place. What is no batch stays as it is.
    pub fn push(&mut self, method: &str, params: Params, is_call: bool) -> u32 {
        let Body::Batch { drafts, .. } = &mut self.0 else {
            return 0;
        };
        let place = drafts.len().min(u32::MAX as usize) as u32;
        let id = if is_call {
            OwnId::Call(place)
        } else {
            OwnId::None
        };
        let method = method.into();
        drafts.push(Draft { method, params, id });
        place
    }

    /// How many messages it holds.
    pub fn len(&self) -> usize {
        match &self.0 {
            Body::Batch { drafts, .. } => drafts.len(),
            _ => 1,
        }
    }

    /// Whether it is a batch without members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any of it is answered.
    pub fn is_answered(&self) -> bool {
        let is_call = |it: &Draft| it.id != OwnId::None;
        match &self.0 {
            Body::One(draft) => is_call(draft),
            Body::Batch { drafts, .. } => drafts.iter().any(is_call),
            Body::Ready(_) => false,
        }
    }

    /// Gives a call, or a batch, its number.
    pub fn stamp(&mut self, ticket: u32) {
        match &mut self.0 {
            Body::One(Draft {
                id: OwnId::Call(number),
                ..
            })
            | Body::Batch { number, .. } => *number = ticket,
            _ => {}
        }
    }

    /// The parameters of a lone call.
    pub fn into_params(self) -> Params {
        match self.0 {
            Body::One(draft) => draft.params,
            _ => Params::default(),
        }
    }

    /// The text of the frame.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let Body::Ready(ready) = &self.0 {
            text.clone_from(ready);
        }
        let is_batch = matches!(self.0, Body::Batch { .. });
        self.each(|draft, batch| {
            if is_batch {
                text.push(if text.is_empty() { '[' } else { ',' });
            }
            draft.write(&mut text, batch);
        });
        if is_batch {
            text.push(']');
        }
        text
    }

    /// Does something with each draft, and the number of the batch that it is in.
    fn each(&self, mut act: impl FnMut(&Draft, Option<u32>)) {
        match &self.0 {
            Body::One(draft) => act(draft, None),
            Body::Batch { number, drafts } => {
                for draft in drafts {
                    act(draft, Some(*number));
                }
            }
            Body::Ready(_) => {}
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outgoing")
    }
}

impl Draft {
    fn write(&self, text: &mut String, batch: Option<u32>) {
        text.push_str("{\"jsonrpc\":\"2.0\"");
        if self.id != OwnId::None {
            text.push_str(",\"id\":");
            push_id(text, self.id, batch);
        }
        text.push_str(",\"method\":");
        push_string(text, &self.method);
        if let Some(params) = self.params.text() {
            text.push_str(",\"params\":");
            text.push_str(params);
        }
        text.push('}');
    }
}

/// Appends an id; nothing for a notification.
fn push_id(text: &mut String, id: OwnId, batch: Option<u32>) {
    let (word, number) = match id {
        OwnId::None => return,
        OwnId::Auth => return text.push_str("\"auth\""),
        OwnId::Call(number) => match batch {
            None => return text.push_str(&number.to_string()),
            Some(batch) => (&*batch.to_string(), number),
        },
        OwnId::Beat(number) => ("beat", number),
        OwnId::Step(number) => ("step", number),
    };
    text.push('"');
    text.push_str(word);
    text.push('.');
    text.push_str(&number.to_string());
    text.push('"');
}

/// Appends a string as JSON.
pub(super) fn push_string(text: &mut String, string: &str) {
    // A string has a form in JSON, whatever it holds.
    text.push_str(&serde_json::to_string(string).unwrap_or_else(|_| "\"\"".into()));
}

/// The text of the answer to a call. Notifications have none.
pub(crate) fn answer(call: &Call, outcome: Result<&RawValue, &JsonRpcError>) -> Option<String> {
    let mut text = String::from("{\"jsonrpc\":\"2.0\",\"id\":");
    text.push_str(call.id.as_ref()?.get());
    match outcome {
        Ok(result) => {
            text.push_str(",\"result\":");
            text.push_str(result.get());
        }
        Err(error) => {
            text.push_str(",\"error\":");
            error.write(&mut text);
        }
    }
    text.push('}');
    Some(text)
}
