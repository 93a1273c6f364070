//! Options and statistics by number, in the order of the facade's `wire.ts`.

#[cfg(any(feature = "js", feature = "js-mqtt"))]
use crate::session::Overflow;
use crate::session::{Action, Auth, Config, Millis, Rule};
#[cfg(feature = "js")]
use crate::session::{Delivery, Preset};

/// Sets a numeric option; a number the engine does not know is left alone.
pub(super) fn set(config: &mut Config, option: u32, value: f64) {
    let millis = value as Millis;
    let some = |number: Millis| (number > 0).then_some(number);
    let on = value != 0.0;
    match option {
        0 => config.backoff_initial_ms = millis,
        1 => config.backoff_max_ms = millis,
        2 => config.connect_timeout_ms = millis,
        3 => config.max_attempts = some(millis).map(|attempts| attempts as u32),
        4 => config.max_elapsed_ms = some(millis),
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        5 => config.heartbeat.interval_ms = some(millis),
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        6 => config.heartbeat.hidden_interval_ms = millis,
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        7 => config.heartbeat.expect_every_ms = some(millis),
        8 => config.queue.max_messages = millis as u32,
        9 => config.queue.max_bytes = millis,
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        10 => config.queue.overflow = by_number(Overflow::ALL, value).unwrap_or(Overflow::Reject),
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        11 => config.queue.ttl_ms = some(millis),
        12 => config.max_message_bytes = millis,
        13 => config.lifecycle = on,
        14 => config.require_secure = on,
        15 if on => config.auth = Auth::Secure,
        16 if on => config.auth = Auth::AllowInsecure,
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        17 => config.restore = on,
        #[cfg(any(feature = "js", feature = "js-mqtt"))]
        18 => config.token_source = on,
        #[cfg(feature = "js")]
        19 => config.retry_asks = on,
        #[cfg(feature = "js")]
        20 => config.preset = by_number(Preset::ALL, value).unwrap_or(Preset::None),
        21 => config.lost_at = some(millis),
        22 => config.patient_dials = on,
        #[cfg(feature = "js")]
        23 if on => config.delivery = Delivery::AtLeastOnce,
        #[cfg(feature = "js")]
        24 => config.confirm_within_ms = millis,
        #[cfg(feature = "js")]
        25 => config.max_requests = millis as u32,
        _ => {}
    }
}

/// Makes a rule of the user's retry table.
pub(super) fn rule(from: u16, to: u16, action: u32, delay: f64) -> Rule {
    let action = by_number(Action::ALL, f64::from(action)).unwrap_or(Action::Jitter);
    Rule {
        from,
        to,
        action,
        delay_ms: delay as Millis,
    }
}

pub(super) fn by_number<T: Copy>(all: &[T], number: f64) -> Option<T> {
    all.get(number as usize).copied()
}
