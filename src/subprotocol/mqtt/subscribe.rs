//! SUBSCRIBE and UNSUBSCRIBE.

use super::event::{Kind, Refusal, Span};
use super::machine::Mqtt;
use super::packet::{
    PacketError, PacketId, Properties, ReasonCode, SubscriptionOptions, encode_request,
};
use super::subscriptions::{Request, Stage};
use crate::session::{Millis, State};

impl Mqtt {
    /// Subscribes, now or as soon as there is a connection, and again whenever the broker has lost the session. Returns
    /// the number of the subscription; [`Event::Subscribed`](super::Event::Subscribed) tells the answer. A filter that is subscribed already keeps its
    /// number, and takes the new options.
    ///
    /// # Errors
    /// [`Refusal::Packet`] for a filter that is none, options or properties that cannot be written; [`Refusal::Reason`] with
    /// what the broker has said that it does not take, or with [`ReasonCode::QuotaExceeded`] above 10,000 subscriptions.
    pub fn subscribe(
        &mut self,
        now: Millis,
        filter: &str,
        options: SubscriptionOptions,
        properties: Properties<'_>,
    ) -> Result<u32, Refusal> {
        self.advance(now);
        let written = self.out.len();
        let checked = encode_request(
            self.options.version,
            self.maximum_out(),
            &mut self.out,
            PacketId::MIN,
            1,
            properties,
            filter,
            Some(options),
        );
        self.out.truncate(written);
        checked?;
        if self.is_up()
            && let Some(reason) = self.grants.refuse_filter(filter)
        {
            return Err(reason.into());
        }
        let number = self
            .subscriptions
            .add(filter, options, properties.as_bytes())
            .ok_or(ReasonCode::QuotaExceeded)?;
        self.send_due_if_restored();
        Ok(number)
    }

    /// Ends a subscription; [`Event::Unsubscribed`](super::Event::Unsubscribed) tells the answer. False if there is none of this number.
    pub fn unsubscribe(&mut self, now: Millis, number: u32) -> bool {
        self.advance(now);
        let stage = self.subscriptions.get(number).map(|it| it.stage);
        match stage {
            None | Some(Stage::LeaveDue | Stage::Leaving) => return false,
            Some(Stage::Due) if !self.has_connected => {
                self.on_subscription(number, 0, Span::default(), true);
            }
            Some(_) => {
                self.subscriptions.set_stage(number, Stage::LeaveDue);
                self.send_due_if_restored();
            }
        }
        true
    }

    /// Before the restore step everything waits for it.
    fn send_due_if_restored(&mut self) {
        if self.is_up() && matches!(self.session.state(), State::Open { .. }) {
            self.send_due();
        }
    }

    /// Sends every SUBSCRIBE and UNSUBSCRIBE that is due, in the order of the subscriptions.
    pub(super) fn send_due(&mut self) {
        let mut from = 0;
        while let Some(due) = self.subscriptions.next_due(from) {
            let (number, leaves) = (due.number, due.stage == Stage::LeaveDue);
            from = number + 1;
            // The rest leaves when an answer has come.
            let Some(id) = self.ids.allocate() else {
                return;
            };
            match self.send_request(id, number, leaves) {
                Ok(()) => {
                    let stage = if leaves { Stage::Leaving } else { Stage::Asked };
                    self.subscriptions.set_stage(number, stage);
                    self.subscriptions
                        .note_request(Request { id, number, leaves });
                }
                Err(reason) => {
                    self.ids.release(id);
                    self.on_subscription(number, reason as u8, Span::default(), leaves);
                }
            }
        }
    }

    fn send_request(&mut self, id: PacketId, number: u32, leaves: bool) -> Result<(), ReasonCode> {
        let maximum = self.maximum_out();
        let Some(it) = self.subscriptions.get(number) else {
            return Ok(());
        };
        if !leaves && let Some(reason) = self.grants.refuse_filter(&it.filter) {
            return Err(reason);
        }
        let has_number = !leaves && self.grants.subscription_identifiers;
        let properties: &[u8] = if leaves { &[] } else { &it.properties };
        // A second identifier is refused with the packet: the identifiers are the machine's.
        encode_request(
            self.options.version,
            maximum,
            &mut self.out,
            id,
            if has_number { number } else { 0 },
            Properties::from_bytes(properties),
            &it.filter,
            (!leaves).then_some(it.options),
        )
        .map_err(PacketError::reason_code)
    }

    /// What came of a subscription.
    pub(super) fn on_subscription(
        &mut self,
        number: u32,
        code: u8,
        properties: Span,
        leaves: bool,
    ) {
        let Some(stage) = self.subscriptions.get(number).map(|it| it.stage) else {
            return;
        };
        if leaves {
            self.subscriptions.remove(number);
            return self.notify(Kind::Unsubscribed, code.into(), number, properties);
        }
        // Unsubscribed meanwhile: the answer to that is to come.
        if matches!(stage, Stage::LeaveDue | Stage::Leaving) {
            return;
        }
        if code >= 0x80 {
            self.subscriptions.remove(number);
        } else if stage == Stage::Asked {
            self.subscriptions.set_stage(number, Stage::Standing);
        }
        self.notify(Kind::Subscribed, code.into(), number, properties);
    }
}
