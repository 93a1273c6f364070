//! `/ws/ticker`: prices of a few symbols, with their recent past first.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior};

use super::{Batch, Endpoint};
use crate::connection::now_ms;
use crate::server::App;
use crate::upgrade::Upgrade;
use crate::{limits, market, wire};

const DEFAULT_SYMBOLS: &str = "TAUT,LINE";
const DEFAULT_INTERVAL_MS: u64 = 250;

struct Ticker {
    symbols: Vec<String>,
    interval_ms: u64,
    ticks: Interval,
    seq: u64,
}

pub async fn upgrade(State(app): State<App>, upgrade: Upgrade) -> Response {
    let params = &upgrade.params;
    let interval_ms = params
        .interval
        .unwrap_or(DEFAULT_INTERVAL_MS)
        .clamp(10, 60_000);
    match read_symbols(params.symbols.as_deref().unwrap_or(DEFAULT_SYMBOLS)) {
        Ok(symbols) => {
            upgrade
                .serve(app, |_| Ticker::new(symbols, interval_ms))
                .await
        }
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

impl Ticker {
    fn new(symbols: Vec<String>, interval_ms: u64) -> Self {
        let mut ticks = tokio::time::interval(Duration::from_millis(interval_ms));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self {
            symbols,
            interval_ms,
            ticks,
            seq: 0,
        }
    }
}

impl Endpoint for Ticker {
    fn on_open(&mut self, out: &mut Batch) {
        let now = now_ms();
        for symbol in &self.symbols {
            let times = (0..limits::POINTS)
                .rev()
                .map(|back| now - back * self.interval_ms);
            let points: Vec<Value> = times
                .map(|at| json!([at, market::price(symbol, at)]))
                .collect();
            out.push(wire::frame(
                &json!({ "type": "history", "symbol": symbol, "points": points }),
            ));
        }
        // The history ends now: the first tick is due one interval later.
        self.ticks.reset();
    }

    fn on_text(&mut self, _text: &str, out: &mut Batch) {
        out.push(wire::error(
            "the ticker only talks; choose symbols in the URL",
        ));
    }

    fn on_binary(&mut self, _bytes: Bytes, out: &mut Batch) {
        self.on_text("", out);
    }

    async fn next(&mut self) -> Batch {
        self.ticks.tick().await;
        let at = now_ms();
        let mut batch = Batch::default();
        for symbol in &self.symbols {
            self.seq += 1;
            let price = market::price(symbol, at);
            batch.push(wire::frame(&json!({ "type": "tick", "symbol": symbol, "price": price, "at": at, "seq": self.seq })));
        }
        batch
    }
}

fn read_symbols(list: &str) -> Result<Vec<String>, String> {
    let symbols: Vec<String> = list
        .split(',')
        .map(|symbol| symbol.trim().to_owned())
        .collect();
    let fits = |symbol: &String| {
        (1..=12).contains(&symbol.len())
            && symbol
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '.')
    };
    if symbols.len() > limits::SYMBOLS || !symbols.iter().all(fits) {
        return Err(format!(
            "symbols must be at most {} names of 1 to 12 letters and digits",
            limits::SYMBOLS
        ));
    }
    Ok(symbols)
}
