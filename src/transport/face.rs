//! What a face of the engine gives to its driver.

use std::rc::Rc;

use super::{Frame, WebSocket};
use crate::codec::Payload;
use crate::session::{Advice, Cause, Event, Generation, Millis, Question, Ticket, Timer, Verdict};
use crate::subprotocol::Subprotocol;

/// A face: it keeps the payloads, asks the user's providers, classifies what arrives and tells the application.
///
/// No method is called while the driver borrows anything, so each may call back into it. None may throw.
pub trait Face: 'static {
    /// The machine that it is a face of: a [`Session`](crate::session::Session), or a subprotocol around one.
    type Machine: Subprotocol;

    /// Asks a provider. The answer goes to [`Driver::news`](super::Driver::news), at once or later.
    fn ask(&self, question: Question, generation: Generation);
    /// Makes the native socket for the address of this generation; `None` if it could not be made.
    fn dial(&self, generation: Generation) -> Option<WebSocket>;
    /// The hot path: takes a received frame, hands it on if it is a message, and says what it was. The face of a subprotocol
    /// gives it to [`Subprotocol::handle_frame`] and says [`Verdict::Message`].
    fn receive(&self, frame: Frame) -> Verdict;
    /// Says whether the reply that was received last is awaited: otherwise it is late, doubled, or to nobody.
    fn replied(&self, ticket: Ticket, is_awaited: bool);
    /// Gives the payload of a queued message that leaves; `None` if it could not be encoded. One that repeats is asked
    /// for again until an event has told its fate. The face of a subprotocol has its machine encode the message, and gives
    /// none: the frame comes out of the machine.
    fn take(&self, ticket: Ticket) -> Option<Rc<Payload>>;
    /// Makes the ping with this id.
    fn ping(&self, id: u32) -> Option<Payload>;
    /// Makes the answer to the ping that was received last.
    fn pong(&self) -> Option<Payload>;
    /// Asks the user's retry function. The reason is the server's, empty if there is none.
    fn retry(&self, cause: Cause, reason: &str, attempt: u32) -> Advice;
    /// Tells the application. The reason belongs to the cause of the event, if it has one.
    fn notify(&self, now: Millis, event: Event, reason: &str);
    /// Tells the application what the subprotocol says.
    fn tell(&self, event: <Self::Machine as Subprotocol>::Event);
    /// What it waits for may have come: it has asked with [`Driver::look_in`](super::Driver::look_in).
    fn look(&self);
    /// Tells a curious developer why the timer is armed.
    fn armed(&self, timer: Timer, delay_ms: Millis);
}
