//! The shell around the session: performs its orders, keeps payloads and the native socket, and asks the providers.

use tautline::session::{
    Address, Event, Generation, Heard, News, Output, Question, State, StateName, Verdict,
};

use crate::call::{Call, Reply};
use crate::check::rows::LAST_WORDS;
use crate::check::{Invariant, Seen};
use crate::config::chance;
use crate::faults::Fault;
use crate::net::{Frame, LinkId, ToClient, ToServer};
use crate::world::World;

/// A native socket.
#[derive(Clone, Copy, Debug)]
pub struct Socket {
    pub link: LinkId,
}

/// What a provider or a step of the application comes back with.
pub enum Answer {
    Url(Generation, Address),
    Failed(Generation),
    Credentials(Generation),
    /// Messages of the restore step still to send.
    Restore(Generation, u32),
}

impl World {
    /// Does what the session orders.
    pub fn perform(&mut self, output: Output) {
        match output {
            Output::Ask(question, generation) => self.ask(&question, generation),
            Output::AskRetry { .. } => {
                self.call(&Call::Advise(self.advice));
            }
            Output::Dial(generation) => self.dial(generation),
            Output::Transmit(ticket) if self.is_request(ticket) => {
                self.transmit(Frame::Request(ticket));
            }
            Output::Transmit(ticket) => self.transmit(Frame::Message(ticket)),
            Output::Ping(id) => {
                self.last_ping = if id > 0 { id } else { self.last_ping };
                self.transmit(Frame::Ping(id));
            }
            Output::Pong => self.transmit(Frame::Pong),
            Output::Close { code, .. } => self.say(ToServer::Close(code.unwrap_or(1005))),
            Output::Abandon { code } => {
                self.say(ToServer::Close(code.unwrap_or(1005)));
                self.forget_unread();
                self.socket = None;
            }
            Output::Notify(event) => self.notify(&event),
        }
    }

    /// A listener may call back at once.
    fn notify(&mut self, event: &Event) {
        if let Event::Latency(_) = event {
            return;
        }
        let Some(command) = self.listener else { return };
        // What the session has settled already may still have to be told, and until then the account of the messages
        // lags behind: what is about messages waits for the next event.
        let behind = self.view.has_untold() || self.shown() == StateName::Closing;
        if command.is_about_messages() && behind {
            return;
        }
        self.listener = None;
        self.faults.took(Fault::Reentrant);
        self.obey(command);
    }

    // --- an application that holds the reading back --------------------------------------------------------------

    /// Before the connection is open there is nothing to hold back: the shell reads what the session waits for.
    pub fn hold_reading(&mut self) {
        self.call(&Call::HoldReading);
        self.held = matches!(self.view.state(), State::Open { .. });
    }

    pub fn release_reading(&mut self) {
        self.held = false;
        self.call(&Call::ReleaseReading);
    }

    /// What arrives stands in the socket, in order. Only a broken link is known at once, and what was unread is lost.
    pub fn leave_unread(&mut self, link: LinkId, what: ToClient) {
        self.faults.took(Fault::Unread);
        match what {
            ToClient::Closed(close) if close.code == 1006 => {
                self.forget_unread();
                self.deliver(link, ToClient::Closed(close));
            }
            what => self.unread.push_back(what),
        }
    }

    fn forget_unread(&mut self) {
        self.held = false;
        self.unread.clear();
    }

    /// Reads what has arrived while nothing was read.
    pub fn read_on(&mut self) {
        while !self.held && !self.failed() {
            let Some(socket) = self.socket else { return };
            let Some(what) = self.unread.pop_front() else {
                return;
            };
            self.deliver(socket.link, what);
        }
    }

    fn dial(&mut self, generation: Generation) {
        self.forget_unread();
        let offers = self.setting.address.offers_protocols;
        let link = self.net.dial(self.now, &mut self.rng, offers);
        debug_assert_eq!(link, self.generations.len());
        self.generations.push(generation);
        self.socket = Some(Socket { link });
    }

    pub fn transmit(&mut self, frame: Frame) {
        self.say(ToServer::Frame(frame));
    }

    fn say(&mut self, what: ToServer) {
        if let Some(socket) = self.socket {
            self.net.send_up(self.now, &mut self.rng, socket.link, what);
        }
    }

    // --- providers -----------------------------------------------------------------------------------------------

    fn ask(&mut self, question: &Question, generation: Generation) {
        let now = self.now;
        let (hangs, fails) = match question {
            Question::Url { .. } => (Fault::UrlHangs, Fault::UrlFails),
            Question::Credentials => (Fault::TokenHangs, Fault::TokenFails),
            Question::Restore(_) => (Fault::RestoreHangs, Fault::RestoreFails),
        };
        if let Question::Url { .. } = question {
            self.dialled_at = now;
        }
        if self.faults.strikes(now, hangs) {
            return;
        }
        let mut at = now
            + if self.rng.bool() {
                0
            } else {
                self.rng.u64(..40)
            };
        if self.faults.strikes(now, fails) {
            return self.answers.add(at, Answer::Failed(generation));
        }
        let answer = match question {
            Question::Url { .. } => {
                if self.faults.strikes(now, Fault::UrlSlow) {
                    at += self.rng.u64(..15_000);
                }
                Answer::Url(generation, self.address())
            }
            Question::Credentials => {
                if self.faults.strikes(now, Fault::TokenSlow) {
                    at += self.rng.u64(..15_000);
                }
                Answer::Credentials(generation)
            }
            Question::Restore(_) => Answer::Restore(generation, self.rng.u32(..4)),
        };
        self.answers.add(at, answer);
    }

    fn address(&mut self) -> Address {
        let mut address = self.setting.address;
        if self.faults.strikes(self.now, Fault::UrlInsecure) {
            address.secure = false;
            address.loopback = false;
        }
        address
    }

    pub fn on_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Url(generation, address) => {
                self.input(&Call::News(generation, News::UrlReady(address)));
            }
            Answer::Failed(generation) => {
                self.input(&Call::News(generation, News::Failed));
            }
            Answer::Credentials(generation) => {
                let news = Call::News(generation, News::CredentialsReady);
                if self.call(&news) == Reply::Taken(true) {
                    self.look(&Seen::CredentialsSent);
                    self.transmit(Frame::Credentials);
                }
                self.settle();
            }
            Answer::Restore(generation, left) => self.restore(generation, left),
        }
    }

    /// One message of the restore step, or its end.
    fn restore(&mut self, generation: Generation, left: u32) {
        if left == 0 {
            self.input(&Call::News(generation, News::Restored));
        } else if self.view.may_restore(generation) {
            self.look(&Seen::RestoreSent);
            self.transmit(Frame::Restore);
            let at = self.now + self.rng.u64(..50);
            self.answers.add(at, Answer::Restore(generation, left - 1));
        }
    }

    // --- news of the socket --------------------------------------------------------------------------------------

    /// Hands in what has arrived, under the generation of its link.
    pub fn deliver(&mut self, link: LinkId, what: ToClient) {
        let generation = self.generations[link];
        let current = self.socket.is_some_and(|socket| socket.link == link);
        let stale = !current && !self.is_waking();
        let before = stale.then(|| *self.view.state());
        let reply = match what {
            ToClient::Opened { protocol_selected } => {
                self.input(&Call::News(generation, News::Opened { protocol_selected }))
            }
            ToClient::Closed(close) => {
                if current {
                    self.forget_unread();
                    self.socket = None;
                }
                self.input(&Call::News(generation, News::Closed(close)))
            }
            ToClient::Frame(frame) => self.hear(generation, frame),
        };
        let ignored = matches!(reply, Reply::Taken(false) | Reply::Heard(Heard::Discard));
        if before.is_some_and(|before| !ignored || *self.view.state() != before) {
            self.fail(Invariant::Sockets, format!("news of old link {link} taken"));
        }
    }

    fn hear(&mut self, generation: Generation, frame: Frame) -> Reply {
        let bytes = match frame {
            Frame::Data(bytes) => bytes,
            _ => 20,
        };
        let reply = self.input(&Call::Heard(generation, bytes));
        match reply {
            Reply::Heard(Heard::Deliver) => {}
            Reply::Heard(Heard::TooLarge) => {
                return self.input(&Call::News(generation, News::TooLarge));
            }
            _ => return reply,
        }
        match frame {
            Frame::Breach => return self.input(&Call::News(generation, News::Violated)),
            Frame::LastWord(index) => {
                let (action, delay_ms) = LAST_WORDS[index];
                let word = News::Dismissed { action, delay_ms };
                return self.input(&Call::News(generation, word));
            }
            _ => {}
        }
        let verdict = match frame {
            Frame::Yes => {
                self.note_expiry();
                Verdict::Accepted
            }
            Frame::ReplyTo(ticket) => Verdict::Reply(ticket),
            Frame::No => Verdict::Refused,
            Frame::ServerPing => Verdict::Ping,
            Frame::PongOf(id) => Verdict::Pong(id),
            Frame::Garbage => Verdict::Invalid,
            // A classifier may say so, or there may be none.
            _ if self.rng.bool() => Verdict::Message,
            _ => return reply,
        };
        self.input(&Call::News(generation, News::Classified(verdict)))
    }

    /// With its yes the server may say how long the credentials hold.
    fn note_expiry(&mut self) {
        if self.setting.credentials_expire && chance(&mut self.rng, 80) {
            let longest = [20_001, 60_000, 600_000][self.rng.usize(..3)];
            let holds_ms = self.rng.u64(20_000..longest);
            self.call(&Call::Hold(holds_ms));
        }
    }
}
