//! Saying goodbye.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::error::CloseError;
use super::status::Status;
use crate::session::Millis;

/// How to close, see [`Sender::close_with`](super::Sender::close_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseOptions {
    code: Option<u16>,
    reason: String,
    drain: Duration,
}

impl CloseOptions {
    /// With code 1000, no reason, at once.
    pub fn new() -> Self {
        CloseOptions::default()
    }

    /// The close code: 1000, or 3000 to 4999. Default 1000.
    pub fn code(mut self, code: u16) -> Self {
        self.code = Some(code);
        self
    }

    /// The reason, at most 123 bytes. Default none.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// How long the queue may take to leave, and what awaits a confirmation or a reply to get it. Default: not at all.
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Code, reason and drain, if a browser takes them.
    pub(super) fn checked(self) -> Result<(u16, String, Millis), CloseError> {
        let code = self.code.unwrap_or(1_000);
        if code != 1_000 && !(3_000..=4_999).contains(&code) {
            return Err(CloseError::Code);
        }
        if self.reason.len() > 123 {
            return Err(CloseError::Reason);
        }
        Ok((code, self.reason, self.drain.as_millis() as Millis))
    }
}

/// A goodbye under way: done when the socket is closed. It goes on when this is dropped.
pub struct Closing {
    status: Rc<Status>,
    /// How often it had been closed when the goodbye began: it may have been opened again before this is polled.
    closures: u32,
}

impl Closing {
    /// To be made before the goodbye is said.
    pub(super) fn new(status: &Rc<Status>) -> Self {
        Closing {
            status: Rc::clone(status),
            closures: status.closures(),
        }
    }

    /// Whether it is over, or has been since.
    pub(super) fn poll_done(&self, context: &Context<'_>) -> Poll<()> {
        if self.closures != self.status.closures() {
            return Poll::Ready(());
        }
        self.status.poll_closed(context).map(|_| ())
    }
}

impl Future for Closing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.poll_done(context)
    }
}
