//! What a socket may have and need not: each part comes in where the builder is told of it, behind a trait, so that a
//! page pays for those only that it uses.

use std::rc::Rc;
use std::time::Duration;

use super::dial::{DialContext, Endpoint};
use super::error::{Failure, Invalid};
use super::link::StepChannel;
use super::restore::Opening;
use super::wakers::LocalFuture;
use crate::codec::{Codec, CodecError, Payload, PayloadRef};
use crate::session::{HeartbeatConfig, Millis, Ticket, Verdict};

pub(super) type Encoded = Result<Payload, CodecError>;

/// What a provider of the application says.
pub(super) enum Answer {
    Endpoint(Endpoint),
    Credentials(Payload),
    Restored,
    Failed(Failure),
}

/// The heartbeat.
pub(super) trait Beat<Out, In> {
    fn is_pong_frame(&self, payload: PayloadRef<'_>) -> bool;
    fn classify(&self, message: &In) -> Option<Verdict>;
    fn ping(&self, codec: &dyn Codec<Out, In>, id: u32) -> Option<Encoded>;
    fn pong(&self, codec: &dyn Codec<Out, In>) -> Option<Encoded>;
    fn pings(&self) -> bool;
    /// Whether pongs are told from other messages, so that they can confirm anything.
    fn confirms(&self) -> bool;
    /// Whether the server's pings are known.
    fn answers(&self) -> bool;
    /// A duration that is zero where that means nothing.
    fn zero(&self) -> Option<&'static str>;
    fn config(&self) -> HeartbeatConfig;
}

/// The authentication step.
pub(super) trait AuthStep<Out, In> {
    fn credentials(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        context: DialContext,
    ) -> LocalFuture<Answer>;
    /// Reads a reply, with how long the credentials hold that it accepts.
    fn judge(&self, message: &In) -> Option<(Verdict, Option<Millis>)>;
    fn is_insecure(&self) -> bool;
}

/// The restore step.
pub(super) trait RestoreStep<Out, In> {
    fn run(
        &self,
        codec: &Rc<dyn Codec<Out, In>>,
        opening: Opening,
        channel: StepChannel,
    ) -> LocalFuture<Answer>;
}

/// Requests and their replies.
pub(super) trait Replies<Out, In> {
    /// Keeps a reply and says whose it is, or gives the message back.
    fn match_reply(&self, message: In, payload: PayloadRef<'_>) -> Result<In, Ticket>;
    /// The reply that was kept last.
    fn take_reply(&self, is_awaited: bool) -> Option<Result<In, Invalid>>;
    fn stamp(&self, message: &mut Out, ticket: Ticket);
    fn cancel(&self, ticket: Ticket) -> Option<Out>;
    fn max(&self) -> u32;
    fn timeout(&self) -> Duration;
}
