//! Dialogues with a clock. A test says what comes in and what must go out, and when; whatever goes out without being
//! expected fails it, so silence is asserted as well.
//!
//! ```text
//! let mut d = Dialogue::opened(heartbeat());
//! d.at(25_000).expects("ping 1");
//! d.at(35_000).expects("abandon, waiting 1 (heartbeat)");
//! ```

mod bare;
mod limits;
#[cfg(all(
    feature = "delivery",
    feature = "heartbeat",
    feature = "lifecycle",
    feature = "queue",
    feature = "retry",
    feature = "steps"
))]
mod parts;

use std::collections::VecDeque;

use super::*;

/// Where nothing is said of the address: an ordinary one.
const WSS: Address = Address {
    secure: true,
    loopback: false,
    offers_protocols: false,
    from_secure_page: true,
};

const EVERY_SIGNAL: [Signal; 8] = [
    Signal::Online,
    Signal::Offline,
    Signal::Hidden,
    Signal::Shown,
    Signal::Frozen,
    Signal::Resumed,
    Signal::PageHidePersisted,
    Signal::PageShowPersisted,
];

/// How many delays a test draws before it believes a bound.
const DRAWS: u64 = 300;

/// A peer that answers pings until it dies.
#[derive(Clone, Copy)]
struct Peer {
    round_trip_ms: Millis,
    dies_at: Millis,
}

/// A session, a clock and a native socket, and what has come out so far without being expected yet.
struct Dialogue {
    session: Session,
    now: Millis,
    said: VecDeque<String>,
    /// The generation of the native socket, if there is one.
    socket: Option<Generation>,
    peer: Option<Peer>,
    pongs: VecDeque<(Millis, u32)>,
    last_opening: Opening,
}

impl Dialogue {
    fn new(config: Config) -> Self {
        Self::seeded(config, 1)
    }

    fn seeded(config: Config, seed: u64) -> Self {
        Dialogue {
            session: Session::new(config, seed),
            now: 0,
            said: VecDeque::new(),
            socket: None,
            peer: None,
            pongs: VecDeque::new(),
            last_opening: Opening::default(),
        }
    }

    /// A session that has asked for its URL at 0.
    fn started(config: Config) -> Self {
        let mut d = Self::new(config);
        d.open().expects("connecting, ask url 0");
        d
    }

    /// A session whose socket is handshaking at 0.
    fn dialled(config: Config) -> Self {
        let mut d = Self::started(config);
        d.url(WSS).expects("dial");
        d
    }

    /// A session that has opened at 0.
    fn opened(config: Config) -> Self {
        Self::opened_with_seed(config, 1)
    }

    fn opened_with_seed(config: Config, seed: u64) -> Self {
        let mut d = Self::seeded(config, seed);
        d.open();
        d.said.clear();
        d.comes_up();
        d
    }

    /// A session that lost its open connection at 0 and waits.
    fn waiting(config: Config) -> Self {
        let mut d = Self::opened(config);
        d.closes(1006, "").expects("waiting 1 (closed 1006)");
        d
    }

    // --- the clock -----------------------------------------------------------------------------------------------

    /// Moves the clock; timers fire when due. Nothing may be said on the way; what is said at `time` is to be expected.
    #[track_caller]
    fn at(&mut self, time: Millis) -> &mut Self {
        self.all_expected();
        while self.now < time
            || self
                .session
                .poll_timeout()
                .is_some_and(|(at, _)| at <= time)
        {
            self.step(time);
            if self.now < time && !self.said.is_empty() {
                panic!(
                    "before {time}, unexpected at {}: {}",
                    self.now,
                    self.pending()
                );
            }
        }
        self
    }

    /// Moves the clock; not a word until `time`, nor then.
    #[track_caller]
    fn silence_until(&mut self, time: Millis) -> &mut Self {
        self.at(time).expects("")
    }

    /// The machine sleeps: no timer fires on the way, then the late one does.
    #[track_caller]
    fn sleeps_until(&mut self, time: Millis) -> &mut Self {
        self.freezes_until(time);
        self.session.handle_timeout(time);
        self.drain()
    }

    /// The machine has slept, and something else may come in before the late timer does.
    #[track_caller]
    fn freezes_until(&mut self, time: Millis) -> &mut Self {
        self.all_expected();
        assert!(time >= self.now, "time runs backwards");
        self.now = time;
        self
    }

    /// Lets the clock run up to `limit` until `word` is said; says when. Other words are passed over.
    fn time_of(&mut self, word: &str, limit: Millis) -> Option<Millis> {
        loop {
            if let Some(index) = self.said.iter().position(|said| said == word) {
                self.said.drain(..=index);
                return Some(self.now);
            }
            self.said.clear();
            if self.now >= limit {
                return None;
            }
            self.step(limit);
        }
    }

    /// To the next timer or pong, or to `limit`.
    fn step(&mut self, limit: Millis) {
        let timer = self.session.poll_timeout().map(|(at, _)| at.max(self.now));
        let pong = self.pongs.front().map(|&(at, _)| at);
        let next = timer.into_iter().chain(pong).min().unwrap_or(limit);
        self.now = next.min(limit);
        if next > limit {
            return;
        }
        if pong == Some(next)
            && let Some((_, id)) = self.pongs.pop_front()
        {
            self.pong(Some(id));
        } else if timer == Some(next) {
            let before = self.session.poll_timeout();
            self.session.handle_timeout(next);
            self.drain();
            let after = self.session.poll_timeout();
            assert_ne!(before, after, "a timer fires at {next} again and again");
        }
    }

    // --- commands ------------------------------------------------------------------------------------------------

    fn open(&mut self) -> &mut Self {
        self.session.open(self.now);
        self.drain()
    }

    fn reconnect(&mut self) -> &mut Self {
        self.session.reconnect(self.now);
        self.drain()
    }

    fn close(&mut self, drain_ms: Millis) -> &mut Self {
        self.session.close(self.now, Some(1000), "bye", drain_ms);
        self.drain()
    }

    fn abort(&mut self) -> &mut Self {
        self.session.abort(self.now);
        self.drain()
    }

    fn pause(&mut self) -> &mut Self {
        self.session.pause(self.now);
        self.drain()
    }

    fn resume(&mut self) -> &mut Self {
        self.session.resume(self.now);
        self.drain()
    }

    fn holds(&mut self) -> &mut Self {
        self.session.hold_reading(self.now);
        self.drain()
    }

    fn releases(&mut self) -> &mut Self {
        self.session.release_reading(self.now);
        self.drain()
    }

    fn advise(&mut self, advice: Advice) -> &mut Self {
        self.session.advise(self.now, advice);
        self.drain()
    }

    /// Hands in a message of ten bytes.
    #[track_caller]
    fn queue(&mut self, ticket: Ticket) -> &mut Self {
        let fate = self.enqueue(message(ticket, 10));
        assert_eq!(fate, Fate::Queued(ticket));
        self
    }

    fn enqueue(&mut self, message: Message) -> Fate {
        let fate = self.session.enqueue(self.now, message);
        self.drain();
        fate
    }

    /// Sends a message of ten bytes straight over the open connection.
    #[track_caller]
    fn sends(&mut self) -> &mut Self {
        assert!(self.session.can_pass(), "cannot pass at {}", self.now);
        if self.session.note_passed(10) {
            self.session.handle_sent(self.now);
        }
        self.drain()
    }

    // --- facts ---------------------------------------------------------------------------------------------------

    fn news(&mut self, news: News) -> &mut Self {
        let generation = self.session.generation();
        assert!(
            self.session.handle_news(self.now, generation, news.clone()),
            "{news:?} was not taken in {:?}",
            self.session.state()
        );
        self.drain()
    }

    fn url(&mut self, address: Address) -> &mut Self {
        self.news(News::UrlReady(address))
    }

    fn handshakes(&mut self) -> &mut Self {
        self.news(News::Opened {
            protocol_selected: false,
        })
    }

    fn fails(&mut self) -> &mut Self {
        self.news(News::Failed)
    }

    fn closes(&mut self, code: u16, reason: &str) -> &mut Self {
        self.socket = None;
        self.news(News::Closed(Close {
            code,
            reason: reason.into(),
            was_clean: code != 1006,
        }))
    }

    /// Answers whatever is asked until the connection is open, all in this moment.
    fn comes_up(&mut self) -> &mut Self {
        self.url(WSS).handshakes();
        if self.session.config.auth != Auth::None {
            self.news(News::CredentialsReady).verdict(Verdict::Accepted);
        }
        if self.session.config.restore {
            self.news(News::Restored);
        }
        assert_eq!(self.name(), StateName::Open);
        self.said.clear();
        self
    }

    /// A message of ten bytes arrives.
    fn hears(&mut self) -> &mut Self {
        assert_eq!(self.arrives(10), Heard::Deliver);
        self
    }

    /// A frame arrives.
    fn arrives(&mut self, bytes: u64) -> Heard {
        let heard = self.session.heard(self.session.generation(), bytes);
        if heard == Heard::TooLarge {
            self.news(News::TooLarge);
        }
        heard
    }

    fn verdict(&mut self, verdict: Verdict) -> &mut Self {
        self.hears().news(News::Classified(verdict))
    }

    fn pong(&mut self, id: Option<u32>) -> &mut Self {
        self.verdict(Verdict::Pong(id))
    }

    /// From now on pings are answered after `round_trip_ms`, and no more from `dies_at` on.
    fn peer(&mut self, round_trip_ms: Millis, dies_at: Millis) -> &mut Self {
        self.peer = Some(Peer {
            round_trip_ms,
            dies_at,
        });
        self
    }

    fn signal(&mut self, signal: Signal) -> &mut Self {
        self.session.handle_signal(self.now, signal);
        self.drain()
    }

    // --- what came out -------------------------------------------------------------------------------------------

    /// All that has come out, in this order and no more.
    #[track_caller]
    fn expects(&mut self, words: &str) -> &mut Self {
        let pending = self.pending();
        assert_eq!(pending, words, "at {}", self.now);
        self.said.clear();
        self
    }

    #[track_caller]
    fn wait(&self) -> Wait {
        match self.session.state() {
            State::Waiting(wait) => *wait,
            state => panic!("not waiting at {} but {state:?}", self.now),
        }
    }

    fn name(&self) -> StateName {
        self.session.state().name()
    }

    fn pending(&self) -> String {
        self.said.iter().cloned().collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn all_expected(&self) {
        assert!(
            self.said.is_empty(),
            "not expected at {}: {}",
            self.now,
            self.pending()
        );
    }

    fn drain(&mut self) -> &mut Self {
        while let Some(output) = self.session.poll_output() {
            self.obey(&output);
            self.said.push_back(match output {
                Output::Close { code: Some(code) } => {
                    format!("close {code} {}", self.session.farewell_reason())
                }
                _ => in_words(&output),
            });
        }
        let state = self.session.state();
        assert!(
            self.socket.is_none() || state.has_socket(),
            "a socket is left over in {state:?}"
        );
        if let State::Closed(_) = state {
            assert_eq!(
                self.session.poll_timeout(),
                None,
                "a timer outlives the end"
            );
        }
        self
    }

    /// What every shell relies on: one socket at a time, and orders only for a socket that is there.
    fn obey(&mut self, output: &Output) {
        match output {
            Output::Dial(generation) => {
                assert_eq!(self.socket, None, "a second socket");
                self.socket = Some(*generation);
                self.pongs.clear();
            }
            Output::Abandon { .. } => {
                assert!(self.socket.take().is_some(), "abandons what is not there");
                self.pongs.clear();
            }
            Output::Transmit(_) | Output::Ping(_) | Output::Pong | Output::Close { .. } => {
                assert!(self.socket.is_some(), "{output:?} without a socket");
            }
            Output::Notify(Event::Opened(opening)) => self.last_opening = *opening,
            _ => {}
        }
        if let (Output::Ping(id), Some(peer)) = (output, self.peer)
            && self.now < peer.dies_at
        {
            self.pongs.push_back((self.now + peer.round_trip_ms, *id));
        }
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.all_expected();
        }
    }
}

fn message(ticket: Ticket, bytes: u32) -> Message {
    Message::plain(ticket, bytes)
}

fn in_words(output: &Output) -> String {
    match output {
        Output::Ask(Question::Url { attempt }, _) => format!("ask url {attempt}"),
        Output::Ask(Question::Credentials, _) => "ask credentials".into(),
        Output::Ask(Question::Restore(_), _) => "ask restore".into(),
        Output::AskRetry { cause, attempt } => format!("ask retry {attempt} {}", of_cause(cause)),
        Output::Dial(_) => "dial".into(),
        Output::Transmit(ticket) => format!("transmit {ticket}"),
        Output::Ping(id) => format!("ping {id}"),
        Output::Pong => "pong".into(),
        Output::Close { .. } => "close".into(),
        Output::Abandon { code: None } => "abandon".into(),
        Output::Abandon { code: Some(code) } => format!("abandon {code}"),
        Output::Notify(event) => event_in_words(event),
    }
}

fn event_in_words(event: &Event) -> String {
    match event {
        Event::State { state, cause } => {
            let name = state.name().name();
            let detail = match state {
                State::Waiting(wait) => format!(" {}", wait.attempt),
                State::Suspended(why) => format!(" {}", why.name()),
                State::Closed(why) => format!(" {}", why.name()),
                _ => String::new(),
            };
            let cause = cause
                .as_ref()
                .map_or(String::new(), |cause| format!(" {}", of_cause(cause)));
            format!("{name}{detail}{cause}")
        }
        Event::Opened(opening) if opening.reconnected => "reopened".into(),
        Event::Opened(_) => "opened".into(),
        Event::Dropped(ticket, reason, Progress::Queued) => {
            format!("drop {ticket} {}", reason.name())
        }
        Event::Dropped(ticket, reason, progress) => {
            format!("drop {ticket} {} ({})", reason.name(), progress.name())
        }
        Event::Confirmed(ticket) => format!("confirmed {ticket}"),
        Event::Renewed => "renewed".into(),
        Event::RenewalFailed => "renewal failed".into(),
        Event::Latency(ms) => format!("latency {ms}"),
        Event::ProtocolNotSelected => "protocol not selected".into(),
    }
}

fn of_cause(cause: &Cause) -> String {
    let kind = cause.kind.name();
    match cause.code {
        Some(code) => format!("({kind} {code})"),
        None => format!("({kind})"),
    }
}
