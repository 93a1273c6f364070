//! The switch that makes a TCP connection fail on demand.
//!
//! ```text
//!            stall            resume / stall time over
//!   live ───────────▶ stalled ───────────────────────▶ live
//!    │                   │  peer closed its side ─────▶ gone
//!    └──── reset ────────┴──── reset ────────────────▶ reset
//! ```
//! A stalled stream reads nothing and writes nothing while TCP stays up: to the peer it is half-open. A reset
//! stream fails every read and write; since SO_LINGER is 0 by then, dropping it sends RST.

use std::io;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// How often a stalled connection looks whether its peer has left for good.
const STALL_CHECK: Duration = Duration::from_millis(250);

/// How the peer's side of the stream ended, as far as TCP told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpEnd {
    /// The peer closed its side (FIN).
    Eof,
    /// The peer reset the connection, or it broke.
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Live,
    /// The number tells one stall from the next, so that an old timer cannot end a new stall.
    Stalled(u64),
    Reset,
    Gone,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    stalls: u64,
    end: Option<TcpEnd>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Shared between a `FaultStream` and everybody who may make it fail.
#[derive(Debug)]
pub struct Switch {
    /// Weak, so that the stream's owner alone decides when the socket closes.
    tcp: Weak<TcpStream>,
    state: Mutex<State>,
    /// Follows the mode, for those who wait.
    stalled: watch::Sender<bool>,
}

/// Which half of a stream is asking.
#[derive(Clone, Copy)]
pub enum Half {
    Read,
    Write,
}

impl Switch {
    pub fn new(tcp: &Arc<TcpStream>) -> Arc<Self> {
        let state = State {
            mode: Mode::Live,
            stalls: 0,
            end: None,
            reader: None,
            writer: None,
        };
        Arc::new(Self {
            tcp: Arc::downgrade(tcp),
            state: Mutex::new(state),
            stalled: watch::Sender::new(false),
        })
    }

    /// Breaks the connection with RST, stalled or not.
    pub fn reset(&self) {
        if let Some(tcp) = self.tcp.upgrade() {
            // Windows and Unix alike: a zero linger turns the coming close into RST.
            let _ = SockRef::from(&*tcp).set_linger(Some(Duration::ZERO));
        }
        self.change(|state| {
            state.mode = Mode::Reset;
        });
    }

    /// Stops reading and writing, for `time` or for ever.
    pub fn stall(self: &Arc<Self>, time: Option<Duration>) {
        let mut stall = None;
        self.change(|state| {
            if matches!(state.mode, Mode::Live | Mode::Stalled(_)) {
                state.stalls += 1;
                state.mode = Mode::Stalled(state.stalls);
                stall = Some(state.stalls);
            }
        });
        let Some(stall) = stall else { return };
        tokio::spawn(Arc::clone(self).watch(stall));
        if let Some(time) = time {
            let switch = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                switch.resume(stall);
            });
        }
    }

    fn resume(&self, stall: u64) {
        self.change(|state| {
            if state.mode == Mode::Stalled(stall) {
                state.mode = Mode::Live;
            }
        });
    }

    /// Frees a stalled connection once its peer has closed: nobody is left to see the stall.
    async fn watch(self: Arc<Self>, stall: u64) {
        loop {
            tokio::time::sleep(STALL_CHECK).await;
            if self.lock().mode != Mode::Stalled(stall) {
                return;
            }
            let Some(tcp) = self.tcp.upgrade() else {
                return;
            };
            let left = matches!(tcp.ready(Interest::READABLE).now_or_never(), Some(Ok(ready)) if ready.is_read_closed());
            if left {
                self.change(|state| {
                    if state.mode == Mode::Stalled(stall) {
                        state.mode = Mode::Gone;
                        state.end = Some(TcpEnd::Eof);
                    }
                });
                return;
            }
        }
    }

    /// Whether this side broke the connection.
    pub fn was_reset(&self) -> bool {
        self.lock().mode == Mode::Reset
    }

    /// Waits while stalled; false if there was nothing to wait for.
    pub async fn pass_stall(&self) -> bool {
        let waits = self.is_stalled();
        // The sender is part of this switch.
        let _ = self.stalled.subscribe().wait_for(|stalled| !stalled).await;
        waits
    }

    /// Whether the stream is finished, from either side.
    pub fn is_over(&self) -> bool {
        let state = self.lock();
        state.end.is_some() || state.mode == Mode::Reset
    }

    pub fn is_stalled(&self) -> bool {
        matches!(self.lock().mode, Mode::Stalled(_))
    }

    pub fn end(&self) -> Option<TcpEnd> {
        self.lock().end
    }

    /// Ready when the stream may go on; pending while stalled.
    pub fn poll_pass(&self, cx: &Context<'_>, half: Half) -> Poll<io::Result<Pass>> {
        let mut state = self.lock();
        let slot = match half {
            Half::Read => &mut state.reader,
            Half::Write => &mut state.writer,
        };
        // Kept while live too: a switch thrown later must wake a task that waits for the network.
        match slot {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *slot = Some(cx.waker().clone()),
        }
        match state.mode {
            Mode::Live => Poll::Ready(Ok(Pass::Go)),
            Mode::Stalled(_) => Poll::Pending,
            Mode::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Mode::Gone => Poll::Ready(Ok(Pass::Ended)),
        }
    }

    /// Notes how TCP ended, as seen by the stream; the first news counts.
    pub fn note(&self, end: TcpEnd) {
        self.lock().end.get_or_insert(end);
    }

    pub fn shutdown(&self, tcp: &TcpStream) -> io::Result<()> {
        if self.was_reset() {
            return Ok(());
        }
        SockRef::from(tcp).shutdown(Shutdown::Write)
    }

    fn change(&self, edit: impl FnOnce(&mut State)) {
        let (reader, writer) = {
            let mut state = self.lock();
            edit(&mut state);
            let stalled = matches!(state.mode, Mode::Stalled(_));
            self.stalled
                .send_if_modified(|before| std::mem::replace(before, stalled) != stalled);
            (state.reader.take(), state.writer.take())
        };
        // Woken outside the lock: a waker may run its task at once.
        for waker in [reader, writer].into_iter().flatten() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no panic while the switch is held")
    }
}

/// What a stream may do now.
#[derive(Debug)]
pub enum Pass {
    Go,
    /// The peer has left: reads give the end of the stream, writes fail.
    Ended,
}
