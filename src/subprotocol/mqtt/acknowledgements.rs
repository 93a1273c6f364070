//! Acknowledgements of received messages that the application gives itself. They leave in the order in which the messages came
//! (MQTT 5.0, section 4.6), so one that is given early waits.

use super::packet::{PacketId, QoS};

/// A message that is to be acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) id: PacketId,
    pub(super) qos: QoS,
    is_given: bool,
}

/// Messages that have come and are not acknowledged, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledgements {
    due: Vec<Due>,
}

impl Acknowledgements {
    pub(super) fn len(&self) -> usize {
        self.due.len()
    }

    pub(super) fn push(&mut self, id: PacketId, qos: QoS) {
        self.due.push(Due {
            id,
            qos,
            is_given: false,
        });
    }

    /// Whether this message has come over this connection and is not acknowledged.
    pub(super) fn has(&self, id: PacketId) -> bool {
        self.due.iter().any(|due| due.id == id)
    }

    /// The application acknowledges a message; false if it did before, or the connection is another.
    pub(super) fn give(&mut self, id: PacketId) -> bool {
        let mut due = self.due.iter_mut();
        let found = due.find(|due| due.id == id && !due.is_given);
        found.is_some_and(|due| {
            due.is_given = true;
            true
        })
    }

    /// The next acknowledgement that may leave.
    pub(super) fn pop(&mut self) -> Option<Due> {
        let is_given = self.due.first()?.is_given;
        is_given.then(|| self.due.remove(0))
    }

    pub(super) fn clear(&mut self) {
        self.due.clear();
    }
}
