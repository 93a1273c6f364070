//! What runs on the way to `open`, and for new credentials later: the application's functions, which are asked for the
//! address, for credentials, and to restore.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::builder::Builder;
use super::cause::Cause;
use super::dial::Endpoint;
use super::error::{BoxError, Failure};
use super::link::{Engine, Link};
use super::opening::Opening;
use super::wakers::Wakers;
use crate::codec::{Codec, Payload, PayloadRef};
use crate::session::{Generation, Millis, News, Session, Verdict};
use crate::transport::spawn;

/// What a provider may want to know of the attempt that it is asked for.
#[derive(Clone, Debug, Default)]
pub struct DialContext {
    /// Retries in a row so far; 0 is the first dial.
    pub attempt: u32,
    /// What ended the last connection or attempt.
    pub last_cause: Option<Cause>,
}

/// What a function of the application says.
pub(super) enum Answer {
    Endpoint(Endpoint),
    Credentials(Payload),
    Restored,
    Failed(Failure),
}

/// The authentication step.
pub(super) trait AuthStep<Out, In> {
    fn credentials(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        context: DialContext,
    ) -> LocalFuture<Answer>;
    /// Reads a reply, with how long the credentials hold that it accepts.
    fn judge(&self, message: &In) -> Option<(Verdict, Option<Millis>)>;
    fn is_insecure(&self) -> bool;
}

/// The restore step.
pub(super) trait RestoreStep<Out, In> {
    fn run(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        opening: Opening,
        channel: StepChannel,
    ) -> LocalFuture<Answer>;
}

/// The steps of a socket that know its types.
pub(super) struct TypedSteps<Out, In> {
    pub(super) auth: Option<Box<dyn AuthStep<Out, In>>>,
    pub(super) restore: Option<Box<dyn RestoreStep<Out, In>>>,
}

impl<Out, In> Default for TypedSteps<Out, In> {
    fn default() -> Self {
        TypedSteps {
            auth: None,
            restore: None,
        }
    }
}

impl<Out, In> TypedSteps<Out, In> {
    /// Whether a message answers credentials, and how.
    pub(super) fn judge(&self, message: &In, link: &Link) -> Option<Verdict> {
        let auth = self.auth.as_ref().filter(|_| link.is_judged())?;
        let (verdict, holds) = auth.judge(message)?;
        if let Some(holds) = holds {
            link.note_credentials_hold(holds);
        }
        Some(verdict)
    }

    pub(super) fn credentials(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        context: DialContext,
    ) -> Option<LocalFuture<Answer>> {
        Some(self.auth.as_ref()?.credentials(codec, context))
    }

    pub(super) fn restore(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        opening: Opening,
        channel: StepChannel,
    ) -> Option<LocalFuture<Answer>> {
        Some(self.restore.as_ref()?.run(codec, opening, channel))
    }
}

/// And what does not.
#[derive(Default)]
pub(super) struct Steps {
    /// Who is asked for another endpoint, for each attempt.
    ask: Option<Ask>,
    context: RefCell<DialContext>,
    /// Ends the functions of an attempt that is over.
    attempt: RefCell<Ending>,
    /// Why there are no credentials.
    failure: RefCell<Option<Rc<dyn Error>>>,
}

impl Steps {
    /// Whether the endpoint is not known before it is asked for.
    pub(super) fn asks_for_endpoint(&self) -> bool {
        self.ask.is_some()
    }

    pub(super) fn end_attempt(&self) {
        self.attempt.borrow().end();
    }
}

impl Link {
    pub(super) fn ask_url(&self, attempt: u32, generation: Generation) {
        self.steps.attempt.replace(Ending::default()).end();
        let last_cause = self.status.last_cause();
        let context = DialContext {
            attempt,
            last_cause,
        };
        // Whoever is asked for credentials is told of the attempt, too, wherever the address comes from.
        self.steps.context.replace(context.clone());
        match &self.steps.ask {
            Some(ask) => self.run(generation, ask(context)),
            None => self.use_endpoint(generation),
        }
    }

    pub(super) fn ask_credentials(&self, generation: Generation) {
        self.steps.failure.replace(None);
        let context = self.steps.context.borrow().clone();
        if let Some(credentials) = self.typed.credentials(context) {
            self.run(generation, credentials);
        }
    }

    pub(super) fn ask_restore(&self, opening: crate::session::Opening, generation: Generation) {
        let channel = StepChannel {
            engine: Weak::clone(&self.engine),
            generation,
        };
        if let Some(restored) = self.typed.restore(opening.into(), channel) {
            self.run(generation, restored);
        }
    }

    /// Runs a provider of the current attempt, and does not wait for it longer than that lasts.
    fn run(&self, generation: Generation, future: LocalFuture<Answer>) {
        let engine = Weak::clone(&self.engine);
        let ending = self.steps.attempt.borrow().clone();
        let is_over = ending.clone();
        spawn(Endable {
            ending,
            future: Some(Box::pin(async move {
                let answer = future.await;
                if let Some(engine) = engine.upgrade().filter(|_| !is_over.is_over()) {
                    engine.driver().face().answered(generation, answer);
                }
            })),
        });
    }

    fn answered(&self, generation: Generation, answer: Answer) {
        match answer {
            Answer::Endpoint(endpoint) => {
                self.endpoint.replace(endpoint);
                self.use_endpoint(generation);
            }
            Answer::Credentials(payload) => {
                if let Some(engine) = self.engine.upgrade() {
                    engine.driver().step(generation, payload.as_ref());
                }
            }
            Answer::Restored => self.news(generation, News::Restored),
            Answer::Failed(failure) => {
                match &failure {
                    Failure::Provider(error) => self.steps.failure.replace(Some(Rc::clone(error))),
                    Failure::Encode(error) => {
                        self.steps.failure.replace(Some(Rc::clone(error) as _))
                    }
                    _ => None,
                };
                self.fail(|| failure);
                self.news(generation, News::Failed);
            }
        }
    }

    pub(super) fn renewal_failed(&self) {
        let error = self.steps.failure.take();
        if error.is_none() {
            self.fail(|| Failure::RenewalTimeout);
        }
        self.status.renewals.tell(&Renewal::Failed(error));
    }

    /// Whether the server is to judge credentials.
    fn is_judged(&self) -> bool {
        let engine = self.engine.upgrade();
        engine.is_some_and(|engine| engine.driver().read(Session::awaits_judgement))
    }

    fn note_credentials_hold(&self, holds: Millis) {
        if let Some(engine) = self.engine.upgrade() {
            let note = |session: &mut Session, _| session.note_credentials_hold(holds);
            engine.driver().command(note);
        }
    }
}

/// The restore step's way to the connection that it restores.
pub(super) struct StepChannel {
    engine: Weak<Engine>,
    generation: Generation,
}

impl StepChannel {
    /// Sends a payload; false if the step is over.
    pub(super) fn send(&self, payload: PayloadRef<'_>) -> bool {
        self.engine.upgrade().is_some_and(|engine| {
            // Not by way of credentials, which the open connection may be asked for at the same time.
            let is_restoring = engine.driver().read(|it| it.may_restore(self.generation));
            is_restoring && engine.driver().step(self.generation, payload)
        })
    }
}

/// Something of the application's that is asked for a value, once for each attempt.
pub(super) type Provider<T> = Box<dyn Fn(DialContext) -> LocalFuture<Result<T, BoxError>>>;

pub(super) fn provider<T, F, Fut, E>(ask: F) -> Provider<T>
where
    F: Fn(DialContext) -> Fut + 'static,
    Fut: Future<Output = Result<T, E>> + 'static,
    E: Into<BoxError>,
{
    Box::new(move |context| {
        let answer = ask(context);
        Box::pin(async move { answer.await.map_err(Into::into) })
    })
}

/// Where the address comes from, if it is not fixed.
pub(super) type Ask = Box<dyn Fn(DialContext) -> LocalFuture<Answer>>;

pub(super) fn ask<F, Fut, E>(ask: F) -> Ask
where
    F: Fn(DialContext) -> Fut + 'static,
    Fut: Future<Output = Result<Endpoint, E>> + 'static,
    E: Into<BoxError>,
{
    Box::new(move |context| {
        let endpoint = ask(context);
        Box::pin(async move {
            match endpoint.await {
                Ok(endpoint) => Answer::Endpoint(endpoint),
                Err(error) => Answer::Failed(Failure::Provider(error.into().into())),
            }
        })
    })
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// Asks for the address, and for its subprotocols, anew for each attempt: with a fresh token in the query, for one.
    /// A provider that fails is an attempt that failed. It takes the place of the address that the builder began with.
    pub fn endpoint<F, Fut, E>(mut self, provider: F) -> Self
    where
        F: Fn(DialContext) -> Fut + 'static,
        Fut: Future<Output = Result<Endpoint, E>> + 'static,
        E: Into<BoxError>,
    {
        self.parts.plan.steps.ask = Some(ask(provider));
        self.config().token_source = true;
        self
    }
}

/// What became of new credentials.
#[derive(Clone)]
pub(super) enum Renewal {
    Accepted,
    /// The provider's error, or none if the server did not answer.
    Failed(Option<Rc<dyn std::error::Error>>),
    Closed,
}

type OnRenewal = Box<dyn Fn(&Renewal)>;

/// Who waits for new credentials.
#[derive(Default)]
pub(super) struct Renewals {
    waiting: RefCell<Vec<OnRenewal>>,
}

impl Renewals {
    pub(super) fn add(&self, tell: OnRenewal) {
        self.waiting.borrow_mut().push(tell);
    }

    /// New credentials were accepted, or will not be.
    pub(super) fn tell(&self, renewal: &Renewal) {
        let waiting = self.waiting.take();
        for tell in waiting {
            tell(renewal);
        }
    }

    /// They were accepted, or the socket is closed.
    pub(super) fn end(&self, is_accepted: bool) {
        self.tell(if is_accepted {
            &Renewal::Accepted
        } else {
            &Renewal::Closed
        });
    }
}

/// A future of the application's, on the heap.
pub(super) type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Ends a task early: its future is dropped unfinished.
#[derive(Clone, Default)]
pub(super) struct Ending {
    flag: Rc<(Cell<bool>, Wakers)>,
}

impl Ending {
    pub(super) fn end(&self) {
        self.flag.0.set(true);
        self.flag.1.wake();
    }

    pub(super) fn is_over(&self) -> bool {
        self.flag.0.get()
    }
}

/// A future that somebody else may end.
pub(super) struct Endable {
    pub(super) future: Option<LocalFuture<()>>,
    pub(super) ending: Ending,
}

impl Future for Endable {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.ending.is_over()
            && let Some(future) = &mut self.future
            && future.as_mut().poll(context).is_pending()
        {
            // It may have been ended from inside.
            if !self.ending.is_over() {
                self.ending.flag.1.add(context);
                return Poll::Pending;
            }
        }
        self.future = None;
        Poll::Ready(())
    }
}
