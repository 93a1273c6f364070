//! Signals of the page and the network, and what a timer that fires far too late means.

use super::cause::{Cause, CauseKind};
use super::news::{Address, Signal};
use super::state::{Dial, State, Suspended, Wait};
use super::timer::Timer;
use super::{Millis, Session};

/// Good news is acted on at most once in this time.
const MIN_BETWEEN_ACTS_MS: Millis = 5_000;
/// A link that broke while the page stood still is reported only after the news that the page is back: so soon.
const READ_LATE_MS: Millis = 1_000;
/// While the browser believes that there is no network, dials are this far apart.
const OFFLINE_DIAL_MS: Millis = 30_000;
/// A timer this late means sleep or throttling, not a busy page.
const FAR_TOO_LATE_MS: Millis = 5_000;
/// What arrived during a sleep is read for this long before the peer is asked.
const GRACE_MS: Millis = 1_000;
/// Without a heartbeat, a connection that slept longer than this is replaced …
const SLEEP_MS: Millis = 30_000;
/// … and so much longer in a hidden page, whose timers may fire only once a minute anyway.
const HIDDEN_THROTTLE_MS: Millis = 60_000;
/// Without a heartbeat, how often to look whether the machine slept.
const WAKE_LOOK_MS: Millis = 5_000;

/// Whether the attempt under way has been given time because of a sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grace {
    Available,
    Used,
}

/// A held-back dial in Firefox waits this long after the first failure, half as much again after each further one …
const PATIENCE_FIRST_MS: Millis = 400;
/// … and at most this long (`nsWSAdmissionManager`, `kWSReconnectMaxDelay`). The failures of all tabs count, and ours may
/// be the fewest: a handshake that took too long, after failures, has been held back, and the next one is let be.
const PATIENCE_MAX_MS: Millis = 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visibility {
    Shown,
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Online,
    Offline,
}

/// What the signals have said so far.
#[derive(Clone, Debug)]
pub(super) struct Page {
    visibility: Visibility,
    network: Network,
    /// When good news last made a dial, or will. A probe does not hold up the dial that its outcome may call for.
    last_dial: Option<Millis>,
    last_probe: Option<Millis>,
    /// When good news last came to this connection, which was open.
    news_while_open: Option<Millis>,
    /// Whether the address is on this machine, which no network outage reaches.
    loopback: bool,
    dial_grace: Grace,
}

impl Page {
    pub(super) const fn new() -> Self {
        Page {
            visibility: Visibility::Shown,
            network: Network::Online,
            last_dial: None,
            last_probe: None,
            news_while_open: None,
            loopback: false,
            dial_grace: Grace::Available,
        }
    }

    /// An attempt begins.
    pub(super) fn note_dial(&mut self) {
        self.news_while_open = None;
        self.dial_grace = Grace::Available;
    }

    /// It goes to this address.
    pub(super) fn note_address(&mut self, address: &Address) {
        self.loopback = address.loopback;
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.visibility == Visibility::Hidden
    }

    /// The earliest time of the next dial, for a machine that seems to be offline.
    pub(super) fn earliest_dial(&self, last_dial: Millis) -> Millis {
        if self.network == Network::Offline && !self.loopback {
            last_dial.saturating_add(OFFLINE_DIAL_MS)
        } else {
            0
        }
    }
}

impl Session {
    /// Whether signals of page and network are acted on.
    pub fn listens(&self) -> bool {
        self.config.lifecycle
    }

    /// Takes a signal of the page or the network.
    pub fn handle_signal(&mut self, now: Millis, signal: Signal) {
        self.advance(now);
        if !self.config.lifecycle {
            return;
        }
        self.notice_sleep();
        match signal {
            Signal::Hidden => self.on_visibility(Visibility::Hidden),
            Signal::Shown => {
                self.on_visibility(Visibility::Shown);
                self.on_good_news();
            }
            Signal::Offline => self.on_offline(),
            Signal::Online => {
                self.page.network = Network::Online;
                self.on_good_news();
            }
            // The connection stays: what the server says meanwhile is read when the page runs again.
            Signal::Frozen => {}
            Signal::PageHidePersisted => self.on_page_hide(),
            Signal::Resumed | Signal::PageShowPersisted => {
                if matches!(self.state, State::Suspended(Suspended::Frozen)) {
                    self.page.last_dial = Some(self.now);
                    self.dial(None);
                } else {
                    self.on_good_news();
                }
            }
        }
    }

    fn on_visibility(&mut self, visibility: Visibility) {
        if self.page.visibility != visibility {
            self.page.visibility = visibility;
            if self.is_open() && self.has_heartbeat() {
                self.on_look();
            }
        }
    }

    /// The network, the page or the machine came back: dial now, or ask an open connection for a sign of life.
    /// Delays that a server named or needs are served in full, and the attempt count stays.
    fn on_good_news(&mut self) {
        let over = |act: Option<Millis>| {
            // An act whose turn was still to come, and which a dial for another reason forestalled, is none.
            act.map_or(0, |at| at.min(self.now).saturating_add(MIN_BETWEEN_ACTS_MS))
        };
        let act_at = over(self.page.last_dial);
        let probe_at = over(self.page.last_probe).max(act_at);
        match &self.state {
            State::Waiting(wait) => {
                // The wait as it would be without an act: `online` may have made it shorter by itself.
                let served = wait.due.max(self.page.earliest_dial(self.last_dial));
                // One that is over by itself needs no act.
                let acts = wait.kind.may_be_cut_short() && act_at < served && self.now < served;
                // Too soon after the last act it takes its turn instead of being lost.
                let at = if acts { act_at } else { served }.max(self.now);
                if at == self.now || at < wait.until {
                    if acts {
                        self.page.last_dial = Some(at);
                    }
                    self.wait_until(at);
                }
            }
            State::Open { .. } => {
                self.page.news_while_open = Some(self.now);
                if probe_at <= self.now && self.can_ping() {
                    self.page.last_probe = Some(self.now);
                    self.probe();
                }
            }
            _ => {}
        }
    }

    /// A plain break right after good news is older than the news: the dial is due now.
    pub(super) fn on_plain_break(&mut self) {
        let news = self.page.news_while_open.take();
        if news.is_some_and(|at| self.now <= at.saturating_add(READ_LATE_MS)) {
            self.on_good_news();
        }
    }

    fn wait_until(&mut self, until: Millis) {
        if until <= self.now {
            return self.dial(None);
        }
        if let State::Waiting(wait) = &self.state {
            let wait = Wait { until, ..*wait };
            self.transition(State::Waiting(wait), None);
        }
    }

    /// A hint only, which can be wrong: an open connection is asked, not closed, and dials grow rare.
    fn on_offline(&mut self) {
        self.page.network = Network::Offline;
        if self.page.loopback {
            return;
        }
        let earliest = self.page.earliest_dial(self.last_dial);
        match &self.state {
            State::Open { .. } => self.probe(),
            State::Waiting(wait) if wait.until < earliest => self.wait_until(earliest),
            _ => {}
        }
    }

    /// Closes cleanly, so that the server knows at once and the page may enter the back/forward cache.
    fn on_page_hide(&mut self) {
        let ends = match &self.state {
            // A delay that has to be served in full goes on: the page comes back to what is left of it.
            State::Waiting(wait) => wait.kind.may_be_cut_short(),
            State::Deciding(_) => true,
            state => state.is_active(),
        };
        if ends {
            self.suspend(Suspended::Frozen, Cause::new(CauseKind::PageHide));
        }
    }

    /// A timer that is far too late means that the machine slept or the page was throttled. Looked for on each
    /// fact: what comes in after a sleep may overtake the timer.
    pub(super) fn notice_sleep(&mut self) {
        if let Some((at, _)) = self.timers.next() {
            let late_ms = self.now.saturating_sub(at);
            if late_ms >= FAR_TOO_LATE_MS {
                self.on_woke(late_ms);
            }
        }
    }

    fn on_woke(&mut self, late_ms: Millis) {
        match self.state {
            State::Connecting(Dial::Handshaking)
            | State::Authenticating(_)
            | State::Restoring { .. }
                if self.page.dial_grace == Grace::Available =>
            {
                // The news of an open socket may still stand in the page's task queue.
                self.page.dial_grace = Grace::Used;
                let at = self.now.saturating_add(GRACE_MS);
                let at = self.timers.deadline(Timer::Connect).unwrap_or(0).max(at);
                self.timers.arm(Timer::Connect, at);
            }
            State::Open { .. } if self.has_heartbeat() => self.give_grace(GRACE_MS),
            // What stands unread is not thrown away.
            State::Open { .. } if self.config.lifecycle && !self.is_held() => {
                let throttle = if self.page.is_hidden() {
                    HIDDEN_THROTTLE_MS
                } else {
                    0
                };
                // The sleep may have begun right after the last look.
                if late_ms + WAKE_LOOK_MS > SLEEP_MS + throttle {
                    self.replace(Cause::new(CauseKind::Sleep));
                }
            }
            State::Waiting(_) if self.config.lifecycle => self.on_good_news(),
            _ => {}
        }
    }

    /// Without a heartbeat nothing else would notice a sleep.
    pub(super) fn arm_wake_look(&mut self) {
        if self.config.lifecycle && !self.has_heartbeat() {
            self.arm_in(Timer::Wake, WAKE_LOOK_MS);
        }
    }

    /// Firefox delays a dial after failures by itself, and ending that dial restarts the delay.
    pub(super) fn patience_ms(&self) -> Millis {
        if !self.config.patient_dials {
            return 0;
        }
        if self.slow_handshakes > 0 {
            return PATIENCE_MAX_MS;
        }
        let mut patience = 0;
        for failure in 0..self.attempts.min(16) {
            patience = if failure == 0 {
                PATIENCE_FIRST_MS
            } else {
                patience + patience / 2
            };
        }
        patience.min(PATIENCE_MAX_MS)
    }
}
