//! An attempt on its way to `open`: address, handshake, authentication, restore.

use super::Session;
use super::cause::{Cause, CauseKind};
use super::news::Address;
use super::output::{Event, Opening, Output};
use super::state::{Accepted, Dial, State};

impl Session {
    pub(super) fn on_url(&mut self, address: Address) {
        self.page.note_address(&address);
        let exposed = !address.secure && !address.loopback;
        let forbidden = self.config.require_secure
            || self.config.auth.needs_security()
            || address.from_secure_page;
        if exposed && forbidden {
            return self.on_break(Cause::new(CauseKind::Insecure));
        }
        self.offers_protocols = address.offers_protocols;
        self.transition(State::Connecting(Dial::Handshaking), None);
        self.outputs.push(Output::Dial(self.generation));
    }

    pub(super) fn on_connect_overdue(&mut self) {
        if self.attempts > 0 && matches!(self.state, State::Connecting(Dial::Handshaking)) {
            self.slow_handshakes += 1;
        }
        self.on_break(Cause::new(CauseKind::ConnectTimeout));
    }

    pub(super) fn on_opened(&mut self, protocol_selected: bool) {
        self.slow_handshakes = 0;
        self.mark_sent();
        if self.offers_protocols && !protocol_selected {
            self.outputs
                .push(Output::Notify(Event::ProtocolNotSelected));
            return self.on_break(Cause::new(CauseKind::Protocol));
        }
        self.enter_steps();
    }

    pub(super) fn enter_open(&mut self, accepted: Accepted) {
        let opening = self.opening();
        self.counters.reconnects += u64::from(opening.reconnected);
        self.ever_opened = true;
        self.lost_at = None;
        self.expire();
        self.transition(
            State::Open {
                since: self.now,
                accepted,
            },
            None,
        );
        self.start_heartbeat();
        self.arm_wake_look();
        self.arm_renewal();
        if self.farewell.is_some() {
            self.flush();
            self.ask_for_confirmation();
            return self.on_settled();
        }
        self.outputs.push(Output::Notify(Event::Opened(opening)));
    }

    pub(super) fn opening(&self) -> Opening {
        Opening {
            reconnected: self.ever_opened,
            downtime_ms: self.lost_at.map_or(0, |at| self.now.saturating_sub(at)),
            unconfirmed: self.unconfirmed.min(u32::MAX.into()) as u32,
        }
    }
}
