//! The socket: the owner of a connection.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::builder::{Builder, NoCodec};
use super::dial::Endpoint;
use super::error::Invalid;
use super::link::Engine;
use super::messages::Messages;
use super::sender::Sender;
use super::sink::SinkError;
use super::status::Status;

/// A connection that stays: a stream of what is received, a sink for what is sent, and by [`Deref`] all that a
/// [`Sender`] can do. Dropped, it closes the connection and frees everything.
///
/// Every method takes `&self`, so that several tasks can use it: by reference, in an `Rc`, or by clones of its
/// [`sender`](Socket::sender). Where several receive, each message goes to one of them.
///
/// ```
/// use std::time::Duration;
/// use tautline::codec::Text;
/// use tautline::{Heartbeat, Socket};
///
/// # async fn echo() -> Result<(), Box<dyn std::error::Error>> {
/// let mut socket: Socket<String, String> = Socket::builder("wss://example.com/live")
///     .codec(Text)
///     .heartbeat(Heartbeat::every(Duration::from_secs(25)).ping("ping".into()).pong(|it| it == "pong"))
///     .connect()?;
/// socket.send("hi".into()).await?; // queued until the connection is open
/// while let Some(message) = socket.next().await {
///     match message {
///         Ok(text) => println!("{text}"),
///         Err(invalid) => eprintln!("{invalid}"), // the stream goes on
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Socket<Out, In> {
    receiver: Receiver<Out, In>,
    sender: Sender<Out, In>,
}

impl<Out: 'static, In: 'static> Socket<Out, In> {
    /// Begins to build a socket for an address: `ws:`, `wss:`, `http:`, `https:`, or relative to the page.
    pub fn builder(endpoint: impl Into<Endpoint>) -> Builder<Out, In, NoCodec> {
        Builder::new(endpoint.into())
    }
}

impl<Out, In> Socket<Out, In> {
    pub(super) fn new(engine: Rc<Engine>, sender: Sender<Out, In>) -> Self {
        Socket {
            receiver: Receiver {
                engine,
                messages: Weak::clone(&sender.messages),
                status: Rc::clone(&sender.status),
            },
            sender,
        }
    }

    /// A handle for other tasks and callbacks. It does not keep the connection alive.
    pub fn sender(&self) -> Sender<Out, In> {
        self.sender.clone()
    }

    /// The next message; `None` once the socket is closed. A task that is dropped while it waits has taken nothing.
    ///
    /// # Errors
    ///
    /// What was received and is no message, see [`Invalid`]. The stream goes on.
    pub fn next(&self) -> impl Future<Output = Option<Result<In, Invalid>>> + use<'_, Out, In> {
        self.receiver.next()
    }

    /// Splits it. The receiver keeps the connection alive, senders do not.
    pub fn split(self) -> (Sender<Out, In>, Receiver<Out, In>) {
        (self.sender, self.receiver)
    }
}

impl<Out, In> Deref for Socket<Out, In> {
    type Target = Sender<Out, In>;

    fn deref(&self) -> &Sender<Out, In> {
        &self.sender
    }
}

impl<Out, In> fmt::Debug for Socket<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// The receiving half of a [`Socket`]. Dropped, it closes the connection and frees everything.
pub struct Receiver<Out, In> {
    #[expect(dead_code, reason = "it is what keeps the connection alive")]
    engine: Rc<Engine>,
    messages: Weak<Messages<Out, In>>,
    status: Rc<Status>,
}

impl<Out, In> Receiver<Out, In> {
    /// The next message; `None` once the socket is closed. A task that is dropped while it waits has taken nothing.
    ///
    /// # Errors
    ///
    /// What was received and is no message, see [`Invalid`]. The stream goes on.
    pub fn next(&self) -> impl Future<Output = Option<Result<In, Invalid>>> + use<'_, Out, In> {
        poll_fn(|context| self.poll_receive(context))
    }

    fn poll_receive(&self, context: &Context<'_>) -> Poll<Option<Result<In, Invalid>>> {
        let is_over = self.status.is_closed();
        match self.messages.upgrade() {
            Some(messages) => messages.inbox.poll(context, is_over),
            None => Poll::Ready(None),
        }
    }
}

impl<Out, In> fmt::Debug for Receiver<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("state", &self.status.state())
            .finish_non_exhaustive()
    }
}

impl<Out, In> Unpin for Receiver<Out, In> {}
impl<Out, In> Unpin for Socket<Out, In> {}

impl<Out, In> Stream for Receiver<Out, In> {
    type Item = Result<In, Invalid>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_receive(context)
    }
}

impl<Out, In> Stream for Socket<Out, In> {
    type Item = Result<In, Invalid>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_receive(context)
    }
}

impl<Out, In> Sink<Out> for Socket<Out, In> {
    type Error = SinkError<Out>;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.sender.sink_ready(context)
    }

    fn start_send(self: Pin<&mut Self>, message: Out) -> Result<(), Self::Error> {
        self.sender.sink_send(message)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.sender.sink_flush(context)
    }

    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.sender.sink_close(context)
    }
}
