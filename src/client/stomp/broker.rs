//! What STOMP adds to a connection.

use std::cell::Cell;
use std::rc::Rc;

use super::builder::Credentials;
use super::error::{ErrorFrame, News, PublishError};
use super::message::Message;
use super::publish::Outbox;
use super::subscribe::Subscribers;
use crate::client::protocol::{self, Protocol};
use crate::client::steps::{DialContext, Provider};
use crate::codec::{Payload, PayloadRef};
use crate::session::{DropReason, Generation, News as SessionNews, Progress, StateName, Ticket};
use crate::subprotocol::Subprotocol;
use crate::subprotocol::stomp::{
    Answers, Headers, Span, Stomp, StompEvent, SubscriptionId, value_of,
};

pub(super) type Link = protocol::Link<Broker>;

/// Everything of one client.
pub(super) struct Broker {
    /// Of every CONNECT.
    pub(super) headers: Headers,
    pub(super) credentials: Option<Provider<Credentials>>,
    pub(super) high_water_mark: usize,
    pub(super) outbox: Outbox,
    pub(super) subscribers: Subscribers,
    pub(super) transactions: Cell<u32>,
}

impl Broker {
    pub(super) fn next_transaction(&self) -> String {
        let number = self.transactions.get().wrapping_add(1);
        self.transactions.set(number);
        let mut name = String::from("t");
        name.push_str(&number.to_string());
        name
    }
}

impl Link {
    /// Sends a frame of the protocol's own.
    pub(super) fn say(&self, payload: PayloadRef<'_>) {
        if let Some(engine) = self.engine.upgrade() {
            engine.driver().say(payload);
        }
    }

    fn connect_with(&self, generation: Generation, credentials: &Credentials) {
        let written = credentials
            .headers(&self.protocol.headers)
            .and_then(|headers| {
                let written = self.machine(|machine| machine.write_connect(&headers));
                written.transpose()
            });
        match written {
            Ok(Some(text)) => {
                if let Some(engine) = self.engine.upgrade() {
                    engine.driver().step(generation, PayloadRef::Text(&text));
                }
            }
            Ok(None) => {}
            Err(error) => {
                self.fail(crate::client::Failure::Provider(Rc::new(error)));
                self.news(generation, SessionNews::Failed);
            }
        }
    }

    fn receive(
        &self,
        subscription: Option<SubscriptionId>,
        number: u32,
        headers: Span,
        body: Span,
    ) {
        let message = self.machine(|machine| Message {
            body: machine.bytes(body).into(),
            headers: machine.text(headers).into(),
            ack: machine.ack_id(headers).into(),
            subscription: subscription.unwrap_or(0),
            number,
            generation: machine.session().generation(),
        });
        let unrouted =
            message.and_then(|message| self.protocol.subscribers.deliver(subscription, message));
        if let Some(unrouted) = unrouted {
            self.publish(News::Unrouted(Rc::new(unrouted)));
        }
    }

    fn failed(&self, answers: Answers, headers: Span, body: Span) {
        let error = self.machine(|machine| ErrorFrame {
            message: value_of(machine.text(headers), "message")
                .unwrap_or_default()
                .into(),
            body: String::from_utf8_lossy(machine.bytes(body)).into_owned(),
        });
        let Some(error) = error else {
            return;
        };
        match answers {
            Answers::Unknown => {}
            Answers::Message(ticket) => {
                let refused = Err(PublishError::Refused(error.clone()));
                self.protocol.outbox.settle(self, ticket, refused);
            }
            Answers::Subscription(id) => self.protocol.subscribers.refused(id, error.clone()),
        }
        self.publish(News::Failed(error));
    }
}

impl Protocol for Broker {
    type Machine = Stomp;
    type News = News;

    fn connect(link: &Link, generation: Generation, context: DialContext) {
        let Some(ask) = &link.protocol.credentials else {
            return link.connect_with(generation, &Credentials::default());
        };
        link.run(ask(context), move |link, credentials| match credentials {
            Ok(credentials) => link.connect_with(generation, &credentials),
            Err(error) => link.provider_failed(generation, error.into()),
        });
    }

    fn transmit(link: &Link, ticket: Ticket) -> Option<Rc<Payload>> {
        link.protocol.outbox.transmit(link, ticket)
    }

    fn dropped(link: &Link, ticket: Ticket, reason: DropReason, progress: Progress) {
        link.protocol.outbox.dropped(link, ticket, reason, progress);
    }

    fn tell(link: &Link, event: StompEvent) {
        match event {
            StompEvent::Connected { version, headers } => {
                let server = link.machine(|machine| {
                    let server = value_of(machine.text(headers), "server");
                    server.unwrap_or_default().to_owned()
                });
                let server = server.unwrap_or_default();
                link.publish(News::Connected { version, server });
            }
            StompEvent::Message {
                subscription,
                number,
                headers,
                body,
            } => link.receive(subscription, number, headers, body),
            StompEvent::Receipt(ticket) => link.protocol.outbox.settle(link, ticket, Ok(())),
            StompEvent::Subscribe(id) => link.protocol.subscribers.introduce(link, id),
            StompEvent::Subscribed(id) => link.protocol.subscribers.taken(id),
            StompEvent::Failed {
                answers,
                headers,
                body,
            } => link.failed(answers, headers, body),
            StompEvent::Violated(violation) => link.publish(News::Violated(violation)),
        }
    }

    fn entered(link: &Link, state: StateName) {
        if state == StateName::Closed {
            link.protocol.subscribers.wake();
        }
    }

    fn look(_: &Link) {}

    fn end(&self) {
        self.subscribers.wake();
    }
}
