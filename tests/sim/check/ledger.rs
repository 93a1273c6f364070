//! A second account of what decides about the next attempt: tries in a row, the token's allowance, strikes, and
//! since when there has been no connection.

use tautline::session::{Config, Millis, StateName};

/// Up this long, a connection was a good one …
const HEALTHY_MS: Millis = 10_000;
/// … and this long forgives a peer its strikes.
const FORGIVEN_MS: Millis = 60_000;

/// The connection that stands.
#[derive(Clone, Copy)]
struct Link {
    since: Millis,
    heard_after_yes: bool,
}

/// What counts.
pub struct Ledger {
    pub attempts: u32,
    pub strikes: u32,
    pub allowance_used: bool,
    pub lost_at: Option<Millis>,
    /// Since when it has been trying without a rest.
    pub trying_since: Millis,
    pub ever_opened: bool,
    accepted: bool,
    heard_early: bool,
    link: Option<Link>,
}

impl Ledger {
    pub fn new(config: &Config) -> Self {
        Ledger {
            attempts: 0,
            strikes: 0,
            allowance_used: false,
            lost_at: config.lost_at,
            trying_since: 0,
            ever_opened: config.lost_at.is_some(),
            accepted: false,
            heard_early: false,
            link: None,
        }
    }

    /// An attempt begins; the first after a rest starts the time anew.
    pub fn dials(&mut self, now: Millis, rested: bool) {
        if rested {
            self.trying_since = now;
        }
        self.lost_at.get_or_insert(now);
        self.accepted = false;
    }

    /// The server has said yes on the present link.
    pub fn accepts(&mut self) {
        self.accepted = true;
    }

    pub fn hears(&mut self) {
        if let Some(link) = &mut self.link {
            link.heard_after_yes |= self.accepted;
        } else {
            // Between the yes and `open` the restore step may be answered: a message too.
            self.heard_early |= self.accepted;
        }
    }

    /// The server's last word is no sign that all is well.
    pub fn hears_the_last(&mut self) {
        if let Some(link) = &mut self.link {
            link.heard_after_yes = false;
        }
    }

    pub fn opens(&mut self, now: Millis) {
        self.link = Some(Link {
            since: now,
            heard_after_yes: core::mem::take(&mut self.heard_early),
        });
        self.ever_opened = true;
        self.lost_at = None;
    }

    /// The link or the attempt is over.
    pub fn ends(&mut self, now: Millis) {
        self.heard_early = false;
        if let Some(link) = self.link.take() {
            let uptime = now - link.since;
            if uptime >= HEALTHY_MS || link.heard_after_yes {
                self.attempts = 0;
            }
            if uptime >= HEALTHY_MS {
                self.allowance_used = false;
            }
            if uptime >= FORGIVEN_MS {
                self.strikes = 0;
            }
            self.lost_at = Some(now);
            self.trying_since = now;
        }
    }

    /// The application's end of a connection is when its closing handshake is over; of nothing, none.
    pub fn ceases(&mut self, now: Millis, shown: StateName) {
        if shown != StateName::Idle {
            self.lost_at.get_or_insert(now);
        }
    }

    /// The application starts anew after the end.
    pub fn starts_anew(&mut self) {
        self.attempts = 0;
        self.strikes = 0;
        self.allowance_used = false;
    }

    /// How long it will have been without a connection, trying.
    pub fn elapsed(&self, until: Millis) -> Millis {
        until.saturating_sub(self.trying_since)
    }
}
