//! Bugs to plant between the session and its surroundings, each with the invariant that must catch it.

use tautline::session::{Config, Delivery, Timer};

use crate::check::Invariant;
use crate::counted::counted;

counted! {
    /// A planted bug.
    pub enum Bug {
        ImpossibleEdge = "reports `open` where it only starts to connect",
        IgnoredAbandon = "forgets to abandon a socket",
        DoubledDial = "dials twice",
        LostMessage = "loses a queued message on its way out",
        DoubledMessage = "sends a queued message twice",
        ReorderedMessages = "swaps two queued messages",
        ForgottenDrop = "drops a message without a report",
        OverfullQueue = "takes one message more than the queue may hold",
        RetriedFinal = "comes back after a final close",
        ForgottenAttempts = "forgets how often it has tried",
        LateRetry = "waits longer than its window",
        CutTold = "cuts a server-told delay short when the network comes back",
        SleepyRetry = "never asks to be woken for the retry",
        EagerTimeout = "acts on a timeout before its time",
        Revenant = "comes back after a close when the page is shown",
        SkippedYes = "sends before the server has said yes",
        SkippedRestore = "sends before the restore step is done",
        EagerSignal = "dials on every signal, however soon after the last",
        SleepyHeartbeat = "pings three times too seldom",
        RashHeartbeat = "gives up a server that pings in its rhythm",
        SlowClose = "takes five seconds longer to close",
        Miscounted = "counts a sent message twice",
        FalseConfirmation = "takes what was sent for confirmed",
        DeafToOpening = "does not hear the handshake succeed after the third time",
        ConfirmsUnasked = "takes any pong for the answer to its last ping",
        ConfirmsAtOnce = "takes a message for received when it is sent",
        LostResend = "loses a kept message at a break",
        LateResend = "sends a newer message before one that goes again",
        ResendsDropped = "sends again what it has given up",
        ReplaysLast = "sends the last message again on the next connection",
        ExtraRequest = "takes one request more than may wait",
        PromisedRoom = "takes a message that there is no room to keep",
        ForgottenUnconfirmed = "does not tell of what a break leaves unconfirmed",
        SettledTwice = "confirms a message twice",
        DoubledReply = "takes a second reply, or one to nobody",
        FalseProgress = "calls a sent message a queued one",
        SleepyConfirm = "asks a minute too late to be woken for a confirmation",
        SlowConfirm = "asks for confirmations three times too late",
        AsksTwice = "asks the provider twice at once",
        RenewedEarly = "takes credentials for renewed before the yes",
        DeafToRefusal = "ignores a no to new credentials",
        RashGoodbye = "says the close before what it should wait for has come",
        JudgesUnread = "judges a peer by its silence while nothing is read",
        MuteHold = "says nothing while nothing is read",
        MuteBeat = "leaves out the beats that expect no answer",
        SleepyRenewal = "asks a minute too late to be woken for a renewal",
    }
}

impl Bug {
    /// The invariant that must catch it.
    pub fn intended(self) -> Invariant {
        match self {
            Bug::ImpossibleEdge => Invariant::Edges,
            Bug::IgnoredAbandon | Bug::DoubledDial => Invariant::Sockets,
            Bug::LostMessage
            | Bug::DoubledMessage
            | Bug::ReorderedMessages
            | Bug::ForgottenDrop
            | Bug::FalseProgress => Invariant::Fates,
            Bug::OverfullQueue => Invariant::QueueBounds,
            Bug::RetriedFinal | Bug::ForgottenAttempts => Invariant::Causes,
            Bug::LateRetry | Bug::CutTold => Invariant::Delays,
            Bug::SleepyRetry | Bug::EagerTimeout => Invariant::Timers,
            Bug::Revenant => Invariant::Silence,
            Bug::SkippedYes | Bug::SkippedRestore => Invariant::Gate,
            Bug::EagerSignal => Invariant::Signals,
            Bug::SleepyHeartbeat | Bug::RashHeartbeat | Bug::JudgesUnread | Bug::MuteHold => {
                Invariant::Heartbeat
            }
            Bug::SlowClose | Bug::RashGoodbye => Invariant::Closing,
            Bug::Miscounted | Bug::FalseConfirmation => Invariant::Stats,
            Bug::DeafToOpening => Invariant::Recovery,
            Bug::ConfirmsUnasked | Bug::ConfirmsAtOnce => Invariant::Confirmed,
            Bug::LostResend | Bug::LateResend => Invariant::AtLeastOnce,
            Bug::ResendsDropped | Bug::ReplaysLast => Invariant::AtMostOnce,
            Bug::ExtraRequest | Bug::PromisedRoom => Invariant::Kept,
            Bug::ForgottenUnconfirmed | Bug::SettledTwice | Bug::DoubledReply => {
                Invariant::Promises
            }
            Bug::SleepyConfirm | Bug::SlowConfirm => Invariant::Asking,
            Bug::MuteBeat => Invariant::KeepAlive,
            Bug::AsksTwice | Bug::RenewedEarly | Bug::DeafToRefusal | Bug::SleepyRenewal => {
                Invariant::Renewal
            }
        }
    }

    /// The configuration that the session gets instead of the one that the checks know.
    pub fn tamper(self, mut config: Config) -> Config {
        match self {
            Bug::OverfullQueue if config.delivery == Delivery::AtMostOnce => {
                config.queue.max_messages += 1;
            }
            Bug::ExtraRequest => config.max_requests += 1,
            Bug::SlowConfirm => config.confirm_within_ms = 3 * config.confirm_within_ms + 1,
            Bug::LateRetry => {
                config.backoff_initial_ms *= 3;
                config.backoff_max_ms *= 3;
            }
            Bug::SleepyHeartbeat => {
                let heartbeat = &mut config.heartbeat;
                heartbeat.interval_ms = heartbeat.interval_ms.map(|interval| 3 * interval);
            }
            Bug::RashHeartbeat => {
                let heartbeat = &mut config.heartbeat;
                heartbeat.expect_every_ms = heartbeat.expect_every_ms.map(|every| every / 3);
            }
            _ => {}
        }
        config
    }

    /// Whether a deadline of this kind is kept from the shell.
    pub fn hides(self, timer: Timer) -> bool {
        self == Bug::SleepyRetry && timer == Timer::Retry
    }

    /// Whether it is told to the shell a minute too late.
    pub fn puts_off(self, timer: Timer) -> bool {
        matches!(
            (self, timer),
            (Bug::SleepyConfirm, Timer::Confirm) | (Bug::SleepyRenewal, Timer::Renewal)
        )
    }
}
