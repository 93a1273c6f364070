//! The query of a WebSocket request.

use serde::Deserialize;

use crate::limits;
use crate::pongs::PongFault;

/// Every parameter of every endpoint; each is optional, unknown ones are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Params {
    pub client: Option<String>,
    pub protocol: Option<String>,
    pub heartbeat: Option<u64>,
    pub pongs: Option<String>,

    pub fault: Option<String>,
    pub ms: Option<u64>,
    pub status: Option<u16>,
    pub code: Option<u16>,
    pub reason: Option<String>,
    pub times: Option<u64>,

    /// echo: pings are echoed too.
    pub raw: Option<u8>,
    /// flood: number of messages, 0 for endless.
    pub count: Option<u64>,
    /// flood: about how many bytes each.
    pub size: Option<usize>,
    /// flood: the first `seq`.
    pub from: Option<u64>,
    /// flood: messages per second, 0 for as fast as it goes.
    pub rate: Option<f64>,
    /// flood: binary frames instead of text.
    pub binary: Option<u8>,
    /// ticker: comma-separated names.
    pub symbols: Option<String>,
    /// ticker: milliseconds between ticks.
    pub interval: Option<u64>,
    /// auth: a token in the URL.
    pub token: Option<String>,
    /// auth: `message` keeps the socket open after a refusal.
    pub deny: Option<String>,
    /// auth: how long a yes is good for.
    pub expires: Option<u64>,
    /// auth: how much later an auth frame is answered.
    #[serde(rename = "slow-auth")]
    pub slow_auth: Option<u64>,
}

impl Params {
    /// Checks what serde cannot.
    ///
    /// # Errors
    /// A sentence naming the parameter and the bound.
    pub fn check(&self) -> Result<(), String> {
        if let Some(client) = &self.client {
            check_name("client", client)?;
        }
        for (name, value) in [
            ("ms", self.ms),
            ("heartbeat", self.heartbeat),
            ("expires", self.expires),
            ("slow-auth", self.slow_auth),
        ] {
            if value.is_some_and(|ms| ms > limits::DELAY_MS) {
                return Err(format!("{name} is above {}", limits::DELAY_MS));
            }
        }
        for (name, value) in [("heartbeat", self.heartbeat), ("expires", self.expires)] {
            if value == Some(0) {
                return Err(format!("{name} must be at least 1 (milliseconds)"));
            }
        }
        if self.times.is_some() && self.client.is_none() {
            return Err("times counts per client: add client=LABEL".to_owned());
        }
        if self.size.is_some_and(|size| size > limits::MESSAGE_BYTES) {
            return Err(format!("size is above {}", limits::MESSAGE_BYTES));
        }
        if self.rate.is_some_and(|rate| !(0.0..=1e6).contains(&rate)) {
            return Err("rate must be 0 to 1000000 messages a second".to_owned());
        }
        if self.deny.as_deref().is_some_and(|deny| deny != "message") {
            return Err("deny knows one value: message".to_owned());
        }
        self.pongs().map(|_| ())
    }

    /// What is wrong with the pongs from the start.
    ///
    /// # Errors
    /// A sentence naming the values.
    pub fn pongs(&self) -> Result<Option<PongFault>, String> {
        self.pongs.as_deref().map(PongFault::from_param).transpose()
    }
}

/// Checks a label or room name.
///
/// # Errors
/// A sentence naming the bound.
pub fn check_name(what: &str, name: &str) -> Result<(), String> {
    let fits = !name.is_empty() && name.chars().count() <= limits::LABEL_CHARS;
    if fits && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(format!(
            "{what} must have 1 to {} characters, none of them control characters",
            limits::LABEL_CHARS
        ))
    }
}
