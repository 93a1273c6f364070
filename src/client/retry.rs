//! What the application says of a break: a function, rules, a preset.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::builder::Builder;
use super::cause::Cause;
use crate::session::{self, Action, Advice, Preset, Rule};

type Ask = Box<dyn Fn(&Cause, u32) -> Advice>;

/// The application's retry function, if it has one.
#[derive(Default)]
pub(super) struct Retry(Option<Ask>);

impl Retry {
    #[cfg(any(feature = "mqtt", feature = "stomp"))]
    pub(super) fn new(ask: impl Fn(&Cause, u32) -> Advice + 'static) -> Self {
        Retry(Some(Box::new(ask)))
    }

    pub(super) fn advise(&self, cause: session::Cause, reason: &str, attempt: u32) -> Advice {
        match &self.0 {
            Some(retry) => retry(&Cause::new(cause, reason), attempt),
            None => Advice::Default,
        }
    }
}

impl<Out: 'static, In: 'static, C> Builder<Out, In, C> {
    /// Asked about each break first: what to do, or [`Advice::Default`]. Attempts count from 1.
    pub fn retry(mut self, retry: impl Fn(&Cause, u32) -> Advice + 'static) -> Self {
        self.parts.plan.retry = Retry(Some(Box::new(retry)));
        self.config().retry_asks = true;
        self
    }

    /// What follows closes with these codes, before the built-in table has its say; the first rule that matches wins.
    pub fn retry_codes(mut self, codes: RangeInclusive<u16>, action: Action) -> Self {
        self.config().rules.push(Rule {
            from: *codes.start(),
            to: *codes.end(),
            action,
            delay_ms: 0,
        });
        self
    }

    /// The same with a delay.
    pub fn retry_codes_after(mut self, codes: RangeInclusive<u16>, delay: Duration) -> Self {
        self.config().rules.push(Rule {
            from: *codes.start(),
            to: *codes.end(),
            action: Action::Delay,
            delay_ms: delay.as_millis() as u64,
        });
        self
    }

    /// A named set of rules for a well-known server.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.config().preset = preset;
        self
    }
}
