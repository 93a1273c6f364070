//! Requests and responses (MQTT 5.0, section 4.10): a response topic of the client's own, subscribed to when it is first
//! needed, and correlation data that count up.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use super::broker::{Broker, Link, is_v5};
use super::client::Handle;
use super::error::{RequestError, SubscribeError};
use super::message::Message;
use super::publish::Publish;
use super::subscribe::{Subscribe, Subscription};
use crate::client::protocol::Engine;
use crate::client::wakers::Promise;
use crate::session::Millis;
use crate::subprotocol::mqtt::packet::QoS;

type Response = Result<Message, RequestError>;

struct Pending {
    number: u32,
    due_at: Millis,
    promise: Rc<Promise<Response>>,
}

/// Requests that wait for their responses.
#[derive(Default)]
pub(super) struct Requests {
    pending: RefCell<Vec<Pending>>,
    last: Cell<u32>,
    /// Of the response topic, which is subscribed to as long as the client lives.
    pub(super) responses: RefCell<Option<Rc<Subscription>>>,
}

impl Requests {
    /// Takes a message that answers a request; gives any other back.
    pub(super) fn take(&self, message: Message) -> Option<Message> {
        let is_ours = self
            .responses
            .borrow()
            .as_ref()
            .is_some_and(|it| it.filter() == message.topic);
        if !is_ours {
            return Some(message);
        }
        let number = message
            .correlation_data()
            .and_then(|data| data.try_into().ok());
        let number = number.map(u32::from_be_bytes);
        if let Some(pending) = number.and_then(|number| self.remove(number)) {
            pending.promise.keep(Ok(message));
        }
        // Late, doubled, or to nobody.
        None
    }

    fn remove(&self, number: u32) -> Option<Pending> {
        let mut pending = self.pending.borrow_mut();
        let index = pending.iter().position(|it| it.number == number)?;
        Some(pending.remove(index))
    }

    /// Gives up what is overdue, and asks to be called again for the rest.
    pub(super) fn look(&self, link: &Link) {
        let Some(now) = link.command(|_, now| now) else {
            return;
        };
        let pending = self.pending.borrow();
        let overdue: Vec<_> = pending
            .iter()
            .filter(|it| it.due_at <= now)
            .map(|it| it.number)
            .collect();
        let next = pending
            .iter()
            .map(|it| it.due_at)
            .filter(|&at| at > now)
            .min();
        drop(pending);
        if let (Some(next), Some(engine)) = (next, link.engine.upgrade()) {
            engine.driver().look_in(next - now);
        }
        for number in overdue {
            if let Some(pending) = self.remove(number) {
                pending.promise.keep(Err(RequestError::Timeout));
            }
        }
    }

    pub(super) fn end(&self) {
        // Ending a subscription comes back here.
        let responses = self.responses.take();
        drop(responses);
    }

    fn begin(&self, engine: &Engine<Broker>, timeout: Millis) -> (u32, Rc<Promise<Response>>) {
        let number = self.last.get().wrapping_add(1);
        self.last.set(number);
        let promise = Promise::new();
        let now = engine.driver().command(|_, now| now);
        self.pending.borrow_mut().push(Pending {
            number,
            due_at: now.saturating_add(timeout),
            promise: Rc::clone(&promise),
        });
        engine.driver().look_in(timeout);
        (number, promise)
    }
}

/// Forgets a request that nobody waits for.
struct Waiting<'a> {
    handle: &'a Handle,
    number: u32,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(engine) = self.handle.connection.live() {
            engine.protocol().requests.remove(self.number);
        }
    }
}

impl Handle {
    /// Publishes a request, and waits for the response to it, within [`Publish::timeout`] or 10 s. Whoever responds publishes
    /// to the request's [response topic](Message::response_topic) with its
    /// [correlation data](Message::correlation_data).
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn request(&self, request: Publish) -> Result<Message, RequestError> {
        let Some(engine) = self.connection.live() else {
            return Err(RequestError::Publish(super::PublishError::Closed {
                is_sent: false,
            }));
        };
        if !engine.driver().machine(is_v5) {
            return Err(RequestError::Version);
        }
        let timeout = request.timeout_or(Duration::from_secs(10));
        let (number, promise) = engine.protocol().requests.begin(&engine, timeout);
        drop(engine);
        let _waiting = Waiting {
            handle: self,
            number,
        };
        let work = async {
            let topic = self.response_topic().await?;
            let request = request
                .response_topic(&topic)
                .correlation_data(&number.to_be_bytes());
            self.publish(request).await?;
            Ok::<_, RequestError>(())
        };
        let mut work = Some(Box::pin(work));
        poll_fn(|context| {
            // The response may come before the acknowledgement.
            if let Poll::Ready(response) = promise.poll(context) {
                return Poll::Ready(response);
            }
            if let Some(published) = &mut work {
                match std::future::Future::poll(published.as_mut(), context) {
                    Poll::Ready(Ok(())) => work = None,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            let closed = self.connection.status.poll_closed(context);
            closed.map(|closed| Err(closed.into()))
        })
        .await
    }

    /// The response topic, once the broker has it.
    async fn response_topic(&self) -> Result<String, SubscribeError> {
        self.opened().await?;
        let Some(engine) = self.connection.live() else {
            return Err(SubscribeError::Refused(
                super::ReasonCode::UnspecifiedError.into(),
            ));
        };
        let requests = &engine.protocol().requests;
        let known = requests.responses.borrow().clone();
        let subscription = match known {
            Some(subscription) => subscription,
            None => {
                let topic = engine.protocol().response_topic();
                let subscription =
                    Rc::new(self.listen(Subscribe::to(topic).qos(QoS::AtLeastOnce))?);
                requests.responses.replace(Some(Rc::clone(&subscription)));
                subscription
            }
        };
        drop(engine);
        let answered = subscription.answered().await;
        if answered.is_err()
            && let Some(engine) = self.connection.live()
        {
            // The next request tries again.
            engine.protocol().requests.end();
        }
        answered?;
        Ok(subscription.filter().into())
    }
}
