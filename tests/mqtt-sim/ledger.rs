//! What was said to be sent, what has arrived, and what was told: the promises are checked here.

use std::collections::BTreeMap;

/// The promise that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// A message of QoS 1 or 2 is lost.
    Lost,
    /// A message of QoS 2, or of QoS 0, is doubled.
    Doubled,
    /// Messages of one topic and level are out of order.
    Order,
    /// A message of QoS 1 or 2 is settled once, and with what came of it.
    Settled,
    /// A packet identifier is one message's until that is settled; what goes again says so.
    Identifier,
    /// No more is under way than the broker takes.
    Window,
    /// Subscriptions are asked exactly when the broker has not got them.
    Subscribed,
    /// Whatever leaves is MQTT, in an order that MQTT allows.
    Protocol,
    /// It comes to an end.
    End,
}

#[derive(Debug)]
pub struct Broken {
    pub promise: Promise,
    /// For who looks for the reason.
    #[allow(dead_code, reason = "it is printed")]
    pub what: String,
}

pub type Kept = Result<(), Broken>;

pub fn check(holds: bool, promise: Promise, what: impl FnOnce() -> String) -> Kept {
    if holds {
        return Ok(());
    }
    Err(Broken {
        promise,
        what: what(),
    })
}

/// What came of a message, as the client tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    Refused,
    SessionLost,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub topic: u8,
    pub qos: u8,
    pub arrived: u32,
    /// The broker refused it, and did not take it.
    pub refused: bool,
    pub outcome: Option<Outcome>,
    /// The broker's session it arrived in, or came from.
    pub epoch: u32,
}

impl Record {
    pub fn new(topic: u8, qos: u8, epoch: u32) -> Self {
        Record {
            topic,
            qos,
            arrived: 0,
            refused: false,
            outcome: None,
            epoch,
        }
    }
}

/// Messages of one direction, by their numbers, which go up.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    pub records: BTreeMap<u32, Record>,
    /// The last that arrived for the first time, by topic and level.
    last: BTreeMap<(u8, u8), u32>,
}

impl Messages {
    /// A message has come to the other side, and is taken there.
    pub fn arrive(&mut self, number: u32, topic: &str, qos: u8, epoch: u32) -> Kept {
        let Some(record) = self.records.get_mut(&number) else {
            return check(false, Promise::Protocol, || {
                format!("{number} was never sent")
            });
        };
        check(
            topic == format!("topic/{}", record.topic),
            Promise::Protocol,
            || format!("{number} arrived for {topic}"),
        )?;
        record.arrived += 1;
        // A broker that has lost its session cannot know that it had the message.
        let may_double = qos == 1 || record.epoch != epoch;
        record.epoch = epoch;
        check(may_double || record.arrived == 1, Promise::Doubled, || {
            format!("{number} of QoS {qos} arrived twice")
        })?;
        // One that was refused first, and the refusal was lost, comes out of its turn.
        if record.arrived > 1 || record.refused {
            return Ok(());
        }
        let last = self.last.entry((record.topic, qos)).or_insert(0);
        let earlier = std::mem::replace(last, number);
        check(earlier < number, Promise::Order, || {
            format!("{number} arrived after {earlier}")
        })
    }

    /// The client says what came of a message.
    pub fn settle(&mut self, number: u32, outcome: Outcome) -> Kept {
        let record = self.records.get_mut(&number);
        let is_due = record
            .as_ref()
            .is_some_and(|it| it.outcome.is_none() && it.qos > 0);
        check(is_due, Promise::Settled, || {
            format!("{number} is settled again: {outcome:?}")
        })?;
        if let Some(record) = record {
            record.outcome = Some(outcome);
        }
        Ok(())
    }

    /// The end: everything that was promised has arrived.
    pub fn all_sent(&self) -> Kept {
        for (number, record) in self.records.iter().filter(|(_, it)| it.qos > 0) {
            let Record {
                outcome,
                arrived,
                refused,
                ..
            } = *record;
            let fits = match outcome {
                None => return check(false, Promise::End, || format!("{number} is not settled")),
                Some(Outcome::Refused) => refused,
                Some(Outcome::Taken) => arrived > 0,
                Some(Outcome::SessionLost) => arrived > 0,
            };
            check(fits, Promise::Lost, || format!("{number}: {record:?}"))?;
        }
        Ok(())
    }

    /// The same for what the broker has sent in its present session.
    pub fn all_received(&self, epoch: u32) -> Kept {
        let due = self
            .records
            .iter()
            .filter(|(_, it)| it.qos > 0 && it.epoch == epoch);
        for (number, record) in due {
            check(record.arrived > 0, Promise::Lost, || {
                format!("{number} did not arrive: {record:?}")
            })?;
        }
        Ok(())
    }
}
