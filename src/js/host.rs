//! The facade as the engine sees it.

use core::cell::Cell;

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::session::{
    Advice, Cause, CauseKind, Event, Generation, Millis, Question, State, Ticket, Timer, Verdict,
};
use crate::transport::{Face, Frame};

#[wasm_bindgen]
extern "C" {
    /// The TypeScript facade. None of its methods throws.
    pub type Host;

    #[wasm_bindgen(method)]
    fn ask(
        this: &Host,
        question: u32,
        generation: u32,
        attempt: u32,
        downtime: f64,
        unconfirmed: u32,
        reconnected: bool,
    );

    #[wasm_bindgen(method)]
    fn dial(this: &Host, generation: u32) -> Option<WebSocket>;

    #[wasm_bindgen(method)]
    fn receive(this: &Host, frame: Frame) -> u32;

    #[wasm_bindgen(method)]
    fn take(this: &Host, ticket: u32) -> Option<Frame>;

    #[wasm_bindgen(method)]
    fn ping(this: &Host, id: u32) -> Option<Frame>;

    #[wasm_bindgen(method)]
    fn pong(this: &Host) -> Option<Frame>;

    #[wasm_bindgen(method)]
    fn retry(this: &Host, cause: u32, code: u16, reason: &str, clean: bool, attempt: u32) -> f64;

    #[wasm_bindgen(method)]
    fn state(
        this: &Host,
        state: u32,
        attempt: u32,
        delay: f64,
        cause: u32,
        code: u16,
        reason: &str,
        clean: bool,
        detail: u32,
    );

    #[wasm_bindgen(method)]
    fn opened(this: &Host, reconnected: bool, downtime: f64, unconfirmed: u32);

    #[wasm_bindgen(method)]
    fn dropped(this: &Host, ticket: u32, reason: u32);

    #[wasm_bindgen(method)]
    fn latency(this: &Host, ms: u32);

    #[wasm_bindgen(method)]
    fn fault(this: &Host, cause: u32);

    #[wasm_bindgen(method)]
    fn timer(this: &Host, reason: u32, delay: f64);
}

/// The verdict of a pong with id `k` is this and `k`.
const PONG_WITH_ID: u32 = 16;

/// A host, and whether it wants to know of every armed timer.
pub(super) struct HostFace {
    pub(super) host: Host,
    pub(super) log: Cell<bool>,
}

/// A cause as it crosses: kind, code, clean.
fn crossing(cause: Option<Cause>) -> (u32, u16, bool) {
    match cause {
        Some(cause) => (cause.kind as u32, cause.code.unwrap_or(0), cause.was_clean),
        None => (CauseKind::None as u32, 0, false),
    }
}

impl Face for HostFace {
    fn ask(&self, question: Question, generation: Generation) {
        let ask = |number, attempt, downtime: Millis, unconfirmed, reconnected| {
            let downtime = downtime as f64;
            self.host.ask(
                number,
                generation,
                attempt,
                downtime,
                unconfirmed,
                reconnected,
            );
        };
        match question {
            Question::Url { attempt } => ask(0, attempt, 0, 0, false),
            Question::Credentials => ask(1, 0, 0, 0, false),
            Question::Restore(opening) => {
                ask(
                    2,
                    0,
                    opening.downtime_ms,
                    opening.unconfirmed,
                    opening.reconnected,
                );
            }
        }
    }

    fn dial(&self, generation: Generation) -> Option<WebSocket> {
        self.host.dial(generation)
    }

    fn receive(&self, frame: Frame) -> Verdict {
        match self.host.receive(frame) {
            0 => Verdict::Message,
            1 => Verdict::Ping,
            2 => Verdict::Pong(None),
            3 => Verdict::Accepted,
            4 => Verdict::Refused,
            number if number > PONG_WITH_ID => Verdict::Pong(Some(number - PONG_WITH_ID)),
            _ => Verdict::Invalid,
        }
    }

    fn take(&self, ticket: Ticket) -> Option<Frame> {
        self.host.take(ticket)
    }

    fn ping(&self, id: u32) -> Option<Frame> {
        self.host.ping(id)
    }

    fn pong(&self) -> Option<Frame> {
        self.host.pong()
    }

    fn retry(&self, cause: Cause, reason: &str, attempt: u32) -> Advice {
        let (kind, code, clean) = crossing(Some(cause));
        match self.host.retry(kind, code, reason, clean, attempt) {
            delay if delay >= 0.0 => Advice::After(delay as Millis),
            -2.0 => Advice::Stop,
            -3.0 => Advice::Retry,
            _ => Advice::Default,
        }
    }

    fn notify(&self, now: Millis, event: Event, reason: &str) {
        match event {
            Event::State { state, cause } => {
                let (kind, code, clean) = crossing(cause);
                let (attempt, delay, detail) = match state {
                    State::Waiting(wait) => (wait.attempt, wait.until.saturating_sub(now), 0),
                    State::Suspended(why) => (0, 0, why as u32),
                    State::Closed(why) => (0, 0, why as u32),
                    _ => (0, 0, 0),
                };
                let (name, delay) = (state.name() as u32, delay as f64);
                self.host
                    .state(name, attempt, delay, kind, code, reason, clean, detail);
            }
            Event::Opened(opening) => {
                let downtime = opening.downtime_ms as f64;
                self.host
                    .opened(opening.reconnected, downtime, opening.unconfirmed);
            }
            Event::Dropped(ticket, reason) => self.host.dropped(ticket, reason as u32),
            Event::Latency(ms) => self.host.latency(ms),
            Event::ProtocolNotSelected => self.host.fault(CauseKind::Protocol as u32),
        }
    }

    fn armed(&self, timer: Timer, delay_ms: Millis) {
        if self.log.get() {
            self.host.timer(timer as u32, delay_ms as f64);
        }
    }
}
