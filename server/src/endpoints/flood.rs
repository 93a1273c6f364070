//! `/ws/flood`: numbered messages, as many and as fast as asked for.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::Message;
use axum::response::Response;
use tokio::time::Instant;

use super::{Batch, Endpoint};
use crate::server::App;
use crate::upgrade::Upgrade;

/// Messages handed to the socket at a time; between batches the driver looks after pings and control.
const BATCH: u64 = 64;
/// Bytes of a batch, so that large messages do not pile up in memory.
const BATCH_BYTES: usize = 1 << 20;
const DEFAULT_COUNT: u64 = 1_000;
const DEFAULT_SIZE: usize = 64;

struct Flood {
    /// Messages still to send; `None` for endless.
    left: Option<u64>,
    size: usize,
    seq: u64,
    rate: f64,
    binary: bool,
    start: Instant,
    sent: u64,
}

pub async fn upgrade(State(app): State<App>, upgrade: Upgrade) -> Response {
    let params = &upgrade.params;
    let flood = Flood {
        left: Some(params.count.unwrap_or(DEFAULT_COUNT)).filter(|count| *count > 0),
        size: params.size.unwrap_or(DEFAULT_SIZE),
        seq: params.from.unwrap_or(1),
        rate: params.rate.unwrap_or(0.0),
        binary: params.binary.is_some_and(|binary| binary != 0),
        start: Instant::now(),
        sent: 0,
    };
    upgrade.serve(app, |_| flood).await
}

impl Flood {
    fn message(&mut self) -> Message {
        let text = numbered(self.seq, self.size);
        self.seq = self.seq.wrapping_add(1);
        self.sent += 1;
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        if self.binary {
            Message::Binary(text.into())
        } else {
            Message::Text(text.into())
        }
    }

    /// How many messages should have left by now.
    fn due(&self, now: Instant) -> u64 {
        // A cast from float saturates, which is the right answer here.
        (now.duration_since(self.start).as_secs_f64() * self.rate) as u64 + 1
    }
}

impl Endpoint for Flood {
    fn on_open(&mut self, _out: &mut Batch) {
        self.start = Instant::now();
    }

    fn on_text(&mut self, _text: &str, _out: &mut Batch) {}

    fn on_binary(&mut self, _bytes: Bytes, _out: &mut Batch) {}

    async fn next(&mut self) -> Batch {
        if self.left == Some(0) {
            return std::future::pending().await;
        }
        let mut allowed = BATCH.min((BATCH_BYTES / self.size.max(1)) as u64).max(1);
        if self.rate > 0.0 {
            let due_in = Duration::from_secs_f64((self.sent as f64 / self.rate).min(1e9));
            tokio::time::sleep_until(self.start + due_in).await;
            allowed = allowed
                .min(self.due(Instant::now()).saturating_sub(self.sent))
                .max(1);
        }
        if let Some(left) = self.left {
            allowed = allowed.min(left);
        }
        let mut batch = Batch::default();
        for _ in 0..allowed {
            batch.push(self.message());
        }
        batch
    }
}

/// `{"seq":7,"pad":"xxx"}` of `size` bytes, or as short as it goes.
fn numbered(seq: u64, size: usize) -> String {
    let mut text = format!("{{\"seq\":{seq},\"pad\":\"");
    let pad = size.saturating_sub(text.len() + 2);
    text.extend(std::iter::repeat_n('x', pad));
    text.push_str("\"}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_the_size_asked_for() {
        assert_eq!(numbered(7, 0), r#"{"seq":7,"pad":""}"#);
        for size in [18, 64, 1_000] {
            assert_eq!(numbered(7, size).len(), size);
        }
    }
}
