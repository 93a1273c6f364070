//! The faults: which are in effect, until when, and how often each has struck.

use tautline::session::Millis;

use crate::counted::counted;

counted! {
    /// What can go wrong.
    pub enum Fault {
        LinkTorn = "link torn (RST)",
        HalfOpen = "half-open, both ways",
        HalfOpenUp = "half-open, client to server",
        HalfOpenDown = "half-open, server to client",
        DarkHeld = "network dark, links survive",
        DarkKills = "network dark, links die unnoticed",
        Latency = "latency changes, up to 3 s",
        Refused = "server refuses",
        Unanswered = "handshake never answered",
        SlowHandshake = "slow handshake",
        NoProtocol = "subprotocol not selected",
        Flapping = "flapping after open",
        ServerCloses = "server closes with code and reason",
        Restart = "server restarts",
        TokenRefused = "credentials refused",
        TokenUnanswered = "credentials never answered",
        TokenCloses = "credentials answered by a close",
        YesUnasked = "yes to nothing",
        NoUnasked = "no to nothing",
        TokenLate = "credentials accepted late",
        Oversize = "oversize frame",
        Garbage = "frame that does not decode",
        Breach = "server breaks the subprotocol",
        LastWord = "server ends the conversation by the subprotocol",
        ServerPings = "server pings out of rhythm",
        PingsStop = "server stops pinging",
        PongsDropped = "pong dropped",
        PongUnasked = "pong nobody asked for",
        PongLate = "pong late, up to 30 s, in some runs five minutes",
        PongTwice = "pong twice",
        PongOvertaken = "pong overtaken by a later one",
        ReplyLate = "reply late, up to 20 s",
        ReplyTwice = "reply twice",
        ReplyNever = "request never replied to",
        ReplyElsewhere = "reply over a later connection",
        ReplyUnasked = "reply to nobody",
        UrlFails = "URL provider fails",
        UrlHangs = "URL provider hangs",
        UrlSlow = "URL provider slow",
        UrlInsecure = "URL is insecure",
        TokenFails = "credentials provider fails",
        TokenHangs = "credentials provider hangs",
        TokenSlow = "credentials provider slow",
        RestoreFails = "restore fails",
        RestoreHangs = "restore hangs",
        Jank = "busy page, late timer",
        Sleep = "machine sleeps",
        Frozen = "page frozen",
        Cached = "page in back/forward cache",
        ThrottledSecond = "hidden page, timers once a second",
        ThrottledMinute = "hidden page, timers once a minute",
        Spurious = "timeout before its time",
        Unread = "arrives while nothing is read",
        ClockBack = "clock steps back",
        StaleNews = "news of an older generation",
        UntimelyNews = "news at the wrong moment",
        Reentrant = "command from inside a listener",
    }
}

/// The faults of one run.
pub struct Faults {
    until: [Millis; Fault::ALL.len()],
    taken: [u64; Fault::ALL.len()],
}

impl Faults {
    pub fn new() -> Self {
        Faults {
            until: [0; Fault::ALL.len()],
            taken: [0; Fault::ALL.len()],
        }
    }

    /// From now on the fault strikes whenever it can, until that time.
    pub fn set(&mut self, fault: Fault, until: Millis) {
        self.until[fault as usize] = until;
    }

    /// Whether the fault is in effect; if so, it has struck once more.
    pub fn strikes(&mut self, now: Millis, fault: Fault) -> bool {
        let strikes = now < self.until[fault as usize];
        self.taken[fault as usize] += u64::from(strikes);
        strikes
    }

    /// Counts a fault that strikes by itself.
    pub fn took(&mut self, fault: Fault) {
        self.taken[fault as usize] += 1;
    }

    pub fn heal(&mut self) {
        self.until = [0; Fault::ALL.len()];
    }

    pub fn taken(&self) -> &[u64] {
        &self.taken
    }
}
