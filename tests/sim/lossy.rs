//! How the server answers pings and requests when it does not do so at once: late, twice, never, out of order.
//!
//! What is late holds up no other frame. Pongs that carry no id stay in the order of their pings, and none comes twice
//! or unasked: without an id nothing can tell such a pong from the answer to a later ping, so no client could keep a
//! promise against it.

use tautline::session::Millis;

use crate::agenda::Agenda;
use crate::config::chance;
use crate::faults::Fault;
use crate::net::{Frame, LinkId};
use crate::server::{Around, Server};

/// A late reply comes after up to this.
const LATEST_REPLY_MS: Millis = 20_000;
/// A late yes.
const LATEST_YES_MS: Millis = 20_000;

/// Answers that will leave later.
pub struct Owed {
    answers: Agenda<(LinkId, Frame)>,
    /// Of each link: when the last of its pongs will have left.
    pongs_until: Vec<Millis>,
    /// And how many pings will never be answered.
    pongs_lost: Vec<u32>,
    /// Requests without a reply so far.
    open_requests: Vec<u32>,
}

impl Owed {
    pub fn new() -> Self {
        Owed {
            answers: Agenda::new(),
            pongs_until: Vec::new(),
            pongs_lost: Vec::new(),
            open_requests: Vec::new(),
        }
    }

    pub fn next_at(&self) -> Option<Millis> {
        self.answers.next_at()
    }

    pub fn pop(&mut self, now: Millis) -> Option<(LinkId, Frame)> {
        self.answers.pop(now)
    }

    /// Everything that is owed leaves now, in its order.
    pub fn hasten(&mut self, now: Millis) {
        let mut hastened = Agenda::new();
        while let Some(answer) = self.answers.pop(Millis::MAX) {
            hastened.add(now, answer);
        }
        self.answers = hastened;
        for until in &mut self.pongs_until {
            *until = (*until).min(now);
        }
    }

    pub fn pongs_lost(&self, link: LinkId) -> u32 {
        self.pongs_lost.get(link).copied().unwrap_or(0)
    }

    fn reserve(&mut self, link: LinkId) {
        if self.pongs_until.len() <= link {
            self.pongs_until.resize(link + 1, 0);
            self.pongs_lost.resize(link + 1, 0);
        }
    }
}

impl Server {
    pub(crate) fn on_ping(&mut self, around: &mut Around, link: LinkId, id: u32) {
        let now = around.now;
        let carries = self.habits.pongs_carry_id;
        self.owed.reserve(link);
        if around.faults.strikes(now, Fault::PongsDropped) {
            self.owed.pongs_lost[link] += 1;
            return;
        }
        let late = around.faults.strikes(now, Fault::PongLate);
        let mut at = if late {
            now + around.rng.u64(..self.habits.latest_pong_ms)
        } else {
            now
        };
        let before = self.owed.pongs_until[link];
        if at < before {
            if carries {
                around.faults.took(Fault::PongOvertaken);
            } else {
                at = before;
            }
        }
        self.owed.pongs_until[link] = at.max(before);
        let pong = Frame::PongOf(carries.then_some(id));
        self.answer(around, link, pong, at);
        if carries && around.faults.strikes(now, Fault::PongTwice) {
            let again = at + around.rng.u64(..3_000);
            self.answer(around, link, pong, again);
        }
    }

    pub(crate) fn on_request(&mut self, around: &mut Around, link: LinkId, ticket: u32) {
        let now = around.now;
        if around.faults.strikes(now, Fault::ReplyNever) {
            self.owed.open_requests.push(ticket);
            return;
        }
        let late = around.faults.strikes(now, Fault::ReplyLate);
        let at = if late {
            now + around.rng.u64(..LATEST_REPLY_MS)
        } else {
            now
        };
        let reply = Frame::ReplyTo(ticket);
        self.answer(around, link, reply, at);
        if around.faults.strikes(now, Fault::ReplyTwice) {
            let again = at + around.rng.u64(..3_000);
            self.answer(around, link, reply, again);
        }
    }

    /// A new connection has come: some servers go on with what earlier ones have brought, before the peer may speak.
    pub(crate) fn go_on(&mut self, around: &mut Around, link: LinkId) {
        if chance(around.rng, 50) {
            for ticket in core::mem::take(&mut self.owed.open_requests) {
                around.faults.took(Fault::ReplyElsewhere);
                let at = around.now + around.rng.u64(..200);
                self.answer(around, link, Frame::ReplyTo(ticket), at);
            }
        }
    }

    pub(crate) fn accept_late(&mut self, around: &mut Around, link: LinkId) {
        let at = around.now + around.rng.u64(..LATEST_YES_MS);
        self.answer(around, link, Frame::Yes, at);
    }

    /// Sends an answer at its time.
    fn answer(&mut self, around: &mut Around, link: LinkId, frame: Frame, at: Millis) {
        if at <= around.now {
            self.push(around, link, frame);
        } else {
            self.owed.answers.add(at, (link, frame));
        }
    }

    /// The next answer whose time has come; false if there is none.
    pub(crate) fn pay(&mut self, around: &mut Around) -> bool {
        let Some((link, frame)) = self.owed.pop(around.now) else {
            return false;
        };
        let left = self.push(around, link, frame);
        if let (false, Frame::ReplyTo(ticket)) = (left, frame) {
            self.owed.open_requests.push(ticket);
        }
        true
    }
}
