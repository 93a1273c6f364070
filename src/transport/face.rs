//! What a face of the engine gives to its driver.

use web_sys::WebSocket;

use super::Frame;
use crate::session::{Advice, Cause, Event, Generation, Millis, Question, Ticket, Timer, Verdict};

/// A face: it keeps the payloads, asks the user's providers, classifies what arrives and tells the application.
///
/// No method is called while the driver borrows anything, so each may call back into it. None may throw.
pub trait Face: 'static {
    /// Asks a provider. The answer goes to [`Driver::news`](super::Driver::news), at once or later.
    fn ask(&self, question: Question, generation: Generation);
    /// Makes the native socket for the address of this generation; `None` if it could not be made.
    fn dial(&self, generation: Generation) -> Option<WebSocket>;
    /// The hot path: takes a received frame, hands it on if it is a message, and says what it was.
    fn receive(&self, frame: Frame) -> Verdict;
    /// Gives the payload of a queued message that leaves; `None` if it could not be encoded. One that repeats is asked
    /// for again until an event has told its fate.
    fn take(&self, ticket: Ticket) -> Option<Frame>;
    /// Makes the ping with this id.
    fn ping(&self, id: u32) -> Option<Frame>;
    /// Makes the answer to the ping that was received last.
    fn pong(&self) -> Option<Frame>;
    /// Asks the user's retry function. The reason is the server's, empty if there is none.
    fn retry(&self, cause: Cause, reason: &str, attempt: u32) -> Advice;
    /// Tells the application. The reason belongs to the cause of the event, if it has one.
    fn notify(&self, now: Millis, event: Event, reason: &str);
    /// Tells a curious developer why the timer is armed.
    fn armed(&self, timer: Timer, delay_ms: Millis);
}
