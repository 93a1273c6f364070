//! Pongs that never come, come late or come twice.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ws::Message;
use tokio::time::Instant;

use crate::endpoints::Batch;
use crate::limits;

/// What is wrong with the pongs of a connection, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PongFault {
    Drop(bool),
    Double(bool),
    /// No time ends it.
    Delay(Duration),
}

impl PongFault {
    /// Reads `pongs=`.
    ///
    /// # Errors
    /// A sentence naming the values.
    pub fn from_param(text: &str) -> Result<Self, String> {
        match text {
            "drop" => Ok(Self::Drop(true)),
            "double" => Ok(Self::Double(true)),
            _ => text
                .parse()
                .ok()
                .filter(|ms| *ms <= limits::DELAY_MS)
                .map(|ms| Self::Delay(Duration::from_millis(ms)))
                .ok_or_else(|| {
                    format!(
                        "pongs must be drop, double or a delay of at most {} (milliseconds)",
                        limits::DELAY_MS
                    )
                }),
        }
    }
}

/// The faults of one connection's pongs, within reach of control.
#[derive(Debug, Default)]
pub struct Pongs {
    drop: AtomicBool,
    double: AtomicBool,
    delay_ms: AtomicU64,
}

impl Pongs {
    pub fn set(&self, fault: PongFault) {
        match fault {
            PongFault::Drop(on) => self.drop.store(on, Ordering::Relaxed),
            PongFault::Double(on) => self.double.store(on, Ordering::Relaxed),
            PongFault::Delay(time) => {
                let ms = u64::try_from(time.as_millis()).unwrap_or(limits::DELAY_MS);
                self.delay_ms.store(ms, Ordering::Relaxed);
            }
        }
    }
}

/// Pongs on their way, the first due first.
#[derive(Debug, Default)]
pub struct LatePongs(VecDeque<(Instant, Message)>);

impl LatePongs {
    /// Sends the answer to a ping now, later, twice or never.
    pub fn answer(&mut self, pongs: &Pongs, answer: &str, out: &mut Batch) {
        if pongs.drop.load(Ordering::Relaxed) {
            return;
        }
        let copies = if pongs.double.load(Ordering::Relaxed) {
            2
        } else {
            1
        };
        let delay = Duration::from_millis(pongs.delay_ms.load(Ordering::Relaxed));
        let mut due = Instant::now() + delay;
        if let Some((last, _)) = self.0.back() {
            // A shorter delay than before must not change the order.
            due = due.max(*last);
        } else if delay.is_zero() {
            for _ in 0..copies {
                out.push(Message::Text(answer.into()));
            }
            return;
        }
        for _ in 0..copies {
            if self.0.len() < limits::LATE_PONGS {
                self.0.push_back((due, Message::Text(answer.into())));
            }
        }
    }

    /// Waits until a pong is due; `take` gives it.
    pub async fn due(&self) {
        match self.0.front() {
            Some((due, _)) => tokio::time::sleep_until(*due).await,
            None => std::future::pending().await,
        }
    }

    /// The pong that is due.
    pub fn take(&mut self) -> Option<Message> {
        self.0.pop_front().map(|(_, pong)| pong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_names_a_fault_or_a_delay() {
        assert_eq!(PongFault::from_param("drop"), Ok(PongFault::Drop(true)));
        assert_eq!(PongFault::from_param("double"), Ok(PongFault::Double(true)));
        assert_eq!(
            PongFault::from_param("70"),
            Ok(PongFault::Delay(Duration::from_millis(70)))
        );
        for bad in ["", "late", "-1", "3600001"] {
            assert!(PongFault::from_param(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_shorter_delay_overtakes_nothing_and_the_queue_is_bounded() {
        let (pongs, mut late, mut out) = (Pongs::default(), LatePongs::default(), Batch::default());
        pongs.set(PongFault::Delay(Duration::from_millis(50)));
        late.answer(&pongs, "first", &mut out);
        pongs.set(PongFault::Delay(Duration::ZERO));
        late.answer(&pongs, "second", &mut out);
        assert!(out.messages.is_empty());
        for text in ["first", "second"] {
            late.due().await;
            assert_eq!(late.take(), Some(Message::Text(text.into())));
        }
        late.answer(&pongs, "third", &mut out);
        assert_eq!(out.messages.len(), 1);

        pongs.set(PongFault::Delay(Duration::from_secs(3_600)));
        for _ in 0..=limits::LATE_PONGS {
            late.answer(&pongs, "x", &mut out);
        }
        assert_eq!(late.0.len(), limits::LATE_PONGS);
    }
}
