//! The connection of a client, as its handles have it: states, commands, figures.

use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::events::Events;
use super::{Live, Protocol};
use crate::client::broadcast::Broadcast;
use crate::client::close::Closing;
use crate::client::error::{ClosedError, ReauthenticateError};
use crate::client::status::Status;
use crate::client::steps::Renewal;
use crate::client::wakers::Promise;
use crate::session::{Overflow, Session, Stats};
use crate::subprotocol::Subprotocol;

pub(in crate::client) struct Connection<P: Protocol> {
    pub(in crate::client) engine: Weak<super::Engine<P>>,
    pub(in crate::client) status: Rc<Status>,
}

impl<P: Protocol> Clone for Connection<P> {
    fn clone(&self) -> Self {
        Connection {
            engine: Weak::clone(&self.engine),
            status: Rc::clone(&self.status),
        }
    }
}

impl<P: Protocol> Connection<P> {
    pub(in crate::client) fn live(&self) -> Option<Live<P>> {
        self.engine.upgrade()
    }

    pub(in crate::client) fn session(
        &self,
        act: impl FnOnce(&mut Session, crate::session::Millis),
    ) {
        if let Some(engine) = self.live() {
            engine.session(act);
        }
    }

    pub(in crate::client) fn events(&self) -> Events<P::News> {
        Events::new(match self.live() {
            Some(engine) => engine.link().audience.subscribe(false),
            None => Broadcast::default().subscribe(true),
        })
    }

    pub(in crate::client) fn stats(&self) -> Stats {
        self.live()
            .map_or_else(Stats::default, |engine| engine.driver().stats())
    }

    pub(in crate::client) async fn opened(&self) -> Result<(), ClosedError> {
        poll_fn(|context| {
            if self.status.is_open() {
                return Poll::Ready(Ok(()));
            }
            self.status.poll_closed(context).map(Err)
        })
        .await
    }

    /// To be made before the goodbye is said.
    pub(in crate::client) fn closing(&self) -> Closing {
        Closing::new(&self.status)
    }

    /// Waits until nothing waits on our side any more.
    pub(in crate::client) fn poll_flushed(
        &self,
        context: &Context<'_>,
    ) -> Poll<Result<(), ClosedError>> {
        if let Poll::Ready(closed) = self.status.poll_closed(context) {
            return Poll::Ready(Err(closed));
        }
        let Some(engine) = self.live() else {
            return Poll::Pending;
        };
        let (messages, _) = engine.driver().read(Session::held);
        let buffered = if self.status.is_open() {
            engine.driver().buffered()
        } else {
            0
        };
        if messages == 0 && buffered == 0 {
            return Poll::Ready(Ok(()));
        }
        // The queue wakes us; the browser does not.
        if buffered > 0 {
            engine.look_soon();
        }
        Poll::Pending
    }

    /// Whether a message may be sent now. A client that is closed is ready, too: who sends is told then.
    pub(in crate::client) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let Some(engine) = self.live() else {
            return Poll::Ready(());
        };
        if self.status.is_closed() {
            return Poll::Ready(());
        }
        self.status.watch(context);
        let (has_room, limit) = engine.driver().machine(|machine| {
            let session = machine.session();
            let queue = &session.config().queue;
            let waits = queue.overflow == Overflow::Reject;
            (
                session.has_room(),
                if waits { queue.max_bytes } else { u64::MAX },
            )
        });
        if !has_room {
            return Poll::Pending;
        }
        if self.status.is_open() && engine.driver().buffered() > limit {
            engine.look_soon();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    pub(in crate::client) async fn reauthenticate(&self) -> Result<(), ReauthenticateError> {
        if let Some(closed) = self.status.closed() {
            return Err(closed.into());
        }
        let promise = Promise::new();
        let renewed = Rc::clone(&promise);
        let status = Rc::downgrade(&self.status);
        self.status.renewals.add(Box::new(move |renewal| {
            renewed.keep(match renewal {
                Renewal::Accepted => Ok(()),
                Renewal::Failed(Some(error)) => {
                    Err(ReauthenticateError::Provider(Rc::clone(error)))
                }
                Renewal::Failed(None) => Err(ReauthenticateError::Timeout),
                Renewal::Closed => match status.upgrade().and_then(|it| it.closed()) {
                    Some(closed) => Err(closed.into()),
                    None => Err(ReauthenticateError::Timeout),
                },
            });
        }));
        self.session(Session::reauthenticate);
        poll_fn(|context| promise.poll(context)).await
    }
}

/// The methods of a handle that has a `connection`.
macro_rules! connection_methods {
    ($news:ty) => {
        /// Where the connection stands.
        pub fn state(&self) -> $crate::client::State {
            self.connection.status.state()
        }

        /// What happens from now on beside the messages: states, latency, failures, what the broker tells.
        pub fn events(&self) -> Events<$news> {
            self.connection.events()
        }

        /// What has happened so far, in figures.
        pub fn stats(&self) -> $crate::client::Stats {
            self.connection.stats()
        }

        /// Waits until the connection is open.
        ///
        /// # Errors
        ///
        /// [`ClosedError`]($crate::client::ClosedError) once it is closed for good.
        pub async fn opened(&self) -> Result<(), $crate::client::ClosedError> {
            self.connection.opened().await
        }

        /// Waits until it is closed for good, and says why.
        pub async fn closed(&self) -> $crate::client::ClosedError {
            std::future::poll_fn(|context| self.connection.status.poll_closed(context)).await
        }

        /// Starts to connect, with `auto_connect(false)`.
        pub fn open(&self) {
            self.connection.session($crate::session::Session::open);
        }

        /// Dials now: instead of waiting, in place of the connection, or after it was closed.
        pub fn reconnect(&self) {
            self.connection.session($crate::session::Session::reconnect);
        }

        /// Closes the connection until [`resume`](Self::resume). What is sent meanwhile is queued.
        pub fn pause(&self) {
            self.connection.session($crate::session::Session::pause);
        }

        /// Ends a pause and dials at once.
        pub fn resume(&self) {
            self.connection.session($crate::session::Session::resume);
        }

        /// Waits until nothing waits on our side any more: neither in the queue, nor for the broker's answer, nor in the
        /// browser's buffer.
        ///
        /// # Errors
        ///
        /// [`ClosedError`]($crate::client::ClosedError) once it is closed for good.
        pub async fn flushed(&self) -> Result<(), $crate::client::ClosedError> {
            std::future::poll_fn(|context| self.connection.poll_flushed(context)).await
        }
    };
}
pub(in crate::client) use connection_methods;
