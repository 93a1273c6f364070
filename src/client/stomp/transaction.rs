//! What takes effect together or not at all, and ACK and NACK.

use std::cell::Cell;

use super::broker::Broker;
use super::client::Handle;
use super::error::{AckError, PublishError};
use super::message::Message;
use super::publish::{Frame, Publish, Sending, begin};
use crate::client::protocol::{Connection, Engine};
use crate::session::Generation;
use crate::subprotocol::Subprotocol;
use crate::subprotocol::stomp::Verb;

/// A transaction: what is sent in it takes effect with [`commit`](Transaction::commit), together. It belongs to one connection
/// and ends with it. Dropped, it is aborted.
///
/// ```
/// use tautline::stomp::{Client, Message, Publish};
///
/// # async fn pass_on(client: &Client, job: &Message) -> Result<(), Box<dyn std::error::Error>> {
/// let transaction = client.begin()?;
/// transaction.publish(Publish::new("/queue/done", job.body.clone()))?;
/// transaction.ack(job)?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub struct Transaction {
    connection: Connection<Broker>,
    name: String,
    generation: Generation,
    is_over: Cell<bool>,
}

impl Transaction {
    fn bare(&self, verb: Verb) -> Frame {
        Frame::bare(verb, &[("transaction", &self.name)], 0, self.generation)
    }

    /// Publishes a message in it.
    ///
    /// # Errors
    ///
    /// [`PublishError::Stale`] once its connection is over, and others for what is known at once.
    pub fn publish(&self, publish: Publish) -> Result<(), PublishError> {
        let publish = publish.header("transaction", &self.name);
        self.send(Frame::send(publish, Some(self.generation)))
    }

    /// Acknowledges a message in it, as [`Handle::ack`] does.
    ///
    /// # Errors
    ///
    /// See [`AckError`].
    pub fn ack(&self, message: &Message) -> Result<(), AckError> {
        settle(&self.connection, Verb::Ack, message, Some(&self.name))
    }

    /// Refuses a message in it, as [`Handle::nack`] does.
    ///
    /// # Errors
    ///
    /// See [`AckError`].
    pub fn nack(&self, message: &Message) -> Result<(), AckError> {
        settle(&self.connection, Verb::Nack, message, Some(&self.name))
    }

    /// Has it take effect, and waits for the broker's receipt.
    ///
    /// # Errors
    ///
    /// [`PublishError::Stale`] if its connection was over before: nothing took effect. [`PublishError::Unconfirmed`] if it ended
    /// before the receipt: all of it took effect, or nothing did.
    pub async fn commit(self) -> Result<(), PublishError> {
        self.is_over.set(true);
        if !is_current(&self.connection, self.generation) {
            return Err(PublishError::Stale);
        }
        Sending::begin(&self.connection, self.bare(Verb::Commit))?.await
    }

    /// Has none of it take effect; dropping it does the same.
    pub fn abort(self) {}

    fn send(&self, frame: Frame) -> Result<(), PublishError> {
        match self.connection.live() {
            Some(engine) if is_of(&engine, self.generation) => {
                begin(&engine, frame, None).map(|_| ())
            }
            Some(_) => Err(PublishError::Stale),
            None => Err(PublishError::Closed { is_sent: false }),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_over.get() {
            // Over another connection the broker has forgotten it.
            let _ = self.send(self.bare(Verb::Abort));
        }
    }
}

/// Whether the open connection is of this generation.
fn is_of(engine: &Engine<Broker>, generation: Generation) -> bool {
    let is_open = engine.link().status.is_open();
    is_open && engine.driver().read(|it| it.generation()) == generation
}

fn is_current(connection: &Connection<Broker>, generation: Generation) -> bool {
    connection.live().is_some_and(|it| is_of(&it, generation))
}

fn settle(
    connection: &Connection<Broker>,
    verb: Verb,
    message: &Message,
    transaction: Option<&str>,
) -> Result<(), AckError> {
    let Some(engine) = connection.live() else {
        return Err(AckError::Stale);
    };
    let Message {
        ack,
        subscription,
        number,
        generation,
        ..
    } = message;
    engine
        .driver()
        .command(|machine, _| machine.settle(verb, *generation, *subscription, *number))?;
    let id = ("id", ack.as_str());
    let frame = match transaction {
        Some(name) => {
            let headers = [id, ("transaction", name)];
            Frame::bare(verb, &headers, *subscription, *generation)
        }
        None => Frame::bare(verb, &[id], *subscription, *generation),
    };
    begin(&engine, frame, None)
        .map(|_| ())
        .map_err(|error| match error {
            PublishError::QueueFull | PublishError::TooLarge => AckError::QueueFull,
            _ => AckError::Stale,
        })
}

impl Handle {
    /// Begins a transaction on the open connection.
    ///
    /// # Errors
    ///
    /// [`PublishError::Stale`] where there is no open connection: wait for one with [`opened`](Handle::opened).
    pub fn begin(&self) -> Result<Transaction, PublishError> {
        let Some(engine) = self.connection.live() else {
            return Err(PublishError::Closed { is_sent: false });
        };
        if !engine.link().status.is_open() {
            return Err(PublishError::Stale);
        }
        let generation = engine.driver().machine(|it| it.session().generation());
        let transaction = Transaction {
            connection: self.connection.clone(),
            name: engine.protocol().next_transaction(),
            generation,
            is_over: Cell::new(true),
        };
        transaction.send(transaction.bare(Verb::Begin))?;
        transaction.is_over.set(false);
        Ok(transaction)
    }

    /// Acknowledges a message; with [`AckMode::Client`](super::AckMode::Client) all those before it, too.
    ///
    /// # Errors
    ///
    /// See [`AckError`].
    pub fn ack(&self, message: &Message) -> Result<(), AckError> {
        settle(&self.connection, Verb::Ack, message, None)
    }

    /// Tells the broker that a message was not dealt with. What follows is the broker's: it may deliver it again, to another
    /// one, or put it away.
    ///
    /// # Errors
    ///
    /// See [`AckError`].
    pub fn nack(&self, message: &Message) -> Result<(), AckError> {
        settle(&self.connection, Verb::Nack, message, None)
    }
}
