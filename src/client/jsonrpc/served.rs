//! What the server asks of us: methods with handlers.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;

use super::hub::Hub;
use crate::client::deliver::Until;
use crate::client::steps::{Endable, Ending, LocalFuture};
use crate::session::{Generation, StateName};
use crate::subprotocol::jsonrpc::{Call, Json, JsonRpcError, Outgoing, answer};
use crate::transport::spawn;

/// Calls that are carried out at a time.
const MOST: usize = 1_024;

type Outcome = Result<Json, JsonRpcError>;
/// What carries a method out.
pub(super) type Handler = Rc<dyn Fn(Option<Json>) -> LocalFuture<Outcome>>;

/// A handler for parameters as JSON text.
pub(super) fn handler<P, R, F, Fut>(handle: F) -> Handler
where
    P: DeserializeOwned + 'static,
    R: Serialize + 'static,
    F: Fn(P) -> Fut + 'static,
    Fut: Future<Output = Result<R, JsonRpcError>> + 'static,
{
    Rc::new(move |params| {
        let Some(params) = read_params(params.as_ref()) else {
            return refuse(JsonRpcError::INVALID_PARAMS, "Invalid params");
        };
        let outcome = handle(params);
        Box::pin(async move {
            to_raw_value(&outcome.await?)
                .map_err(|_| JsonRpcError::new(JsonRpcError::INTERNAL_ERROR, "Internal error"))
        })
    })
}

/// No parameters are an empty list, and both are what `()` is read from.
fn read_params<P: DeserializeOwned>(params: Option<&Json>) -> Option<P> {
    let text = params.map_or("[]", |it| it.get());
    let is_empty = matches!(text, "[]" | "{}");
    let read = serde_json::from_str(text).ok();
    read.or_else(|| serde_json::from_str("null").ok().filter(|_| is_empty))
}

fn refuse(code: i64, message: &str) -> LocalFuture<Outcome> {
    Box::pin(std::future::ready(Err(JsonRpcError::new(code, message))))
}

#[derive(Default)]
pub(super) struct Served {
    handlers: RefCell<Vec<(String, Handler)>>,
    running: Rc<RefCell<Vec<Running>>>,
    last: Cell<u64>,
}

/// What is carried out.
struct Running {
    id: u64,
    calls: usize,
    /// Ends it, with the connection.
    ending: Ending,
}

impl Served {
    pub(super) fn set(&self, method: String, handler: Option<Handler>) {
        let mut handlers = self.handlers.borrow_mut();
        let at = handlers.iter().position(|(it, _)| *it == method);
        let old = at.map(|at| handlers.swap_remove(at));
        handlers.extend(handler.map(|handler| (method, handler)));
        drop(handlers);
        // What a closure does when it is dropped, it does with nothing borrowed.
        drop(old);
    }

    /// Carries calls out, and sends what is answered.
    pub(super) fn carry_out(&self, hub: &Rc<Hub>, calls: Vec<Call>, is_batch: bool) {
        let Some(generation) = hub.generation() else {
            return;
        };
        let ending = Ending::default();
        let note = self.note(calls.len(), &ending);
        let is_too_much = self
            .running
            .borrow()
            .iter()
            .map(|it| it.calls)
            .sum::<usize>()
            > MOST;
        let all = calls.into_iter().map(|mut call| {
            let outcome = if is_too_much {
                refuse(JsonRpcError::SERVER_ERROR, "Too many calls at a time")
            } else {
                self.begin(&mut call)
            };
            Part::Running(call, outcome)
        });
        let all = All(all.collect());
        let hub = Rc::downgrade(hub);
        spawn(Endable {
            ending,
            future: Some(Box::pin(async move {
                let _note = note;
                let answers = all.await;
                if let Some(hub) = hub.upgrade() {
                    send(hub, generation, &answers, is_batch).await;
                }
            })),
        });
    }

    fn note(&self, calls: usize, ending: &Ending) -> Note {
        let id = self.last.get() + 1;
        self.last.set(id);
        self.running.borrow_mut().push(Running {
            id,
            calls,
            ending: ending.clone(),
        });
        Note {
            running: Rc::clone(&self.running),
            id,
        }
    }

    fn begin(&self, call: &mut Call) -> LocalFuture<Outcome> {
        let handlers = self.handlers.borrow();
        let found = handlers.iter().find(|(it, _)| *it == call.method);
        let handler = found.map(|(_, handler)| Rc::clone(handler));
        drop(handlers);
        match handler {
            Some(handler) => handler(call.params.take()),
            None => refuse(JsonRpcError::METHOD_NOT_FOUND, "Method not found"),
        }
    }

    /// The connection has ended.
    pub(super) fn end(&self) {
        let running = self.running.take();
        for Running { ending, .. } in running {
            ending.end();
        }
    }
}

/// Sends answers over the connection that the calls came over, or not at all.
async fn send(hub: Rc<Hub>, generation: Generation, answers: &[String], is_batch: bool) {
    let text = match answers {
        [] => return,
        [one] if !is_batch => one.clone(),
        all => ["[", &all.join(","), "]"].concat(),
    };
    if hub.generation() != Some(generation) {
        return;
    }
    let message = Outgoing::ready(text);
    // The server may need it before it answers a call of the restore step.
    if hub.state() == StateName::Restoring {
        let _ = hub.steps.send(&message);
        return;
    }
    let Some(sender) = hub.sender().cloned() else {
        return;
    };
    drop(hub);
    // Taken back when the connection ends: at-least-once would repeat it over the next one.
    let until = match sender.messages.upgrade() {
        Some(messages) if messages.fates.forget() => Until::Sent,
        _ => Until::Confirmed,
    };
    let _ = sender.deliver(message).until(until).await;
}

/// Dropped, it forgets what is no longer carried out.
struct Note {
    running: Rc<RefCell<Vec<Running>>>,
    id: u64,
}

impl Drop for Note {
    fn drop(&mut self) {
        let mut running = self.running.borrow_mut();
        let at = running.iter().position(|it| it.id == self.id);
        let done = at.map(|at| running.swap_remove(at));
        drop(running);
        drop(done);
    }
}

enum Part {
    Running(Call, LocalFuture<Outcome>),
    /// The text of the answer; none for a notification.
    Done(Option<String>),
}

/// Runs handlers side by side, and gives their answers in order.
struct All(Vec<Part>);

impl Future for All {
    type Output = Vec<String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<String>> {
        let mut is_done = true;
        for part in &mut self.0 {
            let Part::Running(call, outcome) = part else {
                continue;
            };
            match outcome.as_mut().poll(context) {
                Poll::Pending => is_done = false,
                Poll::Ready(outcome) => {
                    let text = answer(call, outcome.as_deref());
                    *part = Part::Done(text);
                }
            }
        }
        if !is_done {
            return Poll::Pending;
        }
        let all = self.0.iter_mut().filter_map(|part| match part {
            Part::Done(text) => text.take(),
            Part::Running(..) => None,
        });
        Poll::Ready(all.collect())
    }
}
