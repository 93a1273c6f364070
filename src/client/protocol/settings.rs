//! What every client of a subprotocol can be told about its connection before it starts.

use std::time::Duration;

use crate::client::dial::Endpoint;
use crate::client::error::ConfigError;
use crate::client::millis;
use crate::client::retry::Retry;
use crate::client::steps::Provider;
use crate::session::Config;

/// The connection's own part of a builder.
pub(in crate::client) struct Settings {
    pub(in crate::client) config: Config,
    pub(in crate::client) endpoint: Endpoint,
    pub(in crate::client) ask: Option<Provider<Endpoint>>,
    pub(in crate::client) retry: Retry,
    pub(in crate::client) auto_connect: bool,
    /// Messages that a stream holds for a slow reader.
    pub(in crate::client) high_water_mark: usize,
    pub(in crate::client) is_insecure: bool,
    pub(in crate::client) wrong: Option<ConfigError>,
}

impl Settings {
    /// For this address, with the protocol's own subprotocols where it names none.
    pub(in crate::client) fn new(endpoint: Endpoint, protocols: &[&str]) -> Self {
        let fallback = Endpoint::default().protocols(protocols.iter().copied());
        Settings {
            config: Config::default(),
            endpoint: endpoint.with_protocols_of(&fallback),
            ask: None,
            retry: Retry::default(),
            auto_connect: true,
            high_water_mark: 1_024,
            is_insecure: false,
            wrong: None,
        }
    }

    /// Notes what means nothing if it is zero, for `connect` to say so.
    pub(in crate::client) fn positive(&mut self, name: &'static str, duration: Duration) -> u64 {
        if duration < Duration::from_millis(1) {
            self.wrong = Some(ConfigError::ZeroDuration(name));
        }
        millis(duration)
    }

    pub(in crate::client) fn check(&mut self) -> Result<(), ConfigError> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        if self.ask.is_none() {
            self.endpoint.resolve()?;
        }
        Ok(())
    }
}

/// The methods of a builder that has `settings`.
macro_rules! settings_methods {
    () => {
        /// Asks for the address anew for each attempt: with a fresh token in the query, for one. A provider that fails is an
        /// attempt that failed. It takes the place of the address that the builder began with.
        pub fn endpoint<F, Fut, E>(mut self, provider: F) -> Self
        where
            F: Fn($crate::client::DialContext) -> Fut + 'static,
            Fut: std::future::Future<Output = Result<$crate::client::Endpoint, E>> + 'static,
            E: Into<$crate::client::BoxError>,
        {
            self.settings.ask = Some($crate::client::steps::provider(provider));
            self.settings.config.token_source = true;
            self
        }

        /// The first retry waits a random time up to `initial`, each further one up to twice as long, none longer than
        /// `max`. Default 4 s and 30 s: a lone break is back after 2 s on average.
        pub fn backoff(mut self, initial: std::time::Duration, max: std::time::Duration) -> Self {
            self.settings.config.backoff_initial_ms = self.settings.positive("backoff", initial);
            self.settings.config.backoff_max_ms = self.settings.positive("backoff", max);
            self
        }

        /// For provider, handshake, CONNECT and subscribing again together. Default 10 s.
        pub fn connect_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.settings.config.connect_timeout_ms =
                self.settings.positive("connect_timeout", timeout);
            self
        }

        /// Retries in a row before giving up. Default: no limit.
        pub fn max_attempts(mut self, attempts: u32) -> Self {
            self.settings.config.max_attempts = Some(attempts);
            self
        }

        /// Time without a connection before giving up. Default: no limit.
        pub fn max_elapsed(mut self, elapsed: std::time::Duration) -> Self {
            self.settings.config.max_elapsed_ms =
                Some(self.settings.positive("max_elapsed", elapsed));
            self
        }

        /// Bounds of what waits while there is no connection, and of what the broker has not answered.
        pub fn queue(mut self, queue: $crate::client::Queue) -> Self {
            self.settings.config.queue = queue.config();
            self
        }

        /// Larger frames end the connection with code 4009. In bytes, UTF-16 units for text. Default 128 MiB.
        pub fn max_message_size(mut self, bytes: u64) -> Self {
            self.settings.config.max_message_bytes = bytes;
            self
        }

        /// Messages that each stream holds for a slow reader; then the oldest give way, and the stream says so with
        /// [`Invalid::Lagged`]($crate::client::Invalid::Lagged). Default 1,024.
        pub fn high_water_mark(mut self, messages: usize) -> Self {
            self.settings.high_water_mark = messages;
            self
        }

        /// Whether `connect` dials at once; otherwise `open` does. Default yes.
        pub fn auto_connect(mut self, dials: bool) -> Self {
            self.settings.auto_connect = dials;
            self
        }

        /// Whether page, network and sleep signals are acted on. Default yes.
        pub fn lifecycle(mut self, is_acted_on: bool) -> Self {
            self.settings.config.lifecycle = is_acted_on;
            self
        }

        /// Refuses `ws:`, loopback excepted, also without credentials.
        pub fn require_secure(mut self) -> Self {
            self.settings.config.require_secure = true;
            self
        }

        /// Lets credentials travel over `ws:` to other machines, too. Default no: loopback only.
        pub fn insecure(mut self) -> Self {
            self.settings.is_insecure = true;
            self
        }

        /// Asked about each break first: what to do, or [`Advice::Default`]($crate::client::Advice::Default). Attempts
        /// count from 1.
        pub fn retry(
            mut self,
            retry: impl Fn(&$crate::client::Cause, u32) -> $crate::client::Advice + 'static,
        ) -> Self {
            self.settings.retry = $crate::client::retry::Retry::new(retry);
            self.settings.config.retry_asks = true;
            self
        }

        /// What follows closes of the WebSocket with these codes, before the built-in table has its say.
        pub fn retry_codes(
            mut self,
            codes: std::ops::RangeInclusive<u16>,
            action: $crate::client::Action,
        ) -> Self {
            self.settings.config.rules.push($crate::session::Rule {
                from: *codes.start(),
                to: *codes.end(),
                action,
                delay_ms: 0,
            });
            self
        }
    };
}
pub(in crate::client) use settings_methods;
