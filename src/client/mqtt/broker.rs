//! What MQTT adds to a connection.

use std::cell::RefCell;
use std::rc::Rc;

use super::builder::{Authenticate, Credentials, Redirect};
use super::error::PublishError;
use super::message::Message;
use super::news::{News, Refusal};
use super::publish::{Acknowledgement, Outbox};
use super::request::Requests;
use super::subscribe::Subscribers;
use crate::client::protocol::{self, Protocol};
use crate::client::steps::{DialContext, Provider};
use crate::codec::Payload;
use crate::session::{DropReason, Generation, Progress, StateName, Ticket};
use crate::subprotocol::mqtt::packet::{Properties, PropertyId, ReasonCode, Version};
use crate::subprotocol::mqtt::{self, Event, Mqtt, Span};

pub(super) type Link = protocol::Link<Broker>;

pub(super) fn is_v5(machine: &Mqtt) -> bool {
    machine.options().version == Version::V5
}

/// Everything of one client.
pub(super) struct Broker {
    pub(super) credentials: Option<Provider<Credentials>>,
    pub(super) authenticate: Option<Authenticate>,
    pub(super) redirect: Option<Redirect>,
    pub(super) high_water_mark: usize,
    pub(super) outbox: Outbox,
    pub(super) subscribers: Subscribers,
    pub(super) requests: Requests,
    /// What the broker would have response topics begin with.
    pub(super) response_information: RefCell<Option<String>>,
    pub(super) seed: u64,
}

impl Broker {
    /// A topic that nobody else subscribes to.
    pub(super) fn response_topic(&self) -> String {
        let information = self.response_information.borrow();
        let mut topic = information.as_deref().unwrap_or("responses").to_owned();
        topic.push('/');
        let mut rest = self.seed;
        for _ in 0..16 {
            let digit = char::from_digit((rest & 15) as u32, 16);
            topic.push(digit.unwrap_or('0'));
            rest >>= 4;
        }
        topic
    }
}

impl Link {
    fn refusal(&self, reason: ReasonCode, properties: Span) -> Refusal {
        self.machine(|machine| Refusal::new(reason, machine.properties(properties)))
            .unwrap_or_else(|| Refusal::from(reason))
    }

    fn authenticate(&self, generation: Generation, credentials: &Credentials) {
        let written = self.command(|machine, now| {
            machine.authenticate(now, generation, credentials.as_credentials())
        });
        if let Some(Err(error)) = written {
            self.fail(crate::client::Failure::Provider(Rc::new(error)));
        }
    }

    fn receive(&self, message: &mqtt::Message) {
        let received = self.machine(|machine| {
            let received = Message {
                topic: machine.topic(message).into(),
                payload: machine.bytes(message.payload).into(),
                qos: message.qos,
                retain: message.retain,
                dup: message.dup,
                packet_id: message.packet_id,
                properties: machine.bytes(message.properties).into(),
            };
            (received, machine.routes().to_vec())
        });
        let Some((received, routes)) = received else {
            return;
        };
        let Some(received) = self.protocol.requests.take(received) else {
            return;
        };
        if let Some(unrouted) = self.protocol.subscribers.deliver(&routes, received) {
            self.publish(News::Unrouted(Rc::new(unrouted)));
        }
    }

    fn challenged(&self, properties: Span) {
        let data = self.machine(|machine| {
            let properties = machine.properties(properties);
            let data = properties.binary(PropertyId::AuthenticationData);
            (data.unwrap_or_default().to_vec(), generation_of(machine))
        });
        let (Some((data, generation)), Some(authenticate)) = (data, &self.protocol.authenticate)
        else {
            return;
        };
        self.run(authenticate(data), move |link, answer| match answer {
            Ok(answer) => {
                link.command(|machine, now| machine.answer(now, generation, Some(&answer)));
            }
            Err(error) => link.provider_failed(generation, error.into()),
        });
    }

    /// The broker names another server.
    fn redirected(&self, reason: ReasonCode, properties: Span) {
        let is_redirect = matches!(
            reason,
            ReasonCode::UseAnotherServer | ReasonCode::ServerMoved
        );
        let Some(redirect) = self.protocol.redirect.as_ref().filter(|_| is_redirect) else {
            return;
        };
        let server = self.machine(|machine| {
            let properties = machine.properties(properties);
            properties
                .text(PropertyId::ServerReference)
                .map(str::to_owned)
        });
        if let Some(endpoint) = server.flatten().and_then(|server| redirect(&server)) {
            self.redirect(endpoint);
        }
    }

    fn connected(&self, session_present: bool, properties: Span) {
        let information = self.machine(|machine| {
            let properties: Properties<'_> = machine.properties(properties);
            let text = properties.text(PropertyId::ResponseInformation);
            text.map(str::to_owned)
        });
        self.protocol
            .response_information
            .replace(information.flatten());
        self.publish(News::Connected { session_present });
    }
}

fn generation_of(machine: &Mqtt) -> Generation {
    use crate::subprotocol::Subprotocol;
    machine.session().generation()
}

impl Protocol for Broker {
    type Machine = Mqtt;
    type News = News;

    fn connect(link: &Link, generation: Generation, context: DialContext) {
        let Some(ask) = &link.protocol.credentials else {
            return link.authenticate(generation, &Credentials::default());
        };
        link.run(ask(context), move |link, credentials| match credentials {
            Ok(credentials) => link.authenticate(generation, &credentials),
            Err(error) => link.provider_failed(generation, error.into()),
        });
    }

    fn transmit(link: &Link, ticket: Ticket) -> Option<Rc<Payload>> {
        link.protocol.outbox.transmit(link, ticket);
        None
    }

    fn dropped(link: &Link, ticket: Ticket, reason: DropReason, progress: Progress) {
        link.protocol.outbox.dropped(link, ticket, reason, progress);
    }

    fn tell(link: &Link, event: Event) {
        let outbox = &link.protocol.outbox;
        match event {
            Event::Connected {
                session_present,
                properties,
            } => link.connected(session_present, properties),
            Event::Refused { reason, properties } => {
                link.redirected(reason, properties);
                link.publish(News::Refused(link.refusal(reason, properties)));
            }
            Event::Challenged { properties } => link.challenged(properties),
            Event::Message(message) => link.receive(&message),
            Event::Acknowledged {
                ticket,
                reason,
                properties,
            } => {
                let outcome = if reason.is_failure() {
                    Err(PublishError::Refused(link.refusal(reason, properties)))
                } else {
                    Ok(Acknowledgement { reason })
                };
                outbox.settle(link, ticket, outcome);
            }
            Event::SessionLost { ticket } => {
                outbox.settle(link, ticket, Err(PublishError::SessionLost));
            }
            Event::Unsendable { ticket, refusal } => {
                outbox.settle(link, ticket, Err(refusal.into()));
            }
            Event::Subscribed {
                subscription,
                reason,
                properties,
            } => {
                let refusal = link.refusal(reason, properties);
                link.protocol
                    .subscribers
                    .answered(link, subscription, refusal);
            }
            Event::Unsubscribed { subscription, .. } => {
                link.protocol.subscribers.ended(subscription);
            }
            Event::Disconnected { reason, properties } => {
                link.redirected(reason, properties);
                link.publish(News::Disconnected(link.refusal(reason, properties)));
            }
            Event::Violated { reason, error } => link.publish(News::Violated { reason, error }),
        }
    }

    fn entered(link: &Link, state: StateName) {
        if state == StateName::Closed {
            link.protocol.subscribers.wake();
        }
    }

    fn look(link: &Link) {
        link.protocol.requests.look(link);
    }

    fn end(&self) {
        self.requests.end();
        self.subscribers.wake();
    }
}
