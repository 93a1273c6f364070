//! A TCP stream that obeys its [`Switch`].

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use crate::switch::{Half, Pass, Switch, TcpEnd};

/// Sits below HTTP and WebSocket alike, so that a fault looks the same at every layer.
#[derive(Debug)]
pub struct FaultStream {
    tcp: Arc<TcpStream>,
    switch: Arc<Switch>,
    /// Given back when the stream is dropped: the socket count is the number of living streams.
    _permit: OwnedSemaphorePermit,
}

impl FaultStream {
    pub fn new(tcp: TcpStream, permit: OwnedSemaphorePermit) -> Self {
        let tcp = Arc::new(tcp);
        let switch = Switch::new(&tcp);
        Self {
            tcp,
            switch,
            _permit: permit,
        }
    }

    pub fn switch(&self) -> Arc<Switch> {
        Arc::clone(&self.switch)
    }

    fn failed(&self, error: io::Error) -> io::Error {
        self.switch.note(TcpEnd::Reset);
        error
    }

    /// Writes through `attempt` as soon as switch and network allow.
    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        attempt: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        match ready!(self.switch.poll_pass(cx, Half::Write))? {
            Pass::Go => {}
            Pass::Ended => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
        loop {
            ready!(self.tcp.poll_write_ready(cx))?;
            match attempt(&self.tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(self.failed(error))),
                Ok(written) => return Poll::Ready(Ok(written)),
            }
        }
    }
}

impl AsyncRead for FaultStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(self.switch.poll_pass(cx, Half::Read))? {
            Pass::Go => {}
            Pass::Ended => return Poll::Ready(Ok(())),
        }
        loop {
            ready!(self.tcp.poll_read_ready(cx))?;
            match self.tcp.try_read(buf.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(self.failed(error))),
                Ok(read) => {
                    if read == 0 && buf.remaining() > 0 {
                        self.switch.note(TcpEnd::Eof);
                    }
                    buf.advance(read);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncWrite for FaultStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |tcp| tcp.try_write(data))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |tcp| tcp.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.switch.poll_pass(cx, Half::Write))? {
            Pass::Go => Poll::Ready(self.switch.shutdown(&self.tcp)),
            Pass::Ended => Poll::Ready(Ok(())),
        }
    }
}
